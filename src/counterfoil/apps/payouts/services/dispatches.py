"""A released file leaves the house: into the folder, or downloaded by a person (P5, P5h).

The intent stands in the database before anything leaves (I6). What may have left and may not have
is marked unknown and never sent again by a machine.
"""

from datetime import datetime

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.payouts.errors import (
    BatchChanged,
    NotReady,
    SamePerson,
    UnknownBatch,
    WrongState,
)
from counterfoil.apps.payouts.models import Dispatch, PaymentBatch
from counterfoil.apps.payouts.ports import BankFolder
from counterfoil.apps.payouts.selectors.payments import payment_batch_info
from counterfoil.apps.payouts.services.own_accounts import locked_state, refuse_when_locked
from counterfoil.apps.payouts.types import BatchFile, PaymentBatchInfo
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.canonical import sha256_hex
from counterfoil.foundation import crash

SENT = ("dispatched", "acked", "part_rejected", "rejected", "settled", "closed")


def deliver_payments(
    *, batch_id: str, folder: BankFolder, by: Actor, at: datetime
) -> PaymentBatchInfo:
    """This will put a released file into the folder and mark it sent; safe to repeat.

    The same name and the same bytes each time. Raises UnknownBatch, WrongState (never a file that
    is unknown, or meant for a download), BatchChanged, PayoutsLocked, OSError.
    """
    with transaction.atomic():
        refuse_when_locked(locked_state())
        batch = _locked(batch_id)
        if batch.is_unknown:
            raise WrongState(
                f"Nobody knows whether {batch.message_id} arrived; it is never sent again by the "
                "system. Ask the bank with its message id."
            )
        row = Dispatch.objects.filter(batch=batch, is_first=True, channel="folder").first()
        if row is None:
            raise WrongState(f"Batch {batch.message_id} is not to be put into the folder.")
        if row.state == "done":
            return payment_batch_info(batch)
        if batch.state != "released":
            raise WrongState(f"Batch {batch.message_id} is {batch.state}; it left already.")
        content = _content(batch)
        crash.point("pay.dispatching")
        place = folder.deliver(name=batch.file_name, content=content)
        crash.point("pay.dispatched_outside")
        _done(row, batch, place=place, by=by, at=at)
    return payment_batch_info(batch)


def download_payments(
    *, batch_id: str, by: Actor, at: datetime
) -> tuple[PaymentBatchInfo, BatchFile]:
    """This will hand the bytes of a released file to a person, on the record.

    The first download needs nobody else; each further one was asked for, with a reason, by another
    person. Raises NotAllowed, UnknownBatch, WrongState, SamePerson, BatchChanged, PayoutsLocked.
    """
    require(by, "batches.dispatch")
    with transaction.atomic():
        refuse_when_locked(locked_state())
        batch = _locked(batch_id)
        rows = Dispatch.objects.filter(batch=batch, channel="download", state="due")
        row = rows.order_by("pk").first()
        if row is None:
            raise WrongState(
                f"Batch {batch.message_id} was downloaded already, or goes by folder; a further "
                "download is asked for with a reason and made by another person."
            )
        if not row.is_first and row.asked_by == by.id:
            raise SamePerson("You asked for this download; another person makes it.")
        content = _content(batch)
        _done(row, batch, place="download", by=by, at=at)
        crash.point("pay.downloaded")
    return payment_batch_info(batch), BatchFile(batch.file_name, content, batch.sha256)


def ask_download(*, batch_id: str, by: Actor, at: datetime, reason: str) -> None:
    """This will ask for one more download of a file; another person makes it.

    Raises NotAllowed, UnknownBatch, NotReady without a reason, WrongState.
    """
    require(by, "batches.dispatch")
    if not reason.strip():
        raise NotReady("Say why the file is needed again.")
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch.state not in SENT:
            raise WrongState(f"Batch {batch.message_id} is {batch.state}; it was not sent yet.")
        if Dispatch.objects.filter(batch=batch, channel="download", state="due").exists():
            raise WrongState("A download waits already.")
        Dispatch.objects.create(
            batch=batch, channel="download", sha256=batch.sha256, asked_by=by.id, asked_at=at,
            reason=reason.strip(), is_first=False,
        )  # fmt: skip
        _record("payments.download_asked", batch, by=by, at=at, reason=reason.strip())


def enter_receipt(*, batch_id: str, receipt: str, by: Actor, at: datetime) -> PaymentBatchInfo:
    """This will keep the bank's receipt id; it also settles a send that was unknown.

    Raises NotAllowed, UnknownBatch, WrongState, NotReady without a receipt.
    """
    require(by, "batches.dispatch")
    if not receipt.strip() or len(receipt.strip()) > 120:
        raise NotReady("Enter the receipt as the bank shows it, at most 120 characters.")
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch.state not in (*SENT, "released"):
            raise WrongState(f"Batch {batch.message_id} is {batch.state}; it was not sent yet.")
        if batch.state == "released":
            batch.state, batch.dispatched_at = "dispatched", at
        end_dispatch(batch, place="by the bank's receipt", by=by, at=at)
        batch.receipt, batch.is_unknown = receipt.strip(), False
        batch.save(update_fields=["state", "dispatched_at", "receipt", "is_unknown"])
        _record("payments.receipt_entered", batch, by=by, at=at, receipt=batch.receipt)
    return payment_batch_info(batch)


def mark_unknown(*, message_id: str, reason: str, by: Actor, at: datetime) -> PaymentBatchInfo:
    """This will mark that nobody knows whether a file arrived; a machine never sends it again.

    Raises NotAllowed, UnknownBatch, NotReady without a reason, WrongState for a batch that was
    not released.
    """
    require(by, "batches.dispatch")
    if not reason.strip():
        raise NotReady("Say what happened when the file was sent.")
    with transaction.atomic():
        batch = PaymentBatch.objects.filter(message_id=message_id).first()
        if batch is None:
            raise UnknownBatch(f"There is no payment batch {message_id}.")
        batch = _locked(batch.public_id)
        if batch.state not in ("released", "dispatched"):
            raise WrongState(f"Batch {message_id} is {batch.state}.")
        if not batch.is_unknown:
            batch.is_unknown = True
            batch.save(update_fields=["is_unknown"])
            _record("payments.unknown", batch, by=by, at=at, reason=reason)
    return payment_batch_info(batch)


def end_dispatch(batch: PaymentBatch, *, place: str, by: Actor, at: datetime) -> None:
    """This will end the first way out of a file that is known to have arrived.

    Without it the worker would send once more what the bank has answered already.
    """
    Dispatch.objects.filter(batch=batch, is_first=True, state="due").update(
        state="done", place=place, done_by=by.id, done_at=at
    )


def _content(batch: PaymentBatch) -> bytes:
    content = bytes(batch.content)
    if sha256_hex(content) != batch.sha256:
        raise BatchChanged(f"The bytes of {batch.message_id} are not those that were approved.")
    return content


def _done(row: Dispatch, batch: PaymentBatch, *, place: str, by: Actor, at: datetime) -> None:
    row.state, row.place, row.done_by, row.done_at = "done", place, by.id, at
    row.save(update_fields=["state", "place", "done_by", "done_at"])
    if batch.state == "released":
        batch.state, batch.dispatched_at = "dispatched", at
        batch.save(update_fields=["state", "dispatched_at"])
    _record("payments.dispatched", batch, by=by, at=at, sha256=batch.sha256, channel=row.channel)


def _locked(batch_id: str) -> PaymentBatch:
    row = (
        PaymentBatch.objects.select_for_update(of=("self",))
        .select_related("own_account")
        .filter(public_id=batch_id)
        .first()
    )
    if row is None:
        raise UnknownBatch(f"There is no payment batch {batch_id}.")
    return row


def _record(action: str, batch: PaymentBatch, *, by: Actor, at: datetime, **data: str) -> None:
    record_event(
        by=by,
        at=at,
        action=action,
        object_type="payment_batch",
        object_id=batch.public_id,
        data={"message_id": batch.message_id, "state": batch.state, **data},
    )
