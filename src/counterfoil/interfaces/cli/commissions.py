"""`counterfoil commissions`: compute a month, approve, post, release; explain any figure."""

from datetime import date, datetime
from typing import Annotated

import typer

from counterfoil.apps.earnings.selectors import (
    exceptions_of_run,
    explain_own_line,
    explain_sales_line,
    get_run,
    get_statement,
    lines_of_figure,
    lines_of_run,
    lines_of_statement,
    list_runs,
    shares_of_run,
)
from counterfoil.apps.earnings.types import CENTRAL, Explanation, RunInfo, StatementInfo
from counterfoil.apps.partners.selectors import get_partner
from counterfoil.core.money import Money
from counterfoil.core.statement_words import explain_figure, say_figure
from counterfoil.flows.run_commissions import (
    ENGINES,
    approve_commissions,
    jumps_of,
    open_engine,
    post_commissions,
    release_commissions,
    replay_run,
    run_commissions,
)
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.acting import As, DryRun, Json, reading, writing
from counterfoil.interfaces.cli.output import Refused, plain, put_json, put_table, say

app = typer.Typer(help="Commissions: the monthly run and its figures.", no_args_is_help=True)
RunId = Annotated[str, typer.Argument(help="Id of the run, run_….")]
Plan = Annotated[str, typer.Option(help="Name of the plan.", show_default=False)]
Program = Annotated[str, typer.Option(help="Code of the program.", show_default=False)]


@app.command("run")
def run(
    plan: Plan,
    program: Program,
    month: Annotated[str, typer.Option(help="Such as 2026-04.", show_default=False)],
    email: As,
    received_until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Lines received up to this day; else today."),
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Compute a month as a draft, in the place of an older draft of it."""
    with writing(email, dry_run=dry_run) as acting:
        until: date = received_until.date() if received_until else acting.at.date()
        say(f"Computing {month} under {plan} …")
        done = run_commissions(
            plan_code=plan, program=program, month=month, received_until=until,
            store=adapter("evidence_store"), by=acting.by, at=acting.at,
        )  # fmt: skip
        jumps, exceptions = jumps_of(done), exceptions_of_run(done.public_id)
    if as_json:
        put_json(plain({"run": done, "jumps": jumps, "exceptions": exceptions}))
        return
    _told(done)
    for each in exceptions:
        say(f"Exception {each.kind}: {each.about}. {each.message}")
    for jump in jumps:
        why = " ".join(jump.why)
        say(f"{jump.partner_name}: {jump.earned}, {jump.before} the month before. {why}".strip())


@app.command("list")
def list_(
    month: Annotated[str, typer.Option(help="Only this month.")] = "",
    state: Annotated[str, typer.Option(help="draft, posted or replaced.")] = "",
    as_json: Json = False,
) -> None:
    """List runs, the newest month first."""
    with reading():
        rows = list_runs(month=month, state=state)
    if as_json:
        put_json(plain(rows))
        return
    put_table(
        ("run", "plan", "program", "month", "state", "lines", "total", "adds", "waits for"),
        [
            (r.public_id, r.plan_code, r.program, f"{r.month} #{r.number}", r.state, r.line_count,
             r.total, r.difference, ", ".join(_region(x) for x in r.lacking))
            for r in rows
        ],
    )  # fmt: skip


@app.command("show")
def show(run_id: RunId, as_json: Json = False) -> None:
    """Show what each partner earned in a run, and what posting it adds."""
    with reading():
        done, shares = get_run(run_id), shares_of_run(run_id)
        exceptions = exceptions_of_run(run_id)
    if as_json:
        put_json(plain({"run": done, "shares": shares, "exceptions": exceptions}))
        return
    put_table(
        ("partner", "region", "lines", "base", "earned", "posted before", "adds"),
        [
            (s.partner_name, s.region, s.line_count, s.base, s.earned, s.posted, s.difference)
            for s in shares
        ],
    )
    _told(done)
    for each in exceptions:
        say(f"Exception {each.kind}: {each.about}. {each.message}")


@app.command("approve")
def approve(
    run_id: RunId,
    email: As,
    region: Annotated[
        str | None, typer.Option(help="For this region; without it, for all: the central one.")
    ] = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Approve a run that somebody else made: each region first, then the center."""
    with writing(email, dry_run=dry_run) as acting:
        done = approve_commissions(
            run_id=run_id, region=CENTRAL if region is None else region,
            by=acting.by, at=acting.at,
        )  # fmt: skip
    _told(done, as_json=as_json)


@app.command("post")
def post(run_id: RunId, email: As, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Post an approved run to the ledger."""
    with writing(email, dry_run=dry_run) as acting:
        done = post_commissions(run_id=run_id, by=acting.by, at=acting.at)
    _told(done, as_json=as_json)


@app.command("release")
def release(
    plan: Plan, program: Program, email: As, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Make commission payable once its hold is over and the minimum payout is reached."""
    with writing(email, dry_run=dry_run) as acting:
        told = release_commissions(plan_code=plan, program=program, by=acting.by, at=acting.at)
    if as_json:
        put_json([{"partner": partner, "amount": amount.to_json()} for partner, amount in told])
        return
    put_table(("partner", "ready to pay"), list(told))


@app.command("lines")
def lines(
    run_id: RunId,
    partner: Annotated[str, typer.Option(help="Id of the partner.", show_default=False)],
    as_json: Json = False,
) -> None:
    """List what each sales line of a partner gave in a run."""
    with reading():
        rows = lines_of_run(run_id, partner_id=get_partner(partner_id=partner).pk)
    if as_json:
        put_json(plain(rows))
        return
    put_table(
        ("line", "sold", "order", "product", "category", "amount", "commission"),
        [
            (r.source_key, r.sold_on, r.order_number, r.product, r.category,
             -r.amount if r.is_refund else r.amount, r.commission)
            for r in rows
        ],
    )  # fmt: skip


@app.command("explain")
def explain(
    where: Annotated[str, typer.Argument(help="Id of a run (run_…) or a statement (stm_…).")],
    what: Annotated[
        str,
        typer.Argument(
            help="Key of a sales line in its source; of a statement also a figure such as USD-0."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Tell step by step how a sales line's commission, or a figure of a statement, came about."""
    with reading():
        found: tuple[Explanation, ...] = ()
        if where.startswith("stm_"):
            statement = get_statement(where)
            if statement.content.figure(what):
                _explain_figure(statement, what, as_json=as_json)
                return
            numbers = [x.sales_line for x in lines_of_statement(statement) if x.source_key == what]
            if not numbers:
                raise Refused(
                    f"The statement {where} has no figure and no line {what}.",
                    "`counterfoil statements show` lists its figures.",
                )
            found = explain_own_line(statement, sales_line=numbers[0])
        else:
            found = explain_sales_line(where, source_key=what)
    if as_json:
        put_json(plain(found))
        return
    for each in found:
        say(f"{each.line.component}: {each.line.source_key}, sold {each.line.sold_on}")
        put_table(
            ("step", "calculation", "result"),
            [(s.what, s.calculation, s.result) for s in each.steps],
        )


def _explain_figure(statement: StatementInfo, key: str, *, as_json: bool) -> None:
    known = statement.content.figure(key)
    assert known is not None
    account, figure = known
    lines = lines_of_figure(statement, figure)
    if as_json:
        put_json(
            {
                "figure": key, "words": say_figure(statement.content, figure, "en"),
                "why": explain_figure(figure, "en"), "amount": {
                    "minor": figure.minor, "currency": account.currency
                },
                "entry": figure.entry, "reason": figure.reason, "lines": plain(lines),
            }
        )  # fmt: skip
        return
    say(
        f"{say_figure(statement.content, figure, 'en')}: "
        f"{Money(figure.minor, account.currency)}. {explain_figure(figure, 'en')}"
    )
    for word, text in (("Ledger entry", figure.entry), ("Reason", figure.reason)):
        if text:
            say(f"{word}: {text}")
    if lines:
        put_table(
            ("line", "sold", "order", "amount", "commission"),
            [
                (x.source_key, x.sold_on, x.order_number, -x.amount if x.is_refund else x.amount,
                 x.commission)
                for x in lines
            ],
        )  # fmt: skip


@app.command("replay")
def replay(
    run_id: Annotated[str, typer.Argument(help="Id of a run; empty for every posted one.")] = "",
    engine: Annotated[
        str, typer.Option(help=f"What computes: {', '.join(ENGINES)} (spark is an extra).")
    ] = ENGINES[0],
    as_json: Json = False,
) -> None:
    """Compute runs again from their snapshots and compare every integer."""
    with reading(), open_engine(engine) as computes:
        wanted = [run_id] if run_id else [r.public_id for r in list_runs(state="posted")]
        store = adapter("evidence_store")
        found = [replay_run(run_id=each, store=store, engine=computes) for each in wanted]
    if as_json:
        put_json(plain(found))
    for each in found:
        say(f"{each.run}: {each.line_count} results, {'the same' if each.is_same else 'OTHER'}.")
    if not all(each.is_same for each in found):
        raise Refused("A run comes out otherwise than it is stored.")


def _told(done: RunInfo, *, as_json: bool = False) -> None:
    if as_json:
        put_json(plain(done))
        return
    waits = ", ".join(_region(region) for region in done.lacking)
    say(
        f"{done.public_id}: {done.month} #{done.number} of {done.plan_code}, {done.state}. "
        f"{done.line_count} results, total {done.total}, adds {done.difference}."
        + (f" Waits for {waits}." if waits and done.state == "draft" else "")
    )
    say(f"Manifest {done.manifest_sha256}")


def _region(region: str) -> str:
    return "the center" if region == CENTRAL else region or "no region"
