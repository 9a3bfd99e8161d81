"""A partner's appeal: once, in time, against a refusal; it opens a revision decided anew."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.submissions.errors import AppealRefused
from counterfoil.apps.submissions.models import Appeal, Decision
from counterfoil.apps.submissions.selectors.appeals import last_moment
from counterfoil.apps.submissions.services.locking import locked, move, touch
from counterfoil.apps.submissions.services.returns import digests_of
from counterfoil.apps.submissions.services.sending import needed_reason
from counterfoil.core.actors import Actor
from counterfoil.core.playbooks import Playbook
from counterfoil.core.states import Action, State
from counterfoil.foundation.ids import new_id


def raise_appeal(
    *,
    submission_id: str,
    playbook: Playbook,
    zone: str,
    criteria: Sequence[str],
    reason: str,
    files: Sequence[str],
    by: Actor,
    at: datetime,
) -> str | None:
    """This will raise the appeal and return its public id; None when it was raised before.

    `zone` is the zone of the program, in which the last day ends; `files` are the public ids of
    what was added with the appeal. Raises AppealRefused,
    ReasonMissing, StateRefused, UnknownSubmission.
    """
    row = locked(submission_id, by=by)
    if row.state == State.APPEALED:
        return None
    if row.state != State.DECIDED:
        move(row, Action.APPEAL)
    decision = Decision.objects.filter(submission_id=row.pk).order_by("-revision").first()
    assert decision is not None
    if decision.outcome == "qualified":
        raise AppealRefused(
            "This was approved. About the sum, write to us on its page; an appeal is against a "
            "refusal."
        )
    if Appeal.objects.filter(submission_id=row.pk).exists():
        raise AppealRefused("This was appealed before; the second decision is the last one.")
    until = last_moment(playbook, decided_at=decision.decided_at, zone=zone)
    if until is None:
        raise AppealRefused("The rules of this program allow no appeal; write to us on its page.")
    if at >= until:
        last = (until - timedelta(microseconds=1)).date()
        raise AppealRefused(f"The time to appeal was over after {last.isoformat()}.")
    words = needed_reason(reason)
    named = tuple(dict.fromkeys(criteria))
    strange = [each for each in named if playbook.criterion(each) is None]
    if strange:
        raise AppealRefused(f"There is no criterion {', '.join(strange)} in these rules.")
    move(row, Action.APPEAL)
    row.revision += 1
    appeal = Appeal(
        public_id=new_id("apl"),
        partner_id=row.partner_id,
        submission_id=row.pk,
        revision=row.revision,
        against=decision.public_id,
        criteria=list(named),
        reason=words,
        files=list(files),
        raised_by=by.id,
        raised_by_name=by.name,
        raised_at=at,
    )
    appeal.save(force_insert=True)
    row.assigned_to_id = None
    touch(row)
    row.save(update_fields=["state", "revision", "assigned_to_id", "version"])
    record_event(
        by=by, at=at, action="submission.appealed", object_type="submission",
        object_id=row.public_id, partner_id=row.partner_id,
        data={
            "number": row.number, "state": row.state, "revision": row.revision,
            "appeal": appeal.public_id, "against": appeal.against, "criteria": list(named),
            "reason": words, "files": list(files),
            "raised_at": at.isoformat(), "content": digests_of(row),
        },
    )  # fmt: skip
    return appeal.public_id
