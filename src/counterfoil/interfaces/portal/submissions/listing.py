"""A partner's requests and claims, newest first, by whose turn it is."""

from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from counterfoil.apps.submissions.selectors.own_lists import (
    GROUPS,
    count_own_turns,
    list_own_submissions,
)
from counterfoil.apps.submissions.types import PortalRow
from counterfoil.interfaces.portal.guard import for_partners
from counterfoil.interfaces.portal.words import kind_words, name_of, row_note, turn_status
from counterfoil.interfaces.web.presenters import Empty, Pager, Tab, show_money
from counterfoil.interfaces.web.requests import KnownRequest


@require_GET
@for_partners("submissions.view")
def submissions(request: KnownRequest) -> HttpResponse:
    """This will list the partner's submissions."""
    group = request.GET.get("show", "all")
    group = group if group in GROUPS else "all"
    cursor = request.GET.get("after", "")
    page = list_own_submissions(by=request.me, group=group, cursor=cursor)
    url = reverse("portal:submissions")
    older = f"{url}?show={group}&after={page.next_cursor}" if page.next_cursor else ""
    newer = f"{url}?show={group}" if cursor else ""
    context = {
        "rows": [claim_row(row, zone=request.person.zone) for row in page.rows],
        "tabs": _tabs(group, url, count_own_turns(by=request.me)),
        "pager": Pager("", newer, older) if newer or older else None,
        "nothing": _nothing(group),
        "begin_url": reverse("portal:begin"),
    }
    return render(request, "portal/submissions.html", context)


def claim_row(row: PortalRow, *, zone: ZoneInfo) -> dict[str, object]:
    """Return a submission for a list: address, words, status, what is next."""
    head = row.head
    return {
        "url": reverse("portal:submission", args=[head.public_id]),
        "title": name_of(head),
        "about": " · ".join(part for part in (kind_words(head.kind), head.number) if part),
        "status": turn_status(head),
        "note": row_note(row, zone=zone),
        "amount": show_money(head.requested) if head.requested.is_positive else None,
    }


def _tabs(group: str, url: str, turns: int) -> list[Tab]:
    labels = {
        "all": _("All"),
        "yours": _("Your turn"),
        "open": _("Open"),
        "done": _("Done"),
    }
    return [
        Tab(
            labels[each],
            f"{url}?show={each}",
            each == group,
            str(turns) if each == "yours" and turns else "",
        )
        for each in ("all", "yours", "open", "done")
    ]


def _nothing(group: str) -> Empty:
    if group == "yours":
        return Empty(
            _("Nothing waits for you"),
            _("When we need something from you, it stands here, and a mail tells you."),
            "pass",
        )
    return Empty(
        _("Nothing here yet"),
        _(
            "A request comes first: it asks us to pre-approve an activity. After the activity you "
            "claim your costs on it."
        ),
        "coins",
        reverse("portal:begin"),
        _("Begin a request"),
    )
