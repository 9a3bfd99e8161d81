"""`counterfoil statements`: issue a month's commission statements, list them, hand them out."""

from pathlib import Path
from typing import Annotated

import typer

from counterfoil.apps.earnings.selectors import get_statement, list_statements
from counterfoil.apps.earnings.types import StatementInfo
from counterfoil.apps.partners.selectors import get_partner, partner_names
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.money import Money
from counterfoil.core.statement_words import say_figure, to_json
from counterfoil.flows.issue_statements import ISSUED_MAX, issue_statements, statements_due
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.acting import As, DryRun, Json, reading, writing
from counterfoil.interfaces.cli.output import Refused, plain, put_json, put_table, say

app = typer.Typer(help="Statements: what partners earned, month by month.", no_args_is_help=True)
StatementId = Annotated[str, typer.Argument(help="Id of the statement, stm_….")]
Month = Annotated[str, typer.Option(help="Such as 2026-04.", show_default=False)]
LIST_MAX = 10_000


@app.command("due")
def due(month: Month, as_json: Json = False) -> None:
    """List the partners whose figures differ from their last statement of the month."""
    with reading():
        found = statements_due(month=month)
    if as_json:
        put_json([to_json(content) for content in found.values()])
        return
    put_table(
        ("partner", "open before", "open at the end"),
        [
            (c.partner_name, Money(a.opening, a.currency), Money(a.closing, a.currency))
            for c in found.values()
            for a in c.accounts
        ],
    )


@app.command("issue")
def issue(
    month: Month,
    email: As,
    limit: Annotated[int, typer.Option(help="Issue no more than these.", min=1)] = ISSUED_MAX,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Issue the statements of a month that are due, with their PDF, and tell the partners."""
    with writing(email, dry_run=dry_run) as acting:
        done = issue_statements(
            month=month, store=adapter("evidence_store"), pdf=adapter("pdf"), by=acting.by,
            at=acting.at, limit=limit,
        )  # fmt: skip
    if as_json:
        put_json({"issued": [_plain(each) for each in done.statements], "left": done.left})
        return
    say(f"{len(done.statements)} statements issued, {done.left} left.")


@app.command("list")
def list_(
    month: Annotated[str, typer.Option(help="Only this month.")] = "",
    partner: Annotated[str, typer.Option(help="Only of this partner.")] = "",
    as_json: Json = False,
) -> None:
    """List statements, the newest month first."""
    with reading():
        pk = get_partner(partner_id=partner).pk if partner else 0
        rows = list_statements(partner_id=pk, month=month, limit=LIST_MAX)
        names = partner_names(pks={row.partner_id for row in rows})
    if as_json:
        put_json([_plain(row) for row in rows])
        return
    put_table(
        ("statement", "partner", "month", "number", "issued", "open at the end"),
        [
            (r.public_id, names[r.partner_id][0], r.month, r.number, r.issued_at,
             ", ".join(str(Money(a.closing, a.currency)) for a in r.content.accounts))
            for r in rows
        ],
    )  # fmt: skip


@app.command("show")
def show(statement_id: StatementId, as_json: Json = False) -> None:
    """Show the figures of a statement; explain one with `counterfoil commissions explain`."""
    with reading():
        found = get_statement(statement_id)
    if as_json:
        put_json(_plain(found))
        return
    for account in found.content.accounts:
        rows: list[tuple[object, ...]] = [
            ("", "Open before", "", Money(account.opening, account.currency))
        ]
        rows += [
            (f"{account.currency}-{number}", say_figure(found.content, each, "en"),
             each.lines or "", Money(each.minor, account.currency))
            for number, each in enumerate(account.figures)
        ]  # fmt: skip
        rows.append(("", "Open at the end", "", Money(account.closing, account.currency)))
        put_table(("figure", "what", "lines", "amount"), rows)


@app.command("pdf")
def pdf(
    statement_id: StatementId,
    out: Annotated[Path, typer.Option(help="The file to write.", show_default=False)],
) -> None:
    """Write the PDF as it was issued, byte for byte."""
    with reading():
        found = get_statement(statement_id)
        with adapter("evidence_store").open(found.pdf_sha256) as file:
            content = file.read()
    if sha256_hex(content) != found.pdf_sha256:
        raise Refused(
            f"The document of {statement_id} was changed where files are kept: it should have "
            f"sha256 {found.pdf_sha256} and has {sha256_hex(content)}. Nothing was written."
        )
    out.write_bytes(content)
    say(f"{out}: {len(content)} bytes, sha256 {found.pdf_sha256}")


def _plain(found: StatementInfo) -> dict[str, object]:
    return {**plain(found), "content": to_json(found.content)}
