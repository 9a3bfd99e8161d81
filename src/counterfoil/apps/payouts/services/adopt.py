"""Taking over a payment file that was sent before a backup was restored.

The file's own bytes become the batch again, under the same message id: its payables are on a file
once more and can't be paid a second time. Two people approve it and one sends it as ever, which
posts it and sends nothing; the bank's statement settles it.
"""

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.payouts.errors import FileRefused, NotReady, WrongState
from counterfoil.apps.payouts.models import BankDetail, OwnAccount, Payment, PaymentBatch
from counterfoil.apps.payouts.ports import SecretBox
from counterfoil.apps.payouts.selectors.pay_ready import ready_by_bank, receivables_of
from counterfoil.apps.payouts.selectors.payments import payment_batch_info
from counterfoil.apps.payouts.services.outside import mark_adopted
from counterfoil.apps.payouts.services.own_accounts import locked_state, one_way_lock
from counterfoil.apps.payouts.services.seal_payments import (
    details_digest,
    file_name,
    read_back,
)
from counterfoil.apps.payouts.types import PaymentBatchInfo, PayRow
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.bankfiles.latin import to_latin
from counterfoil.core.bankfiles.nacha_reader import read_nacha
from counterfoil.core.bankfiles.pain001_reader import read_pain001
from counterfoil.core.bankfiles.said import BadPaymentFile, SaidFile, SaidPayment
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.money import Money
from counterfoil.foundation import crash
from counterfoil.foundation.ids import new_id

_ID = re.compile(r"(?P<message>.+)-(?P<position>[0-9]{4})-(?P<attempt>[0-9]+)")


def adopt_file(*, content: bytes, box: SecretBox, by: Actor, at: datetime) -> PaymentBatchInfo:
    """This will make the batch of a file that left and that the database forgot, while locked.

    Raises NotAllowed, WrongState (not locked, or another number is the next), FileRefused (bytes
    that are none of ours), NotReady naming the payment that nothing is owed for any more.
    """
    require(by, "batches.account")
    said, is_nacha = _read(content)
    with transaction.atomic():
        one_way_lock()
        state = locked_state()
        if not state.is_locked:
            raise WrongState("Files are taken over only while payouts are locked.")
        wanted = f"{state.org}-{state.epoch}-{state.next_seq:06d}"
        if said.message_id != wanted:
            raise WrongState(
                f"The file is {said.message_id}, and the next one to take over is {wanted}. Take "
                "them over in their order, or explain this one."
            )
        own = _own_account(said, is_nacha=is_nacha)
        try:
            read_back(content, own.format)
        except BadPaymentFile as error:
            raise FileRefused(f"This is no {own.format} file of ours: {error}") from None
        found = _found(said, own, box, at)
        sha = sha256_hex(content)
        batch = PaymentBatch.objects.create(
            public_id=new_id("pmb"),
            message_id=said.message_id,
            epoch=state.epoch,
            seq=state.next_seq,
            own_account=own,
            currency=own.currency,
            format=own.format,
            execute_on=said.execute_on,
            file_name=file_name(said.message_id, sha, own.format),
            content=content,
            sha256=sha,
            count=said.count,
            total_minor=said.total_minor,
            details_sha256=details_digest(
                [(p.end_to_end_id, d.public_id, d.fingerprint) for p, _row, d in found]
            ),
            sealed_by=by.id,
            sealed_at=at,
            is_adopted=True,
        )
        state.next_seq += 1
        state.save(update_fields=["next_seq"])
        try:
            with transaction.atomic():
                Payment.objects.bulk_create(
                    [_payment(batch, *each) for each in found], batch_size=1000
                )
        except IntegrityError as error:
            raise NotReady("A payable of this file is on another file already.") from error
        mark_adopted(message_id=said.message_id, sha256=sha, by=by, at=at)
        crash.point("pay.adopted")
        record_event(
            by=by, at=at, action="payments.sealed", object_type="payment_batch",
            object_id=batch.public_id,
            data={
                "message_id": said.message_id, "sha256": sha, "count": batch.count,
                "total": Money(batch.total_minor, batch.currency).to_json(), "account": own.code,
                "execute_on": said.execute_on.isoformat(), "adopted": "yes",
            },
        )  # fmt: skip
    return payment_batch_info(batch)


def _read(content: bytes) -> tuple[SaidFile, bool]:
    is_nacha = content[:3] == b"101"
    try:
        return (read_nacha(content) if is_nacha else read_pain001(content)), is_nacha
    except BadPaymentFile as error:
        raise FileRefused(f"This is no payment file of ours: {error}") from None


def _own_account(said: SaidFile, *, is_nacha: bool) -> OwnAccount:
    for own in OwnAccount.objects.order_by("pk"):
        identity = f"{own.routing}:{own.account_number}" if own.routing else own.account_number
        if own.routing == said.debtor_account if is_nacha else identity == said.debtor_account:
            return own
    raise FileRefused("The file pays from no bank account of ours.")


def _found(
    said: SaidFile, own: OwnAccount, box: SecretBox, at: datetime
) -> list[tuple[SaidPayment, PayRow, BankDetail]]:
    """This will find the payable and the bank details of each payment. Raises NotReady."""
    found, taken = [], set()
    rows = ready_by_bank(on=at.date(), own_account=own.code)
    details = {
        row.pk: row
        for row in BankDetail.objects.filter(pk__in=[r.detail.id for r in rows if r.detail])
    }
    for payment in said.payments:
        fingerprint = box.fingerprint(payment.account)
        fitting = [
            row
            for row in rows
            if row.detail is not None
            and details[row.detail.id].fingerprint == fingerprint
            and to_latin(row.number or row.payable_ref, field="", length=60) == payment.remittance
            and row.entry_id not in taken
            and _could_be(row, payment)
        ]
        if not fitting or _ID.fullmatch(payment.end_to_end_id) is None:
            amount = Money(payment.minor, payment.currency)
            raise NotReady(
                f"{payment.end_to_end_id}, {amount} to {payment.name} for {payment.remittance}: "
                "nothing like it is owed to this account. Bring back what was approved, or the "
                "bank details, since the backup; then take the file over."
            )
        row = fitting[0]
        taken.add(row.entry_id)
        assert row.detail is not None
        found.append((payment, row, details[row.detail.id]))
    return found


def _could_be(row: PayRow, payment: SaidPayment) -> bool:
    """Whether the payment is the payable, less what the partner owes back at most."""
    kept = row.amount.minor - payment.minor
    if row.amount.currency != payment.currency or kept < 0 or row.message_id:
        return False
    if kept == 0:
        return True
    owing = receivables_of(partner_ids=[row.partner_id], currency=payment.currency)
    parts: Sequence[Money] = [part for _share, part in owing.get(row.partner_id, [])]
    return kept <= sum(part.minor for part in parts)


def _payment(batch: PaymentBatch, said: SaidPayment, row: PayRow, detail: BankDetail) -> Payment:
    match = _ID.fullmatch(said.end_to_end_id)
    assert match is not None
    return Payment(
        public_id=new_id("pay"),
        end_to_end_id=said.end_to_end_id,
        trace_number=said.trace_number,
        batch=batch,
        position=int(match["position"]),
        attempt=int(match["attempt"]),
        partner_id=row.partner_id,
        payee_id=row.payee.id,
        bank_detail=detail,
        payable_ref=row.payable_ref,
        payable_entry=row.entry_id,
        fund=row.fund,
        period=row.period,
        gross_minor=row.amount.minor,
        netted_minor=row.amount.minor - said.minor,
        amount_minor=said.minor,
        currency=said.currency,
        remittance=said.remittance,
    )
