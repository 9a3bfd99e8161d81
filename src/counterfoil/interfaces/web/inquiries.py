"""An account executive's answer by the link of a mail: no account, no password, four buttons.

Mail scanners open links, so a GET never changes anything. Who holds the link is who answers:
nobody is signed in, and the door reads and writes as staff by the link alone, as joining does.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.urls import reverse
from django.utils.decorators import decorator_from_middleware
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from counterfoil.apps.messaging.errors import BadAddress
from counterfoil.apps.submissions.errors import (
    AddressRefused,
    AlreadyAsked,
    LinkClosed,
    PassedTooOften,
    ReasonMissing,
    UnknownLink,
)
from counterfoil.apps.submissions.selectors.inquiries import find_link
from counterfoil.apps.submissions.types import InquiryLinkView, InquiryView
from counterfoil.core.inquiries import PASS_MAX, Answer, Standing, passes_of
from counterfoil.flows import ask_account_executive as flow
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.interfaces.web.errors import too_many
from counterfoil.interfaces.web.limits import is_guessing, note_miss
from counterfoil.interfaces.web.presenters import FieldPart, MomentText, show_moment
from counterfoil.interfaces.web.requests import AskedRequest

WORDS_MAX = 2000
ANSWERS = {
    Answer.CONFIRM: (gettext_lazy("Confirm"), "pass"),
    Answer.DISPUTE: (gettext_lazy("Dispute"), "fail"),
    Answer.NOT_MINE: (gettext_lazy("Not my deal"), "na"),
    Answer.UNKNOWN: (gettext_lazy("I don't know"), "unknown"),
}
CLOSED = {
    Standing.REVOKED: gettext_lazy("This question was taken back. You need not answer it."),
    Standing.EXPIRED: gettext_lazy(
        "This link is too old. Tell the person who asked you if you still want to answer."
    ),
    Standing.OVER: gettext_lazy(
        "This was decided or given up in the meantime. Your answer is not needed any more."
    ),
}
CONTENT = (ReasonMissing, AddressRefused, AlreadyAsked, PassedTooOften, BadAddress)
View = Callable[..., HttpResponse]


@dataclass(frozen=True, slots=True)
class QuestionPart:
    """A question as the page asks it; `buttons` is empty where nothing can be answered."""

    id: str
    url: str
    asker: str
    partner: str
    deal: str
    title: str
    words: str
    shown: tuple[str, ...]
    due: MomentText
    answered: str
    answered_words: str
    note: str
    buttons: list[tuple[str, str, str]]
    field: FieldPart
    pass_on_url: str


class _FormToken(CsrfViewMiddleware):
    """Asks for the token of the form, as every other page does.

    A page without a referrer sends `Origin: null`, which Django would take for a foreign site.
    """

    def _origin_verified(self, request: HttpRequest) -> bool:
        known: bool = super()._origin_verified(request)  # type: ignore[misc]  # not in the stubs
        return known or request.headers.get("Origin") == "null"


_protected = decorator_from_middleware(_FormToken)


def by_link(view: View) -> Callable[..., HttpResponseBase]:
    """This will open a page by its link alone: never kept, named to no other site, limited."""

    @wraps(view)
    def found(request: AskedRequest, token: str, **more: str) -> HttpResponse:
        return _answered(view, request, token, more)

    protected: Callable[..., HttpResponseBase] = _protected(found)

    # Exempt from the check of the whole product, because its own one stands within.
    @csrf_exempt
    @wraps(view)
    def opened(request: AskedRequest, token: str, **more: str) -> HttpResponseBase:
        response = protected(request, token, **more)
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex, nofollow"
        return response

    return opened


def _answered(view: View, request: AskedRequest, token: str, more: dict[str, str]) -> HttpResponse:
    if is_guessing(request):
        return too_many(request)
    try:
        with acting_as(staff()):
            link = find_link(token=token)
    except UnknownLink:
        note_miss(request)
        return _closed(request, _("This link is not one of ours, or it was cut off."), 404)
    try:
        return view(request, token, link, **more)
    except UnknownLink:
        note_miss(request)
        return _closed(request, _("This link does not answer that question."), 404)


@by_link
@require_http_methods(["GET", "HEAD"])
def own(request: AskedRequest, token: str, link: InquiryLinkView) -> HttpResponse:
    """This will show the question that the link was made for. It changes nothing."""
    return _show(request, token, link, link.inquiry)


@by_link
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: AskedRequest, token: str, link: InquiryLinkView, inquiry_id: str) -> HttpResponse:
    """This will show one question of the same person and, on POST, record the answer."""
    inquiry = _chosen(request, link, inquiry_id)
    if request.method != "POST":
        return _show(request, token, link, inquiry)
    said, words = request.POST.get("answer", ""), request.POST.get("words", "")[:WORDS_MAX]
    if said not in list(Answer):
        return _show(request, token, link, inquiry, error=_("Choose one of the four answers."))
    try:
        with acting_as(staff()):
            flow.answer_inquiry(
                token=token, inquiry_id=inquiry_id, answer=Answer(said), words=words, at=request.at
            )
    except ReasonMissing:
        return _show(
            request, token, link, inquiry, words=words,
            error=_("Say why you dispute it, then tap Dispute again."),
        )  # fmt: skip
    except LinkClosed as refusal:
        return _closed(request, str(refusal), 409)
    if request.POST.get("back") == "all":
        return HttpResponseRedirect(reverse("web:answer_all", args=[token]))
    return HttpResponseRedirect(reverse("web:answer_one", args=[token, inquiry_id]))


@by_link
@require_http_methods(["GET", "HEAD"])
def every(request: AskedRequest, token: str, link: InquiryLinkView) -> HttpResponse:
    """This will list every question that waits for the same mail address."""
    if link.inquiry.standing(link.email, request.at) in (Standing.REVOKED, Standing.EXPIRED):
        return _show(request, token, link, link.inquiry)
    with acting_as(staff()):
        found = flow.open_questions(link, at=request.at)
    questions = [_part(token, link, each, request, number) for number, each in enumerate(found)]
    return render(request, "web/answer_all.html", {"name": link.name, "questions": questions})


@by_link
@require_http_methods(["GET", "HEAD", "POST"])
def pass_on(
    request: AskedRequest, token: str, link: InquiryLinkView, inquiry_id: str
) -> HttpResponse:
    """This will show whom a question can be passed on to and, on POST, do so."""
    inquiry = _chosen(request, link, inquiry_id)
    if inquiry.standing(link.email, request.at) is not Standing.OPEN:
        return _show(request, token, link, inquiry)
    given = {key: request.POST.get(key, "")[:WORDS_MAX] for key in ("name", "email", "words")}
    error = ""
    if request.method == "POST":
        try:
            with acting_as(staff()):
                flow.pass_inquiry_on(
                    token=token, inquiry_id=inquiry_id, to_email=given["email"][:254],
                    to_name=given["name"][:200], words=given["words"], at=request.at,
                )  # fmt: skip
        except LinkClosed as refusal:
            return _closed(request, str(refusal), 409)
        except CONTENT as refusal:
            error = str(refusal)
        else:
            return HttpResponseRedirect(reverse("web:answer_one", args=[token, inquiry_id]))
    with acting_as(staff()):
        domains = flow.allowed_domains()
    context = {
        "question": _part(token, link, inquiry, request),
        "error": error,
        "fields": _pass_fields(given, error, domains),
        "left": PASS_MAX - passes_of(inquiry.plain_steps),
    }
    return render(request, "web/answer_pass_on.html", context, status=422 if error else 200)


def _pass_fields(given: dict[str, str], error: str, domains: tuple[str, ...]) -> list[FieldPart]:
    places = _(" or ").join(f"@{each}" for each in domains)
    return [
        FieldPart("name", _("Colleague's name"), value=given["name"], is_required=True),
        FieldPart(
            "email", _("Colleague's mail address"), "email", value=given["email"],
            hint=_("It ends in %(places)s.") % {"places": places}, error=error, is_required=True,
        ),
        FieldPart("words", _("Note for the record (optional)"), "textarea", value=given["words"]),
    ]  # fmt: skip


def _chosen(request: AskedRequest, link: InquiryLinkView, inquiry_id: str) -> InquiryView:
    """Return the question named in the address when this link may speak of it."""
    with acting_as(staff()):
        return flow.question_of(link, inquiry_id, at=request.at)


def _show(
    request: AskedRequest,
    token: str,
    link: InquiryLinkView,
    inquiry: InquiryView,
    *,
    words: str = "",
    error: str = "",
) -> HttpResponse:
    standing = inquiry.standing(link.email, request.at)
    if standing in CLOSED:
        gone = standing is not Standing.OVER
        return _closed(request, str(CLOSED[standing]), 410 if gone else 200)
    if standing is Standing.PASSED_ON:
        said = _("You passed this question on. %(name)s answers it.")
        return _closed(request, said % {"name": inquiry.holder[0]}, 200)
    with acting_as(staff()):
        others = flow.open_questions(link, at=request.at)
    more = [each for each in others if each.inquiry_id != inquiry.inquiry_id]
    context = {
        "question": _part(token, link, inquiry, request, words=words, error=error),
        "name": link.name,
        "error": error,
        "more": len(more),
        "all_url": reverse("web:answer_all", args=[token]),
    }
    return render(request, "web/answer.html", context, status=422 if error else 200)


def _part(
    token: str,
    link: InquiryLinkView,
    inquiry: InquiryView,
    request: AskedRequest,
    number: int = 0,
    *,
    words: str = "",
    error: str = "",
) -> QuestionPart:
    zone = ZoneInfo(inquiry.program_zone)
    can_answer = inquiry.standing(link.email, request.at) is Standing.OPEN
    given = inquiry.answer
    is_mine = given is not None and given.email == link.email
    said = ANSWERS[given.answer][0] if given and given.answer and is_mine else ""
    can_pass = can_answer and passes_of(inquiry.plain_steps) < PASS_MAX
    at = show_moment(given.at, zone) if given and said else ""
    passed = [step for step in inquiry.steps if step.to_email == link.email]
    return QuestionPart(
        id=inquiry.inquiry_id,
        url=reverse("web:answer_one", args=[token, inquiry.inquiry_id]),
        asker=inquiry.asked_by_name,
        partner=inquiry.partner_name,
        deal=inquiry.deal,
        title=" · ".join(part for part in (inquiry.number, inquiry.title) if part),
        words=inquiry.question,
        shown=inquiry.shown,
        due=show_moment(inquiry.due_at, zone),
        answered=_("You answered: %(answer)s, %(at)s") % {"answer": said, "at": at}
        if said
        else "",
        answered_words=given.words if given and said else "",
        note=_("%(name)s says that you know.") % {"name": passed[-1].name} if passed else "",
        buttons=[(str(key), str(label), icon) for key, (label, icon) in ANSWERS.items()]
        if can_answer
        else [],
        field=FieldPart(
            "words", _("Reason or note"), "textarea", id=f"f-words-{number}", value=words,
            hint=_("A dispute needs a reason; else it is optional."), error=error,
        ),
        pass_on_url=reverse("web:answer_pass_on", args=[token, inquiry.inquiry_id])
        if can_pass
        else "",
    )  # fmt: skip


def _closed(request: AskedRequest, words: str, status: int) -> HttpResponse:
    return render(request, "web/answer_closed.html", {"words": words}, status=status)
