"""Acts on a submission: take back, withdraw, confirm, write; each says first what it will do."""

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from counterfoil.apps.submissions.errors import StateRefused, SubmissionRefused
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.types import Head
from counterfoil.core.states import Action, State, allowed_actions
from counterfoil.flows.submit import (
    confirm_submission,
    recall_submission,
    send_message,
    withdraw_submission,
)
from counterfoil.interfaces.portal.guard import for_partners
from counterfoil.interfaces.portal.words import kind_words, name_of, say_refusal
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import FieldPart, show_money
from counterfoil.interfaces.web.requests import KnownRequest

MESSAGE_MAX = 4_000


@require_http_methods(["GET", "POST"])
@for_partners("submissions.recall")
def recall(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will take a sent submission back, so that it can be edited and sent again."""
    head = get_head(submission_id, by=request.me)
    title = _("Take back to edit")
    if Action.RECALL not in allowed_actions(head.state):
        return _too_late(request, head, title)
    if request.method == "POST":
        try:
            recall_submission(submission_id=submission_id, by=request.me, at=request.at)
        except StateRefused as refusal:
            return _refused(request, head, title, refusal)
        return pages.done(
            request, say=_("It is yours again. Send it when it is ready."),
            url=reverse("portal:edit", args=[submission_id]),
        )  # fmt: skip
    notice = _(
        "We stop looking at it. The day on which you first sent it is kept; our clock waits."
    )
    return _ask(request, head, title, notice, confirm=_("Take it back"))


@require_http_methods(["GET", "POST"])
@for_partners("submissions.withdraw")
def withdraw(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will end a submission for good."""
    head = get_head(submission_id, by=request.me)
    title = _("Withdraw for good")
    if Action.WITHDRAW not in allowed_actions(head.state):
        return _too_late(request, head, title)
    if request.method == "POST":
        try:
            withdraw_submission(
                submission_id=submission_id, reason=request.POST.get("reason", ""),
                by=request.me, at=request.at,
            )  # fmt: skip
        except StateRefused as refusal:
            return _refused(request, head, title, refusal)
        return pages.done(
            request, say=_("Withdrawn."), url=reverse("portal:submission", args=[submission_id])
        )
    reason = FieldPart("reason", _("Why (optional)"), kind="textarea")
    notice = _("This can't be undone. To change something, take it back to edit instead.")
    return _ask(
        request, head, title, notice, confirm=_("Withdraw"), tone="danger", fields=[reason],
        notice_tone="warn",
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
@for_partners("submissions.confirm")
def confirm(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will record that the partner stands by what operations entered for them."""
    head = get_head(submission_id, by=request.me)
    title = _("Confirm what we entered for you")
    if request.method == "POST":
        try:
            confirm_submission(submission_id=submission_id, by=request.me, at=request.at)
        except SubmissionRefused as refusal:
            return _refused(request, head, title, refusal)
        return pages.done(
            request, say=_("Confirmed. Thank you."),
            url=reverse("portal:submission", args=[submission_id]),
        )  # fmt: skip
    notice = _(
        "Operations entered this on your behalf. By confirming you say that it is complete and "
        "true; nothing is decided before."
    )
    return _ask(request, head, title, notice, confirm=_("Confirm"))


@require_POST
@for_partners("submissions.message")
def message(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will write to the vendor, on the record of this submission."""
    head = get_head(submission_id, by=request.me)
    body = request.POST.get("body", "").strip()[:MESSAGE_MAX]
    url = reverse("portal:submission", args=[head.public_id])
    if not body:
        return HttpResponseRedirect(f"{url}?empty=1#messages")
    send_message(submission_id=submission_id, body=body, by=request.me, at=request.at)
    return pages.done(request, say=_("Your message is on its way."), url=f"{url}#messages")


def _ask(
    request: KnownRequest,
    head: Head,
    title: str,
    notice: str,
    *,
    confirm: str,
    tone: str = "",
    notice_tone: str = "",
    fields: list[FieldPart] | None = None,
) -> HttpResponse:
    facts = [(kind_words(head.kind), name_of(head))]
    if head.number:
        facts.append((_("Number"), head.number))
    if head.requested.is_positive:
        facts.append((_("Requested"), str(show_money(head.requested))))
    context = {
        "title": title,
        "act_url": request.path,
        "back_url": reverse("portal:submission", args=[head.public_id]),
        "facts": facts,
        "notice": notice,
        "notice_tone": notice_tone,
        "form_fields": fields or [],
        "confirm": confirm,
        "confirm_tone": tone,
    }
    return pages.act(request, context, door="portal")


def _too_late(request: KnownRequest, head: Head, title: str) -> HttpResponse:
    is_reviewed = head.state in (State.IN_REVIEW, State.SECOND_REVIEW)
    reason = (
        _("Somebody is looking at it already.") if is_reviewed else _("It is not open any more.")
    )
    unlocks = _("Write to us on its page: we can return it to you for changes.")
    return pages.refused(
        request, door="portal", title=title, reason=reason,
        unlocks=unlocks if is_reviewed else "",
        back_url=reverse("portal:submission", args=[head.public_id]),
    )  # fmt: skip


def _refused(request: KnownRequest, head: Head, title: str, error: Exception) -> HttpResponse:
    return pages.refused(
        request, door="portal", title=title, reason=say_refusal(error),
        back_url=reverse("portal:submission", args=[head.public_id]),
    )  # fmt: skip
