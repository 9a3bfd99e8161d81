"""`counterfoil months`: the accounting months, closed and opened again."""

from typing import Annotated

import typer

from counterfoil.apps.ledger.selectors import list_months
from counterfoil.flows.close_month import close_month, preview_close, reopen_month
from counterfoil.interfaces.cli.acting import As, DryRun, Json, Reason, reading, writing
from counterfoil.interfaces.cli.output import plain, put_json, put_table, say

app = typer.Typer(help="Close accounting months.", no_args_is_help=True)
Month = Annotated[str, typer.Argument(help="The month, such as 2026-04.", metavar="MONTH")]


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the months that have entries or were closed, newest first."""
    with reading():
        months = list_months()
    if as_json:
        put_json(plain(months))
        return
    put_table(
        ("month", "state", "entries", "closed", "by"),
        [
            (m.code, "closed" if m.closed_at else "open", m.entries, m.closed_at, m.closed_by)
            for m in months
        ],
    )


@app.command("close")
def close(month: Month, email: As, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Close a month that is over: nothing is posted into it any more."""
    with writing(email, dry_run=dry_run) as acting:
        report = preview_close(code=month, by=acting.by, at=acting.at)
        close_month(code=month, by=acting.by, at=acting.at)
    if as_json:
        put_json(plain(report))
        return
    put_table(
        ("account", "currency", "debit", "credit"),
        [
            (t.kind, t.debit.currency, t.debit.format_number(), t.credit.format_number())
            for t in report.totals
        ],
    )
    say(f"{month} with {report.entries} entries is closed.")


@app.command("reopen")
def reopen(month: Month, email: As, reason: Reason, dry_run: DryRun = False) -> None:
    """Open the last closed month again; the reason stays in the audit log."""
    with writing(email, dry_run=dry_run) as acting:
        reopen_month(code=month, by=acting.by, at=acting.at, reason=reason)
    say(f"{month} is open again.")
