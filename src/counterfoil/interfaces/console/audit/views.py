"""The audit log: search, its state, one event."""

import json

from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from counterfoil.apps.audit.selectors import find_event, list_events, log_state
from counterfoil.apps.audit.types import EventRecord, LogState
from counterfoil.apps.partners.selectors import find_partner_row
from counterfoil.interfaces.console.audit.filters import filter_fields, filters_of
from counterfoil.interfaces.console.events import decisions_behind, events_table, object_url
from counterfoil.interfaces.console.guard import shown_to
from counterfoil.interfaces.console.parts import Head, acts_for
from counterfoil.interfaces.console.tables import Filters, pager_of
from counterfoil.interfaces.console.words import event_words, moment_of
from counterfoil.interfaces.web import pages
from counterfoil.interfaces.web.navigation import ROLE_WORDS
from counterfoil.interfaces.web.presenters import Act, Crumb, Empty, Status, format_count
from counterfoil.interfaces.web.requests import KnownRequest


@shown_to("audit.view")
def audit(request: KnownRequest) -> HttpResponse:
    """This will search the audit log, and say where the log stands."""
    page = list_events(filters=filters_of(request), cursor=request.GET.get("after", ""))
    state = log_state()
    population = Act(
        _("Draw a population"), reverse("console:audit_population"), "eye", dialog=False
    )
    verify = Act(
        _("Verify now"), reverse("console:audit_verify"), "audit", "main-act", dialog=False
    )
    is_filtered = any(
        request.GET.get(name) for name in ("q", "topic", "since", "until", "partner")
    )
    empty = Empty(
        _("No event fits") if is_filtered else _("Nothing happened yet"),
        _("Search takes a whole id, such as sub_… or usr_…, and days.")
        if is_filtered
        else _("Every change is kept here, with who made it and why."),
        "audit",
        reverse("console:audit") if is_filtered else "",
        _("Show all events"),
    )
    context = {
        "crumbs": [Crumb(_("Audit"))],
        "head": Head(
            _("Audit log"),
            _("Every change with who, when and why. What is signed can't be changed unnoticed."),
            _signed(state),
            acts_for(request.me, ("audit.export", population), ("audit.view", verify)),
        ),
        "kpis": _kpis(request, state),
        "filters": Filters(
            reverse("console:audit"),
            _("Search events"),
            text=request.GET.get("q", ""),
            placeholder=_("Id of a thing or a person"),
            fields=filter_fields(request),
            hidden=[("partner", request.GET["partner"])] if request.GET.get("partner") else [],
        ),
        "tables": [
            events_table(
                request,
                page.events,
                title=_("Events"),
                empty=empty,
                has_decisions=True,
                pager=pager_of(request, shown=len(page.events), next_cursor=page.next_cursor),
            )
        ],
    }
    return pages.page(request, "console/list.html", context)


@shown_to("audit.view")
def event(request: KnownRequest, event_id: str) -> HttpResponse:
    """This will show one event: what it says, and its place in the log."""
    found = find_event(event_id=event_id)
    if found is None:
        raise Http404
    url = object_url(request.me, found.object_type, found.object_id)
    decision_id, number = decisions_behind([found]).get(found.id, ("", ""))
    context = {
        "crumbs": [
            Crumb(_("Audit"), reverse("console:audit")),
            Crumb(event_words(found.action).capitalize()),
        ],
        "head": Head(event_words(found.action).capitalize(), found.id, _place(found)),
        "facts": _facts(request, found),
        "links": [
            each
            for each in (
                (_("Open what it is about"), url),
                (_("Everything about it"), f"{reverse('console:audit')}?q={found.object_id}"),
                (
                    _("Everything this person did"),
                    f"{reverse('console:audit')}?q={found.actor_id}",
                ),
                (
                    _("Open the decision on %(number)s") % {"number": number},
                    reverse("console:decision", args=[decision_id]) if decision_id else "",
                ),
            )
            if each[1]
        ],
        "said": json.dumps(found.data, indent=2, ensure_ascii=False, sort_keys=True),
        "personal": sorted(found.personal.items()),
    }
    return pages.page(request, "console/audit/event.html", context)


def _kpis(request: KnownRequest, state: LogState) -> list[tuple[str, str, str]]:
    signed = state.checkpoint
    return [
        (_("Entries in the log"), format_count(state.size), ""),
        (_("Waiting for their place"), format_count(state.waiting), _("taken in by the worker")),
        (
            _("Signed"),
            format_count(signed.size) if signed else "0",
            str(moment_of(request, signed.signed_at)) if signed else _("no checkpoint yet"),
        ),
    ]


def _signed(state: LogState) -> Status:
    if state.checkpoint is None:
        return Status(_("Not signed yet"), "unknown", "warn")
    if state.checkpoint.size < state.size:
        return Status(_("Newest entries not signed yet"), "clock", "mute")
    return Status(_("All entries signed"), "lock", "ok")


def _place(found: EventRecord) -> Status:
    if found.index is None:
        return Status(_("Waits for its place in the log"), "clock", "mute")
    return Status(_("Entry %(index)s of the log") % {"index": found.index}, "lock", "ok")


def _facts(request: KnownRequest, found: EventRecord) -> list[tuple[str, str]]:
    role = str(ROLE_WORDS.get(found.role, found.role))
    facts = [
        (_("When"), str(moment_of(request, found.recorded_at))),
        (_("Who"), f"{found.actor_name}, {role}" if role else found.actor_name),
        (_("Person's id"), found.actor_id),
        (_("Of what"), f"{event_words(found.object_type)} {found.object_id}"),
    ]
    if found.on_behalf_of:
        facts.append((_("On behalf of"), found.on_behalf_of))
    if found.partner_id:
        partner = find_partner_row(partner_pk=found.partner_id)
        facts.append((_("Partner"), partner.name if partner else str(found.partner_id)))
    return facts
