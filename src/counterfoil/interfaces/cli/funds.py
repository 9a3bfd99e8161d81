"""`counterfoil funds`: set up, earn, and where each fund stands."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from counterfoil.apps.ledger.selectors import tracker_rows
from counterfoil.apps.programs.selectors import get_program, list_funds
from counterfoil.core.money import Rounding
from counterfoil.flows.earn_funds import earn_funds, set_budget, set_up_fund
from counterfoil.flows.lapse_funds import lapse_fund
from counterfoil.interfaces.cli.acting import (
    As,
    DryRun,
    Json,
    Reason,
    read_amount,
    read_day,
    reading,
    writing,
)
from counterfoil.interfaces.cli.output import plain, put_json, put_table, say

app = typer.Typer(help="Funds and what partners earn in them.", no_args_is_help=True)
FundId = Annotated[str, typer.Argument(help="Id of the fund, fund_….")]
Day = Annotated[str, typer.Option(help="A day such as 2026-07-01.", show_default=False)]
MaybeDay = Annotated[str, typer.Option(help="A day such as 2026-07-01; empty: as the period.")]
_PPM = 1_000_000


@app.command("list")
def list_(
    program: Annotated[str, typer.Option(help="Only funds of this program.")] = "",
    as_json: Json = False,
) -> None:
    """List fund periods with their budgets and days."""
    with reading():
        funds = list_funds(program=program or None)
    if as_json:
        put_json(plain(funds))
        return
    put_table(
        ("fund", "program", "code", "period", "budget", "from", "until", "claims until"),
        [
            (f.public_id, f.program, f.code, f.period, f.budget, f.starts_on, f.ends_on,
             f.claims_until)
            for f in funds
        ],
    )  # fmt: skip


@app.command("set-up")
def set_up(
    program: Annotated[str, typer.Option(help="Code of the program.", show_default=False)],
    code: Annotated[str, typer.Option(help="The fund's code, the same in each period.")],
    name: Annotated[str, typer.Option(help="Name as partners read it.", show_default=False)],
    period: Annotated[str, typer.Option(help="Such as 2026-Q3.", show_default=False)],
    budget: Annotated[str, typer.Option(help="Such as 250000.00.", show_default=False)],
    rate: Annotated[str, typer.Option(help="Percent of sales that is earned, such as 2.5.")],
    starts_on: Day,
    ends_on: Day,
    claims_until: Day,
    email: As,
    earns_from: MaybeDay = "",
    earns_to: MaybeDay = "",
    rounding: Annotated[Rounding, typer.Option(help="Once per partner.")] = Rounding.HALF_EVEN,
    cost_center: Annotated[str, typer.Option(help="For the vendor bill.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Set up one period of a fund; its budget is posted at once."""
    with writing(email, dry_run=dry_run) as acting:
        currency = get_program(code=program).currency
        fund = set_up_fund(
            program=program,
            code=code,
            name=name,
            period=period,
            budget=read_amount(budget, currency, "--budget"),
            earn_rate_ppm=_ppm(rate),
            starts_on=read_day(starts_on, "--starts-on"),
            ends_on=read_day(ends_on, "--ends-on"),
            claims_until=read_day(claims_until, "--claims-until"),
            earns_from=read_day(earns_from, "--earns-from") if earns_from else None,
            earns_to=read_day(earns_to, "--earns-to") if earns_to else None,
            earn_rounding=rounding,
            cost_center=cost_center,
            by=acting.by,
            at=acting.at,
        )
    if as_json:
        put_json(plain(fund))
    say(f"{fund.public_id}: {fund.name} {fund.period} with {fund.budget.format_plain()}.")


@app.command("budget")
def budget_(
    fund_id: FundId,
    amount: Annotated[str, typer.Argument(help="The new budget, such as 300000.00.")],
    email: As,
    reason: Reason,
    dry_run: DryRun = False,
) -> None:
    """Raise or cut a fund's budget; the difference is posted."""
    with writing(email, dry_run=dry_run) as acting:
        currency = next((f.currency for f in list_funds(fund_ids=[fund_id])), "EUR")
        fund = set_budget(
            fund_id=fund_id,
            budget=read_amount(amount, currency, "AMOUNT"),
            by=acting.by,
            at=acting.at,
            reason=reason,
        )
    say(f"The budget of {fund.name} {fund.period} is {fund.budget.format_plain()}.")


@app.command("earn")
def earn(fund_id: FundId, email: As, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Compute what partners earned in a fund and post the difference to what stood before."""
    with writing(email, dry_run=dry_run) as acting:
        report = earn_funds(fund_id=fund_id, by=acting.by, at=acting.at)
    if as_json:
        put_json(plain(report))
    say(
        f"{report.partners} partners: {report.earned.format_plain()} earned by now; "
        f"{report.given.format_plain()} given, {report.taken_back.format_plain()} taken back."
    )
    for left in report.left_out:
        say(f"Left out: {left.line_count} sales lines in {left.currency}.")
    for remainder in report.remainders:
        say(f"Spent already, not taken back: {remainder.amount.format_plain()}.")


@app.command("lapse")
def lapse(fund_id: FundId, email: As, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Take back what nobody claimed in time; only after the last day for claims."""
    with writing(email, dry_run=dry_run) as acting:
        report = lapse_fund(fund_id=fund_id, by=acting.by, at=acting.at)
    if as_json:
        put_json(plain(report))
    say(
        f"{report.partners} partners: {report.committed.format_plain()} of pre-approvals and "
        f"{report.available.format_plain()} of unused funds lapsed."
    )


@app.command("tracker")
def tracker(
    fund: Annotated[str, typer.Option(help="Only this fund, fund_….")] = "",
    by_partner: Annotated[bool, typer.Option("--by-partner", help="One row a partner.")] = False,
    as_json: Json = False,
) -> None:
    """Show where each fund stands; every figure is a sum of ledger entries."""
    with reading():
        rows = tracker_rows(funds=[fund] if fund else None, is_by_partner=by_partner)
    if as_json:
        put_json(plain(rows))
        return
    figures = ("allocated", "available", "committed", "claimed", "approved", "paid", "expired")
    put_table(
        ("fund", "period", "authorized", *figures),
        [(r.fund, r.period, r.authorized, *(getattr(r, f) for f in figures)) for r in rows],
    )


def _ppm(percent: str) -> int:
    """Read a percentage with up to four decimals as parts per million, exactly."""
    try:
        ppm = Decimal(percent) * _PPM / 100
    except InvalidOperation:
        ppm = Decimal(-1)
    if not ppm.is_finite() or ppm != ppm.to_integral_value() or not 0 <= ppm <= _PPM:
        raise typer.BadParameter(
            f"{percent!r} is no percentage from 0 to 100 with at most four decimals",
            param_hint="--rate",
        )
    return int(ppm)
