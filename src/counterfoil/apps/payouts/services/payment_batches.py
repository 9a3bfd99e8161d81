"""A sealed payment file on its way: findings cleared, approved twice, released once, or given up.

trust.md 4, P3 and P4. Every rule here stands in the database again (migration `0005`).
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.ledger.selectors import open_payables_of
from counterfoil.apps.ledger.services import locked_balances, post_entries
from counterfoil.apps.partners.models import Organization
from counterfoil.apps.payouts.errors import (
    BatchChanged,
    NotApproved,
    NotReady,
    SamePerson,
    UnknownBatch,
    WrongState,
)
from counterfoil.apps.payouts.models import (
    BatchApproval,
    BatchFinding,
    Dispatch,
    PayableHold,
    Payment,
    PaymentBatch,
)
from counterfoil.apps.payouts.selectors.pay_ready import receivables_of
from counterfoil.apps.payouts.selectors.payments import payment_batch_info
from counterfoil.apps.payouts.selectors.recorded import (
    details_told,
    unchecked_payees,
    unrecorded_approvals,
    unrecorded_details,
)
from counterfoil.apps.payouts.services.dispatches import end_dispatch
from counterfoil.apps.payouts.services.own_accounts import locked_state, refuse_when_locked
from counterfoil.apps.payouts.services.seal_payments import details_digest, read_back
from counterfoil.apps.payouts.types import PaymentBatchInfo
from counterfoil.apps.service_levels.selectors import get_calendar
from counterfoil.core.accounts import AccountKind
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.bankfiles.said import BadPaymentFile
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.journal import EntryDraft, FundShare, payment_released
from counterfoil.core.money import Money
from counterfoil.core.payday import earliest_execution

APPROVALS = 2


def clear_finding(*, finding_id: int, by: Actor, at: datetime, note: str = "") -> None:
    """This will clear a finding of the pre-payment check by name; clearing twice changes nothing.

    Raises NotAllowed, UnknownBatch, WrongState once the batch is approved, SamePerson.
    """
    require(by, "batches.clear")
    with transaction.atomic():
        row = (
            BatchFinding.objects.select_for_update(of=("self",))
            .select_related("batch", "payment")
            .defer("batch__content")
            .filter(pk=finding_id)
            .first()
        )
        if row is None:
            raise UnknownBatch("There is no such finding.")
        if row.batch.sealed_by == by.id:
            raise SamePerson("You made this batch; another person clears what was found.")
        if row.cleared_at is not None:
            return
        if row.batch.state != "sealed":
            raise WrongState(f"Batch {row.batch.message_id} is {row.batch.state}.")
        row.cleared_by, row.cleared_at, row.note = by.id, at, note.strip()
        row.save(update_fields=["cleared_by", "cleared_at", "note"])
        _record(
            "payments.finding_cleared", row.batch, by=by, at=at, kind=row.kind,
            payment=row.payment.end_to_end_id, note=row.note,
        )  # fmt: skip


def approve_payments(
    *, batch_id: str, sha256: str, proof: str, by: Actor, at: datetime
) -> PaymentBatchInfo:
    """This will approve exactly the file with this hash, as one of two people.

    `proof` says how the person was known. The same person approving again changes nothing. Raises
    NotAllowed (also above the person's limit), UnknownBatch, WrongState, SamePerson,
    BatchChanged (another hash), NotApproved (a finding is not cleared).
    """
    with transaction.atomic():
        batch = _locked(batch_id)
        total = Money(batch.total_minor, batch.currency)
        require(by, "batches.approve", amount=total)
        given = BatchApproval.objects.filter(batch=batch, withdrawn_at__isnull=True)
        if given.filter(approver=by.id).exists():
            return payment_batch_info(batch)
        if batch.state != "sealed":
            raise WrongState(f"Batch {batch.message_id} is {batch.state}; it can't be approved.")
        if sha256 != batch.sha256 or sha256_hex(bytes(batch.content)) != sha256:
            raise BatchChanged("This is not the file that was sealed; look at it again.")
        if batch.sealed_by == by.id:
            raise SamePerson("You made this batch; two other people approve it.")
        editors = _editors(batch)
        if by.id in editors:
            raise SamePerson(
                f"You edited {editors[by.id]}, who is paid here; another person approves."
            )
        waiting = BatchFinding.objects.filter(batch=batch, cleared_at__isnull=True).count()
        if waiting:
            raise NotApproved(f"{waiting} finding(s) of the pre-payment check are not cleared.")
        BatchApproval.objects.create(
            batch=batch, sha256=sha256, approver=by.id, proof=proof, approved_at=at
        )
        count = given.count()
        if count >= APPROVALS:
            batch.state = "approved"
            batch.save(update_fields=["state"])
        _record(
            "payments.approved", batch, by=by, at=at, sha256=sha256, approvals=count, proof=proof
        )
    return payment_batch_info(batch)


def withdraw_approval(*, batch_id: str, by: Actor, at: datetime, reason: str) -> PaymentBatchInfo:
    """This will take one's own approval back; the batch waits for two again.

    Raises NotAllowed, UnknownBatch, WrongState once it was sent, NotReady without a reason.
    """
    require(by, "batches.approve")
    if not reason.strip():
        raise NotReady("Say why you take your approval back.")
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch.state not in ("sealed", "approved"):
            raise WrongState(f"Batch {batch.message_id} is {batch.state}; it was sent.")
        done = BatchApproval.objects.filter(
            batch=batch, approver=by.id, withdrawn_at__isnull=True
        ).update(withdrawn_at=at, withdrawn_reason=reason.strip())
        if done:
            if batch.state == "approved":
                batch.state = "sealed"
                batch.save(update_fields=["state"])
            _record("payments.approval_withdrawn", batch, by=by, at=at, reason=reason.strip())
    return payment_batch_info(batch)


def void_payments(
    *, batch_id: str, by: Actor, at: datetime, reason: str, lapsed: Sequence[str] = ()
) -> PaymentBatchInfo:
    """This will give a sealed batch up; its payables are ready again. Twice changes nothing.

    `lapsed` are approvers who may not approve any more: their approvals end with this act, since
    they can't take them back. Raises NotAllowed, UnknownBatch, WrongState once it is approved
    (take an approval back first), sent, or taken over from outside, NotReady without a reason.
    """
    require(by, "batches.void")
    if not reason.strip():
        raise NotReady("Say why the batch is given up.")
    with transaction.atomic():
        batch = _locked(batch_id)
        if batch.is_adopted:
            raise WrongState(
                f"The file of {batch.message_id} was sent before the database was restored; it "
                "can't be given up."
            )
        if lapsed and batch.state == "approved":
            BatchApproval.objects.filter(
                batch=batch, approver__in=lapsed, withdrawn_at__isnull=True
            ).update(withdrawn_at=at, withdrawn_reason="May not approve any more.")
            batch.state = "sealed"
            batch.save(update_fields=["state"])
        if batch.state == "approved":
            raise WrongState(
                f"Batch {batch.message_id} is approved; an approver takes the approval back first."
            )
        if batch.state not in ("sealed", "void"):
            raise WrongState(f"Batch {batch.message_id} is {batch.state}; it was sent.")
        if batch.state == "sealed":
            batch.state = "void"
            batch.save(update_fields=["state"])
            Payment.objects.filter(batch=batch).update(is_live=False, state="void")
            _record("payments.voided", batch, by=by, at=at, reason=reason.strip())
    return payment_batch_info(batch)


def release_payments(*, batch_id: str, by: Actor, at: datetime) -> PaymentBatchInfo:
    """This will release an approved file once: journal, intent to send, all in one transaction.

    The same person again changes nothing. Raises NotAllowed, UnknownBatch, WrongState,
    SamePerson, NotApproved, BatchChanged, PayoutsLocked, PeriodClosed.
    """
    require(by, "batches.release")
    with transaction.atomic():
        refuse_when_locked(locked_state())
        batch = _locked(batch_id)
        if batch.released_by == by.id:
            return payment_batch_info(batch)
        if batch.state == "sealed":
            given = BatchApproval.objects.filter(batch=batch, withdrawn_at__isnull=True).count()
            raise NotApproved(f"Batch {batch.message_id} has {given} of {APPROVALS} approvals.")
        if batch.state != "approved":
            raise WrongState(f"Batch {batch.message_id} is {batch.state}; it is sent once.")
        if batch.sealed_by == by.id:
            raise SamePerson("You made this batch; another person sends it.")
        # The bank details can't move while their rows are locked: no change slips in between.
        payments = list(
            Payment.objects.select_for_update(of=("self", "bank_detail", "payee"))
            .filter(batch=batch)
            .order_by("position")
            .select_related("bank_detail", "payee", "partner")
        )
        _refuse_late(batch, at)
        _refuse_changed(batch, payments)
        _refuse_unrecorded(batch, payments)
        drafts = _drafts(batch, payments, day=_local_day(batch, at))
        batch.state, batch.released_by, batch.released_at = "released", by.id, at
        batch.save(update_fields=["state", "released_by", "released_at"])
        Payment.objects.filter(batch=batch, amount_minor__gt=0).update(state="released")
        Payment.objects.filter(batch=batch, amount_minor=0).update(state="netted")
        post_entries(drafts=drafts, by=by, at=at)
        Dispatch.objects.create(
            batch=batch, channel=batch.own_account.channel, sha256=batch.sha256, asked_by=by.id,
            asked_at=at,
        )  # fmt: skip
        if batch.is_adopted:
            batch.state, batch.dispatched_at = "dispatched", at
            batch.save(update_fields=["state", "dispatched_at"])
            end_dispatch(batch, place="sent before the database was restored", by=by, at=at)
        _record("payments.released", batch, by=by, at=at, sha256=batch.sha256)
    return payment_batch_info(batch)


def _refuse_late(batch: PaymentBatch, at: datetime) -> None:
    """This will refuse a file whose day the bank can't keep any more. Raises BatchChanged."""
    if batch.is_adopted:
        return
    own = batch.own_account
    first = earliest_execution(
        get_calendar(code=own.calendar), at=at, cut_off=own.cut_off, lead_days=own.lead_days
    )
    if first > batch.execute_on:
        raise BatchChanged(
            f"{batch.message_id} says that it is paid on {batch.execute_on}, and the bank can't "
            f"before {first} any more. Give the batch up and make a new one."
        )


def _refuse_unrecorded(batch: PaymentBatch, payments: Sequence[Payment]) -> None:
    """This will refuse rows that nobody recorded: written past the program, or swapped.

    Raises BatchChanged.
    """
    details = list({row.bank_detail_id: row.bank_detail for row in payments}.values())
    payees = list({row.payee_id: row.payee for row in payments}.values())
    wrong = [
        *unrecorded_approvals(batch),
        *(
            f"bank details {known}: {words}"
            for known, words in unrecorded_details(
                details, details_told(detail_ids=[row.public_id for row in details])
            )
        ),
        *(f"payee {known}: {words}" for known, words in unchecked_payees(payees)),
    ]
    if wrong:
        raise BatchChanged(
            f"{batch.message_id} is not sent: {wrong[0]}. Somebody may have written past "
            "Counterfoil; run `counterfoil verify`."
        )


def _local_day(batch: PaymentBatch, at: datetime) -> date:
    return get_calendar(code=batch.own_account.calendar).local_date(at)


def _drafts(batch: PaymentBatch, payments: Sequence[Payment], *, day: date) -> list[EntryDraft]:
    """This will make the entry of each payment, after locking what it draws on.

    Raises BatchChanged when less (or more) is owed by now than the file pays.
    """
    shares = {row.pk: FundShare(row.fund, row.partner.public_id, row.period) for row in payments}
    keys = {shares[r.pk].account(AccountKind.PAYABLE, r.currency) for r in payments}
    locked_balances(accounts=sorted(keys))
    owed = {
        (item.partner_id, item.payable_ref, item.fund, item.period, item.amount.currency): item
        for item in open_payables_of(payable_refs=[row.payable_ref for row in payments])
    }
    kept = _kept_back(payments)
    drafts = []
    for row in payments:
        item = owed.get((row.partner_id, row.payable_ref, row.fund, row.period, row.currency))
        if item is None or item.amount.minor != row.gross_minor:
            raise _changed(batch, row, "what is owed for it has changed")
        drafts.append(
            payment_released(
                share=shares[row.pk],
                gross=Money(row.gross_minor, row.currency),
                netted=kept.get(row.pk, ()),
                message_id=batch.message_id,
                effective_on=day,
                idem_key=f"release:{row.end_to_end_id}",
                source_ref=row.payable_ref,
            )
        )
    return drafts


def _kept_back(payments: Sequence[Payment]) -> dict[int, list[tuple[FundShare, Money]]]:
    """This will spread what is kept back over what each partner owes, the oldest first."""
    netting = [row for row in payments if row.netted_minor]
    if not netting:
        return {}
    currency = netting[0].currency
    pks = sorted({row.partner_id for row in netting})
    found = receivables_of(partner_ids=pks, currency=currency)
    keys = [
        share.account(AccountKind.RECEIVABLE_CLAWBACK, currency)
        for parts in found.values()
        for share, _ in parts
    ]
    locked_balances(accounts=sorted(keys))
    found = receivables_of(partner_ids=pks, currency=currency)
    kept: dict[int, list[tuple[FundShare, Money]]] = {}
    for row in netting:
        rest, parts = Money(row.netted_minor, currency), found.get(row.partner_id, [])
        while rest.is_positive and parts:
            share, owing = parts.pop(0)
            part = min(rest, owing)
            kept.setdefault(row.pk, []).append((share, part))
            rest -= part
            if owing > part:
                parts.insert(0, (share, owing - part))
        if rest.is_positive:
            raise _changed(row.batch, row, "the partner owes back less than is kept back")
    return kept


def _refuse_changed(batch: PaymentBatch, payments: Sequence[Payment]) -> None:
    """This will refuse what changed since the seal: bytes, bank details, payee, partner, hold.

    Raises BatchChanged.
    """
    content = bytes(batch.content)
    if sha256_hex(content) != batch.sha256:
        raise BatchChanged(f"The bytes of {batch.message_id} are not those that were sealed.")
    try:
        said = read_back(content, batch.format)
    except BadPaymentFile as error:
        raise BatchChanged(f"{batch.message_id} can't be read any more: {error}") from None
    meant = [(r.end_to_end_id, r.amount_minor, r.currency) for r in payments if r.amount_minor]
    if [(p.end_to_end_id, p.minor, p.currency) for p in said.payments] != meant:
        raise BatchChanged(f"The file of {batch.message_id} does not say what its payments say.")
    if (said.count, said.total_minor) != (batch.count, batch.total_minor):
        raise BatchChanged(f"Count or sum of {batch.message_id} are not those of its file.")
    digest = details_digest(
        [(r.end_to_end_id, r.bank_detail.public_id, r.bank_detail.fingerprint) for r in payments]
    )
    partners = Organization.objects.in_bulk([row.partner_id for row in payments])
    held = set(
        PayableHold.objects.filter(
            payable_ref__in=[row.payable_ref for row in payments], lifted_at__isnull=True
        ).values_list("partner_id", "payable_ref")
    )
    for row in payments:
        if row.bank_detail.state != "active" or digest != batch.details_sha256:
            raise _changed(batch, row, "the bank details are not those in use")
        if row.payee.replaced_at is not None or row.payee.status != "ready":
            raise _changed(batch, row, "its payee was changed or put on hold")
        if partners[row.partner_id].status != "active":
            raise _changed(batch, row, "its partner is not active any more")
        if (row.partner_id, row.payable_ref) in held:
            raise _changed(batch, row, "it was put on hold")


def _changed(batch: PaymentBatch, row: Payment, why: str) -> BatchChanged:
    return BatchChanged(
        f"Payment {row.end_to_end_id}: {why} since {batch.message_id} was sealed. Give the batch "
        "up and make a new one."
    )


def _editors(batch: PaymentBatch) -> Mapping[str, str]:
    """Who entered a payee or changed bank details of this batch, and whose."""
    found: dict[str, str] = {}
    rows = Payment.objects.filter(batch=batch).values_list(
        "payee__legal_name",
        "payee__entered_by",
        "bank_detail__proposed_by",
        "bank_detail__callback_by",
    )
    for name, *people in rows:
        for person in people:
            found.setdefault(person, name)
    return found


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


def _record(
    action: str, batch: PaymentBatch, *, by: Actor, at: datetime, **data: str | int
) -> None:
    record_event(
        by=by,
        at=at,
        action=action,
        object_type="payment_batch",
        object_id=batch.public_id,
        data={"message_id": batch.message_id, "state": batch.state, **data},
    )
