"""Writes of adjustments and bonuses: the proposal, and how a second person decided it."""

from datetime import datetime

from django.db import IntegrityError, transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.earnings.errors import SamePerson, UnknownAdjustment, WrongState
from counterfoil.apps.earnings.models import Adjustment, PlanUse
from counterfoil.apps.earnings.selectors import get_adjustment
from counterfoil.apps.earnings.types import AdjustmentInfo, UseInfo
from counterfoil.apps.partners.models import Organization
from counterfoil.core.actors import Actor
from counterfoil.core.adjustments import AdjustmentKind, Reason
from counterfoil.core.money import Money
from counterfoil.foundation.ids import new_id

ABOUT_MAX = 200


@transaction.atomic
def record_adjustment(
    *,
    use: UseInfo,
    partner_id: int,
    month: str,
    kind: AdjustmentKind,
    reason: Reason,
    amount: Money,
    note: str,
    about: str,
    by: Actor,
    at: datetime,
) -> AdjustmentInfo:
    """This will keep a proposal. Raises WrongState while the very same one waits already."""
    partner = Organization.objects.get(pk=partner_id)
    try:
        with transaction.atomic():
            row = Adjustment.objects.create(
                public_id=new_id("adj"),
                use=PlanUse.objects.get(public_id=use.public_id),
                partner=partner,
                region=partner.region,
                month=month,
                kind=kind,
                reason=reason,
                amount_minor=amount.minor,
                currency=amount.currency,
                note=note,
                about=about[:ABOUT_MAX],
                made_by=by.id,
                made_at=at,
            )
    except IntegrityError as error:
        raise WrongState("The very same adjustment waits for a decision already.") from error
    record_event(
        by=by, at=at, action="adjustment.proposed", object_type="adjustment",
        object_id=row.public_id, partner_id=partner_id,
        data={"month": month, "kind": kind, "reason": reason, "minor": amount.minor,
              "currency": amount.currency},
    )  # fmt: skip
    return get_adjustment(row.public_id)


def lock_adjustment(*, adjustment_id: str, by: Actor) -> AdjustmentInfo:
    """This will lock a waiting proposal until the transaction ends, for who may approve it.

    Raises UnknownAdjustment, WrongState, SamePerson.
    """
    row = _waiting(adjustment_id)
    if by.id == row.made_by:
        raise SamePerson("Who proposed an adjustment can't approve it; ask somebody else.")
    return get_adjustment(adjustment_id)


@transaction.atomic
def mark_adjustment_approved(
    *, adjustment_id: str, entry_id: str, by: Actor, at: datetime, note: str = ""
) -> AdjustmentInfo:
    """This will mark a proposal as approved and posted by `entry_id`.

    Raises UnknownAdjustment, WrongState, SamePerson.
    """
    row = _waiting(adjustment_id)
    if by.id == row.made_by:
        raise SamePerson("Who proposed an adjustment can't approve it; ask somebody else.")
    return _decide(row, "approved", by=by, at=at, note=note, entry_id=entry_id)


@transaction.atomic
def mark_adjustment_refused(
    *, adjustment_id: str, by: Actor, at: datetime, note: str
) -> AdjustmentInfo:
    """This will mark a proposal as refused. Raises UnknownAdjustment, WrongState."""
    return _decide(_waiting(adjustment_id), "refused", by=by, at=at, note=note)


def _decide(
    row: Adjustment, state: str, *, by: Actor, at: datetime, note: str, entry_id: str = ""
) -> AdjustmentInfo:
    row.state, row.decided_by, row.decided_at = state, by.id, at
    row.decision_note, row.entry_id = note, entry_id
    row.save(update_fields=["state", "decided_by", "decided_at", "decision_note", "entry_id"])
    record_event(
        by=by, at=at, action=f"adjustment.{state}", object_type="adjustment",
        object_id=row.public_id, partner_id=row.partner_id,
        data={"minor": row.amount_minor, "currency": row.currency, "entry": entry_id},
    )  # fmt: skip
    return get_adjustment(row.public_id)


def _waiting(adjustment_id: str) -> Adjustment:
    row = Adjustment.objects.select_for_update().filter(public_id=adjustment_id).first()
    if row is None:
        raise UnknownAdjustment(f"There is no adjustment {adjustment_id}.")
    if row.state != "proposed":
        raise WrongState(f"The adjustment is {row.state} already.")
    return row
