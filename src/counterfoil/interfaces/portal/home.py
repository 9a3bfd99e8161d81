"""The partner's first page: what is left and until when, whose turn it is, what to do next."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from counterfoil.apps.ledger.selectors import tracker_rows
from counterfoil.apps.ledger.types import FundPosition
from counterfoil.apps.partners.selectors import find_partner_row
from counterfoil.apps.programs.selectors import funds_of_partner
from counterfoil.apps.programs.types import FundInfo
from counterfoil.apps.submissions.selectors.own_lists import (
    list_own_submissions,
    list_requests_left,
)
from counterfoil.apps.submissions.types import PortalRow, RequestLeft
from counterfoil.core.states import State
from counterfoil.interfaces.portal.guard import for_partners
from counterfoil.interfaces.portal.submissions.listing import claim_row
from counterfoil.interfaces.portal.words import WARN_DAYS, name_of
from counterfoil.interfaces.web.presenters import (
    Empty,
    bar_segments,
    format_day,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest

OPEN_SHOWN = 8
LEFT_SHOWN = 5


@require_GET
@for_partners("funds.view")
def home(request: KnownRequest) -> HttpResponse:
    """This will show funds, open submissions and what to do next."""
    today = request.at.astimezone(request.person.zone).date()
    partner = find_partner_row(partner_pk=request.me.partner_id)
    funds = funds_of_partner(request.me.partner_id, open_on=today)
    rows = tracker_rows(funds=[fund.public_id for fund in funds], partner_id=request.me.partner_id)
    positions = {row.fund: row for row in rows if (row.fund, row.period) in _periods(funds)}
    waiting = list_own_submissions(by=request.me, group="yours", limit=OPEN_SHOWN)
    moving = list_own_submissions(by=request.me, group="open", limit=OPEN_SHOWN)
    theirs = {row.head.public_id for row in waiting.rows}
    requests = list_requests_left(by=request.me, limit=LEFT_SHOWN)
    context = {
        "partner_name": partner.name if partner else "",
        "may_bank": "partner_admin" in request.me.roles,
        "funds": [_fund(fund, positions.get(fund.public_id), today) for fund in funds],
        "no_funds": Empty(
            _("No fund is open for you"),
            _("When you earn money in a program, what is left of it stands here."),
            "fund",
        ),
        "waiting": [claim_row(row, zone=request.person.zone) for row in waiting.rows],
        "moving": [
            claim_row(row, zone=request.person.zone)
            for row in moving.rows
            if row.head.public_id not in theirs
        ],
        "nothing_moving": Empty(
            _("Nothing is on its way"),
            _("What you send stands here until it is decided: whose turn it is, and by when."),
            "coins",
        ),
        "requests": [_request(row, today) for row in requests],
        "next": _next(waiting.rows, requests),
        "begin_url": reverse("portal:begin"),
        "all_url": reverse("portal:submissions"),
    }
    return render(request, "portal/home.html", context)


def _periods(funds: tuple[FundInfo, ...]) -> set[tuple[str, str]]:
    return {(fund.public_id, fund.period) for fund in funds}


def _fund(fund: FundInfo, position: FundPosition | None, today: date) -> dict[str, Any]:
    is_near = (fund.ends_on - today).days <= WARN_DAYS
    shown: dict[str, Any] = {
        "name": f"{fund.name} {fund.period}",
        "program": fund.program_name,
        "until": _("Requests until %s") % format_day(fund.ends_on)
        if today <= fund.ends_on
        else _("Claims until %s") % format_day(fund.claims_until),
        "until_tone": "warn" if is_near else "mute",
        "left": None,
        "facts": [],
        "segments": [],
        "bar_label": "",
    }
    if position is None:
        return shown
    rows = [
        (_("Earned"), position.allocated),
        (_("Pre-approved (open)"), position.committed),
        (_("Approved, to be paid"), position.approved),
        (_("Paid"), position.paid),
    ]
    parts = [
        ("f-available", position.available.minor),
        ("f-open", position.committed.minor),
        ("f-approved", position.approved.minor),
        ("f-paid", position.paid.minor),
        ("f-expired", position.expired.minor),
    ]
    return {
        **shown,
        "left": show_money(position.available),
        "facts": [(word, show_money(money)) for word, money in rows],
        "segments": bar_segments(parts, total=position.allocated.minor)
        if position.allocated.is_positive
        else [],
        "bar_label": ", ".join(f"{word} {show_money(money)}" for word, money in rows),
    }


def _request(row: RequestLeft, today: date) -> dict[str, Any]:
    until = row.claim_by
    return {
        "url": reverse("portal:submission", args=[row.head.public_id]),
        "claim_url": f"{reverse('portal:begin')}?on={row.head.public_id}",
        "title": name_of(row.head),
        "number": row.head.number,
        "left": show_money(row.remaining),
        "of": _("of %s pre-approved") % show_money(row.approved),
        "until": _("Claim by %s") % format_day(until),
        "until_tone": "warn" if (until - today).days <= WARN_DAYS else "mute",
    }


def _next(waiting: tuple[PortalRow, ...], requests: tuple[RequestLeft, ...]) -> dict[str, str]:
    """Return the one thing to do next."""
    first = next((r for r in waiting if r.head.state is State.ACTION_REQUIRED), None)
    if first is not None:
        return {
            "title": _("Answer us on “%s”") % name_of(first.head),
            "text": _("We returned it for changes; only what we asked about is open."),
            "url": reverse("portal:submission", args=[first.head.public_id]),
            "label": _("See what we need"),
        }
    if waiting:
        return {
            "title": _("Go on with “%s”") % name_of(waiting[0].head),
            "text": _("It is not sent yet."),
            "url": reverse("portal:submission", args=[waiting[0].head.public_id]),
            "label": _("Go on"),
        }
    if requests:
        return {
            "title": _("Claim your costs of “%s”") % name_of(requests[0].head),
            "text": _("%s is left of this pre-approval.") % show_money(requests[0].remaining),
            "url": f"{reverse('portal:begin')}?on={requests[0].head.public_id}",
            "label": _("Begin a claim"),
        }
    return {
        "title": _("Ask for money for an activity"),
        "text": _("We pre-approve it first. Then you do it, and claim your costs."),
        "url": reverse("portal:begin"),
        "label": _("Begin a request"),
    }
