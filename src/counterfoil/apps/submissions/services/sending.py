"""Sending and taking back: states move, receipt is set once, numbers are taken under a lock."""

from datetime import date, datetime

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.submissions.errors import (
    NotConfirmed,
    NothingChanged,
    ReasonMissing,
    StateRefused,
)
from counterfoil.apps.submissions.models import Message, Submission
from counterfoil.apps.submissions.services.locking import (
    expect_version,
    locked,
    move,
    next_number,
    touch,
)
from counterfoil.apps.submissions.services.returns import digests_of, refuse_other_changes
from counterfoil.apps.submissions.types import BEFORE_OR_OVER, Sent
from counterfoil.core.actors import Actor
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Kind
from counterfoil.core.states import Action, State
from counterfoil.foundation.crash import point
from counterfoil.foundation.ids import new_id

SERIES = {
    Kind.FUND_CLAIM: "CLM",
    Kind.FUND_REQUEST: "FR",
    Kind.COOP_CLAIM: "COP",
    Kind.REFERRAL: "REF",
    Kind.INFLUENCE_POP: "POP",
}
REASON_MAX = 4_000


def send_submission(
    *,
    submission_id: str,
    playbook_pk: int | None,
    received_on: date,
    requested: Money,
    version: int | None,
    by: Actor,
    at: datetime,
) -> Sent:
    """This will send a draft; a second click finds it sent and changes nothing.

    `playbook_pk` pins the version and is None while the submission is not complete; `received_on`
    is the day of `at` in the program's zone. Raises StateRefused, SubmissionChanged,
    UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    if row.state not in BEFORE_OR_OVER:
        return Sent(row.public_id, row.number, is_new=False)
    expect_version(row, version)
    move(row, Action.SUBMIT)
    is_first = row.received_at is None
    if is_first:
        row.received_at = at
        row.number = next_number(SERIES[Kind(row.kind)], year=received_on.year)
    else:
        row.revision += 1
    _mark_sent(row, playbook_pk, received_on, requested, by=by, at=at)
    point("submit.after_state")
    _told(row, "submission.submitted", {"requested": requested.to_json()}, by=by, at=at)
    return Sent(row.public_id, row.number, is_new=True, is_complete=playbook_pk is not None)


def resend_submission(
    *,
    submission_id: str,
    playbook_pk: int | None,
    received_on: date,
    requested: Money,
    reason: str,
    version: int | None,
    by: Actor,
    at: datetime,
) -> Sent:
    """This will send the answer to a return: a new revision with its reason, the date kept.

    Raises NotEditable when something else than was asked about is different, NothingChanged,
    ReasonMissing, StateRefused, SubmissionChanged, UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    if row.state == State.SUBMITTED and row.submitted_by_id == by.user_pk and row.revision > 1:
        return Sent(row.public_id, row.number, is_new=False)
    expect_version(row, version)
    words = needed_reason(reason)
    asked = _last_return(row)
    changed = refuse_other_changes(row, asked)
    if not changed and not words:
        raise NothingChanged("Change what we asked about, or write us why it stays as it is.")
    move(row, Action.RESUBMIT)
    row.revision += 1
    _mark_sent(row, playbook_pk, received_on, requested, by=by, at=at)
    Message(
        public_id=new_id("mes"),
        partner_id=row.partner_id,
        submission_id=row.pk,
        revision=row.revision,
        kind="answer",
        author_id=by.id,
        author_name=by.name,
        from_partner=by.is_partner,
        body=words,
        fields=list(changed),
        sent_at=at,
    ).save(force_insert=True)
    _told(row, "submission.amended", {"changed": list(changed), "reason": words}, by=by, at=at)
    return Sent(row.public_id, row.number, is_new=True, is_complete=row.playbook_id is not None)


def recall_submission(*, submission_id: str, by: Actor, at: datetime, reason: str = "") -> int:
    """This will take a sent submission back to edit it and return its version.

    Raises StateRefused once a person reviews it, UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    move(row, Action.RECALL)
    touch(row)
    row.save(update_fields=["state", "version"])
    _told(row, "submission.recalled", {"reason": reason[:REASON_MAX]}, by=by, at=at)
    return row.version


def withdraw_submission(*, submission_id: str, by: Actor, at: datetime, reason: str) -> State:
    """This will end a submission at its partner's wish and return the state it left.

    Raises StateRefused, UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    left = State(row.state)
    move(row, Action.WITHDRAW)
    touch(row)
    row.due_at = None
    row.save(update_fields=["state", "version", "due_at"])
    _told(row, "submission.withdrawn", {"reason": reason[:REASON_MAX]}, by=by, at=at)
    return left


def close_without_answer(*, submission_id: str, code: str, by: Actor, at: datetime) -> bool:
    """This will close a returned submission whose time to answer is over; False when it is not.

    Safe to repeat: an answer that came first, or an earlier closing, wins.
    """
    row = locked(submission_id, by=by)
    if row.state != State.ACTION_REQUIRED:
        return False
    move(row, Action.CLOSE_NO_RESPONSE)
    touch(row)
    row.due_at = None
    row.save(update_fields=["state", "version", "due_at"])
    _told(row, "submission.closed", {"code": code}, by=by, at=at)
    return True


def confirm_submission(*, submission_id: str, by: Actor, at: datetime) -> bool:
    """This will record that the partner confirms what operations entered; False when it did.

    Raises StateRefused for a submission of the partner's own, UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    if not row.on_behalf:
        raise StateRefused("This submission was entered by your own people; nothing to confirm.")
    if row.confirmed_at is not None:
        return False
    row.confirmed_at = at
    touch(row)
    row.save(update_fields=["confirmed_at", "version"])
    _told(row, "submission.confirmed", {"revision": row.revision}, by=by, at=at)
    return True


def refuse_unconfirmed(row: Submission) -> None:
    """This will refuse a decision on what the partner has not confirmed. Raises NotConfirmed."""
    if row.on_behalf and row.confirmed_at is None:
        raise NotConfirmed(
            "Operations entered this for the partner, who has not confirmed it yet. Ask them to."
        )


def set_due(*, submission_id: str, due_at: datetime | None, by: Actor) -> None:
    """This will copy the due time of the clock onto the submission, for sorting."""
    Submission.objects.filter(public_id=submission_id).update(due_at=due_at)


def needed_reason(text: str) -> str:
    """This will return the reason without blanks around it. Raises ReasonMissing."""
    words = text.strip()[:REASON_MAX]
    if not words:
        raise ReasonMissing("Write a sentence that says why; both sides will read it.")
    return words


def _mark_sent(
    row: Submission,
    playbook_pk: int | None,
    received_on: date,
    requested: Money,
    *,
    by: Actor,
    at: datetime,
) -> None:
    row.submitted_at, row.submitted_by_id = at, by.user_pk
    row.requested_minor = max(0, requested.minor)
    if playbook_pk is not None and row.playbook_id is None:
        row.playbook_id, row.pinned_on = playbook_pk, received_on
    touch(row)
    row.save(
        update_fields=[
            "state", "number", "revision", "received_at", "submitted_at", "submitted_by_id",
            "requested_minor", "playbook_id", "pinned_on", "version",
        ]
    )  # fmt: skip


def _last_return(row: Submission) -> Message:
    asked = (
        Message.objects.filter(submission_id=row.pk, kind="return")
        .order_by("-sent_at", "-pk")
        .first()
    )
    if asked is None:
        raise StateRefused("Nothing was returned, so there is nothing to answer.")
    return asked


def _told(
    row: Submission, action: str, data: dict[str, object], *, by: Actor, at: datetime
) -> None:
    record_event(
        by=by, at=at, action=action, object_type="submission", object_id=row.public_id,
        partner_id=row.partner_id,
        data={
            "number": row.number, "state": row.state, "revision": row.revision,
            "content": digests_of(row), **data,
        },
    )  # fmt: skip
