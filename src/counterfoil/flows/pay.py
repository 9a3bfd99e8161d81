"""A payable's way to the bank: sealed in a file, cleared, approved twice, released, dispatched.

The protocol, its invariants and its failure matrix are those of reference/trust.md 4; each step is
one transaction. What the bank answers comes back through `flows/reconcile.py`.
"""

from collections.abc import Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import transaction

from counterfoil.apps.messaging.services import queue_mail
from counterfoil.apps.payouts import services
from counterfoil.apps.payouts.errors import PayoutsLocked
from counterfoil.apps.payouts.ports import BankFolder, SecretBox
from counterfoil.apps.payouts.selectors import (
    batches_due,
    claim_words,
    get_payment_batch,
    mail_targets,
    payments_of_batch,
)
from counterfoil.apps.payouts.types import BatchFile, PaymentBatchInfo
from counterfoil.core.actors import Actor
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
        batch = services.void_payments(batch_id=batch_id, by=by, at=at, reason=reason)
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
        return services.download_payments(batch_id=batch_id, by=by, at=at)


def compare_outside(*, folder: BankFolder, by: Actor, at: datetime) -> tuple[str, ...]:
    """This will compare the folder with the database, and lock payouts when it is ahead (I10).

    Returns the differences. Runs at every start, each hour, and when somebody asks.
    """
    found = services.outside_differences(folder.files())
    if found:
        services.lock_payouts(
            reason=f"{len(found)} file(s) outside are ahead of the database; {found[0]}",
            by=by,
            at=at,
        )
    return found


def _refuse_when_outside_is_ahead(folder: BankFolder) -> None:
    """This will raise PayoutsLocked; the lock itself is set by `compare_outside`."""
    found = services.outside_differences(folder.files())
    if found:
        raise PayoutsLocked(
            f"The folder for the bank is ahead of the database: {found[0]} Was a backup restored? "
            "Compare first (counterfoil batches compare)."
        )


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
