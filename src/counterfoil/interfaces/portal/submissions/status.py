"""The status page: whose turn, by when, what was decided and paid, what was said."""

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from counterfoil.apps.payouts.selectors import find_bill_of
from counterfoil.apps.payouts.types import BillInfo
from counterfoil.apps.submissions.selectors.own_lists import list_own_submissions
from counterfoil.apps.submissions.selectors.own_status import OwnClaim, OwnStatus, get_own_status
from counterfoil.apps.submissions.types import MessageView
from counterfoil.core.actors import Actor
from counterfoil.core.playbooks import Kind
from counterfoil.core.states import State
from counterfoil.interfaces.portal.guard import for_partners
from counterfoil.interfaces.portal.submissions.listing import claim_row
from counterfoil.interfaces.portal.submissions.progress import progress_of
from counterfoil.interfaces.portal.submissions.proofs import file_row
from counterfoil.interfaces.portal.words import (
    OUR_TURN,
    kind_words,
    left_words,
    name_of,
    needs_confirmation,
    turn_status,
)
from counterfoil.interfaces.web.presenters import (
    OUTCOMES,
    REVIEW_STATES,
    Act,
    Empty,
    Status,
    format_day,
    show_moment,
    show_money,
    status_of,
)
from counterfoil.interfaces.web.requests import KnownRequest

OTHERS = 3


@require_GET
@for_partners("submissions.view")
def submission(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will show where a submission stands."""
    found = get_own_status(submission_id, by=request.me, at=request.at)
    bill = find_bill_of(payable_ref=submission_id) if found.decision is not None else None
    zone, head = request.person.zone, found.head
    context = {
        "heading": name_of(head),
        "kind_words": kind_words(head.kind),
        "number": head.number,
        "sent_words": _sent_words(found, zone),
        "turn": _turn(found, bill, zone, at=request.at),
        "stub": _stub(found, bill),
        "left": _left(found, request.at.astimezone(zone).date()),
        "decision": _decision(found),
        "clock_events": progress_of(found, bill, zone=zone),
        "messages_list": [_message(item, head.fund.legal_entity, zone) for item in found.messages],
        "no_messages": Empty(
            _("No messages yet"), _("Ask us anything about it; the answer stays here."), "chat"
        ),
        "message_url": reverse("portal:message", args=[submission_id]),
        "message_error": _("Write a sentence first.") if request.GET.get("empty") else "",
        "files": [file_row(file, can_remove=False) for file in found.files],
        "claims": [_claim(item) for item in found.claims],
        "is_request": Kind(head.kind).commits,
        "facts": _facts(found),
        "others": _others(request.me, submission_id, zone),
    }
    return render(request, "portal/submission.html", context)


def _sent_words(found: OwnStatus, zone: ZoneInfo) -> str:
    received = found.head.received_at
    if received is None:
        return _("not sent yet")
    return _("sent %s") % format_day(received.astimezone(zone).date())


def _turn(
    found: OwnStatus, bill: BillInfo | None, zone: ZoneInfo, *, at: datetime
) -> dict[str, Any]:
    head = found.head
    what = _turn_words(found, bill, zone, at=at)
    return {
        "status": turn_status(head),
        "about": "",
        "title": what[0],
        "text": what[1],
        "due": _due(found, zone),
        "acts": _acts(found),
    }


def _due(found: OwnStatus, zone: ZoneInfo) -> Any:
    head = found.head
    if head.state is State.ACTION_REQUIRED:
        answer_by = found.asked.answer_by if found.asked else None
        return show_moment(answer_by, zone) if answer_by is not None else None
    if head.state in OUR_TURN and head.due_at is not None and not needs_confirmation(head):
        return show_moment(head.due_at, zone)
    return None


def _turn_words(
    found: OwnStatus, bill: BillInfo | None, zone: ZoneInfo, *, at: datetime
) -> tuple[str, str]:
    """Return what is to do, or what we do, and what follows."""
    head = found.head
    if needs_confirmation(head):
        return (
            _("Confirm what we entered for you"),
            _("Operations entered this on your behalf. Nothing is decided before you confirm."),
        )
    if head.state is State.DRAFT:
        if found.recalled:
            return (
                _("You took it back: change it and send it again"),
                _("The day on which you first sent it is kept."),
            )
        return _("Finish and send it"), _("Only your colleagues see a draft.")
    if head.state is State.ACTION_REQUIRED:
        text = _("If we hear nothing, we close it; you keep the date on which you sent it.")
        if found.asked is not None:
            text = f"“{found.asked.body}” {text}"
        return _("Change what we asked about and answer"), text
    if head.state is State.APPEALED:
        return (
            _("Somebody who did not decide it looks at it again"),
            _("You appealed. What they decide is the last decision; you need not do anything."),
        )
    if head.state in OUR_TURN:
        if head.due_at is None:
            return (
                _("We look at what you sent"),
                _("Something is missing, so our clock has not started. We will write to you."),
            )
        text = _("You need not do anything.")
        if head.due_at < at:
            promised = show_moment(head.due_at, zone).text
            text = _("We are late: we promised an answer by %s.") % promised + f" {text}"
        return _("We check it and answer you"), text
    if head.state is State.DECIDED:
        return _decided_words(found, bill)
    if head.state is State.WITHDRAWN:
        return _("You withdrew it"), _("Nothing more happens here.")
    return (
        _("It was closed because no answer came in time"),
        _("Write to us below if it should be opened again."),
    )


def _decided_words(found: OwnStatus, bill: BillInfo | None) -> tuple[str, str]:
    decision, head = found.decision, found.head
    assert decision is not None
    if decision.outcome != "qualified":
        return str(OUTCOMES[decision.outcome].word), _("The letter says why, and what would pass.")
    if Kind(head.kind) is Kind.REFERRAL:
        return _("Accepted"), _("The deal stands as referred by you. You need not do anything.")
    if Kind(head.kind).is_credit:
        return (
            _("Validated: %s credited") % show_money(decision.payable),
            _("It counts in your record. You need not do anything."),
        )
    if Kind(head.kind).commits:
        return (
            _("Approved up to %s") % show_money(decision.payable),
            _("Claim your costs by %s.") % format_day(found.claim_by or head.fund.claims_until),
        )
    if bill is not None and bill.state == "paid" and bill.paid_on is not None:
        return _("Paid"), _("You need not do anything.")
    if decision.payable.is_zero:
        return _("Nothing of it can be paid"), _("The letter says why, and what would pass.")
    return (
        _("%s goes to payment") % show_money(decision.payable),
        _("The paid date and its reference will stand here."),
    )


def _acts(found: OwnStatus) -> list[Act]:
    head, acts = found.head, list[Act]()
    args = [head.public_id]
    edit = reverse("portal:edit", args=args)
    if needs_confirmation(head):
        acts.append(
            Act(_("Confirm"), reverse("portal:confirm", args=args), tone="main-act", dialog=False)
        )
    if head.state is State.DRAFT:
        acts.append(Act(_("Go on"), edit, tone="main-act", dialog=False))
    if head.state is State.ACTION_REQUIRED:
        acts.append(Act(_("Make the changes"), edit, tone="main-act", dialog=False))
    decision = found.decision
    is_open_request = (
        Kind(head.kind).commits
        and decision is not None
        and decision.outcome == "qualified"
        and found.left is not None
        and found.left.is_positive
    )
    if is_open_request:
        url = f"{reverse('portal:begin')}?on={head.public_id}"
        acts.append(Act(_("Claim your costs"), url, tone="main-act", dialog=False))
    if found.appeal_until is not None:
        url = reverse("portal:appeal", args=args)
        acts.append(Act(_("Appeal this decision"), url, dialog=False))
    if "recall" in found.can:
        acts.append(Act(_("Take back to edit"), reverse("portal:recall", args=args)))
    if "withdraw" in found.can:
        acts.append(Act(_("Withdraw"), reverse("portal:withdraw", args=args), tone="quiet"))
    return acts


def _stub(found: OwnStatus, bill: BillInfo | None) -> dict[str, Any] | None:
    decision = found.decision
    if decision is None or decision.payable.is_zero or not Kind(found.head.kind).pays:
        return None
    if bill is not None and bill.state == "paid" and bill.paid_on is not None:
        return {
            "label": _("Paid %s") % format_day(bill.paid_on),
            "amount": show_money(bill.amount),
            "facts": [(_("Reference"), bill.paid_reference)],
        }
    words = _("On its way to payment") if bill is not None else _("Approved, to be paid")
    return {"label": words, "amount": show_money(decision.payable), "facts": []}


def _left(found: OwnStatus, today: Any) -> Any:
    if found.left is None:
        return None
    until = found.claim_by if found.left.is_positive else None
    return left_words(_("Left of your pre-approval"), found.left, until=until, today=today)


def _decision(found: OwnStatus) -> dict[str, Any] | None:
    decision = found.decision
    if decision is None:
        return None
    args = [found.head.public_id]
    return {
        "status": replace(OUTCOMES["declined"], word=_("Not approved"))
        if decision.outcome == "declined" and found.is_open_to_appeal
        else OUTCOMES[decision.outcome],
        "requested": show_money(decision.requested),
        "payable": show_money(decision.payable),
        "url": reverse("portal:letter", args=args),
        "pdf_url": reverse("portal:letter_pdf", args=args),
    }


def _message(item: MessageView, vendor: str, zone: ZoneInfo) -> dict[str, Any]:
    words = {"return": _("returned for changes"), "answer": _("answer to the return")}
    sent = show_moment(item.sent_at, zone, weekday=False).text
    about = words.get(item.kind, "")
    return {
        "author": item.author_name if item.is_from_partner else f"{item.author_name}, {vendor}",
        "sent_words": f"{sent}, {about}" if about else sent,
        "text": item.body,
        "is_mine": item.is_from_partner,
    }


def _claim(item: OwnClaim) -> dict[str, Any]:
    return {
        "url": reverse("portal:submission", args=[item.public_id]),
        "title": item.title or item.number or _("Claim"),
        "status": _claim_status(item),
        "note": str(show_money(item.requested)) if item.requested.is_positive else "",
    }


def _claim_status(item: OwnClaim) -> Status:
    if item.state is State.DECIDED:
        return status_of(OUTCOMES, item.outcome)
    return status_of(REVIEW_STATES, item.state)


def _facts(found: OwnStatus) -> list[tuple[str, str]]:
    head = found.head
    is_credit = Kind(head.kind).is_credit
    place = head.fund.program_name if is_credit else head.fund.name
    rows = [(_("Program") if is_credit else _("Fund"), f"{place} {head.fund.period}")]
    if head.requested.is_positive:
        word = _("Value") if is_credit else _("Requested")
        rows.append((word, str(show_money(head.requested))))
    if head.parent_number:
        rows.append((_("Request"), head.parent_number))
    if found.line_count:
        rows.append(
            (
                _("Invoice lines"),
                ngettext("%d line", "%d lines", found.line_count) % found.line_count,
            )
        )
    return rows


def _others(me: Actor, submission_id: str, zone: ZoneInfo) -> list[dict[str, Any]]:
    page = list_own_submissions(by=me, limit=OTHERS + 1)
    rows = [row for row in page.rows if row.head.public_id != submission_id]
    return [claim_row(row, zone=zone) for row in rows[:OTHERS]]
