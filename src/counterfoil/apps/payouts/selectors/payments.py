"""Reads of payment batches, payments, approvals, findings, holds and our own accounts."""

from collections.abc import Sequence

from django.db.models import F, QuerySet

from counterfoil.apps.payouts.errors import UnknownBatch, UnknownOwnAccount
from counterfoil.apps.payouts.models import (
    BatchApproval,
    BatchFinding,
    Dispatch,
    OutsideFinding,
    OwnAccount,
    PayableHold,
    Payment,
    PaymentBatch,
    PayoutState,
)
from counterfoil.apps.payouts.types import (
    ApprovalInfo,
    BatchFile,
    DispatchInfo,
    FindingInfo,
    HoldInfo,
    OutsideInfo,
    OwnAccountInfo,
    PaymentBatchInfo,
    PaymentInfo,
    PayoutStanding,
)
from counterfoil.core.money import Money

WAITING = ("released", "accepted")
"""States of a payment that the bank has not debited yet."""


def list_own_accounts() -> tuple[OwnAccountInfo, ...]:
    """This will list our bank accounts, by code."""
    return tuple(own_account_info(row) for row in OwnAccount.objects.order_by("code"))


def get_own_account(code: str) -> OwnAccountInfo:
    """This will read a bank account of ours. Raises UnknownOwnAccount."""
    row = OwnAccount.objects.filter(code=code).first()
    if row is None:
        raise UnknownOwnAccount(f"There is no bank account {code!r} of ours.")
    return own_account_info(row)


def get_payment_batch(batch_id: str) -> PaymentBatchInfo:
    """This will read a batch by its id or message id, without its bytes. Raises UnknownBatch."""
    found = _batches().filter(public_id=batch_id).first()
    if found is None:
        found = _batches().filter(message_id=batch_id).first()
    if found is None:
        raise UnknownBatch(f"There is no payment batch {batch_id}.")
    return payment_batch_info(found)


def find_payment_batch(*, message_id: str) -> PaymentBatchInfo | None:
    """This will find a batch by its message id."""
    row = _batches().filter(message_id=message_id).first()
    return None if row is None else payment_batch_info(row)


def list_payment_batches(
    *, state: str | None = None, before: int | None = None, limit: int = 50
) -> tuple[PaymentBatchInfo, ...]:
    """This will list batches, the newest first; `before` is the last one's `id`."""
    rows = _batches()
    if state is not None:
        rows = rows.filter(state=state)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return tuple(
        payment_batch_info(row) for row in rows.order_by("-pk")[: max(1, min(limit, 500))]
    )


def batch_before(*, message_id: str) -> PaymentBatchInfo | None:
    """This will find the batch that was sent before this one from the same account."""
    row = PaymentBatch.objects.filter(message_id=message_id).first()
    if row is None:
        return None
    older = _batches().filter(own_account_id=row.own_account_id, pk__lt=row.pk)
    found = older.exclude(state="void").order_by("-pk").first()
    return None if found is None else payment_batch_info(found)


def payment_file(batch_id: str) -> BatchFile:
    """This will read the sealed bytes of a batch. Raises UnknownBatch."""
    row = PaymentBatch.objects.filter(public_id=batch_id).first()
    if row is None:
        raise UnknownBatch(f"There is no payment batch {batch_id}.")
    return BatchFile(row.file_name, bytes(row.content), row.sha256)


def payments_of_batch(batch_id: str) -> tuple[PaymentInfo, ...]:
    """This will list the payments of a batch, in the order of the file."""
    return payment_infos(Payment.objects.filter(batch__public_id=batch_id))


def payments_of_message(*, message_id: str) -> tuple[PaymentInfo, ...]:
    """This will list the payments of a batch by its message id."""
    return payment_infos(Payment.objects.filter(batch__message_id=message_id))


def payments_of_partner(*, partner_id: int, limit: int = 50) -> tuple[PaymentInfo, ...]:
    """This will list what was sent to a partner, the newest first; voided files are left out."""
    rows = Payment.objects.filter(partner_id=partner_id).exclude(state__in=["void", "sealed"])
    return payment_infos(rows.order_by("-pk")[: max(1, min(limit, 500))], is_ordered=True)


def find_payment(*, end_to_end_id: str) -> PaymentInfo | None:
    """This will find a payment by its end-to-end id."""
    found = payment_infos(Payment.objects.filter(end_to_end_id=end_to_end_id))
    return found[0] if found else None


def payments_by_trace(*, trace_number: str) -> tuple[PaymentInfo, ...]:
    """This will list payments with a NACHA trace number, the newest first."""
    rows = Payment.objects.filter(trace_number=trace_number).exclude(trace_number="")
    return tuple(reversed(payment_infos(rows)))


def open_payments(
    *, own_account: str | None = None, currency: str | None = None
) -> tuple[PaymentInfo, ...]:
    """This will list payments that were sent and not debited, rejected or returned yet."""
    rows = Payment.objects.filter(state__in=WAITING)
    if own_account is not None:
        rows = rows.filter(batch__own_account__code=own_account)
    if currency is not None:
        rows = rows.filter(currency=currency)
    return payment_infos(rows)


def find_live_payment(*, payable_ref: str, partner_id: int) -> PaymentInfo | None:
    """This will find the live payment of a payable."""
    found = payment_infos(
        Payment.objects.filter(payable_ref=payable_ref, partner_id=partner_id, is_live=True)
    )
    return found[0] if found else None


def approvals_of(batch_id: str) -> tuple[ApprovalInfo, ...]:
    """This will list approvals of a batch in the order in which they were given."""
    rows = BatchApproval.objects.filter(batch__public_id=batch_id).order_by("pk")
    return tuple(
        ApprovalInfo(r.approver, r.sha256, r.proof, r.approved_at, r.withdrawn_at) for r in rows
    )


def findings_of_batch(batch_id: str) -> tuple[FindingInfo, ...]:
    """This will list what the pre-payment check found, in the order of the file."""
    rows = BatchFinding.objects.filter(batch__public_id=batch_id).select_related("payment__payee")
    return tuple(
        FindingInfo(
            number=row.pk,
            kind=row.kind,
            words=row.words,
            end_to_end_id=row.payment.end_to_end_id,
            payee_name=row.payment.payee.legal_name,
            amount=Money(row.payment.amount_minor, row.payment.currency),
            cleared_by=row.cleared_by,
            cleared_at=row.cleared_at,
            note=row.note,
        )
        for row in rows.order_by("payment__position", "pk")
    )


def dispatches_of(batch_id: str) -> tuple[DispatchInfo, ...]:
    """This will list the ways of a batch out of the house, in their order."""
    rows = Dispatch.objects.filter(batch__public_id=batch_id).order_by("pk")
    return tuple(
        DispatchInfo(
            r.pk, r.channel, r.state, r.place, r.asked_by, r.asked_at, r.reason, r.done_by,
            r.done_at, r.is_first,
        )
        for r in rows
    )  # fmt: skip


def batches_due() -> tuple[str, ...]:
    """This will name released batches whose file waits to be put into the folder."""
    rows = Dispatch.objects.filter(
        state="due", channel="folder", batch__is_unknown=False, batch__state="released"
    )
    return tuple(rows.order_by("pk").values_list("batch__public_id", flat=True))


def open_holds(*, payable_refs: Sequence[str] | None = None) -> tuple[HoldInfo, ...]:
    """This will list holds that nobody lifted, the oldest first."""
    rows = PayableHold.objects.filter(lifted_at__isnull=True)
    if payable_refs is not None:
        rows = rows.filter(payable_ref__in=list(payable_refs))
    return tuple(hold_info(row) for row in rows.order_by("pk"))


def payout_standing() -> PayoutStanding | None:
    """This will tell whether payouts are locked; None before the first account is entered."""
    row = PayoutState.objects.first()
    if row is None:
        return None
    return PayoutStanding(
        row.org, row.epoch, row.next_seq, row.is_locked, row.lock_reason, row.locked_at
    )


def outside_findings(*, only_open: bool = False) -> tuple[OutsideInfo, ...]:
    """This will list what locked payouts, the open ones first, then the newest."""
    rows = OutsideFinding.objects.order_by(F("decided_at").desc(nulls_first=True), "pk")
    if only_open:
        rows = rows.filter(decided_at__isnull=True)
    return tuple(
        OutsideInfo(
            r.public_id, r.kind, r.subject, r.sha256, r.words, r.found_at, r.outcome, r.note,
            r.decided_by, r.decided_at,
        )
        for r in rows[:500]
    )  # fmt: skip


def hold_info(row: PayableHold) -> HoldInfo:
    """This will freeze a hold."""
    return HoldInfo(
        row.public_id, row.partner_id, row.payable_ref, row.kind, row.reason, row.placed_by,
        row.placed_at,
    )  # fmt: skip


def own_account_info(row: OwnAccount) -> OwnAccountInfo:
    """This will freeze one of our bank accounts."""
    return OwnAccountInfo(
        code=row.code,
        holder=row.holder,
        currency=row.currency,
        format=row.format,
        is_sepa=row.is_sepa,
        account_number=row.account_number,
        bic=row.bic,
        routing=row.routing,
        bank_name=row.bank_name,
        company_id=row.company_id,
        calendar=row.calendar,
        cut_off=row.cut_off,
        lead_days=row.lead_days,
        channel=row.channel,
    )


def payment_batch_info(row: PaymentBatch) -> PaymentBatchInfo:
    """This will freeze a batch, with its account."""
    own = row.own_account
    return PaymentBatchInfo(
        id=row.pk,
        public_id=row.public_id,
        message_id=row.message_id,
        seq=row.seq,
        own_account=own.code,
        own_holder=own.holder,
        own_masked=f"•••• {own.account_number[-4:]}",
        format=row.format,
        execute_on=row.execute_on,
        state=row.state,
        is_unknown=row.is_unknown,
        file_name=row.file_name,
        sha256=row.sha256,
        count=row.count,
        total=Money(row.total_minor, row.currency),
        sealed_by=row.sealed_by,
        sealed_at=row.sealed_at,
        released_by=row.released_by,
        released_at=row.released_at,
        dispatched_at=row.dispatched_at,
        receipt=row.receipt,
        closed_at=row.closed_at,
        is_adopted=row.is_adopted,
        close_proof=row.close_proof,
    )


def payment_infos(rows: QuerySet[Payment], *, is_ordered: bool = False) -> tuple[PaymentInfo, ...]:
    """This will freeze payments with batch, partner, payee and bank details."""
    found = rows.select_related("batch__own_account", "partner", "payee", "bank_detail").defer(
        "batch__content"
    )
    if not is_ordered:
        found = found.order_by("batch_id", "position")
    return tuple(payment_info(row) for row in found)


def payment_info(row: Payment) -> PaymentInfo:
    """This will freeze a payment."""
    batch = row.batch
    return PaymentInfo(
        public_id=row.public_id,
        end_to_end_id=row.end_to_end_id,
        trace_number=row.trace_number,
        message_id=batch.message_id,
        batch_id=batch.public_id,
        batch_state=batch.state,
        own_account=batch.own_account.code,
        position=row.position,
        partner_id=row.partner_id,
        partner_public_id=row.partner.public_id,
        partner_name=row.partner.name,
        payee_name=row.payee.legal_name,
        payable_ref=row.payable_ref,
        fund=row.fund,
        period=row.period,
        gross=Money(row.gross_minor, row.currency),
        netted=Money(row.netted_minor, row.currency),
        amount=Money(row.amount_minor, row.currency),
        remittance=row.remittance,
        state=row.state,
        is_live=row.is_live,
        detail_id=row.bank_detail.public_id,
        account_masked=row.bank_detail.masked,
        account_fingerprint=row.bank_detail.fingerprint,
        execute_on=batch.execute_on,
        released_at=batch.released_at,
        dispatched_at=batch.dispatched_at,
        settled_on=row.settled_on,
        bank_reference=row.bank_reference,
        code=row.code,
        reason=row.reason,
    )


def _batches() -> QuerySet[PaymentBatch]:
    return PaymentBatch.objects.select_related("own_account").defer("content")
