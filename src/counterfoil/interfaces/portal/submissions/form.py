"""The guided form: one page, saved by each of its buttons, sent by the last; no script needed."""

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from counterfoil.apps.ledger.selectors import fund_position
from counterfoil.apps.submissions.errors import (
    NotEditable,
    StateRefused,
    SubmissionChanged,
    SubmissionRefused,
    UnknownSubmission,
)
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.selectors.own_forms import OwnForm, get_own_form
from counterfoil.core.money import Money
from counterfoil.flows.fill_in import FilledIn, fill_in, fill_in_and_send
from counterfoil.flows.judge import payee_facts
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.portal.guard import for_partners, language_of
from counterfoil.interfaces.portal.submissions.reading import read_form, typed_in
from counterfoil.interfaces.portal.submissions.sheet import sheet_of
from counterfoil.interfaces.portal.words import say_file_refusal, say_refusal
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.asked import asked_number
from counterfoil.interfaces.web.requests import KnownRequest

ANCHORS = {"add-line": "#s2", "remove-line": "#s2", "save": "#s1"}


@require_http_methods(["GET", "POST"])
@for_partners("submissions.create")
def edit(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will show the form, save it, and send it when asked to."""
    head = get_head(submission_id, by=request.me)
    try:
        form = _form(request, submission_id)
    except UnknownSubmission:
        # It was sent meanwhile, perhaps by the click before this one.
        return redirect("portal:submission", head.public_id)
    if request.method == "GET":
        shows = request.GET.get("check") == "1"
        return _page(request, form, shows_gaps=shows)
    return _save(request, form)


def _save(request: KnownRequest, form: OwnForm) -> HttpResponse:
    verb = request.POST.get("do", "save").partition(":")[0]
    is_sending = verb in {"send", "send-anyway"}
    given = read_form(request, form)
    common = {
        "submission_id": form.head.public_id,
        "form": given,
        "store": adapter("evidence_store"),
        "reader": adapter("evidence_reader"),
        "version": _version(request),
        "language": language_of(request),
        "by": request.me,
        "at": request.at,
    }
    try:
        if is_sending:
            filled = fill_in_and_send(
                **common,
                even_if_incomplete=verb == "send-anyway",
                reason=request.POST.get("reason", ""),
            )
        else:
            filled = fill_in(**common)
    except SubmissionChanged as error:
        # The same button twice: the first click did it, the second finds nothing to do.
        return _again(request, form, str(say_refusal(error)), status=409)
    except (StateRefused, NotEditable) as error:
        return _again(request, form, str(say_refusal(error)), status=409)
    except SubmissionRefused as error:
        return _again(request, form, str(say_refusal(error)), status=422)
    if filled.sent is not None:
        said = _("Sent. We have it as %s.") % filled.sent.number
        return pages.done(
            request, say=said, url=reverse("portal:submission", args=[form.head.public_id])
        )
    if filled.refused:
        return _refused(request, form.head.public_id, filled)
    return _onward(request, form, verb, filled, is_sending=is_sending)


def _onward(
    request: KnownRequest, form: OwnForm, verb: str, filled: FilledIn, *, is_sending: bool
) -> HttpResponse:
    """Go on where the person was: post, then redirect, then get."""
    url = reverse("portal:edit", args=[form.head.public_id])
    if is_sending:
        return HttpResponseRedirect(f"{url}?check=1#s4")
    if verb == "later":
        return pages.done(
            request,
            say=_("Saved. You can go on whenever you like."),
            url=reverse("portal:submission", args=[form.head.public_id]),
        )
    where = request.POST.get("do", "").partition(":")[2] if verb == "save" else ""
    anchor = f"#{where}" if where in {"s1", "s2", "s3", "s4"} else ANCHORS.get(verb, "#s3")
    said = _("Saved.") if filled.is_clean else _("Saved. Some entries can't be read yet.")
    return pages.done(request, say=said, url=f"{url}{anchor}")


def _refused(request: KnownRequest, submission_id: str, filled: FilledIn) -> HttpResponse:
    """Show the saved form with what was refused at its place."""
    form = _form(request, submission_id)
    errors: dict[str, str] = {}
    for item in filled.refused:
        said = say_file_refusal(item.code, item.message, item.name)
        errors[item.place] = " ".join(part for part in (errors.get(item.place, ""), said) if part)
    addresses = {name: request.POST[name] for name in errors if name.startswith("link.")}
    return _page(
        request, form, errors=errors, typed=addresses, status=422,
        answer=request.POST.get("reason", ""),
    )  # fmt: skip


def _again(request: KnownRequest, form: OwnForm, said: str, *, status: int) -> HttpResponse:
    """Show the form with what was typed, which was not saved, and say why."""
    try:
        fresh = _form(request, form.head.public_id)
    except UnknownSubmission:
        return redirect("portal:submission", form.head.public_id)
    return _page(
        request, fresh, typed=typed_in(request.POST), status=status, notice=said,
        answer=request.POST.get("reason", ""),
    )  # fmt: skip


def _form(request: KnownRequest, submission_id: str) -> OwnForm:
    return get_own_form(
        submission_id, by=request.me, at=request.at, language=language_of(request),
        known=payee_facts,
    )  # fmt: skip


def _page(
    request: KnownRequest,
    form: OwnForm,
    *,
    typed: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    shows_gaps: bool = False,
    notice: str = "",
    answer: str = "",
    status: int = 200,
) -> HttpResponse:
    context = sheet_of(
        form, language=language_of(request), zone=request.person.zone, typed=typed, errors=errors,
        shows_gaps=shows_gaps, answer=answer, available=_available(request, form),
    )  # fmt: skip
    return render(request, "portal/form.html", {**context, "notice": notice}, status=status)


def _available(request: KnownRequest, form: OwnForm) -> Money | None:
    """Return what a request may ask for: what is available to the partner in its fund."""
    fund = form.head.fund
    if form.head.parent_pk is not None or form.playbook.kind.is_credit:
        return None
    return fund_position(
        fund=fund.public_id, period=fund.period, currency=fund.currency,
        partner_id=request.me.partner_id,
    ).available  # fmt: skip


def _version(request: KnownRequest) -> int | None:
    return asked_number(request.POST.get("version", ""))
