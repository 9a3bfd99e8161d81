"""`counterfoil ledger`: what is open, the trial balance, the journal."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from counterfoil.apps.ledger.selectors import (
    PAGE_MAX,
    journal_lines,
    open_ages,
    open_amounts,
    trial_balance,
)
from counterfoil.apps.ledger.types import OpenAmount
from counterfoil.core.accounts import ACCOUNT_KINDS
from counterfoil.core.money import Money
from counterfoil.foundation.tabular import Column, ColumnKind, write_csv, write_xlsx
from counterfoil.interfaces.cli.acting import Json, read_day, reading
from counterfoil.interfaces.cli.output import Refused, plain, put_json, put_table, say

app = typer.Typer(help="Read the ledger.", no_args_is_help=True)
On = Annotated[str, typer.Option(help="At the end of this day; empty: today.", metavar="DAY")]
CLEARING = tuple(str(kind) for kind, rule in ACCOUNT_KINDS.items() if rule.must_clear)
"""The kinds of account that must come to zero."""
_JOURNAL = (
    Column("entry"),
    Column("counts_from"),
    Column("posted_at"),
    Column("event"),
    Column("document"),
    Column("reason"),
    Column("origin_period"),
    Column("reverses"),
    Column("account"),
    Column("debit", ColumnKind.NUMBER),
    Column("credit", ColumnKind.NUMBER),
    Column("currency"),
)


@app.command("open")
def open_(
    on: On = "",
    kind: Annotated[str, typer.Option(help="Only these accounts, such as payable.")] = "",
    by_age: Annotated[bool, typer.Option("--by-age", help="Sums by age, not accounts.")] = False,
    as_json: Json = False,
) -> None:
    """List what is not cleared on accounts that must come to zero, oldest first."""
    if kind and kind not in CLEARING:
        raise typer.BadParameter(f"{kind!r} is none of {', '.join(CLEARING)}", param_hint="--kind")
    with reading() as acting:
        day = _day(on, acting.at.date())
        if by_age:
            ages = open_ages(on=day)
            rows: list[OpenAmount] = []
        else:
            rows = _all_open(day, kind)
    if as_json:
        put_json(plain(ages if by_age else rows))
    elif by_age:
        put_table(
            ("account", "accounts", "open", "up to 30 days", "31 to 60", "61 to 90", "over 90"),
            [(age.kind, age.count, age.total, *age.by_age) for age in ages],
        )
    else:
        put_table(
            ("account", "since", "days", "open"),
            [(row.account_code, row.since, row.days, row.amount) for row in rows],
        )


@app.command("trial-balance")
def trial(on: On = "", as_json: Json = False) -> None:
    """List the debits and credits of every account up to a day, and what they come to."""
    with reading() as acting:
        rows = trial_balance(on=_day(on, acting.at.date()))
    if as_json:
        put_json(plain(rows))
        return
    put_table(
        ("account", "currency", "debit", "credit", "balance"),
        [
            (
                row.account_code,
                row.currency,
                *(
                    Money(minor, row.currency).format_number()
                    for minor in (
                        row.debit_minor,
                        row.credit_minor,
                        row.debit_minor - row.credit_minor,
                    )
                ),
            )
            for row in rows
        ],
    )
    for currency in sorted({row.currency for row in rows}):
        mine = [row for row in rows if row.currency == currency]
        debit, credit = sum(r.debit_minor for r in mine), sum(r.credit_minor for r in mine)
        is_even = "balances" if debit == credit else "DOES NOT BALANCE"
        say(f"{currency}: {Money(debit, currency).format_number()} on both sides: {is_even}.")
        if debit != credit:
            raise Refused(f"The ledger in {currency} does not balance.")


@app.command("journal")
def journal(
    file: Annotated[Path, typer.Argument(help="Where to write it: .csv or .xlsx.")],
    from_day: Annotated[str, typer.Option("--from", help="First day that counts.")],
    to_day: Annotated[str, typer.Option("--to", help="Last day that counts.")],
) -> None:
    """Export the journal of some days, one row a leg, for the general ledger."""
    first, last = read_day(from_day, "--from"), read_day(to_day, "--to")
    if first > last:
        raise typer.BadParameter("The first day comes after the last.", param_hint="--from")
    if file.suffix not in {".csv", ".xlsx"}:
        raise typer.BadParameter("Name a file that ends in .csv or .xlsx.", param_hint="FILE")
    with reading():
        rows = [
            (
                line.entry_id, line.effective_on, line.posted_at, line.kind, line.source_ref,
                line.reason, line.origin_period, line.reverses, line.account_code,
                line.amount.format_number() if line.amount.is_positive else "",
                (-line.amount).format_number() if line.amount.is_negative else "",
                line.amount.currency,
            )
            for line in journal_lines(first=first, last=last)
        ]  # fmt: skip
    if file.exists():
        raise Refused(f"{file} is there already.", "Name another file, or move that one away.")
    write = write_csv if file.suffix == ".csv" else write_xlsx
    with file.open("xb") as out:
        write(out, _JOURNAL, rows)
    say(f"{len(rows)} legs written to {file}.")


def _day(text: str, today: date) -> date:
    return read_day(text, "--on") if text else today


def _all_open(day: date, kind: str) -> list[OpenAmount]:
    rows: list[OpenAmount] = []
    while True:
        page = open_amounts(on=day, kind=kind, start=len(rows), limit=PAGE_MAX)
        rows += page
        if len(page) < PAGE_MAX:
            return rows
