"""A correction or a reward by hand: proposed by one person, approved within limit by another, and
posted at once as an entry of its own.

A run that was posted stays as it was; what is taken beyond what is held the partner owes, and it
is kept back from its next payment.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from counterfoil.apps.earnings.errors import WrongState
from counterfoil.apps.earnings.selectors import get_adjustment, get_use, plan_in_force
from counterfoil.apps.earnings.services import (
    lock_adjustment,
    mark_adjustment_approved,
    mark_adjustment_refused,
    record_adjustment,
)
from counterfoil.apps.earnings.types import AdjustmentInfo
from counterfoil.apps.ledger.selectors import is_closed_on
from counterfoil.apps.ledger.services import locked_balances, post_entry
from counterfoil.apps.partners.selectors import get_partner
from counterfoil.core.accounts import AccountKind
from counterfoil.core.actors import Actor
from counterfoil.core.adjustments import (
    AdjustmentKind,
    BadAdjustment,
    Reason,
    check_adjustment,
)
from counterfoil.core.authority import may, require
from counterfoil.core.calendars import CalendarError, month_days
from counterfoil.core.journal import FundShare, commission_adjusted
from counterfoil.core.money import Money
from counterfoil.foundation import crash


def propose_adjustment(
    *,
    plan_code: str,
    program: str,
    partner_id: str,
    month: str,
    kind: AdjustmentKind,
    reason: Reason,
    amount: Money,
    note: str,
    by: Actor,
    at: datetime,
    about: str = "",
) -> AdjustmentInfo:
    """This will propose what is added to a partner's month, or taken from it below zero.

    `partner_id` is a public id, `note` a sentence that the partner reads too, `about` what it
    answers. Raises NotAllowed, UnknownPlan, PartnerUnknown, WrongState.
    """
    require(by, "commissions.adjust", program=program)
    use = get_use(plan_code=plan_code, program=program)
    first, last = _month(month)
    plan = plan_in_force(plan_code, last).plan
    if at.astimezone(ZoneInfo(plan.zone)).date() < first:
        raise WrongState(f"{month} has not begun in {plan.zone}.")
    if amount.currency != plan.currency:
        raise WrongState(f"The plan counts in {plan.currency}, not {amount.currency}.")
    if not note.strip():
        raise WrongState("Say why, in a sentence that the partner reads too.")
    try:
        check_adjustment(kind, reason, amount)
    except BadAdjustment as error:
        raise WrongState(str(error)) from error
    return record_adjustment(
        use=use, partner_id=get_partner(partner_id=partner_id).pk, month=month, kind=kind,
        reason=reason, amount=amount, note=note.strip(), about=about.strip(), by=by, at=at,
    )  # fmt: skip


def approve_adjustment(
    *, adjustment_id: str, by: Actor, at: datetime, note: str = ""
) -> AdjustmentInfo:
    """This will approve a proposal that somebody else made, and post it.

    The entry belongs to the last day of the month, or to today where the month is not over; once
    the month is closed, to today, with the month as its origin. Raises NotAllowed,
    UnknownAdjustment, WrongState, SamePerson, PeriodClosed.
    """
    found = get_adjustment(adjustment_id)
    require(
        by, "commissions.approve_adjustment", program=found.program, region=found.region,
        amount=abs(found.amount),
    )  # fmt: skip
    with transaction.atomic():
        lock_adjustment(adjustment_id=adjustment_id, by=by)
        share = FundShare(found.use, found.partner_public_id, found.month)
        account = share.account(AccountKind.ACCRUED_COMMISSION, found.amount.currency)
        day, origin = _day(found, at)
        entry = post_entry(
            draft=commission_adjusted(
                share=share, amount=found.amount,
                accrued=locked_balances(accounts=[account])[account], effective_on=day,
                idem_key=f"adjustment:{adjustment_id}", source_ref=adjustment_id,
                reason=f"{found.reason}: {found.note}",
                is_bonus=found.kind == AdjustmentKind.BONUS, origin_period=origin,
            ),
            by=by, at=at,
        )  # fmt: skip
        crash.point("adjustment.posted")
        done = mark_adjustment_approved(
            adjustment_id=adjustment_id, entry_id=entry.public_id, by=by, at=at, note=note
        )
        crash.point("adjustment.approved")
    return done


def refuse_adjustment(*, adjustment_id: str, by: Actor, at: datetime, note: str) -> AdjustmentInfo:
    """This will refuse a proposal with a reason; who made it may take it back.

    Raises NotAllowed, UnknownAdjustment, WrongState.
    """
    found = get_adjustment(adjustment_id)
    is_own = by.id == found.made_by and may(by, "commissions.adjust", program=found.program)
    if not is_own:
        require(by, "commissions.approve_adjustment", program=found.program, region=found.region)
    if not note.strip():
        raise WrongState("Say why it is refused.")
    return mark_adjustment_refused(adjustment_id=adjustment_id, by=by, at=at, note=note.strip())


def _month(month: str) -> tuple[date, date]:
    try:
        return month_days(month)
    except CalendarError as error:
        raise WrongState(str(error)) from None


def _day(found: AdjustmentInfo, at: datetime) -> tuple[date, str | None]:
    """Return the day that the entry belongs to, and the month where it is a late item."""
    _, last = month_days(found.month)
    zone = plan_in_force(found.plan_code, last).plan.zone
    today = at.astimezone(ZoneInfo(zone)).date()
    day = min(last, today)
    return (today, found.month) if is_closed_on(on=day) else (day, None)
