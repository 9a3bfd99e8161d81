"""The review page of one submission: whose turn, by when, how much and why come first."""

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from counterfoil.apps.service_levels.selectors import clock_reading
from counterfoil.apps.submissions.selectors import get_submission
from counterfoil.apps.submissions.types import SubmissionView
from counterfoil.core.playbooks import Kind
from counterfoil.core.states import State
from counterfoil.interfaces.console.guard import may_somewhere
from counterfoil.interfaces.console.submissions import review_parts as parts
from counterfoil.interfaces.console.submissions.blind_card import blind_card, is_held
from counterfoil.interfaces.console.submissions.criteria import criteria_of
from counterfoil.interfaces.console.submissions.inquiring import inquiries_of
from counterfoil.interfaces.console.submissions.money_steps import steps_of, total_words
from counterfoil.interfaces.console.submissions.opening import address, opened_to
from counterfoil.interfaces.console.submissions.standing import (
    IN_REVIEW,
    acts_of,
    waiting_of,
)
from counterfoil.interfaces.console.submissions.talking import message_field, note_field
from counterfoil.interfaces.console.submissions.words import (
    advice_words,
    finding_words,
    kind_words,
    role_words,
    standing,
)
from counterfoil.interfaces.console.words import url_of
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.presenters import (
    Act,
    Crumb,
    glance_of,
    short_hash,
    show_moment,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest


@require_GET
@opened_to("submissions.view")
def review(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will show a submission with all that a decision rests on."""
    view = get_submission(submission_id, by=request.me, at=request.at)
    reading = clock_reading(subject=submission_id, side="ours", at=request.at)
    zone = request.person.zone
    is_open = view.head.state in IN_REVIEW
    may_verify = is_open and may_somewhere(request.me, "submissions.verify") and not is_held(view)
    page = request.GET.get("page", "1")
    amount = view.screening.amount if view.screening else None
    context = {
        "crumbs": [Crumb(_("Queue"), reverse("console:queue")), Crumb(view.head.number)],
        "s": _head(request, view),
        "turn": parts.turn_of(view, reading, zone=zone, at=request.at),
        "requested": show_money(view.head.requested),
        "payable": show_money(amount.payable) if amount else None,
        "payable_title": total_words(amount, kind=view.head.kind) if amount else "",
        "answers": _answers(view),
        "criteria": criteria_of(view, may_verify=may_verify),
        "glance": glance_of(view.screening.counts) if view.screening else [],
        "findings": [finding_words(each) for each in view.screening.findings]
        if view.screening
        else [],
        "steps": steps_of(amount, kind=view.head.kind) if amount else [],
        "currency": view.head.currency,
        "remaining": show_money(view.remaining) if view.remaining is not None else None,
        "details": parts.details_of(view),
        "has_lines": bool(view.lines),
        **parts.lines_of(view),
        **parts.viewer_of(
            view,
            file=request.GET.get("file", ""),
            page=(asked_number(page) or 1) if len(page) < 4 else 1,
            may_verify=may_verify,
        ),
        "messages_shown": parts.messages_of(view, zone=zone),
        "notes": parts.notes_of(view, zone=zone),
        "clock_events": parts.clock_events(view, reading, zone=zone),
        "clocks_url": reverse("console:submission_clocks", args=[submission_id]),
        "history": parts.history_of(view, zone=zone),
        "waiting": waiting_of(view) if is_open else None,
        "appeal": parts.appeal_of(view, zone=zone),
        "blind": blind_card(view, by=request.me, zone=zone),
        "acts": acts_of(view, by=request.me),
        **_talk(request, submission_id),
        **inquiries_of(
            view, request, may_inquire=may_somewhere(request.me, "submissions.inquire")
        ),
        "screen_url": address("submission_screen", submission_id) if may_verify else "",
        "answers_url": address("submission_answers", submission_id)
        if may_verify and view.screening and view.screening.counts.get("unknown")
        else "",
    }
    return pages.page(request, "console/submissions/review.html", context)


def _head(request: KnownRequest, view: SubmissionView) -> dict[str, object]:
    head = view.head
    is_credit = Kind(head.kind).is_credit
    sent = head.received_at
    assign = ""
    if head.state in IN_REVIEW and may_somewhere(request.me, "submissions.assign"):
        here = address("submission", head.public_id)
        assign = f"{reverse('console:queue_assign')}?id={head.public_id}&back={here}"
    return {
        "number": head.number,
        "kind": kind_words(head.kind),
        "title": head.title or head.number,
        "partner": head.partner_name,
        "partner_url": url_of("console:partner", head.partner_public_id),
        "fund": f"{head.fund.program_name if is_credit else head.fund.name} {head.fund.period}",
        "parent": head.parent_number,
        "parent_url": address("submission", head.parent_public_id) if head.parent_pk else "",
        "playbook": view.playbook_label,
        "playbook_hash": short_hash(view.playbook_sha256),
        "sent": show_moment(sent, request.person.zone) if sent else None,
        "revision": head.revision,
        "status": standing(head.state, head.outcome),
        "on_behalf": head.is_on_behalf and head.confirmed_at is None,
        "decision_url": address("submission_decision", head.public_id)
        if head.state in (State.DECIDED, State.APPEALED)
        else "",
        "assign": Act(_("Assign"), assign, "partners", "quiet") if assign else None,
    }


def _answers(view: SubmissionView) -> list[tuple[str, str]]:
    """Return why it stands as it does, who has it, who approves next, how many rounds are left."""
    rows = []
    if view.screening is not None and view.head.state in IN_REVIEW:
        advice = advice_words(view.screening.action)
        # An appeal is decided; it is not returned, nor does anybody wait for the partner.
        if advice and view.head.state is not State.APPEALED:
            rows.append((_("Why"), advice))
    if view.decision is not None and view.head.state is not State.APPEALED:
        said = "; ".join(text for _name, text in view.decision.codes) or view.decision.reason
        rows.append((_("Why"), said or _("Every criterion passed.")))
    if view.head.state in IN_REVIEW:
        rows.append((_("Owner"), view.assigned_to or _("Nobody yet")))
        rows += [
            (
                _("Approval %(step)s") % {"step": each.step},
                f"{each.approver_name}, {role_words(each.role)}",
            )
            for each in view.approvals
        ]
        if view.next_role:
            roles = view.screening.approvers_in_turn if view.screening else ()
            later = [role_words(role) for role in roles[len(view.approvals) + 1 :]]
            words = role_words(view.next_role)
            rows.append(
                (
                    _("Approves"),
                    _("%(first)s, then %(later)s") % {"first": words, "later": ", ".join(later)}
                    if later
                    else words,
                )
            )
        if view.head.state is not State.APPEALED:
            rows.append((_("Rounds left"), str(view.rounds_left)))
    return rows


def _talk(request: KnownRequest, submission_id: str) -> dict[str, object]:
    may_write = may_somewhere(request.me, "submissions.message")
    may_note = may_somewhere(request.me, "submissions.note")
    return {
        "message_url": address("submission_message", submission_id) if may_write else "",
        "message_field": message_field(),
        "note_url": address("submission_note", submission_id) if may_note else "",
        "note_field": note_field(),
    }
