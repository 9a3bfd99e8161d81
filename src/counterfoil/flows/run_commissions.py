"""A month of commissions: computed from frozen input, approved by regions and the center, posted,
and made payable once its hold is over.

A month that is posted changes only by later runs, which post the differences and name the month.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.apps.earnings.errors import EngineMissing, WrongState
from counterfoil.apps.earnings.selectors import (
    get_run,
    get_use,
    last_posted_shares,
    line_results,
    plan_in_force,
    plan_of_run,
    shares_of_run,
)
from counterfoil.apps.earnings.services import (
    approve_run,
    compute_duckdb,
    freeze_input,
    mark_posted,
    read_snapshot,
    record_run,
    write_snapshot,
)
from counterfoil.apps.earnings.services.spark import compute_spark, open_spark
from counterfoil.apps.earnings.types import CENTRAL, RunInfo, ShareInfo
from counterfoil.apps.ledger.selectors import balances, is_closed_on, last_credits
from counterfoil.apps.ledger.services import locked_balances, post_entries
from counterfoil.apps.submissions.ports import EvidenceStore
from counterfoil.core.accounts import AccountKind
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.calendars import CalendarError, month_days
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.journal import (
    EntryDraft,
    FundShare,
    commission_earned,
    commission_released,
    commission_taken_back,
)
from counterfoil.core.money import Money
from counterfoil.core.plans import Earlier, Plan, PlanLine, Results, evaluate
from counterfoil.core.plans.jumps import MonthFigures, jump_words
from counterfoil.foundation import crash

Engine = Callable[[Plan, Sequence[PlanLine], Sequence[Earlier]], Results]
"""Computes what a plan gives for lines; all of them give the same integers."""
JUMP_PPM = 500_000
"""A share that moved by more than half against the last posted month is shown as a jump."""


@dataclass(frozen=True, slots=True)
class Jump:
    """A partner whose month differs much from the last one that was posted, and why in words."""

    partner_id: int
    partner_public_id: str
    partner_name: str
    earned: Money
    before: Money
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A run computed again from its snapshot."""

    run: str
    is_same: bool
    line_count: int


def run_commissions(
    *,
    plan_code: str,
    program: str,
    month: str,
    received_until: date,
    store: EvidenceStore,
    by: Actor,
    at: datetime,
) -> RunInfo:
    """This will compute a month as a draft, in the place of an older draft of it.

    Counts lines received up to `received_until`. Raises NotAllowed, UnknownPlan, WrongState,
    BadInput, TooLarge.
    """
    require(by, "commissions.run", program=program)
    try:
        _, last = month_days(month)
    except CalendarError as error:
        raise WrongState(str(error)) from None
    with transaction.atomic():
        use = get_use(plan_code=plan_code, program=program)
        plan = plan_in_force(plan_code, last).plan
        if at.astimezone(ZoneInfo(plan.zone)).date() <= last:
            raise WrongState(f"{month} is not over in {plan.zone}.")
        frozen = freeze_input(use=use, plan=plan, month=month, received_until=received_until)
        files = write_snapshot(plan, frozen.lines, frozen.earlier)
        hashes = (sha256_hex(files[0]), sha256_hex(files[1]))
        for content in files:
            store.put(content)
            crash.point("commissions.stored")
        crash.point("commissions.frozen")
        results = compute_duckdb(plan, frozen.lines, frozen.earlier)
        crash.point("commissions.computed")
        run = record_run(
            use=use, month=month, received_until=received_until, frozen=frozen, results=results,
            snapshot=hashes, by=by, at=at,
        )  # fmt: skip
        crash.point("commissions.recorded")
    return run


def jumps_of(run: RunInfo) -> tuple[Jump, ...]:
    """This will list partners whose month moved by more than JUMP_PPM against the last posted.

    Whoever earned then and earns nothing now is among them; nobody is when no month was posted.
    By name.
    """
    zero = Money.zero(run.total.currency)
    before = {each.partner_id: each for each in last_posted_shares(use=run.use, before=run.month)}
    if not before:
        return ()
    now = {each.partner_id: each for each in shares_of_run(run.public_id)}
    found = []
    for partner_id, share in {**before, **now}.items():
        old, new = before.get(partner_id), now.get(partner_id)
        was = old.earned if old else zero
        earned = new.earned if new else zero
        if abs((earned - was).minor) * 1_000_000 <= abs(was.minor) * JUMP_PPM:
            continue
        why = jump_words(_figures(new, zero), _figures(old, zero) if old else None)
        found.append(
            Jump(partner_id, share.partner_public_id, share.partner_name, earned, was, why)
        )
    return tuple(sorted(found, key=lambda each: (each.partner_name, each.partner_id)))


def _figures(share: ShareInfo | None, zero: Money) -> MonthFigures:
    if share is None:
        return MonthFigures(0, zero, zero)
    return MonthFigures(share.line_count, share.base, share.earned)


def approve_commissions(*, run_id: str, region: str, by: Actor, at: datetime) -> RunInfo:
    """This will approve a run for a region, or with CENTRAL for all of it.

    Raises NotAllowed, UnknownRun, WrongState, SamePerson, NotApproved.
    """
    run = get_run(run_id)
    if region == CENTRAL:
        require(by, "commissions.approve", program=run.program, amount=abs(run.difference))
    else:
        require(by, "commissions.approve_region", program=run.program, region=region)
    with transaction.atomic():
        run = approve_run(run_id=run_id, region=region, by=by, at=at)
        crash.point("commissions.approved")
    return run


def post_commissions(*, run_id: str, by: Actor, at: datetime) -> RunInfo:
    """This will post an approved run: for each partner, what it adds to the month.

    Entries belong to the month's last day; once that is closed, to today, with the month as their
    origin. Raises NotAllowed, UnknownRun, WrongState, NotApproved, SamePerson, PeriodClosed.
    """
    run = get_run(run_id)
    require(by, "commissions.approve", program=run.program, amount=abs(run.difference))
    with transaction.atomic():
        run = mark_posted(run_id=run_id, by=by, at=at)
        crash.point("commissions.marked")
        plan = plan_of_run(run_id)
        _, day = month_days(run.month)
        origin = None
        if is_closed_on(on=day):
            day, origin = at.astimezone(ZoneInfo(plan.zone)).date(), run.month
        chosen = [s for s in shares_of_run(run_id) if not s.difference.is_zero]
        accrued = [
            _share(run, each).account(AccountKind.ACCRUED_COMMISSION, plan.currency)
            for each in chosen
        ]
        held = locked_balances(accounts=sorted(accrued))
        drafts = [
            _draft(run, each, held[account], day, origin)
            for each, account in zip(chosen, accrued, strict=True)
        ]
        post_entries(drafts=drafts, by=by, at=at)
        crash.point("commissions.posted")
    return run


def _share(run: RunInfo, each: ShareInfo) -> FundShare:
    return FundShare(run.use, each.partner_public_id, run.month)


def _draft(
    run: RunInfo, each: ShareInfo, held: Money, day: date, origin: str | None
) -> EntryDraft:
    key = f"commission:{each.public_id}"
    reason = f"Correction of {run.month}" if run.is_correction else ""
    if each.difference.is_positive:
        return commission_earned(
            share=_share(run, each), amount=each.difference, effective_on=day, idem_key=key,
            source_ref=each.public_id, origin_period=origin, reason=reason,
        )  # fmt: skip
    return commission_taken_back(
        share=_share(run, each), amount=-each.difference, accrued=held, effective_on=day,
        idem_key=key, source_ref=each.public_id, origin_period=origin, reason=reason,
    )  # fmt: skip


def release_commissions(
    *, plan_code: str, program: str, by: Actor, at: datetime
) -> tuple[tuple[str, Money], ...]:
    """This will make held commission payable: where the plan's hold is over, and the partner's
    sum reaches the minimum payout; the rest is carried forward. Returns (partner, amount).

    Raises NotAllowed, UnknownPlan, PeriodClosed.
    """
    require(by, "commissions.release", program=program)
    with transaction.atomic():
        use = get_use(plan_code=plan_code, program=program)
        plan = plan_in_force(plan_code, at.date()).plan
        today = at.astimezone(ZoneInfo(plan.zone)).date()
        due: dict[str, list[tuple[FundShare, Money]]] = {}
        known = balances(kinds=[AccountKind.ACCRUED_COMMISSION], fund=use.public_id)
        held = locked_balances(accounts=sorted(each.account for each in known))
        for account in sorted(held):
            assert account.partner_id
            assert account.period
            is_over = month_days(account.period)[1] + timedelta(days=plan.hold_days) <= today
            if is_over and held[account].is_positive and account.currency == plan.currency:
                share = FundShare(use.public_id, account.partner_id, account.period)
                due.setdefault(account.partner_id, []).append((share, held[account]))
        sources = last_credits(accounts=sorted(held))
        drafts, told = [], []
        for partner, parts in due.items():
            total = sum(amount.minor for _, amount in parts)
            if total < plan.minimum_minor:
                continue
            told.append((partner, Money(total, plan.currency)))
            for share, amount in parts:
                account = share.account(AccountKind.ACCRUED_COMMISSION, plan.currency)
                entry_id, ref = sources[account]
                drafts.append(
                    commission_released(
                        share=share, amount=amount, effective_on=today,
                        idem_key=f"commission-release:{entry_id}", source_ref=ref,
                    )
                )  # fmt: skip
        crash.point("commissions.due")
        post_entries(drafts=drafts, by=by, at=at)
        crash.point("commissions.released")
    return tuple(told)


ENGINES = ("duckdb", "reference", "spark")
"""The engines that a run may be replayed on by name; PostgreSQL needs rights that no door has."""


@contextmanager
def open_engine(name: str) -> Iterator[Engine]:
    """This will make one of ENGINES ready and put it away at the end.

    Raises EngineMissing for another name, and without the extra that "spark" needs.
    """
    if name == "duckdb":
        yield compute_duckdb
    elif name == "reference":
        yield evaluate
    elif name == "spark":
        with open_spark() as session:
            yield partial(compute_spark, session)
    else:
        raise EngineMissing(f"There is no engine {name!r}; there are {', '.join(ENGINES)}.")


def replay_run(*, run_id: str, store: EvidenceStore, engine: Engine = compute_duckdb) -> Replayed:
    """This will compute a run again from its snapshot, by an engine, and compare every line.

    Raises UnknownRun.
    """
    run, plan = get_run(run_id), plan_of_run(run_id)
    files = []
    for sha256 in (run.lines_sha256, run.earlier_sha256):
        with store.open(sha256) as file:
            files.append(file.read())
    lines, earlier = read_snapshot(plan, files[0], files[1])
    label = int(run.month.replace("-", ""))
    computed = sorted(
        (r.component, r.partner, r.before, r.after, r.rate_ppm, r.raw, r.commission, r.parts)
        for r in engine(plan, lines, earlier).lines
        if r.month == label
    )
    return Replayed(run_id, computed == sorted(line_results(run_id)), len(computed))
