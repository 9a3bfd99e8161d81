"""What was decided: the record with its hash, the money, and the proof by computing it again."""

from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from counterfoil.apps.submissions.selectors import get_decision_record, get_submission
from counterfoil.apps.submissions.types import DecisionView, ReplayRow, SubmissionView
from counterfoil.flows.replay import replay_decision
from counterfoil.interfaces.console.guard import may_somewhere
from counterfoil.interfaces.console.submissions.money_steps import steps_of
from counterfoil.interfaces.console.submissions.opening import address, opened_to
from counterfoil.interfaces.console.submissions.review_parts import messages_of
from counterfoil.interfaces.console.submissions.words import kind_words, role_words
from counterfoil.interfaces.console.words import grouped, url_of
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    OUTCOMES,
    Crumb,
    Status,
    show_moment,
    show_money,
    status_of,
)
from counterfoil.interfaces.web.requests import KnownRequest


@require_GET
@opened_to("submissions.view")
def decision(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will show the decision of a submission."""
    view, found = _decided(request, submission_id)
    return pages.page(request, "console/submissions/decision.html", _context(request, view, found))


@require_POST
@opened_to("submissions.view")
def replay(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will compute the decision again from its record alone, and say what came out."""
    view, found = _decided(request, submission_id)
    row = replay_decision(decision_id=found.decision_id, by=request.me, at=request.at)
    context = {
        **_context(request, view, found),
        "replayed": _said(row),
        "differences": row.differences,
    }
    return pages.page(request, "console/submissions/decision.html", context)


@require_GET
@opened_to("submissions.view")
def record(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will hand out the record as it was hashed, byte for byte."""
    view, found = _decided(request, submission_id)
    stored = get_decision_record(found.decision_id)
    if stored is None:
        raise Http404
    response = HttpResponse(stored.record.encode(), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{view.head.number}.json"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _decided(request: KnownRequest, submission_id: str) -> tuple[SubmissionView, DecisionView]:
    view = get_submission(submission_id, by=request.me, at=request.at)
    if view.decision is None:
        raise Http404
    return view, view.decision


def _said(row: ReplayRow) -> Status:
    if row.is_same:
        return Status(_("Computed again: the same to the cent"), "pass", "ok")
    return Status(_("Computed again: it differs. This is a finding."), "fail", "bad")


def _context(request: KnownRequest, view: SubmissionView, found: DecisionView) -> dict[str, Any]:
    head, zone = view.head, request.person.zone
    amount = view.screening.amount if view.screening else None
    is_paid = found.outcome == "qualified"
    may_ledger = may_somewhere(request.me, "ledger.view")
    letters = ""
    if may_somewhere(request.me, "mail.view") and (mailbox := url_of("console:mailbox")):
        letters = f"{mailbox}?about={head.public_id}"
    facts = [
        (_("Decided"), show_moment(found.decided_at, zone).text),
        (_("By"), found.decided_by_name),
        (_("Reason"), found.reason or _("none given")),
        (_("Round"), str(found.revision)),
        (_("Playbook"), f"{view.playbook_label}, {grouped(view.playbook_sha256)}"),
        (_("Record, SHA-256"), grouped(found.sha256)),
    ]
    return {
        "crumbs": [
            Crumb(_("Queue"), reverse("console:queue")),
            Crumb(head.number, address("submission", head.public_id)),
            Crumb(_("Decision")),
        ],
        "number": head.number,
        "kind": kind_words(head.kind),
        "title": head.title or head.number,
        "partner": head.partner_name,
        "outcome": status_of(OUTCOMES, found.outcome),
        "requested": show_money(found.requested),
        "payable": show_money(found.payable),
        "released": None if found.released.is_zero else show_money(found.released),
        "facts": facts,
        "codes": found.codes,
        "approvals": [
            (
                each.approver_name,
                role_words(each.role),
                show_moment(each.approved_at, zone),
                each.reason,
            )
            for each in view.approvals
        ],
        "steps": steps_of(amount, kind=head.kind) if amount and is_paid else [],
        "currency": head.currency,
        "entries": [
            (each, url_of("console:entry", each) if may_ledger else "") for each in found.entry_ids
        ],
        "messages_shown": messages_of(view, zone=zone),
        "letters_url": letters,
        "record_url": address("submission_record", head.public_id),
        "replay_url": address("submission_replay", head.public_id),
    }
