"""Events by object, by filter and as a population to draw from."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from counterfoil.apps.audit.models import Event, LogLeaf, PersonalValue
from counterfoil.apps.audit.types import EventFilters, EventPage, EventRecord

PAGE_SIZE = 50
POPULATION_MAX = 100_000


def events_of(
    *, object_type: str, object_id: str, limit: int = PAGE_SIZE
) -> tuple[EventRecord, ...]:
    """This will return the newest events of one object, newest first, at most `limit`."""
    rows = Event.objects.filter(object_type=object_type, object_id=object_id)
    return _records(rows.order_by("-recorded_at", "-place", "-id")[:limit])


def list_events(
    *, filters: EventFilters | None = None, cursor: str = "", limit: int = PAGE_SIZE
) -> EventPage:
    """This will return a page of events, newest first; `cursor` is the page before's."""
    rows = _filtered(filters or EventFilters()).order_by("-recorded_at", "-place", "-id")
    if cursor:
        last = Event.objects.filter(id=cursor).values_list("recorded_at", "place").first()
        if last is not None:
            at, place = last
            rows = rows.filter(
                Q(recorded_at__lt=at)
                | Q(recorded_at=at, place__lt=place)
                | Q(recorded_at=at, place=place, id__lt=cursor)
            )
    found = _records(rows[: limit + 1])
    shown = found[:limit]
    return EventPage(shown, shown[-1].id if len(found) > limit else "")


def actors_of(object_type: str, object_id: str, *, action: str) -> frozenset[str]:
    """This will return who did something to an object, by their public ids."""
    rows = Event.objects.filter(object_type=object_type, object_id=object_id, action=action)
    return frozenset(rows.values_list("actor_id", flat=True))


def find_event(*, event_id: str) -> EventRecord | None:
    """This will return one event, or None."""
    return next(iter(_records(Event.objects.filter(id=event_id))), None)


def events_by_ids(*, event_ids: Sequence[str]) -> tuple[EventRecord, ...]:
    """This will return the events of these ids, oldest first; unknown ids are left out."""
    return _records(Event.objects.filter(id__in=list(event_ids)).order_by("recorded_at", "id"))


def population(*, filters: EventFilters, limit: int = POPULATION_MAX) -> tuple[str, ...]:
    """This will return the ids of all events that fit, oldest first, at most `limit`."""
    rows = _filtered(filters).order_by("recorded_at", "place", "id")
    return tuple(rows.values_list("id", flat=True)[:limit])


def count_events(*, filters: EventFilters) -> int:
    """This will count the events that fit, however many: what a population is tied out to."""
    return _filtered(filters).count()


def _filtered(filters: EventFilters) -> QuerySet[Event]:
    exact: dict[str, Any] = {
        name: getattr(filters, name)
        for name in ("actor_id", "object_type", "object_id")
        if getattr(filters, name)
    }
    if filters.partner_id is not None:
        exact["partner_id"] = filters.partner_id
    if filters.since is not None:
        exact["recorded_at__gte"] = filters.since
    if filters.until is not None:
        exact["recorded_at__lt"] = filters.until
    rows = Event.objects.filter(**exact)
    wanted = Q()
    for action in filter(None, filters.action.split(",")):
        wanted |= Q(action__startswith=action) if action.endswith(".") else Q(action=action)
    return rows.filter(wanted)


def _records(rows: Iterable[Event]) -> tuple[EventRecord, ...]:
    found = list(rows)
    ids = [row.id for row in found]
    places = dict(LogLeaf.objects.filter(event_id__in=ids).values_list("event_id", "index"))
    personal: dict[str, dict[str, str]] = {}
    for event_id, name, value in PersonalValue.objects.filter(event_id__in=ids).values_list(
        "event_id", "field", "value"
    ):
        personal.setdefault(event_id, {})[name] = value
    return tuple(
        EventRecord(
            id=row.id,
            recorded_at=row.recorded_at,
            actor_id=row.actor_id,
            actor_name=row.actor_name,
            role=row.role,
            on_behalf_of=row.on_behalf_of,
            action=row.action,
            object_type=row.object_type,
            object_id=row.object_id,
            partner_id=row.partner_id,
            data=_data(row.canonical),
            index=places.get(row.id),
            personal=personal.get(row.id, {}),
        )
        for row in found
    )


def _data(canonical: str) -> dict[str, Any]:
    """Return what an event says; an edited text that can't be read says nothing."""
    try:
        meaning = json.loads(canonical)
    except ValueError:
        return {}
    return dict(meaning.get("data", {})) if isinstance(meaning, dict) else {}
