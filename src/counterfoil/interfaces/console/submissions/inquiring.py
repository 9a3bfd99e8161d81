"""Ask an account executive, take a question back, and what was asked and answered so far."""

from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from counterfoil.apps.messaging.errors import BadAddress
from counterfoil.apps.submissions.errors import AddressRefused, UnknownLink
from counterfoil.apps.submissions.selectors import get_submission
from counterfoil.apps.submissions.selectors.inquiries import get_inquiry
from counterfoil.apps.submissions.types import InquiryStepView, InquiryView, SubmissionView
from counterfoil.core.inquiries import POLICY, InquiryAct
from counterfoil.flows.ask_account_executive import ask_account_executive, revoke_inquiry
from counterfoil.interfaces.console.submissions.acting import ActForm, answer
from counterfoil.interfaces.console.submissions.opening import address, opened_to
from counterfoil.interfaces.console.submissions.standing import IN_REVIEW
from counterfoil.interfaces.web.inquiries import ANSWERS
from counterfoil.interfaces.web.presenters import (
    Act,
    FieldPart,
    OptionPart,
    Status,
    show_moment,
)
from counterfoil.interfaces.web.requests import KnownRequest

TONES = {"confirm": "ok", "dispute": "bad", "not_mine": "warn", "unknown": "warn"}
TIES = {
    "submitter": gettext_lazy("entered or sent this submission"),
    "partner": gettext_lazy("belongs to the partner"),
    "payee": gettext_lazy("is a contact of the payee"),
    "asker": gettext_lazy("is the person who asked"),
}


@opened_to("submissions.inquire")
def inquire(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will ask an account executive whether the partner influenced a deal."""
    view = get_submission(
        submission_id, by=request.me, at=request.at, language=request.LANGUAGE_CODE
    )
    given = request.POST
    titles = _titles(view)
    shown = [each for each in titles if each in given.getlist("shown")]
    form = ActForm(
        title=_("Ask the account executive about %(number)s") % {"number": view.head.number},
        confirm=_("Send the question"),
        back_url=f"{address('submission', submission_id)}#ae-h",
        facts=[
            (_("What happens"), _("A mail with a link goes out; one tap answers it, without a "
                                  "password. The partner sees nothing of it.")),
            (_("Answer by"), _("%(days)s business days from now; our own clock runs on")
             % {"days": POLICY["target"]["business_days"]}),
        ],
        fields=[each for each in (
            FieldPart("name", _("Account executive"), value=given.get("name", ""),
                      is_required=True),
            FieldPart("email", _("Mail address"), "email", value=given.get("email", ""),
                      hint=_("Of a colleague; an account here is not needed."), is_required=True),
            FieldPart("deal", _("Customer or deal"), value=given.get("deal", view.head.title),
                      is_required=True),
            FieldPart("shown", _("Evidence whose titles may be seen"), "checkboxes",
                      options=[OptionPart(each, each, each in shown or not given)
                               for each in titles]),
            FieldPart("question", _("What the partner says it did"), "textarea",
                      value=given.get("question", ""),
                      hint=_("They read exactly this. Leave out amounts and bank data."),
                      is_required=True),
        ) if each.kind != "checkboxes" or titles],
    )  # fmt: skip

    def do() -> str:
        try:
            ask_account_executive(
                submission_id=submission_id, email=given.get("email", "")[:254],
                name=given.get("name", "")[:200], deal=given.get("deal", "")[:200],
                question=given.get("question", "")[:4000], shown=shown, by=request.me,
                at=request.at,
            )  # fmt: skip
        except BadAddress as error:
            raise AddressRefused(str(error)) from error
        return _("The question is on its way to %(name)s.") % {"name": given.get("name", "")}

    # Without the anchor: htmx would go to it on the page that stands there already.
    return answer(request, form, do, url=address("submission", submission_id))


@opened_to("submissions.inquire")
def revoke(request: KnownRequest, inquiry_id: str) -> HttpResponse:
    """This will take a question back; its link opens nothing any more."""
    try:
        inquiry = get_inquiry(inquiry_id)
    except UnknownLink as error:
        raise Http404(str(error)) from error
    reason = request.POST.get("reason", "")
    form = ActForm(
        title=_("Take the question to %(name)s back") % {"name": inquiry.holder[0]},
        confirm=_("Take it back"),
        confirm_tone="danger",
        back_url=f"{address('submission', inquiry.submission_id)}#ae-h",
        facts=[(_("Effect"), _("The link opens nothing any more, and an answer given counts no "
                               "more; both stay on the record."))],
        fields=[FieldPart("reason", _("Reason, for the record"), "textarea", value=reason,
                          is_required=True)],
    )  # fmt: skip

    def do() -> str:
        revoke_inquiry(inquiry_id=inquiry_id, reason=reason, by=request.me, at=request.at)
        return _("The question was taken back.")

    return answer(request, form, do, url=address("submission", inquiry.submission_id))


def inquiries_of(
    view: SubmissionView, request: KnownRequest, *, may_inquire: bool
) -> dict[str, Any]:
    """This will make the card of what account executives were asked and answered."""
    is_open = may_inquire and view.head.state in IN_REVIEW
    label = _("Ask somebody else") if view.inquiries else _("Ask the account executive")
    return {
        "inquiries": [
            _inquiry(each, request, may_revoke=is_open and not each.is_revoked)
            for each in view.inquiries
        ],
        "inquire": Act(label, address("submission_inquire", view.head.public_id), "chat")
        if is_open
        else None,
    }


def _inquiry(inquiry: InquiryView, request: KnownRequest, *, may_revoke: bool) -> dict[str, Any]:
    zone = request.person.zone
    given = inquiry.answer
    ties = [str(TIES.get(each, each)) for each in given.ties] if given else []
    return {
        "who": " → ".join([inquiry.name, *(s.to_name for s in inquiry.steps if s.to_name)]),
        "status": _status(inquiry, request),
        "deal": inquiry.deal,
        "question": inquiry.question,
        "due": show_moment(inquiry.due_at, zone),
        "words": given.words if given else "",
        "ties": _("Does not count: who answered %(why)s.") % {"why": "; ".join(ties)}
        if ties
        else "",
        "rows": [
            {
                "when_words": show_moment(when, zone, weekday=False).text,
                "text": text,
            }
            for when, text in _story(inquiry)
        ],
        "revoke": Act(
            _("Take it back"),
            reverse("console:inquiry_revoke", args=[inquiry.inquiry_id]),
            "undo",
            "quiet",
        )
        if may_revoke
        else None,
    }


def _story(inquiry: InquiryView) -> list[tuple[datetime, str]]:
    """The question and all that was done to it, oldest first."""
    asked = _("%(asker)s asked %(name)s, %(email)s") % {
        "asker": inquiry.asked_by_name, "name": inquiry.name, "email": inquiry.email,
    }  # fmt: skip
    return [
        (inquiry.asked_at, asked),
        *((step.at, _step_words(step)) for step in inquiry.steps),
    ]


def _status(inquiry: InquiryView, request: KnownRequest) -> Status:
    given = inquiry.answer
    if inquiry.is_revoked:
        return Status(_("Taken back"), "x", "mute")
    if given is not None and given.answer is not None:
        label, icon = ANSWERS[given.answer]
        return Status(str(label), icon, "warn" if given.ties else TONES[str(given.answer)])
    if inquiry.is_late(request.at):
        return Status(_("No answer in time"), "late", "bad")
    if not inquiry.waits(request.at):
        return Status(_("Never answered"), "unknown", "mute")
    return Status(_("Waits for the answer"), "clock", "theirs")


def _step_words(step: InquiryStepView) -> str:
    who = f"{step.name}, {step.email}" if step.email else step.name
    said = f": {step.words}" if step.words else ""
    if step.act is InquiryAct.DELEGATE:
        words = _("%(who)s passed it on to %(name)s, %(email)s") % {
            "who": who, "name": step.to_name, "email": step.to_email,
        }  # fmt: skip
    elif step.act is InquiryAct.REVOKE:
        words = _("%(who)s took it back") % {"who": who}
    else:
        label = ANSWERS[step.answer][0] if step.answer else ""
        words = _("%(who)s answered %(answer)s") % {"who": who, "answer": label}
    return words + said


def _titles(view: SubmissionView) -> list[str]:
    """Titles of the evidence on file; invoices, which lines come from, are left to Finance."""
    of_lines = {line.evidence_id for line in view.lines}
    invoices = {each.kind for each in view.evidence if each.evidence_id in of_lines}
    names = (
        ": ".join(part for part in (each.kind_title, each.piece_title) if part)
        for each in view.evidence
        if each.kind not in invoices | {"invoice"}
    )
    return list(dict.fromkeys(names))
