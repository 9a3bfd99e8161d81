"""What must be true after the commissions of the tour, each statement with what was counted."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from time import perf_counter

from django.db import connections

from counterfoil.apps.earnings.selectors import get_run, get_use, list_runs, posted_minor
from counterfoil.apps.earnings.services.engines import compute_duckdb, compute_postgres
from counterfoil.apps.ledger.checks import ledger_findings
from counterfoil.apps.ledger.selectors import (
    PLAN_PREFIX,
    balances,
    list_months,
    open_amounts,
    plan_rows,
    tracker_rows,
)
from counterfoil.apps.ledger.types import OpenAmount
from counterfoil.apps.payouts.selectors import list_payment_batches
from counterfoil.apps.payouts.selectors.bank import count_of_work
from counterfoil.core.accounts import AccountKind
from counterfoil.core.money import Money
from counterfoil.core.plans import Earlier, Plan, PlanLine, Results, evaluate
from counterfoil.flows.run_commissions import replay_run
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.interfaces.cli.tour.channel import Played
from counterfoil.interfaces.cli.tour.commission_apart import commissions_apart
from counterfoil.interfaces.cli.tour.commission_stage import PLANS, YEARS_EARLIER, Desk
from counterfoil.interfaces.cli.tour.ending import Statement, log_verifies

SHOWN = 20
MINIMUM_MINOR = 50_00


def commission_statements(
    desk: Desk,
    folder: Path,
    played: Played,
    corrections: str,
    *,
    months: Sequence[str],
    last: str,
    at: datetime,
    open_batches: int,
    progress: Callable[[str, int, int], None] | None,
) -> None:
    """This will add every statement about the commissions, and their figures."""
    apart = commissions_apart(folder, corrections, distributors=desk.distributors, months=months)
    with acting_as(staff()):
        posted = posted_by_partner(desk, months)
        played.statements += [
            _months_done(desk, months, last),
            agrees(posted, apart),
        ]
    played.statements.append(_replays(desk, progress))
    with acting_as(staff()):
        played.statements += [
            _tracker_equals_ledger(),
            _clearing(desk, at.date()),
            _bank_agrees(desk, open_batches),
            Statement(
                "Nothing unexpected happened with payments and statements", not desk.surprises,
                ", ".join(f"{n} {kind}" for kind, n in sorted(desk.explained.items())),
                tuple(desk.surprises[:SHOWN]),
            ),
        ]  # fmt: skip
    played.statements.append(log_verifies(at))
    played.figures |= _figures(desk, apart, months)


def posted_by_partner(desk: Desk, months: Iterable[str]) -> dict[tuple[str, str, str], int]:
    """This will tell what was posted: (currency, month, partner's key) -> minor units."""
    keys = {pk: key for key, pk in desk.keys.items()}
    found = {}
    for currency, code in PLANS.items():
        use = get_use(plan_code=code, program=desk.stage.program).public_id
        for month in months:
            for partner, minor in posted_minor(use=use, month=month).items():
                if minor:
                    found[currency, month, keys[partner]] = minor
    return found


def agrees(
    posted: Mapping[tuple[str, str, str], int], apart: Mapping[tuple[str, str, str], int]
) -> Statement:
    """This will compare each partner-month with the separate computation."""
    wrong = [
        f"{currency} {month} partner {key}: posted {posted.get((currency, month, key), 0)}, "
        f"apart {apart.get((currency, month, key), 0)}"
        for currency, month, key in sorted(set(posted) | set(apart))
        if posted.get((currency, month, key), 0) != apart.get((currency, month, key), 0)
    ]
    sums: Counter[str] = Counter()
    for (currency, _, _), minor in apart.items():
        sums[currency] += minor
    told = ", ".join(Money(minor, code).format_plain() for code, minor in sorted(sums.items()))
    return Statement(
        "Every partner-month agrees with a separate computation from the raw files, to the cent",
        not wrong and bool(apart), f"{len(apart)} partner-months, {told}", tuple(wrong[:SHOWN]),
    )  # fmt: skip


def _months_done(desk: Desk, months: Sequence[str], last: str) -> Statement:
    runs = list_runs()
    wrong = [f"run {r.public_id} of {r.month} is {r.state}" for r in runs if r.state != "posted"]
    for code in PLANS.values():
        have = {r.month for r in runs if r.plan_code == code}
        wrong += [f"{code} has no run of {month}" for month in months if month not in have]
    wrong += [
        f"{month.code} is open"
        for month in list_months()
        if month.closed_at is None and month.code <= last
    ]
    again = sum(r.is_correction for r in runs)
    return Statement(
        "Each month was run for both plans, approved by every region and the center, posted and "
        "closed",
        not wrong and bool(runs),
        f"{len(months)} months, {len(runs)} runs of which {again} correct months that were posted "
        f"before, as {desk.told['late_lines']} exceptions of late lines and "
        f"{desk.told['run_again']} of moved refunds named them",
        tuple(wrong[:SHOWN]),
    )


def _replays(desk: Desk, progress: Callable[[str, int, int], None] | None) -> Statement:
    """Compute each run again from its frozen input on each engine and compare every line."""
    owner = connections["owner"]
    owner.ensure_connection()

    def postgres(plan: Plan, lines: Sequence[PlanLine], earlier: Sequence[Earlier]) -> Results:
        return compute_postgres(owner.connection, plan, lines, earlier)

    wrong, counted = [], 0
    engines = {"reference": evaluate, "duckdb": compute_duckdb, "postgresql": postgres}
    for place, run_id in enumerate(desk.runs, start=1):
        for name, engine in engines.items():
            begun = perf_counter()
            with acting_as(staff()):
                replayed = replay_run(run_id=run_id, store=desk.stage.store, engine=engine)
                if not replayed.is_same:
                    wrong.append(f"{get_run(run_id).month} {run_id} differs on {name}")
            counted += replayed.line_count
            desk.seconds[f"replaying on {name}"] += perf_counter() - begun
        if progress is not None:
            progress("Replaying runs on three engines", place, len(desk.runs))
    owner.close()
    return Statement(
        "Every run replays to identical integers on the reference evaluator, DuckDB and "
        "PostgreSQL",
        not wrong and bool(desk.runs),
        f"{len(desk.runs)} runs, {counted} line results on three engines", tuple(wrong[:SHOWN]),
    )  # fmt: skip


def _tracker_equals_ledger() -> Statement:
    findings = [str(each) for each in ledger_findings()]
    plans = len(plan_rows(is_by_partner=True))
    funds = sum(not row.fund.startswith(PLAN_PREFIX) for row in tracker_rows(is_by_partner=True))
    return Statement(
        "Tracker = ledger for each fund, plan, partner, period and currency; every entry balances",
        not findings and plans > 0,
        f"{funds} rows of funds, {plans} rows of plans", tuple(findings[:SHOWN]),
    )  # fmt: skip


def _clearing(desk: Desk, on: date) -> Statement:
    """Every amount on a clearing account must have a reason that can be named."""
    named: Counter[str] = Counter()
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    wrong, start = [], 0
    held: Counter[tuple[int, str]] = Counter()
    rows: list[OpenAmount] = []
    while page := open_amounts(on=on, start=start):
        rows += page
        start += len(page)
    for row in rows:
        if row.kind == AccountKind.ACCRUED_COMMISSION:
            held[row.partner_id, row.amount.currency] += abs(row.amount.minor)
    for row in rows:
        partner, currency = row.partner_id, row.amount.currency
        reason = ""
        if row.kind == AccountKind.ACCRUED_COMMISSION and held[partner, currency] < MINIMUM_MINOR:
            reason = "below the minimum payout of 50.00, carried forward"
        elif row.kind == AccountKind.ALLOC_COMMITTED:
            reason = "pre-approved and not claimed, which lapses with its fund"
        elif row.kind == AccountKind.RECEIVABLE_CLAWBACK:
            reason = "owed back after a refund, nothing was earned since to keep it back from"
        if reason:
            named[reason] += 1
            sums[reason][currency] += abs(row.amount.minor)
        else:
            wrong.append(f"{row.account_code}: {row.amount}, {row.days} days")
    told = [
        f"{count} {reason}: "
        + ", ".join(Money(m, c).format_plain() for c, m in sorted(sums[reason].items()))
        for reason, count in sorted(named.items())
    ]
    return Statement(
        "Every clearing account is zero or explained by a named exception", not wrong,
        "; ".join(told) or "all are zero", tuple(wrong[:SHOWN]),
    )  # fmt: skip


def _bank_agrees(desk: Desk, open_batches: int) -> Statement:
    wrong = [f"{open_batches} batches are not closed"] if open_batches else []
    waiting = count_of_work()
    if waiting:
        wrong.append(f"{waiting} bank lines wait")
    for currency, till in sorted(desk.tills.items()):
        booked = sum(
            each.balance.minor
            for each in balances(kinds=[AccountKind.CASH_BANK])
            if each.account.currency == currency
        )
        moved = till.bank.cents - till.opening - till.odd_cents
        if abs(booked) != abs(moved):
            wrong.append(f"{till.account}: ledger {booked}, bank {moved}")
    tills = desk.tills.values()
    return Statement(
        "What the bank says left the accounts is what the ledger says, but for lines that are not "
        "ours or stand twice",
        not wrong and sum(till.sent for till in tills) > 0,
        f"{sum(t.sent for t in tills)} payments in {len(list_payment_batches(limit=500))} files, "
        f"{sum(t.rejected for t in tills)} rejected, {sum(t.returned for t in tills)} returned",
        tuple(wrong[:SHOWN]),
    )


def _figures(
    desk: Desk, apart: Mapping[tuple[str, str, str], int], months: Sequence[str]
) -> dict[str, str]:
    sums: Counter[tuple[str, str]] = Counter()
    for (currency, month, _), minor in apart.items():
        sums[month, currency] += minor
    figures = {
        "Rule of the rates": "the stored average rate of the same day "
        f"{YEARS_EARLIER} years earlier, else the last one before it",
        **{
            f"Commission of {month} in {code}": Money(sums[month, code], code).format_plain()
            for month in months
            for code in PLANS
        },
    }
    return figures | {
        f"Seconds in {what}": f"{seconds:.0f}" for what, seconds in sorted(desk.seconds.items())
    }
