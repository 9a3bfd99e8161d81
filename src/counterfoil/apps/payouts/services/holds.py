"""Holds: what keeps a payable from being paid, by a person or after the bank's answer."""

from datetime import datetime

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.payouts.errors import NotReady, UnknownHold, WrongState
from counterfoil.apps.payouts.models import PayableHold, Payment
from counterfoil.apps.payouts.selectors.payments import hold_info
from counterfoil.apps.payouts.types import HoldInfo
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.foundation.ids import new_id


def hold_payable(
    *, payable_ref: str, partner_id: int, by: Actor, at: datetime, reason: str
) -> HoldInfo:
    """This will keep a payable from being paid; holding it twice changes nothing.

    Raises NotAllowed, NotReady without a reason, WrongState when it is on a file already.
    """
    require(by, "payables.hold")
    if not reason.strip():
        raise NotReady("A hold needs a reason.")
    with transaction.atomic():
        on_file = Payment.objects.filter(
            payable_ref=payable_ref, partner_id=partner_id, is_live=True
        ).first()
        if on_file is not None:
            raise WrongState(
                f"It is on payment {on_file.end_to_end_id}; give that file up first, if it was "
                "not sent."
            )
        return place_hold(
            payable_ref=payable_ref, partner_id=partner_id, kind="hold", by=by, at=at,
            reason=reason.strip(),
        )  # fmt: skip


def lift_hold(*, hold_id: str, by: Actor, at: datetime, reason: str) -> HoldInfo:
    """This will let a payable be paid again, by a person who says what changed.

    Raises NotAllowed, UnknownHold, NotReady without a reason.
    """
    require(by, "payables.hold")
    if not reason.strip():
        raise NotReady("Say what was cleared before it is paid.")
    with transaction.atomic():
        row = (
            PayableHold.objects.select_for_update()
            .filter(public_id=hold_id, lifted_at__isnull=True)
            .first()
        )
        if row is None:
            raise UnknownHold(f"There is no open hold {hold_id}.")
        lift_placed(hold=row, by=by, at=at, reason=reason.strip())
    return hold_info(row)


def lift_placed(*, hold: PayableHold, by: Actor, at: datetime, reason: str) -> None:
    """This will end an open hold; for other services of this room."""
    hold.lifted_by, hold.lifted_at, hold.lifted_reason = by.id, at, reason
    hold.save(update_fields=["lifted_by", "lifted_at", "lifted_reason"])
    _record("payable.hold_lifted", hold, by=by, at=at, reason=reason)


def place_hold(
    *, payable_ref: str, partner_id: int, kind: str, by: Actor, at: datetime, reason: str
) -> HoldInfo:
    """This will place a hold of `kind` unless one is open; for other services of this room."""
    row = PayableHold.objects.filter(
        payable_ref=payable_ref, partner_id=partner_id, kind=kind, lifted_at__isnull=True
    ).first()
    if row is None:
        row = PayableHold.objects.create(
            public_id=new_id("hld"),
            partner_id=partner_id,
            payable_ref=payable_ref,
            kind=kind,
            reason=reason,
            placed_by=by.id,
            placed_at=at,
        )
        _record("payable.held", row, by=by, at=at, reason=reason)
    return hold_info(row)


def _record(action: str, row: PayableHold, *, by: Actor, at: datetime, reason: str) -> None:
    record_event(
        by=by,
        at=at,
        action=action,
        object_type="payable",
        object_id=row.payable_ref,
        partner_id=row.partner_id,
        data={"hold": row.public_id, "kind": row.kind, "reason": reason},
    )
