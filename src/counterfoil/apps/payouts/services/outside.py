"""What the outside world knows and the database does not (trust.md 4, I10), and the way out.

Files in the bank's folder, answers of the bank to files that we don't know, checkpoints of a
longer log, a folder that is another one: each is a finding that locks payouts. A person takes the
file over or explains what became of it; another person unlocks.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.payouts.errors import SamePerson, UnknownBatch, WrongState
from counterfoil.apps.payouts.models import OutsideFinding, PaymentBatch, PayoutState
from counterfoil.apps.payouts.services.own_accounts import lock_payouts, locked_state
from counterfoil.apps.payouts.types import OutsideDifference, OutsideFile
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.foundation.ids import new_id

UNSENT = ("sealed", "approved", "void")


def outside_differences(
    files: Sequence[OutsideFile], *, mark: str | None = None, log_behind: str = ""
) -> tuple[OutsideDifference, ...]:
    """This will say in which way the outside is ahead of the database and nobody accounted for it.

    A file of an unknown batch, of a batch that was not sent, or with other bytes; a folder with
    another mark than the one that was paid into (None: not asked); `log_behind` says that signed
    checkpoints are ahead of the audit log.
    """
    state = PayoutState.objects.first()
    found = [*_of_files(files)]
    if state is not None and mark is not None and state.instance not in ("", mark):
        words = (
            "The bank's folder is not the one that this database paid into: it was copied, moved "
            "or cloned."
        )
        found.append(OutsideDifference("folder", mark or "without a mark", "", words))
    if state is not None and log_behind:
        found.append(OutsideDifference("checkpoint", log_behind, "", log_behind))
    known = set(
        OutsideFinding.objects.filter(decided_at__isnull=False).values_list(
            "kind", "subject", "sha256"
        )
    )
    return tuple(each for each in found if each.key not in known)


def note_outside(found: Sequence[OutsideDifference], *, by: Actor, at: datetime) -> bool:
    """This will keep each finding and lock payouts; says whether one of them is open.

    A finding that was accounted for before locks nothing again.
    """
    is_open = False
    for each in found:
        row, is_new = OutsideFinding.objects.get_or_create(
            kind=each.kind,
            subject=each.subject[:200],
            sha256=each.sha256,
            defaults={"public_id": new_id("out"), "words": each.words, "found_at": at},
        )
        is_open = is_open or row.decided_at is None
        if is_new:
            _record("outside.found", row, by=by, at=at)
    if is_open:
        lock_payouts(
            reason=f"{len(found)} finding(s) outside are ahead of the database; {found[0].words}",
            by=by,
            at=at,
        )
    return is_open


def unknown_of_ours(ids: Iterable[str]) -> tuple[OutsideDifference, ...]:
    """This will tell which ids that a bank names look like ours and are of no batch we know."""
    state = PayoutState.objects.first()
    if state is None:
        return ()
    ours = re.compile(rf"({re.escape(state.org)}-[0-9]+-[0-9]{{6}})(-[0-9]{{4}}-[0-9]+)?")
    named = {match[1] for each in ids if (match := ours.fullmatch(each)) is not None}
    known = set(
        PaymentBatch.objects.filter(message_id__in=named).values_list("message_id", flat=True)
    )
    return tuple(
        OutsideDifference(
            "answer", each, "", f"The bank answers payment file {each}, which is not known here."
        )
        for each in sorted(named - known)
    )


def explain_outside(*, finding_id: str, reason: str, by: Actor, at: datetime) -> None:
    """This will keep what a person found out of a finding that can't be taken over.

    Raises NotAllowed, UnknownBatch, WrongState when it was accounted for, or without a reason.
    """
    require(by, "batches.account")
    if not reason.strip():
        raise WrongState("Say what became of it, and what was done about it.")
    with transaction.atomic():
        row = OutsideFinding.objects.select_for_update().filter(public_id=finding_id).first()
        if row is None:
            raise UnknownBatch(f"There is no finding {finding_id}.")
        if row.decided_at is not None:
            raise WrongState("Somebody accounted for it already.")
        _decide(row, "explained", reason.strip(), by=by, at=at)


def mark_adopted(*, message_id: str, sha256: str, by: Actor, at: datetime) -> None:
    """This will end the findings about a file that was taken over."""
    rows = OutsideFinding.objects.filter(decided_at__isnull=True)
    for row in rows:
        if (row.kind == "file" and row.sha256 == sha256) or (
            row.kind == "answer" and row.subject == message_id
        ):
            _decide(row, "adopted", f"Taken over as batch {message_id}.", by=by, at=at)


def unlock_payouts(*, by: Actor, at: datetime, reason: str, mark: str = "") -> int:
    """This will unlock payouts after the comparison and return the new epoch of message ids.

    Old message ids can't come back: the epoch goes up and numbers begin at 1 again. `mark` is
    that of the folder which is paid into from now on. Raises NotAllowed, WrongState when they are
    not locked, a finding is open, or no reason is given, SamePerson who accounted for one.
    """
    require(by, "batches.unlock")
    if not reason.strip():
        raise WrongState("Say what was compared and what was done about each difference.")
    with transaction.atomic():
        row = locked_state()
        if not row.is_locked:
            raise WrongState("Payouts are not locked.")
        waiting = OutsideFinding.objects.filter(decided_at__isnull=True).order_by("pk")
        first = waiting.first()
        if first is not None:
            raise WrongState(
                f"{waiting.count()} finding(s) are not accounted for: {first.words} Take the file "
                "over, or say what became of it."
            )
        if OutsideFinding.objects.filter(decided_by=by.id, decided_at__gte=row.locked_at).exists():
            raise SamePerson("You accounted for a finding; another person unlocks.")
        row.is_locked, row.lock_reason = False, ""
        row.epoch, row.next_seq = row.epoch + 1, 1
        row.unlocked_by, row.unlocked_at = by.id, at
        row.instance = mark or row.instance
        row.save()
        record_event(
            by=by, at=at, action="payouts.unlocked", object_type="payouts", object_id="payouts",
            data={"reason": reason.strip(), "epoch": row.epoch},
        )  # fmt: skip
    return row.epoch


def _of_files(files: Sequence[OutsideFile]) -> Iterable[OutsideDifference]:
    known = {
        row["message_id"]: row
        for row in PaymentBatch.objects.values("message_id", "state", "sha256", "is_adopted")
    }
    for file in files:
        message_id = file.name.rpartition(".")[0].rpartition("-")[0]
        row = known.get(message_id)
        if row is None:
            words = f"{file.name} is of no batch that the database knows."
        elif row["sha256"] != file.sha256:
            words = f"{file.name} has other bytes than batch {message_id}."
        elif row["state"] in UNSENT and not row["is_adopted"]:
            words = f"{file.name} is outside, and batch {message_id} is {row['state']}."
        else:
            continue
        yield OutsideDifference("file", file.name, file.sha256, words)


def _decide(row: OutsideFinding, outcome: str, note: str, *, by: Actor, at: datetime) -> None:
    row.outcome, row.note, row.decided_by, row.decided_at = outcome, note, by.id, at
    row.save(update_fields=["outcome", "note", "decided_by", "decided_at"])
    _record(f"outside.{outcome}", row, by=by, at=at)


def _record(action: str, row: OutsideFinding, *, by: Actor, at: datetime) -> None:
    record_event(
        by=by, at=at, action=action, object_type="outside", object_id=row.public_id,
        data={"kind": row.kind, "subject": row.subject, "sha256": row.sha256, "note": row.note},
    )  # fmt: skip
