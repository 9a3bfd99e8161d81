"""Messages: the newest of each submission, so that nothing has to be looked for."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from counterfoil.apps.submissions.selectors.own_lists import PAGE_SIZE, list_own_messages
from counterfoil.interfaces.portal.guard import for_partners
from counterfoil.interfaces.portal.words import name_of, turn_status
from counterfoil.interfaces.web.presenters import Empty, Pager, show_moment
from counterfoil.interfaces.web.requests import KnownRequest

EXCERPT = 160


@require_GET
@for_partners("submissions.message")
def messages(request: KnownRequest) -> HttpResponse:
    """This will list the submissions on which something was said, newest first."""
    before = _moment(request.GET.get("before", ""))
    found = list_own_messages(by=request.me, before=before, limit=PAGE_SIZE + 1)
    shown, zone, url = found[:PAGE_SIZE], request.person.zone, reverse("portal:messages")
    older = (
        f"{url}?before={shown[-1][1].sent_at:%Y-%m-%dT%H:%M:%S.%fZ}"
        if len(found) > PAGE_SIZE
        else ""
    )
    context = {
        "rows": [
            {
                "url": f"{reverse('portal:submission', args=[row.head.public_id])}#messages",
                "title": name_of(row.head),
                "number": row.head.number,
                "status": turn_status(row.head),
                "author": _("You") if item.is_from_partner else item.author_name,
                "when": show_moment(item.sent_at, zone, weekday=False),
                "text": item.body if len(item.body) <= EXCERPT else f"{item.body[:EXCERPT]}…",
            }
            for row, item in shown
        ],
        "pager": Pager("", url if before else "", older) if before or older else None,
        "nothing": Empty(
            _("No messages yet"),
            _("When we write to you, or you to us, on a request or claim, it stands here."),
            "chat",
            reverse("portal:submissions"),
            _("See your requests and claims"),
        ),
    }
    return render(request, "portal/messages.html", context)


def _moment(text: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None
