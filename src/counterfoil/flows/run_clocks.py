"""What the clocks ask for: people are told, partners reminded, what had no answer is closed."""

import contextlib
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from counterfoil.apps.access.selectors import find_recipient_by_pk, list_role_holders
from counterfoil.apps.access.types import Recipient
from counterfoil.apps.messaging.services import queue_mail
from counterfoil.apps.partners.selectors import list_members
from counterfoil.apps.service_levels.errors import UnknownClock
from counterfoil.apps.service_levels.services import fire_steps, record_clock_event
from counterfoil.apps.service_levels.types import StepFired
from counterfoil.apps.submissions.errors import UnknownSubmission
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.services import close_without_answer
from counterfoil.apps.submissions.types import Head
from counterfoil.core.actors import Actor
from counterfoil.flows.answer_questions import QUESTION, take_step
from counterfoil.flows.ask_account_executive import INQUIRY
from counterfoil.flows.ask_account_executive import take_step as tell_of_silence
from counterfoil.flows.tell import day_words, link_to, title_of

_QUEUE_ROLE = "operations"


@dataclass(frozen=True, slots=True)
class ClocksRun:
    """What one round did: rungs fired, mails queued, and what was closed without an answer."""

    fired: int
    mails: int
    closed: tuple[str, ...]


@transaction.atomic
def run_clocks(*, by: Actor, at: datetime) -> ClocksRun:
    """This will fire every rung that is reached, once, and queue the mails that belong to it."""
    fired = fire_steps(at=at)
    mails = 0
    closed = []
    for step in fired:
        if step.subject.startswith(QUESTION):
            queued, ended = take_step(step, by=by, at=at)
            mails += queued
            closed += [ended] if ended else []
            continue
        if step.subject.startswith(INQUIRY):
            mails += tell_of_silence(step, by=by, at=at)
            continue
        try:
            head = get_head(step.subject, by=by)
        except UnknownSubmission:
            # A clock may stand on something else than a submission; nobody is told of it here.
            continue
        if step.closes:
            if _close(step, by=by, at=at):
                closed.append(step.subject)
        else:
            mails += _tell(step, head, at=at)
    return ClocksRun(len(fired), mails, tuple(closed))


def _close(step: StepFired, *, by: Actor, at: datetime) -> bool:
    if not close_without_answer(submission_id=step.subject, code=step.code, by=by, at=at):
        return False
    for side in ("ours", "partner"):
        with contextlib.suppress(UnknownClock):
            record_clock_event(subject=step.subject, side=side, kind="stop", at=at)
    return True


def _tell(step: StepFired, head: Head, *, at: datetime) -> int:
    is_reminder = step.side == "partner"
    recipients = _of_partner(head) if is_reminder else _of_vendor(step, head)
    context = {
        "title": title_of(head),
        "link": link_to(head)
        if is_reminder
        else f"{settings.PUBLIC_URL}/console/submissions/{head.public_id}/",
        "due_on": day_words(step.due_at, head=head),
        "due_at": "–" if step.due_at is None else step.due_at.strftime("%Y-%m-%d %H:%M UTC"),
        "percent": f"{step.percent} %" if step.percent else step.step,
    }
    is_late = step.percent is not None and step.percent >= 100
    template = "reminder" if is_reminder else "sla-breach" if is_late else "sla-warning"
    for recipient in recipients:
        queue_mail(
            template=template,
            to_email=recipient.email,
            to_name=recipient.name,
            language=recipient.language,
            context=context,
            partner_id=head.partner_id if is_reminder else 0,
            about=head.public_id,
            idem_key=f"{step.clock_id}:{step.step}:{at.isoformat()}:{recipient.email}",
            at=at,
        )
    return len(recipients)


def _of_partner(head: Head) -> tuple[Recipient, ...]:
    """Whoever sent it; when that person has gone, the partner's administrators."""
    sender = find_recipient_by_pk(user_pk=head.submitted_by_pk or head.created_by_pk)
    members = list_members(partner_pk=head.partner_id)
    if sender is not None and sender.email in {member.email for member in members}:
        return (sender,)
    return tuple(
        Recipient(member.name, member.email, head.partner_language)
        for member in members
        if member.role == "partner_admin"
    )


def _of_vendor(step: StepFired, head: Head) -> tuple[Recipient, ...]:
    """Whoever works on it, or else everybody who holds the role that the ladder names."""
    role = _QUEUE_ROLE if step.to == "owner" else step.to
    owner = find_recipient_by_pk(user_pk=head.assigned_to_pk)
    if role == _QUEUE_ROLE and owner is not None:
        return (owner,)
    return list_role_holders(role=role, region=head.partner_region)
