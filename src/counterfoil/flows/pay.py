"""A payable's way to the bank: sealed in a file, cleared, approved twice, released, dispatched.

The protocol, its invariants and its failure matrix are those of reference/trust.md 4; each step is
one transaction. What the bank answers comes back through `flows/reconcile.py`.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from counterfoil.apps.access.selectors import find_actor, find_person
from counterfoil.apps.audit.ports import CheckpointStore
from counterfoil.apps.audit.selectors import log_state
from counterfoil.apps.audit.services import sequence_events
from counterfoil.apps.messaging.services import queue_mail
from counterfoil.apps.payouts import services
from counterfoil.apps.payouts.errors import NotApproved, PayoutsLocked, SamePerson
from counterfoil.apps.payouts.ports import BankFolder, SecretBox
from counterfoil.apps.payouts.selectors import (
    approvals_of,
    batches_due,
    claim_words,
    get_payment_batch,
    mail_targets,
    payments_of_batch,
)
from counterfoil.apps.payouts.types import BatchFile, PaymentBatchInfo
from counterfoil.core.actors import Actor
from counterfoil.core.authority import refusal_of
from counterfoil.foundation import crash
from counterfoil.foundation.jobs import defer


def seal_payments(
    *,
    own_account: str,
    box: SecretBox,
    folder: BankFolder,
    by: Actor,
    at: datetime,
    payable_refs: Sequence[str] | None = None,
    execute_on: date | None = None,
) -> PaymentBatchInfo:
    """This will make a payment file of what is ready; two others approve it.

    Raises NotAllowed, UnknownOwnAccount, NothingToPay, NotReady, FileRefused, PayoutsLocked,
    BoxUnusable.
    """
    with transaction.atomic():
        _refuse_when_outside_is_ahead(folder)
        services.remember_folder(mark=folder.mark(may_make=True))
        batch = services.seal_payments(
            own_account=own_account,
            box=box,
            by=by,
            at=at,
            payable_refs=payable_refs,
            execute_on=execute_on,
        )
        crash.point("pay.sealed")
    return batch


def clear_finding(*, finding_id: int, by: Actor, at: datetime, note: str = "") -> None:
    """This will clear a finding of the pre-payment check by name.

    Raises NotAllowed, UnknownBatch, WrongState, SamePerson.
    """
    with transaction.atomic():
        services.clear_finding(finding_id=finding_id, by=by, at=at, note=note)
        crash.point("pay.cleared")


def approve_payments(
    *, batch_id: str, sha256: str, proof: str, by: Actor, at: datetime
) -> PaymentBatchInfo:
    """This will approve exactly the file with this hash, as one of two people.

    Raises NotAllowed, UnknownBatch, WrongState, SamePerson, BatchChanged, NotApproved.
    """
    with transaction.atomic():
        _refuse_same_mailbox(get_payment_batch(batch_id), by)
        batch = services.approve_payments(
            batch_id=batch_id, sha256=sha256, proof=proof, by=by, at=at
        )
        crash.point("pay.approved")
    return batch


def withdraw_approval(*, batch_id: str, by: Actor, at: datetime, reason: str) -> PaymentBatchInfo:
    """This will take one's own approval back. Raises NotAllowed, UnknownBatch, WrongState."""
    with transaction.atomic():
        batch = services.withdraw_approval(batch_id=batch_id, by=by, at=at, reason=reason)
        crash.point("pay.withdrawn")
    return batch


def void_payments(*, batch_id: str, by: Actor, at: datetime, reason: str) -> PaymentBatchInfo:
    """This will give a sealed batch up. Raises NotAllowed, UnknownBatch, WrongState, NotReady."""
    with transaction.atomic():
        lapsed = [person for person, _why in _lapsed(get_payment_batch(batch_id))]
        batch = services.void_payments(
            batch_id=batch_id, by=by, at=at, reason=reason, lapsed=lapsed
        )
        crash.point("pay.voided")
    return batch


def release_payments(
    *, batch_id: str, folder: BankFolder, by: Actor, at: datetime
) -> PaymentBatchInfo:
    """This will release an approved file once, post it, and tell each payee what is coming.

    Raises NotAllowed, UnknownBatch, WrongState, SamePerson, NotApproved, BatchChanged,
    PayoutsLocked, PeriodClosed.
    """
    with transaction.atomic():
        _refuse_when_outside_is_ahead(folder)
        was = get_payment_batch(batch_id)
        _refuse_lapsed(was)
        # Every approval stands in the log before the file leaves (trust.md 5.3).
        while sequence_events(at=at):
            crash.point("pay.sequenced")
        batch = services.release_payments(batch_id=was.public_id, by=by, at=at)
        crash.point("pay.posted")
        if was.state != "released":
            _advise(batch, at=at)
            defer("dispatch_payments")
        crash.point("pay.released")
    return batch


def dispatch_payments(
    *, batch_id: str, folder: BankFolder, by: Actor, at: datetime
) -> PaymentBatchInfo:
    """This will put a released file into the bank's folder; repeating it changes nothing.

    Raises UnknownBatch, WrongState, BatchChanged, PayoutsLocked, OSError.
    """
    with transaction.atomic():
        _refuse_when_outside_is_ahead(folder)
        batch = services.deliver_payments(batch_id=batch_id, folder=folder, by=by, at=at)
        crash.point("pay.dispatched")
    return batch


def dispatch_due(*, folder: BankFolder, by: Actor, at: datetime) -> tuple[PaymentBatchInfo, ...]:
    """This will put every released file that waits into the folder. Raises as one of them."""
    return tuple(
        dispatch_payments(batch_id=batch_id, folder=folder, by=by, at=at)
        for batch_id in batches_due()
    )


def download_payments(
    *, batch_id: str, folder: BankFolder, by: Actor, at: datetime
) -> tuple[PaymentBatchInfo, BatchFile]:
    """This will hand a released file to a person who uploads it at the bank.

    Raises NotAllowed, UnknownBatch, WrongState, SamePerson, BatchChanged, PayoutsLocked.
    """
    with transaction.atomic():
        _refuse_when_outside_is_ahead(folder)
        batch, file = services.download_payments(batch_id=batch_id, by=by, at=at)
        folder.note(name=file.file_name, sha256=file.sha256)
    return batch, file


def compare_outside(
    *, folder: BankFolder, by: Actor, at: datetime, checkpoints: CheckpointStore | None = None
) -> tuple[str, ...]:
    """This will compare what lies outside with the database, and lock payouts when it is ahead.

    The outside is the bank's folder, what it remembers of files that were fetched, and (where
    given) the signed checkpoints (I10). Returns the differences in words. Runs at every start,
    with every round of the worker, and when somebody asks.
    """
    with transaction.atomic():
        found = services.outside_differences(
            folder.files(), mark=folder.mark(), log_behind=_log_behind(checkpoints)
        )
        if found:
            services.note_outside(found, by=by, at=at)
    return tuple(each.words for each in found)


def adopt_file(*, content: bytes, box: SecretBox, by: Actor, at: datetime) -> PaymentBatchInfo:
    """This will take over a file that left before a backup was restored; nothing is sent.

    Raises NotAllowed, WrongState, FileRefused, NotReady.
    """
    with transaction.atomic():
        return services.adopt_file(content=content, box=box, by=by, at=at)


def explain_outside(*, finding_id: str, reason: str, by: Actor, at: datetime) -> None:
    """This will keep what became of a finding. Raises NotAllowed, UnknownBatch, WrongState."""
    services.explain_outside(finding_id=finding_id, reason=reason, by=by, at=at)


def unlock_payouts(
    *,
    folder: BankFolder,
    by: Actor,
    at: datetime,
    reason: str,
    checkpoints: CheckpointStore | None = None,
) -> int:
    """This will compare once more, then unlock payouts under a new epoch of message ids.

    Raises NotAllowed, WrongState (also for a finding that nobody accounted for), SamePerson.
    """
    with transaction.atomic():
        compare_outside(folder=folder, by=by, at=at, checkpoints=checkpoints)
        return services.unlock_payouts(
            by=by, at=at, reason=reason, mark=folder.mark(may_make=True)
        )


def _log_behind(checkpoints: CheckpointStore | None) -> str:
    """Say that a signed checkpoint is of a longer log than the database holds."""
    if checkpoints is None:
        return ""
    signed, held = max(checkpoints.sizes(), default=0), log_state().size
    if signed <= held:
        return ""
    return (
        f"A checkpoint of {signed} entries of the audit log is kept outside, the database has "
        f"{held}."
    )


def _refuse_when_outside_is_ahead(folder: BankFolder) -> None:
    """This will raise PayoutsLocked; the lock itself is set by `compare_outside`."""
    found = services.outside_differences(folder.files(), mark=folder.mark())
    if found:
        raise PayoutsLocked(
            f"The outside is ahead of the database: {found[0].words} Was a backup restored? "
            "Compare first (counterfoil batches compare)."
        )


def _refuse_lapsed(batch: PaymentBatchInfo) -> None:
    """This will refuse a file that somebody approved who may not any more. Raises NotApproved."""
    for _person, why in _lapsed(batch):
        raise NotApproved(f"{why} Give the batch up and make a new one.")


def _lapsed(batch: PaymentBatchInfo) -> list[tuple[str, str]]:
    """Standing approvals of people who lost access, role or limit since: (id, words)."""
    found = []
    for given in approvals_of(batch.public_id):
        person = find_person(person_id=given.approver) if given.withdrawn_at is None else None
        if person is None:
            continue
        now = find_actor(user_pk=person.user_pk)
        refusal = now and refusal_of(now.actor, "batches.approve", amount=batch.total)
        if now is None or refusal:
            found.append(
                (given.approver, f"{person.name} may not approve {batch.total} any more.")
            )
    return found


def _refuse_same_mailbox(batch: PaymentBatchInfo, by: Actor) -> None:
    """This will refuse a second account of somebody who acted here. Raises SamePerson."""
    mine = _mailbox(by.id)
    others = [batch.sealed_by] + [
        each.approver for each in approvals_of(batch.public_id) if each.withdrawn_at is None
    ]
    for other in others:
        if mine and other != by.id and _mailbox(other) == mine:
            raise SamePerson(
                "Another account with your mail address made or approved this batch; another "
                "person approves."
            )


def _mailbox(person_id: str) -> str:
    """The mailbox of a person: what stands before a plus sign and the domain, in lower case."""
    person = find_person(person_id=person_id)
    if person is None:
        return ""
    local, _, domain = person.email.lower().partition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _advise(batch: PaymentBatchInfo, *, at: datetime) -> None:
    """This will queue a remittance advice for each payment whose partner has an address."""
    payments = [row for row in payments_of_batch(batch.public_id) if row.amount.is_positive]
    targets = mail_targets(partner_ids={row.partner_id for row in payments})
    words = claim_words(payable_refs=[row.payable_ref for row in payments])
    for row in payments:
        target = targets.get(row.partner_id)
        if target is None:
            continue
        number, title = words.get(row.payable_ref, ("", ""))
        queue_mail(
            template="remittance-advice",
            to_email=target.email,
            to_name=target.name,
            language=target.language,
            context={
                "title": " · ".join(part for part in (number, title) if part) or row.payable_ref,
                "amount": row.amount.format_plain(),
                "gross": row.gross.format_plain(),
                "netted": row.netted.format_plain(),
                "execute_on": row.execute_on.isoformat(),
                "account": row.account_masked,
                "reference": row.end_to_end_id,
                "link": f"{settings.PUBLIC_URL}/portal/",
            },
            partner_id=row.partner_id,
            about=row.payable_ref,
            idem_key=f"advice:{row.end_to_end_id}",
            at=at,
        )
