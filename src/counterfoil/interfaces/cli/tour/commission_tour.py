"""The commissions of the tour: 35 months computed, approved, posted, paid by bank, reconciled and
closed, each act by the person whose it is.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from time import perf_counter

from counterfoil.apps.earnings.selectors import exceptions_of_run
from counterfoil.apps.earnings.types import CENTRAL
from counterfoil.core.calendars import month_days
from counterfoil.flows.close_month import close_month
from counterfoil.flows.run_commissions import (
    approve_commissions,
    post_commissions,
    release_commissions,
    run_commissions,
)
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.interfaces.cli.tour.channel import CORRECTION_HEADING, Correction, Played
from counterfoil.interfaces.cli.tour.commission_bank import close_batches, lift_holds, pay_month
from counterfoil.interfaces.cli.tour.commission_ending import commission_statements
from counterfoil.interfaces.cli.tour.commission_stage import PLANS, Desk, open_desk, utc
from counterfoil.interfaces.cli.tour.stage import Stage, workday

FIRST_MONTH = "2017-07"
MONTHS = 35
LATEST = date(2020, 12, 31)
"""Until then lines of the months may come late."""
LAST_ROUNDS = 4
"""After the last month so many more payment rounds: holds end, what came back is paid again."""
Progress = Callable[[str, int, int], None]


def play_commissions(
    stage: Stage,
    folder: Path,
    played: Played,
    corrections: list[Correction],
    *,
    months: int = MONTHS,
    seed: int = 1,
    not_before: datetime | None = None,
    progress: Progress | None = None,
) -> datetime:
    """This will play the months one after the other and check what must be true at the end.

    Returns when it was over; `not_before` is when the part before this one was.
    """
    desk = open_desk(stage, folder, played, seed=seed, progress=progress)
    names = list(_months(FIRST_MONTH, months))
    closer = stage.cast.one("finance_checker")
    for place, month in enumerate(names, start=1):
        after = month_days(month)[1] + timedelta(days=1)
        cutoff = _cutoff(month)
        with _timed(desk, "computing, approving and posting"):
            for currency in PLANS:
                _run_with_what_it_names(desk, currency, month, until=cutoff, on=cutoff)
        with _timed(desk, "closing months"), acting_as(staff()):
            close_month(code=month, by=closer, at=utc(after + timedelta(days=5), 14))
        if place == len(names):
            # What is still to come late comes now, into the open month, with its origin.
            for currency in PLANS:
                _run_with_what_it_names(desk, currency, month, until=LATEST, on=cutoff)
        _pay(desk, workday(after + timedelta(days=10)))
        if progress is not None:
            progress("Months of commissions", place, len(names))
    last = names[-1]
    for tail in range(LAST_ROUNDS):
        last = _next(last)
        for till in desk.tills.values():
            till.bank.is_calm = True
        after = month_days(last)[1] + timedelta(days=1)
        _pay(desk, workday(after + timedelta(days=10)))
        with acting_as(staff()):
            close_month(code=last, by=closer, at=utc(after + timedelta(days=5), 14))
        if progress is not None:
            progress("Last payments", tail + 1, LAST_ROUNDS)
    end = utc(month_days(_next(last))[1] + timedelta(days=10), 12)
    end = max(end, not_before or end)
    open_batches = close_batches(desk, at=end)
    text = CORRECTION_HEADING + "".join(each.text for each in corrections)
    commission_statements(
        desk, folder, played, text, months=names, last=last, at=end, open_batches=open_batches,
        progress=progress,
    )  # fmt: skip
    return end


def _run_with_what_it_names(
    desk: Desk, currency: str, month: str, *, until: date, on: date
) -> None:
    """Run a month, then each month that a run's exceptions name, the earliest first."""
    waiting = _run(desk, currency, month, until=until, on=on)
    while waiting:
        again = min(waiting)
        named = _run(desk, currency, again, until=until, on=on)
        waiting = {code for code in waiting | named if code > again}


def _run(desk: Desk, currency: str, month: str, *, until: date, on: date) -> set[str]:
    """Compute a month, have each region and then the center approve it, and post it.

    Returns the months that its exceptions ask to run again.
    """
    cast, at = desk.stage.cast, utc(on, 15)
    checker = cast.one("finance_checker")
    with acting_as(staff()):
        run = run_commissions(
            plan_code=PLANS[currency], program=desk.stage.program, month=month,
            received_until=until, store=desk.stage.store, by=cast.one("finance_maker"), at=at,
        )  # fmt: skip
    with acting_as(staff()):
        for region in (name for name in run.lacking if name != CENTRAL):
            approve_commissions(
                run_id=run.public_id, region=region, by=cast.one("team_lead"),
                at=at + timedelta(hours=1),
            )  # fmt: skip
        at += timedelta(hours=2)
        approve_commissions(run_id=run.public_id, region=CENTRAL, by=checker, at=at)
        post_commissions(run_id=run.public_id, by=checker, at=at)
    desk.runs.append(run.public_id)
    with acting_as(staff()):
        told = exceptions_of_run(run.public_id)
    for each in told:
        desk.told[each.kind] += 1
        if each.kind not in {"late_lines", "run_again"}:
            desk.surprises.append(f"run of {month} {currency}: {each.message}")
    return {each.about for each in told if each.kind in {"late_lines", "run_again"}}


def _pay(desk: Desk, day: date) -> None:
    at = utc(day, 9)
    with _timed(desk, "paying and reconciling"):
        lift_holds(desk, at=at - timedelta(hours=1))
        for currency, till in desk.tills.items():
            with acting_as(staff()):
                release_commissions(
                    plan_code=PLANS[currency], program=desk.stage.program,
                    by=desk.stage.cast.one("finance_maker"), at=at,
                )  # fmt: skip
            pay_month(desk, till, at=at + timedelta(hours=1))


def _cutoff(month: str) -> date:
    """Return the day on which a month is run: the third working day or so of the next."""
    return workday(month_days(month)[1] + timedelta(days=3))


def _months(first: str, count: int) -> Iterator[str]:
    month = first
    for _ in range(count):
        yield month
        month = _next(month)


def _next(month: str) -> str:
    return f"{month_days(month)[1] + timedelta(days=1):%Y-%m}"


@contextmanager
def _timed(desk: Desk, what: str) -> Iterator[None]:
    begun = perf_counter()
    yield
    desk.seconds[what] += perf_counter() - begun
