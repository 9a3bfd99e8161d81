"""What the log says of a kind of object, for checks that compare it with the object's rows."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from counterfoil.apps.audit.models import Event, PersonalValue

CHUNK = 2_000


@dataclass(frozen=True, slots=True)
class Statement:
    """One event, as a check reads it; `data` comes from the bytes that the log hashes."""

    event_id: str
    action: str
    actor_id: str
    object_id: str
    data: Mapping[str, Any]


def statements(
    *, object_type: str, actions: tuple[str, ...], object_ids: Sequence[str] | None = None
) -> Iterator[Statement]:
    """This will yield the events of these actions on such objects, oldest first.

    With `object_ids` only those of these objects.
    """
    rows = Event.objects.filter(object_type=object_type, action__in=actions)
    if object_ids is not None:
        rows = rows.filter(object_id__in=list(object_ids))
    rows = rows.order_by("recorded_at", "place", "id")
    for event_id, canonical in rows.values_list("id", "canonical").iterator(chunk_size=CHUNK):
        try:
            meaning = json.loads(canonical)
            told = Statement(
                event_id,
                meaning["action"],
                meaning["actor"]["id"],
                meaning["object"]["id"],
                meaning["data"],
            )
        except (ValueError, KeyError, TypeError):
            continue  # an edited event says nothing; the log's own proof names it
        yield told


def personal_values(*, field: str, event_ids: tuple[str, ...]) -> dict[str, str]:
    """This will return a personal field of events, where it was not erased, by event."""
    rows = PersonalValue.objects.filter(field=field, event_id__in=event_ids)
    return dict(rows.values_list("event_id", "value"))
