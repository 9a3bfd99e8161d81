"""The queue: what waits, the most urgent first, and the preview of the row that is on."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.service_levels.selectors import clock_reading, readings_of
from counterfoil.apps.submissions.selectors import get_submission, queue_counts, queue_page
from counterfoil.apps.submissions.selectors.inquiries import late_inquiries
from counterfoil.apps.submissions.types import QueueFilters, QueuePage
from counterfoil.interfaces.console.guard import may_somewhere
from counterfoil.interfaces.console.submissions.opening import opened_to
from counterfoil.interfaces.console.submissions.preview import preview_of
from counterfoil.interfaces.console.submissions.queue_rows import groups_of
from counterfoil.interfaces.console.submissions.words import KINDS
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.presenters import (
    Act,
    Crumb,
    Empty,
    FieldPart,
    OptionPart,
    Pager,
    Tab,
    format_count,
)
from counterfoil.interfaces.web.requests import KnownRequest

# saved view: the group of the selector and the kind that it is limited to
VIEWS = {
    "": ("review", ""),
    "mine": ("mine", ""),
    "unassigned": ("unassigned", ""),
    "late": ("late", ""),
    "requests": ("review", "fund_request"),
    "claims": ("review", "fund_claim"),
    "influence": ("review", "influence_pop"),
    "second": ("second_review", ""),
    "partner": ("partner", ""),
    "decided": ("decided", ""),
    "all": ("all", ""),
}
COUNTED = {"": "review", "mine": "mine", "unassigned": "unassigned", "late": "late",
           "second": "second_review", "partner": "partner"}  # fmt: skip


@opened_to("submissions.view")
def queue(request: KnownRequest) -> HttpResponse:
    """This will show a page of the queue, or its list alone for the search."""
    view = request.GET.get("view", "")
    view = view if view in VIEWS else ""
    cursor = request.GET.get("after", "")
    shown = queue_page(
        by=request.me, at=request.at, filters=_filters(request, view), cursor=cursor
    )
    ids = [row.head.public_id for row in shown.rows]
    groups = groups_of(
        shown.rows,
        readings_of(subjects=ids, side="partner" if view == "partner" else "ours", at=request.at),
        at=request.at,
        zone=request.person.zone,
        me=request.me.id,
        unanswered=late_inquiries(ids, at=request.at),
    )
    counts = queue_counts(by=request.me, at=request.at)
    may_assign = may_somewhere(request.me, "submissions.assign")
    context = {
        "crumbs": [Crumb(_("Queue"))],
        "counts": {"queue": counts["review"]},
        "groups": groups,
        "tabs": _tabs(request, view, counts),
        "view": view,
        "search_url": reverse("console:queue"),
        "search_text": request.GET.get("q", ""),
        "filters": [_kind_filter(request)] if VIEWS[view][1] == "" else [],
        "claim_url": reverse("console:queue_claim") if may_assign else "",
        "begin_url": reverse("console:submission_new")
        if may_somewhere(request.me, "submissions.create")
        else "",
        "bulk_acts": [Act(_("Assign"), reverse("console:queue_assign"))] if may_assign else [],
        "pager": _pager(request, shown, cursor),
        "nothing": _nothing(request, view),
    }
    return pages.page(request, "web/queue/page.html", context, fragment="web/queue/_groups.html")


@opened_to("submissions.view")
def preview(request: KnownRequest, submission_id: str) -> HttpResponse:
    """This will show what one needs to judge a row, beside the list."""
    view = get_submission(submission_id, by=request.me, at=request.at)
    reading = clock_reading(subject=submission_id, side="ours", at=request.at)
    part = preview_of(view, reading, by=request.me, zone=request.person.zone, at=request.at)
    if not pages.is_fragment(request):
        return pages.page(request, "console/submissions/preview.html", {"preview": part})
    return pages.page(request, "web/queue/_preview.html", {"preview": part})


def _filters(request: KnownRequest, view: str) -> QueueFilters:
    ask = request.GET.get
    group, kind = VIEWS[view]
    chosen = ask("type", "")
    return QueueFilters(
        group=group,
        kind=kind or (chosen if chosen in KINDS else ""),
        partner=ask("partner", ""),
        program=ask("program", ""),
        text=ask("q", "").strip()[:200],
        code=ask("code", ""),
    )


def _tabs(request: KnownRequest, view: str, counts: dict[str, int]) -> list[Tab]:
    names = {
        "": _("To review"),
        "mine": _("Mine"),
        "unassigned": _("Unassigned"),
        "late": _("Late"),
        "requests": _("Requests"),
        "claims": _("Claims"),
        "influence": _("Influence"),
        "second": _("Second approval"),
        "partner": _("Waiting for the partner"),
        "decided": _("Decided"),
        "all": _("All"),
    }
    kept = {"q": request.GET.get("q", "")}
    return [
        Tab(
            name,
            _address({"view": key, **kept}),
            key == view,
            format_count(counts[COUNTED[key]]) if key in COUNTED else "",
        )
        for key, name in names.items()
    ]


def _kind_filter(request: KnownRequest) -> FieldPart:
    chosen = request.GET.get("type", "")
    options = [OptionPart("", _("Type: all"), not chosen)]
    options += [OptionPart(key, name, key == chosen) for key, name in KINDS.items()]
    return FieldPart("type", _("Type"), "select", options=options)


def _pager(request: KnownRequest, shown: QueuePage, cursor: str) -> Pager | None:
    if not cursor and not shown.next_cursor:
        return None
    kept = {key: str(value) for key, value in request.GET.items() if key != "after"}
    return Pager(
        _("%(count)s on this page") % {"count": format_count(len(shown.rows))},
        _address(kept) if cursor else "",
        _address({**kept, "after": shown.next_cursor}) if shown.next_cursor else "",
    )


def _nothing(request: KnownRequest, view: str) -> Empty:
    if request.GET.get("q") or request.GET.get("type"):
        return Empty(
            _("Nothing fits your search"),
            _("Search by number, partner or title, or look at everything."),
            "search",
            _address({"view": "all"}),
            _("Show all submissions"),
        )
    if view not in {"", "all"}:
        return Empty(
            _("This view is empty"),
            _("What waits for a review stands under To review."),
            "pass",
            reverse("console:queue"),
            _("Show what waits for a review"),
        )
    return Empty(
        _("Nothing waits for a decision"),
        _("New submissions appear here as they come in."),
        "pass",
        _address({"view": "decided"}),
        _("Show what was decided"),
    )


def _address(query: dict[str, str]) -> str:
    asked = urlencode({key: value for key, value in query.items() if value})
    return f"{reverse('console:queue')}?{asked}" if asked else reverse("console:queue")
