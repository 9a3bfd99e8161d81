"""`counterfoil bank`: what banks answer, read, reconciled, explained and undone."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from counterfoil.apps.payouts.selectors.bank import (
    count_of_work,
    get_statement,
    in_transit,
    lines_of_statement,
    list_notices,
    list_statements,
    work_list,
)
from counterfoil.apps.payouts.types import BankLineInfo
from counterfoil.core.reconciling import REASON_WORDS, Reason
from counterfoil.flows import reconcile as flow
from counterfoil.flows.read_statement import (
    accept_statement,
    read_bank_answer,
    set_statement_aside,
)
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.acting import As, DryRun, Json, reading, writing
from counterfoil.interfaces.cli.acting import Reason as Why
from counterfoil.interfaces.cli.output import plain, put_json, put_table, say

app = typer.Typer(help="Bank statements and what they settle.", no_args_is_help=True)
StatementId = Annotated[str, typer.Argument(help="Id of the statement, stm_….")]
LineId = Annotated[str, typer.Argument(help="Id of the bank line, bln_….")]


@app.command("read")
def read(
    file: Annotated[Path, typer.Argument(help="The bank's file; - is stdin.", allow_dash=True)],
    email: As,
    mapping: Annotated[str, typer.Option(help="Saved mapping of a CSV of bank lines.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Read a statement, a status report or a file of returns; each counts once."""
    is_piped = str(file) == "-"
    if not is_piped and not file.is_file():
        raise typer.BadParameter(f"There is no file {file}.", param_hint="FILE")
    content = sys.stdin.buffer.read() if is_piped else file.read_bytes()
    with writing(email, dry_run=dry_run) as acting:
        report = read_bank_answer(
            content=content,
            file_name="stdin" if is_piped else file.name,
            mapping_code=mapping,
            reader=adapter("bank_reader"),
            store=adapter("evidence_store"),
            box=adapter("secret_box"),
            by=acting.by,
            at=acting.at,
        )
    if as_json:
        put_json(plain(report))
    for note in report.notes:
        say(note)
    what = {"statements": "line(s)", "status": "payment(s)", "returns": "item(s)"}[report.kind]
    say(f"{report.format}: {report.applied} {what} taken, {report.known} known before.")


@app.command("list")
def list_(
    state: Annotated[str, typer.Option(help="review, taken or set_aside.")] = "",
    as_json: Json = False,
) -> None:
    """List bank statements, newest first."""
    with reading():
        rows = list_statements(state=state or None)
    if as_json:
        put_json(plain(rows))
        return
    put_table(
        ("statement", "account", "number", "until", "closing", "lines", "ties", "state", "work"),
        [
            (r.public_id, r.own_account or r.account, r.number, r.closing_on, r.closing, r.count,
             "yes" if r.ties else "no", r.state, r.waiting)
            for r in rows
        ],
    )  # fmt: skip


@app.command("show")
def show(statement_id: StatementId, as_json: Json = False) -> None:
    """Show a statement: balances, why it waits, what was not understood, its lines."""
    with reading():
        found = get_statement(statement_id)
        lines = lines_of_statement(statement_id, limit=1_000)
    if as_json:
        put_json({"statement": plain(found), "lines": plain(lines)})
        return
    say(f"{found.own_account or found.account}: {found.opening} to {found.closing}, {found.state}")
    for words in (*found.review, *found.unknown_parts):
        say(words)
    put_table(
        ("line", "booked", "amount", "reference", "party", "is"),
        [
            (r.public_id, r.booked_on, r.amount, r.end_to_end_id or r.reference, r.party, _is(r))
            for r in lines
        ],
    )


@app.command("accept")
def accept(statement_id: StatementId, email: As, reason: Why, dry_run: DryRun = False) -> None:
    """Take a statement that does not prove itself, with a reason."""
    with writing(email, dry_run=dry_run) as acting:
        accept_statement(statement_id=statement_id, by=acting.by, at=acting.at, reason=reason)
    say(f"{statement_id} is taken; reconcile it next.")


@app.command("set-aside")
def set_aside(statement_id: StatementId, email: As, reason: Why, dry_run: DryRun = False) -> None:
    """Set aside a statement that waits for review; none of its lines is used."""
    with writing(email, dry_run=dry_run) as acting:
        set_statement_aside(statement_id=statement_id, by=acting.by, at=acting.at, reason=reason)
    say(f"{statement_id} is set aside.")


@app.command("reconcile")
def reconcile(email: As, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Match every bank line that safely can be, and list the others as work."""
    with writing(email, dry_run=dry_run) as acting:
        done = flow.reconcile_bank(by=acting.by, at=acting.at)
    if as_json:
        put_json(plain(done))
    rules = ", ".join(f"{rule} {count}" for rule, count in sorted(done.by_rule.items()))
    say(
        f"{done.matched} line(s) matched with {done.payments} payment(s)"
        f"{f' ({rules})' if rules else ''}; {done.waiting} wait for a person."
    )


@app.command("work")
def work(as_json: Json = False) -> None:
    """List bank lines that wait for a person, with candidates and reasons."""
    with reading():
        items = work_list()
    if as_json:
        put_json(plain(items))
        return
    put_table(
        ("line", "booked", "amount", "reference", "why", "candidates"),
        [
            (item.line.public_id, item.line.booked_on, item.line.amount,
             item.line.end_to_end_id or item.line.reference, REASON_WORDS[Reason(item.reason)],
             ", ".join(each.end_to_end_id for each in item.candidates))
            for item in items
        ],
    )  # fmt: skip


@app.command("match")
def match(
    line_id: LineId,
    email: As,
    reason: Why,
    payment: Annotated[list[str], typer.Option(help="End-to-end id; several times for a split.")],
    dry_run: DryRun = False,
) -> None:
    """Match a bank line with one payment, or split it among several."""
    with writing(email, dry_run=dry_run) as acting:
        flow.match_line(
            line_id=line_id, payments=payment, by=acting.by, at=acting.at, reason=reason
        )
    say(f"{line_id} is matched with {', '.join(payment)}.")


@app.command("explain")
def explain(
    line_id: LineId,
    email: As,
    reason: Why,
    kind: Annotated[str, typer.Option("--as-what", help="fee, duplicate or not_ours.")],
    dry_run: DryRun = False,
) -> None:
    """Say what a bank line is that pays nothing of ours: a fee, a duplicate, not ours."""
    with writing(email, dry_run=dry_run) as acting:
        flow.explain_line(line_id=line_id, kind=kind, by=acting.by, at=acting.at, reason=reason)
    say(f"{line_id} is on record as {kind.replace('_', ' ')}.")


@app.command("undo")
def undo(line_id: LineId, email: As, reason: Why, dry_run: DryRun = False) -> None:
    """Undo what a bank line was matched with; its payments are in transit, or debited, again."""
    with writing(email, dry_run=dry_run) as acting:
        flow.undo_match(line_id=line_id, by=acting.by, at=acting.at, reason=reason)
    say(f"{line_id} is open again.")


@app.command("transit")
def transit(as_json: Json = False) -> None:
    """List payments that left and were not debited yet, oldest first."""
    with reading():
        rows = in_transit(on=datetime.now(UTC).date())
        waiting = count_of_work()
    if as_json:
        put_json(plain(rows))
        return
    put_table(
        ("payment", "file", "payee", "amount", "since", "days"),
        [(r.end_to_end_id, r.message_id, r.payee, r.amount, r.since, r.age_days) for r in rows],
    )
    if waiting:
        say(f"{waiting} bank line(s) wait for a person.")


@app.command("notices")
def notices(as_json: Json = False) -> None:
    """List status reports and returns as they were taken, newest first."""
    with reading():
        rows = list_notices()
    if as_json:
        put_json(plain(rows))
        return
    put_table(
        ("received", "from", "about", "status", "state", "outcome"),
        [(r.received_at, r.sender, r.about, r.status, r.state, "; ".join(r.outcome[:3]))
         for r in rows],
    )  # fmt: skip


def _is(line: BankLineInfo) -> str:
    if line.has_parts:
        return "batch"
    return "open" if line.match is None else f"{line.match.kind} ({line.match.rule})"
