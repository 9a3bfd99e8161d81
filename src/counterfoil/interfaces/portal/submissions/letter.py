"""The decision letter, as a page and as a PDF of the same words."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from counterfoil.apps.partners.selectors import own_partner
from counterfoil.apps.submissions.selectors.own_status import (
    OwnLetter,
    Point,
    get_own_letter,
    get_own_status,
)
from counterfoil.core.playbooks import Kind
from counterfoil.core.states import State
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.portal.guard import for_partners, language_of
from counterfoil.interfaces.portal.words import kind_words, name_of
from counterfoil.interfaces.web.presenters import (
    OUTCOMES,
    VERDICTS,
    Status,
    amount_steps,
    format_day,
    show_moment,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest


@require_GET
@for_partners("submissions.view")
def letter(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will show the decision letter."""
    decision_id = request.GET.get("decision", "")
    found = get_own_letter(
        submission_id, by=request.me, language=language_of(request), decision_id=decision_id
    )
    may_appeal = (
        found.head.state is State.DECIDED
        and get_own_status(submission_id, by=request.me, at=request.at).appeal_until is not None
    )
    appeal_url = reverse("portal:appeal", args=[submission_id]) if may_appeal else ""
    context = {
        "letter": letter_parts(found, zone=request.person.zone, appeal_url=appeal_url),
        "status": _status(found),
        "heading": name_of(found.head),
        "number": found.head.number,
        "kind_words": kind_words(found.head.kind),
        "back_url": reverse("portal:submission", args=[submission_id]),
        "pdf_url": reverse("portal:letter_pdf", args=[submission_id]),
        "passed": found.passed,
        "playbook_title": found.playbook_title,
        "sha256": found.sha256,
    }
    return render(request, "portal/letter.html", context)


@require_GET
@for_partners("submissions.view")
def letter_pdf(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will send the decision letter as a PDF."""
    language = language_of(request)
    found = get_own_letter(submission_id, by=request.me, language=language)
    partner = own_partner(partner_pk=request.me.partner_id)
    data = _document(found, partner.data.legal_name or partner.name, request.person.zone)
    content = adapter("pdf").render("decision_letter", {**data, "language": language})
    response = HttpResponse(content, content_type="application/pdf")
    name = found.head.number or "decision"
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    return response


def _status(found: OwnLetter) -> Status:
    plain = OUTCOMES[found.decision.outcome]
    if found.decision.outcome == "declined" and found.appeal_until is not None:
        return replace(plain, word=_("Not approved"))
    is_partial = found.decision.outcome == "qualified" and bool(found.points)
    return replace(plain, word=_("Partly approved")) if is_partial else plain


def letter_parts(found: OwnLetter, *, zone: Any, appeal_url: str = "") -> dict[str, Any]:
    """Return the letter for its partial; `appeal_url` is where it can still be appealed."""
    head = found.head
    return {
        "sender_lines": [head.fund.legal_entity or settings.VENDOR_NAME, _("Partner operations")],
        "reference_lines": [
            show_moment(found.decision.decided_at, zone, weekday=False).text,
            head.number,
        ],
        "greeting": "",
        "paragraphs": paragraphs_of(found),
        "findings": [_finding(point) for point in found.points],
        "steps": _steps(found),
        "currency": found.decision.payable.currency,
        "appeal_words": _appeal(found),
        "appeal_url": appeal_url,
    }


def paragraphs_of(found: OwnLetter) -> list[str]:
    """Return the letter's sentences: the result first, then the reason and what is next."""
    decision, head = found.decision, found.head
    kind = Kind(head.kind)
    said = [_first_sentence(found)]
    if found.appealed:
        said.append(
            _("You appealed our first decision; somebody who did not make it looked again.")
        )
    if decision.outcome != "qualified":
        said += list(found.code_words[:3])
        if decision.reason:
            said.append(decision.reason)
    if decision.outcome == "qualified" and kind.commits:
        said.append(
            _("Claim your costs by %s.") % format_day(found.claim_by or head.fund.claims_until)
        )
    elif decision.outcome == "qualified" and kind.pays and decision.payable.is_positive:
        said.append(_("It goes to payment next. You will find the paid date on the claim's page."))
    if decision.released.is_positive:
        said.append(
            _("%s of the pre-approval was not used and went back to the fund.")
            % show_money(decision.released)
        )
    return said


def _appeal(found: OwnLetter) -> str:
    if found.appeal_until is not None:
        return _(
            "You may appeal until %s. Somebody who did not decide it looks at it again."
        ) % format_day(found.appeal_until)
    if found.appealed:
        return _("This is the last decision. Questions about it: write to us on its page.")
    return _(
        "If you think that we are wrong, write to us on the page of this submission. Somebody who "
        "did not decide it looks at it again."
    )


SEEN_WORDS = {
    "submitted_on": lambda: _("Sent on"),
    "request.approved_on": lambda: _("Approved on"),
    "request.approved": lambda: _("Approved"),
    "request.remaining": lambda: _("Left of the pre-approval"),
    "request.activity": lambda: _("Approved activity"),
    "request.starts_on": lambda: _("Approved first day"),
    "request.ends_on": lambda: _("Approved last day"),
    "fund.opens_on": lambda: _("The fund opens on"),
    "fund.closes_on": lambda: _("The fund closes on"),
    "fund.available": lambda: _("Available in the fund"),
    "fund.currency": lambda: _("Currency of the fund"),
}


def _seen(point: Point) -> str:
    said = []
    for name, title, text in point.seen:
        words = title or (SEEN_WORDS[name]() if name in SEEN_WORDS else "")
        if words:
            said.append(f"{words.rstrip('?')}: {text}")
    return "; ".join(said)


def _finding(point: Point) -> dict[str, Any]:
    verdict: Status = VERDICTS[point.result]
    where = _("invoice %s") % point.line_words if point.line_words else ""
    heading = f"{verdict.word}: {where}" if where else f"{verdict.word}: {point.title}"
    return {
        "status": verdict,
        "heading": heading,
        "where": ", ".join(part for part in (str(verdict.word), where) if part),
        "criterion": point.criterion_id,
        "criterion_title": point.title,
        "seen": _seen(point),
        "why": point.why,
        "would_pass": point.would_pass,
    }


def _first_sentence(found: OwnLetter) -> str:
    """Return what was decided."""
    decision, head = found.decision, found.head
    names = {"title": name_of(head), "amount": show_money(decision.payable)}
    kind = Kind(head.kind)
    is_request = kind.commits
    if decision.outcome == "qualified" and kind is Kind.REFERRAL:
        return _("We accepted your referral %(title)s.") % names
    if decision.outcome == "qualified" and kind.is_credit:
        return _("We validated your influence on %(title)s: %(amount)s are credited.") % names
    if decision.outcome == "qualified" and is_request:
        return _("We approved your request %(title)s over up to %(amount)s.") % names
    if decision.outcome == "qualified" and decision.payable.is_zero:
        return _("We checked your claim %(title)s. Nothing of it can be paid.") % names
    if decision.outcome == "qualified" and found.points:
        return _("We approved a part of your claim %(title)s: %(amount)s will be paid.") % names
    if decision.outcome == "qualified":
        return _("We approved your claim %(title)s: %(amount)s will be paid.") % names
    if decision.outcome == "duplicate":
        return _("We did not approve %(title)s: it repeats something already sent.") % names
    if found.appeal_until is not None:
        return _("We did not approve %(title)s.") % names
    return _("We did not approve %(title)s. This decision is final.") % names


def _steps(found: OwnLetter) -> list[Any]:
    decision = found.decision
    if not decision.requested.is_positive:
        return []
    kind = Kind(found.head.kind)
    last = _("Credited") if kind.is_credit else _("Approved") if kind.commits else _("To pay")
    return amount_steps(
        requested=decision.requested,
        adjustments=[(step.title, step.code, -step.adjustment) for step in found.steps],
        labels=(_("Requested by you"), last),
    )


def _document(found: OwnLetter, recipient: str, zone: Any) -> dict[str, Any]:
    """Return the words of the PDF; the same as the page's."""
    parts = letter_parts(found, zone=zone)
    steps = parts["steps"]
    return {
        "title": f"{_('Decision letter')} {found.head.number}",
        "sender": {"name": parts["sender_lines"][0], "address": [parts["sender_lines"][1]]},
        "recipient": {"name": recipient, "address": []},
        "date": format_day(found.decision.decided_at.astimezone(zone).date()),
        "facts": [
            [kind_words(found.head.kind), found.head.number],
            [_("Activity"), name_of(found.head)],
        ],
        "paragraphs": parts["paragraphs"],
        "findings": [
            {
                "criterion": f"{f['criterion']} {f['criterion_title']} ({f['where']})",
                "seen": "; ".join(part for part in (f["seen"], f["why"]) if part),
                "needed": f["would_pass"],
                "by": "",
            }
            for f in parts["findings"]
        ],
        "labels": {"seen": _("We saw"), "needed": _("Would pass"), "by": _("By")},
        "totals": [[str(step.label), str(step.money)] for step in steps],
        "closing": parts["appeal_words"],
        "signature": parts["sender_lines"][0],
        "footer": found.sha256,
    }
