"""What the bank answers to a payment: accepted, debited, rejected, returned; and the close.

Each act locks the payment, moves it along its states, posts one entry under a key of its own and
records an event. A repeat with the same values changes nothing (trust.md 4, P6 to P8).
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from django.db import transaction

from counterfoil.apps.audit.selectors import inclusion_of
from counterfoil.apps.audit.services import record_event, sequence_events
from counterfoil.apps.ledger.selectors import balances, entry_by_key, list_periods, posted_total
from counterfoil.apps.ledger.services import post_entry, reverse_entry
from counterfoil.apps.payouts.errors import UnknownPayment, WrongState
from counterfoil.apps.payouts.models import Bill, PayableHold, Payment, PaymentBatch
from counterfoil.apps.payouts.selectors.payments import (
    get_payment_batch,
    payment_batch_info,
    payment_info,
)
from counterfoil.apps.payouts.services.dispatches import end_dispatch
from counterfoil.apps.payouts.services.holds import lift_placed, place_hold
from counterfoil.apps.payouts.services.own_accounts import one_way_lock
from counterfoil.apps.payouts.types import PaymentBatchInfo, PaymentInfo
from counterfoil.core.accounts import AccountKind
from counterfoil.core.actors import Actor
from counterfoil.core.journal import (
    EntryDraft,
    EntryKind,
    FundShare,
    in_transit,
    payment_rejected,
    payment_returned,
    payment_settled,
)
from counterfoil.core.money import Money
from counterfoil.foundation import crash


def accept_payment(*, end_to_end_id: str, by: Actor, at: datetime) -> PaymentInfo:
    """This will record that the bank accepted a payment; nothing is posted.

    One that was debited or answered already stays as it is. Raises UnknownPayment, WrongState.
    """
    with transaction.atomic():
        batch, row = _locked(end_to_end_id)
        if row.state == "released":
            _answered(batch, by=by, at=at)
            row.state = "accepted"
            row.save(update_fields=["state"])
            _record("payment.accepted", row, by=by, at=at)
            _restate(batch)
        elif row.state in ("sealed", "void", "netted"):
            raise _wrong(row)
    return payment_info(row)


def settle_payment(
    *, end_to_end_id: str, on: date, bank_reference: str, by: Actor, at: datetime
) -> PaymentInfo:
    """This will record that the bank debited a payment on the day `on`, and post it.

    Raises UnknownPayment, WrongState (also for a second debit with another reference).
    """
    with transaction.atomic():
        batch, row = _locked(end_to_end_id)
        if row.state == "settled" and (row.settled_on, row.bank_reference) == (on, bank_reference):
            return payment_info(row)
        if row.state not in ("released", "accepted"):
            raise _wrong(row)
        _answered(batch, by=by, at=at)
        row.state, row.settled_on, row.bank_reference = "settled", on, bank_reference
        row.settled_count += 1
        row.save(update_fields=["state", "settled_on", "bank_reference", "settled_count"])
        _post(
            payment_settled(
                share=_share(row),
                amount=_amount(row),
                message_id=batch.message_id,
                own_account=batch.own_account.code,
                effective_on=on,
                idem_key=f"stmt:{row.end_to_end_id}:{row.settled_count}",
                source_ref=row.payable_ref,
            ),
            by=by,
            at=at,
        )
        crash.point("pay.settled")
        _record("payment.settled", row, by=by, at=at, on=on.isoformat(), reference=bank_reference)
        _restate(batch)
    return payment_info(row)


def unsettle_payment(*, end_to_end_id: str, by: Actor, at: datetime, reason: str) -> PaymentInfo:
    """This will undo that a payment was matched with a debit: the entry is reversed.

    Raises UnknownPayment, WrongState when it is not settled or its batch is closed.
    """
    with transaction.atomic():
        batch, row = _locked(end_to_end_id)
        if row.state == "released" and row.settled_count:
            return payment_info(row)
        if row.state != "settled" or batch.state == "closed":
            raise _wrong(row)
        key = f"stmt:{row.end_to_end_id}:{row.settled_count}"
        entry = entry_by_key(idem_key=key)
        assert entry is not None, "a settled payment has its entry"
        reverse_entry(
            entry_id=entry.public_id, by=by, at=at, reason=f"{reason} ({key})",
            effective_on=_open_day(entry.effective_on, at)[0],
        )  # fmt: skip
        row.state, row.settled_on, row.bank_reference = "released", None, ""
        row.save(update_fields=["state", "settled_on", "bank_reference"])
        _record("payment.unsettled", row, by=by, at=at, reason=reason)
        _restate(batch)
    return payment_info(row)


def reject_payment(
    *, end_to_end_id: str, on: date, code: str, reason: str, by: Actor, at: datetime
) -> PaymentInfo:
    """This will record that the bank never debited a payment: owed again, and held.

    A person lifts the hold once the cause is cleared; a new attempt has a new end-to-end id.
    Raises UnknownPayment, WrongState.
    """
    with transaction.atomic():
        batch, row = _locked(end_to_end_id)
        if row.state == "rejected":
            return payment_info(row)
        if row.state not in ("released", "accepted"):
            raise _wrong(row)
        _answered(batch, by=by, at=at)
        _give_back(row, "rejected", code, reason)
        _post(
            payment_rejected(
                share=_share(row),
                amount=_amount(row),
                message_id=batch.message_id,
                effective_on=on,
                idem_key=f"reject:{row.end_to_end_id}",
                source_ref=row.payable_ref,
            ),
            by=by,
            at=at,
        )
        crash.point("pay.rejected")
        _held(row, "rejected", by=by, at=at)
        _record("payment.rejected", row, by=by, at=at, code=code, reason=reason)
        _restate(batch)
    return payment_info(row)


def return_payment(
    *,
    end_to_end_id: str,
    on: date,
    code: str,
    reason: str,
    bank_reference: str,
    by: Actor,
    at: datetime,
) -> PaymentInfo:
    """This will record that a debited payment came back: owed again, and held.

    Raises UnknownPayment, WrongState for one that was not debited.
    """
    with transaction.atomic():
        batch, row = _locked(end_to_end_id)
        if row.state == "returned":
            return payment_info(row)
        if row.state != "settled":
            raise _wrong(row)
        _give_back(row, "returned", code, reason)
        _post(
            payment_returned(
                share=_share(row),
                amount=_amount(row),
                own_account=batch.own_account.code,
                effective_on=on,
                idem_key=_return_key(row)[0],
                source_ref=row.payable_ref,
            ),
            by=by,
            at=at,
        )
        crash.point("pay.returned")
        _held(row, "returned", by=by, at=at)
        _record(
            "payment.returned", row, by=by, at=at, code=code, reason=reason,
            reference=bank_reference,
        )  # fmt: skip
        _restate(batch)
    return payment_info(row)


def unreturn_payment(*, end_to_end_id: str, by: Actor, at: datetime, reason: str) -> PaymentInfo:
    """This will undo that a payment came back: it counts as debited again, and as not owed.

    The hold that came with the return is lifted. Raises UnknownPayment, WrongState when it did
    not come back, its batch is closed, or what was owed again is on its way by now.
    """
    with transaction.atomic():
        one_way_lock()
        batch, row = _locked(end_to_end_id)
        if row.state != "returned" or batch.state == "closed":
            raise _wrong(row)
        again = (
            Payment.objects.filter(
                payable_ref=row.payable_ref, partner_id=row.partner_id, fund=row.fund,
                period=row.period, currency=row.currency, is_live=True,
            )
            .values_list("end_to_end_id", flat=True)
            .first()
        )  # fmt: skip
        again = again or (
            Bill.objects.filter(
                payable_ref=row.payable_ref, partner_id=row.partner_id, is_live=True
            )
            .values_list("number", flat=True)
            .first()
        )
        if again is not None:
            raise WrongState(
                f"Payment {end_to_end_id} is paid again by {again}; the return stands."
            )
        _key, entry = _return_key(row, is_open=False)
        reverse_entry(
            entry_id=entry, by=by, at=at, reason=reason,
            effective_on=_open_day(at.date(), at)[0],
        )  # fmt: skip
        row.state, row.is_live, row.code, row.reason = "settled", True, "", ""
        row.save(update_fields=["state", "is_live", "code", "reason"])
        for hold in PayableHold.objects.filter(
            payable_ref=row.payable_ref, partner_id=row.partner_id, kind="returned",
            lifted_at__isnull=True,
        ):  # fmt: skip
            lift_placed(hold=hold, by=by, at=at, reason=f"The return was undone: {reason}")
        crash.point("pay.unreturned")
        _record("payment.unreturned", row, by=by, at=at, reason=reason)
        _restate(batch)
    return payment_info(row)


def _return_key(row: Payment, *, is_open: bool = True) -> tuple[str, str]:
    """The key of the next return's entry, or (with `is_open` false) of the one that stands.

    An undone return leaves its entry and the reversal, so a further return has a key of its own.
    """
    key, entry, number = f"return:{row.end_to_end_id}", "", 1
    while (found := entry_by_key(idem_key=key)) is not None:
        entry = found.public_id
        if not found.reversed_by:
            break
        number += 1
        key = f"return:{row.end_to_end_id}:{number}"
    assert is_open or entry, "a returned payment has its entry"
    return key, entry


def close_batch(*, batch_id: str, by: Actor, at: datetime) -> PaymentBatchInfo:
    """This will close a batch of which everything is answered and nothing is in transit (P8).

    The batch keeps the proof that its close stands in the audit log. Closing twice changes
    nothing. Raises UnknownBatch, WrongState saying what is open or differs.
    """
    with transaction.atomic():
        known = get_payment_batch(batch_id)
        batch = _locked_batch(known.message_id)
        if batch.state == "closed":
            return payment_batch_info(batch)
        waiting = Payment.objects.filter(
            batch=batch, state__in=["sealed", "released", "accepted"]
        ).count()
        moving = [
            each.balance
            for each in balances(kinds=[AccountKind.CASH_IN_TRANSIT], period=batch.message_id)
            if not each.balance.is_zero
        ]
        if waiting or moving or batch.state not in ("settled", "rejected"):
            left = ", ".join(str(sum_) for sum_ in moving) or "nothing"
            raise WrongState(
                f"Batch {batch.message_id} is {batch.state}: {waiting} payment(s) without an "
                f"answer, {left} in transit."
            )
        posted = posted_total(
            kind=EntryKind.PAYMENT_RELEASED, account=in_transit(batch.message_id, batch.currency)
        )
        if -posted.minor != batch.total_minor:
            raise WrongState(
                f"The ledger sent {-posted} with {batch.message_id}, and its file says "
                f"{Money(batch.total_minor, batch.currency)}; run `counterfoil verify`."
            )
        event = record_event(
            by=by, at=at, action="payments.closed", object_type="payment_batch",
            object_id=batch.public_id,
            data={
                "message_id": batch.message_id, "sha256": batch.sha256,
                "total": Money(batch.total_minor, batch.currency).to_json(),
            },
        )  # fmt: skip
        while sequence_events(at=at):
            pass
        batch.state, batch.closed_at = "closed", at
        batch.close_proof = inclusion_of(event_id=event)
        batch.save(update_fields=["state", "closed_at", "close_proof"])
        crash.point("pay.closed")
    return payment_batch_info(batch)


def _locked(end_to_end_id: str) -> tuple[PaymentBatch, Payment]:
    """Lock batch, then payment: always in this order, so that two answers never wait in a ring."""
    message = (
        Payment.objects.filter(end_to_end_id=end_to_end_id)
        .values_list("batch__message_id", flat=True)
        .first()
    )
    if message is None:
        raise UnknownPayment(f"There is no payment {end_to_end_id}.")
    batch = _locked_batch(message)
    row = (
        Payment.objects.select_for_update(of=("self",))
        .select_related("partner", "payee", "bank_detail")
        .get(end_to_end_id=end_to_end_id)
    )
    row.batch = batch
    return batch, row


def _locked_batch(message_id: str) -> PaymentBatch:
    return (
        PaymentBatch.objects.select_for_update(of=("self",))
        .select_related("own_account")
        .defer("content")
        .get(message_id=message_id)
    )


def _answered(batch: PaymentBatch, *, by: Actor, at: datetime) -> None:
    """An answer proves that the file arrived, whatever we knew of its way."""
    end_dispatch(batch, place="by the bank's answer", by=by, at=at)
    if batch.state == "released" or batch.is_unknown:
        if batch.state == "released":
            batch.state, batch.dispatched_at = "dispatched", at
        batch.is_unknown = False
        batch.save(update_fields=["state", "dispatched_at", "is_unknown"])


def _restate(batch: PaymentBatch) -> None:
    """This will set the batch's state by those of its payments; a closed one stays closed."""
    states = Payment.objects.filter(batch=batch).exclude(state="netted")
    state = _state_of(tuple(states.values_list("state", flat=True)))
    if batch.state != "closed" and state != batch.state:
        batch.state = state
        batch.save(update_fields=["state"])


def _state_of(states: Sequence[str]) -> str:
    found = set(states)
    if found == {"rejected"}:
        return "rejected"
    if found <= {"settled", "returned", "rejected"}:
        return "settled"
    if "rejected" in found:
        return "part_rejected"
    if "released" not in found:
        return "acked"
    return "dispatched"


def _give_back(row: Payment, state: str, code: str, reason: str) -> None:
    row.state, row.is_live, row.code, row.reason = state, False, code[:20], reason
    row.save(update_fields=["state", "is_live", "code", "reason"])


def _held(row: Payment, kind: str, *, by: Actor, at: datetime) -> None:
    place_hold(
        payable_ref=row.payable_ref, partner_id=row.partner_id, kind=kind, by=by, at=at,
        reason=f"{row.code} {row.reason}".strip() or "no reason given",
    )  # fmt: skip


def _share(row: Payment) -> FundShare:
    return FundShare(row.fund, row.partner.public_id, row.period)


def _amount(row: Payment) -> Money:
    return Money(row.amount_minor, row.currency)


def _open_day(on: date, at: datetime) -> tuple[date, str | None]:
    """The day to post on, and the period of origin when that of `on` is closed."""
    closed = [each for each in list_periods() if each.closed_at is not None]
    if any(each.starts_on <= on <= each.ends_on for each in closed):
        return at.date(), f"{on:%Y-%m}"
    return on, None


def _post(draft: EntryDraft, *, by: Actor, at: datetime) -> None:
    day, origin = _open_day(draft.effective_on, at)
    post_entry(draft=replace(draft, effective_on=day, origin_period=origin), by=by, at=at)


def _wrong(row: Payment) -> WrongState:
    return WrongState(f"Payment {row.end_to_end_id} is {row.state}.")


def _record(action: str, row: Payment, *, by: Actor, at: datetime, **data: str) -> None:
    record_event(
        by=by,
        at=at,
        action=action,
        object_type="payment",
        object_id=row.public_id,
        partner_id=row.partner_id,
        data={
            "end_to_end_id": row.end_to_end_id,
            "payable": row.payable_ref,
            "amount": _amount(row).to_json(),
            "state": row.state,
            **data,
        },
    )
