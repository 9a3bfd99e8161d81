"""Approvals and decisions. What a person may do is said in the flow; here it is written, and the
database has the last word (approver is another person, screening is the latest, one decision)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db.models import F
from django.db.models.functions import Lower

from counterfoil.apps.access.models import User
from counterfoil.apps.audit.services import record_event
from counterfoil.apps.submissions.errors import (
    NothingWaiting,
    SameApprover,
    StateRefused,
    UnknownSubmission,
)
from counterfoil.apps.submissions.models import (
    Approval,
    Decision,
    Detail,
    Evidence,
    InquiryStep,
    Submission,
)
from counterfoil.apps.submissions.selectors.blind import unfinished_by
from counterfoil.apps.submissions.services.locking import locked, move, touch
from counterfoil.core.actors import Actor
from counterfoil.core.canonical import canonical_json, sha256_hex
from counterfoil.core.decisions import Settlement
from counterfoil.core.inquiries import InquiryAct
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Provenance
from counterfoil.core.states import Action, State
from counterfoil.foundation.ids import new_id

IN_REVIEW = (State.IN_REVIEW, State.SECOND_REVIEW, State.APPEALED)


def refuse_own(*, submission_id: str, by: Actor) -> None:
    """This will refuse an approver who entered, sent, or fed what is to be approved.

    Raises SameApprover, UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    if by.user_pk in (row.created_by_id, row.submitted_by_id):
        raise SameApprover("You entered or sent this submission; somebody else must approve it.")
    declared = Detail.objects.filter(
        submission_id=row.pk,
        recorded_by=by.id,
        provenance=Provenance.PARTNER_DECLARED.word,
    )
    added = Evidence.objects.filter(submission_id=row.pk, added_by=by.id)
    if declared.exists() or added.exists():
        raise SameApprover("You entered details or files here; somebody else must approve them.")
    answered = InquiryStep.objects.filter(
        inquiry__submission_id=row.pk,
        act=InquiryAct.ANSWER,
        email__in=User.objects.filter(pk=by.user_pk or 0).values(lower=Lower("email")),
    )
    if answered.exists():
        raise SameApprover(
            "You answered for the account executive here; somebody else must approve it."
        )
    given = Approval.objects.filter(submission_id=row.pk, approver_id=by.user_pk)
    if given.filter(revision=row.revision).exists():
        raise SameApprover("You approved this already; the next approval is another person's.")
    if row.state == State.APPEALED and has_judged(row, by=by):
        raise SameApprover(
            "You decided this before, or approved it; an appeal is decided by somebody else."
        )


def has_judged(row: Submission, *, by: Actor) -> bool:
    """This will return whether a person decided or approved an earlier revision."""
    earlier = {"submission_id": row.pk, "revision__lt": row.revision}
    return (
        Decision.objects.filter(**earlier, decided_by=by.id).exists()
        or Approval.objects.filter(**earlier, approver_id=by.user_pk).exists()
    )


def record_approval(
    *, submission_id: str, screening_sha256: str, role: str, reason: str, by: Actor, at: datetime
) -> int:
    """This will record one person's approval and return its step, counted from 1.

    Raises UnknownSubmission; the database refuses the author, a second time and a stale screening.
    """
    assert by.user_pk is not None
    row = locked(submission_id, by=by)
    step = Approval.objects.filter(submission_id=row.pk, revision=row.revision).count() + 1
    Approval(
        public_id=new_id("apr"),
        partner_id=row.partner_id,
        submission_id=row.pk,
        revision=row.revision,
        screening_sha256=screening_sha256,
        step=step,
        role=role,
        approver_id=by.user_pk,
        reason=reason,
        approved_at=at,
    ).save(force_insert=True)
    record_event(
        by=by, at=at, action="submission.approval_given", object_type="submission",
        object_id=row.public_id, partner_id=row.partner_id,
        data={
            "number": row.number, "revision": row.revision, "step": step, "role": role,
            "screening": screening_sha256, "reason": reason,
        },
    )  # fmt: skip
    return step


def send_to_second_review(*, submission_id: str, by: Actor) -> State:
    """This will hand a submission to the next approver; the owner of the row is free again."""
    row = locked(submission_id, by=by)
    if row.state == State.IN_REVIEW:
        move(row, Action.SEND_TO_SECOND_REVIEW)
    row.assigned_to_id = None
    touch(row)
    row.save(update_fields=["state", "assigned_to_id", "version"])
    return State(row.state)


def record_decision(
    *,
    submission_id: str,
    decision_id: str,
    outcome: str,
    codes: Sequence[str],
    reason: str,
    record: Mapping[str, Any],
    settlement: Settlement,
    released: Money,
    by: Actor,
    at: datetime,
) -> str:
    """This will write the decision, end the review and return the record's hash.

    `outcome` is qualified, declined or duplicate. Raises StateRefused, UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    move(row, Action.APPROVE if outcome == "qualified" else Action.DECLINE)
    text = canonical_json(dict(record))
    Decision(
        public_id=decision_id,
        partner_id=row.partner_id,
        submission_id=row.pk,
        revision=row.revision,
        outcome=outcome,
        codes=list(codes),
        reason=reason,
        record=text.decode(),
        sha256=sha256_hex(text),
        requested_minor=settlement.requested.minor,
        payable_minor=settlement.payable.minor,
        released_minor=released.minor,
        currency=settlement.payable.currency,
        decided_by=by.id,
        decided_by_name=by.name,
        decided_at=at,
    ).save(force_insert=True)
    row.outcome, row.decided_at, row.due_at = outcome, at, None
    row.requested_minor = settlement.requested.minor
    touch(row)
    row.save(
        update_fields=["state", "outcome", "decided_at", "due_at", "requested_minor", "version"]
    )
    record_event(
        by=by, at=at,
        action="submission.approved" if outcome == "qualified" else "submission.declined",
        object_type="submission", object_id=row.public_id, partner_id=row.partner_id,
        data={
            "number": row.number, "revision": row.revision, "decision": decision_id,
            "record_sha256": sha256_hex(text), "outcome": outcome, "codes": list(codes),
            "requested": settlement.requested.to_json(), "payable": settlement.payable.to_json(),
            "released": released.to_json(), "reason": reason,
        },
    )  # fmt: skip
    return sha256_hex(text)


def assign_submission(*, submission_id: str, person_id: str, by: Actor, at: datetime) -> None:
    """This will give a submission to a person of the vendor ("" gives it back to the queue).

    Raises UnknownSubmission, StateRefused.
    """
    row = locked(submission_id, by=by)
    if row.state not in IN_REVIEW:
        raise StateRefused(f"This submission is {row.state.replace('_', ' ')}; nobody reviews it.")
    person = None
    if person_id:
        person = User.objects.filter(
            public_id=person_id, is_staff_member=True, is_active=True
        ).first()
        if person is None:
            raise UnknownSubmission(f"There is no person {person_id} of the vendor.")
    row.assigned_to_id = person.pk if person else None
    touch(row)
    row.save(update_fields=["assigned_to_id", "version"])
    _assigned(row, person_id, by=by, at=at)


def claim_next(*, by: Actor, at: datetime) -> str:
    """This will take the most urgent submission that nobody has, and return its public id.

    Two people who press the key together get two different ones: rows that another transaction
    holds are passed over. Raises NothingWaiting.
    """
    row = (
        Submission.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state__in=IN_REVIEW, assigned_to__isnull=True)
        .exclude(created_by_id=by.user_pk)
        .exclude(pk__in=_appeals_judged_by(by))
        .exclude(pk__in=unfinished_by(by.user_pk))
        .order_by(F("due_at").asc(nulls_last=True), "received_at", "pk")
        .first()
    )
    if row is None:
        raise NothingWaiting("Nothing waits for a reviewer. New submissions appear here.")
    row.assigned_to_id = by.user_pk
    touch(row)
    row.save(update_fields=["assigned_to_id", "version"])
    _assigned(row, by.id, by=by, at=at)
    return row.public_id


def _appeals_judged_by(by: Actor) -> list[int]:
    """Return the appealed submissions that a person decided before."""
    rows = Decision.objects.filter(decided_by=by.id, submission__state=State.APPEALED)
    return list(rows.values_list("submission_id", flat=True))


def _assigned(row: Submission, person_id: str, *, by: Actor, at: datetime) -> None:
    record_event(
        by=by, at=at, action="submission.assigned", object_type="submission",
        object_id=row.public_id, partner_id=row.partner_id, data={"to": person_id},
    )  # fmt: skip
