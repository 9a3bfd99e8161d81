"""Beginning: choose the kind, then the fund of a request or the approved request of a claim."""

import secrets
from datetime import date
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from counterfoil.apps.ledger.selectors import tracker_rows
from counterfoil.apps.playbooks.selectors import playbooks_in_force
from counterfoil.apps.playbooks.types import PlaybookRef
from counterfoil.apps.programs.selectors import funds_of_partner
from counterfoil.apps.submissions.errors import SubmissionRefused
from counterfoil.apps.submissions.selectors.own_lists import (
    list_requests_left,
)
from counterfoil.core.actors import Actor
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Kind
from counterfoil.flows.fill_in import begin_form
from counterfoil.interfaces.portal.guard import for_partners, language_of
from counterfoil.interfaces.portal.words import name_of, say_refusal
from counterfoil.interfaces.web.presenters import (
    Empty,
    FieldPart,
    OptionPart,
    format_day,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest


@require_GET
@for_partners("submissions.create")
def choose(request: KnownRequest) -> HttpResponse:
    """This will list what can be begun; `on` an approved request, the claims alone."""
    language, on = language_of(request), request.GET.get("on", "")
    refs = playbooks_in_force(request.at.date())
    if on:
        refs = tuple(ref for ref in refs if ref.playbook.kind.of is Kind.FUND_REQUEST)
        if len(refs) == 1:
            return redirect(_start_url(refs[0], on))
    context = {
        "kinds": [
            {
                "url": _start_url(ref, on),
                "title": ref.playbook.title.say(language),
                "text": _introduction(ref, language),
                "guide_url": reverse("portal:guide", args=[ref.code]),
            }
            for ref in refs
        ],
        "nothing": Empty(
            _("Nothing can be begun yet"),
            _("The program has no open form. Write to your partner manager."),
            "book",
        ),
    }
    return render(request, "portal/begin.html", context)


@require_http_methods(["GET", "POST"])
@for_partners("submissions.create")
def start(request: KnownRequest, code: str) -> HttpResponse:
    """This will let the partner choose where the submission belongs, and begin it once."""
    ref = next((r for r in playbooks_in_force(request.at.date()) if r.code == code), None)
    if ref is None:
        raise Http404
    error = ""
    if request.method == "POST":
        try:
            begun = begin_form(
                playbook_code=code,
                fund_id=request.POST.get("fund", ""),
                request_id=request.POST.get("request", ""),
                form_token=request.POST.get("token", "")[:80],
                language=language_of(request),
                by=request.me, at=request.at,
            )  # fmt: skip
        except SubmissionRefused as refusal:
            error = say_refusal(refusal)
        else:
            return redirect("portal:edit", begun.submission_id)
    return _page(request, ref, error=error)


def _start_url(ref: PlaybookRef, on: str) -> str:
    url = reverse("portal:start", args=[ref.code])
    return f"{url}?{urlencode({'on': on})}" if on else url


def _page(request: KnownRequest, ref: PlaybookRef, *, error: str) -> HttpResponse:
    language, today = language_of(request), request.at.date()
    chosen = request.POST.get("fund") or request.POST.get("request") or request.GET.get("on", "")
    kind = ref.playbook.kind
    is_claim = kind.of is not None
    if kind.is_credit:
        options = _periods(request.me, chosen, today=today)
    else:
        options = (
            _requests(request.me, chosen) if is_claim else _funds(request.me, chosen, today=today)
        )
    context = {
        "title": ref.playbook.title.say(language),
        "introduction": _introduction(ref, language),
        "token": request.POST.get("token", "") or secrets.token_urlsafe(24),
        "choice": FieldPart(
            name="request" if is_claim else "fund",
            label=_label(kind),
            kind="radio",
            error=error,
            options=options,
        ),
        "nothing": _nothing(kind) if not options else None,
    }
    return render(request, "portal/start.html", context, status=422 if error else 200)


def _label(kind: Kind) -> str:
    if kind.of is not None:
        return _("Which approved request do you claim on?")
    return _("Which program is it for?") if kind.is_credit else _("Which fund is it for?")


def _periods(by: Actor, chosen: str, *, today: date) -> list[OptionPart]:
    """Return each program period once, under the public id of a fund of it: no money is drawn."""
    funds = [f for f in funds_of_partner(by.partner_id, open_on=today) if today <= f.ends_on]
    first = {(fund.program, fund.period): fund for fund in reversed(funds)}
    return [
        OptionPart(
            fund.public_id,
            f"{fund.program_name} {fund.period}",
            fund.public_id == chosen or len(first) == 1,
            "",
        )
        for fund in first.values()
    ]


def _requests(by: Actor, chosen: str) -> list[OptionPart]:
    rows = list_requests_left(by=by)
    return [
        OptionPart(
            row.head.public_id,
            " · ".join(part for part in (name_of(row.head), row.head.number) if part),
            row.head.public_id == chosen or len(rows) == 1,
            _("%(left)s left of %(approved)s, claim by %(day)s")
            % {
                "left": show_money(row.remaining),
                "approved": show_money(row.approved),
                "day": format_day(row.claim_by),
            },
        )
        for row in rows
    ]


def _funds(by: Actor, chosen: str, *, today: date) -> list[OptionPart]:
    funds = [f for f in funds_of_partner(by.partner_id, open_on=today) if today <= f.ends_on]
    rows = tracker_rows(funds=[fund.public_id for fund in funds], partner_id=by.partner_id)
    left = {(row.fund, row.period): row.available for row in rows}
    options = []
    for fund in funds:
        available = left.get((fund.public_id, fund.period), Money.zero(fund.currency))
        options.append(
            OptionPart(
                fund.public_id,
                f"{fund.name} {fund.period}",
                fund.public_id == chosen or len(funds) == 1,
                _("%(left)s available, for activities until %(day)s")
                % {"left": show_money(available), "day": format_day(fund.ends_on)},
            )
        )
    return options


def _introduction(ref: PlaybookRef, language: str) -> str:
    text = dict(ref.playbook.texts).get("introduction")
    return text.say(language) if text is not None else ""


def _nothing(kind: Kind) -> Empty:
    if kind.of is not None:
        return Empty(
            _("No approved request to claim on"),
            _("A claim draws on a request that we approved. Begin a request first."),
            "coins",
            reverse("portal:begin"),
            _("Begin a request"),
        )
    return Empty(
        _("No fund is open for you"),
        _("When a fund opens for your program, it stands here. Your partner manager knows when."),
        "fund",
    )
