"""Reads of the audit log: events by object and filter, the log's state, its verification."""

from counterfoil.apps.audit.selectors.events import (
    actors_of,
    count_events,
    events_by_ids,
    events_of,
    find_event,
    list_events,
    population,
)
from counterfoil.apps.audit.selectors.log import (
    checkpoint_notes,
    count_signed,
    inclusion_of,
    leaf_hashes,
    leaf_of,
    log_state,
    packed_events,
    verifier_files,
)
from counterfoil.apps.audit.selectors.verify import verdict_of_log

__all__ = [
    "actors_of",
    "checkpoint_notes",
    "count_events",
    "count_signed",
    "events_by_ids",
    "events_of",
    "find_event",
    "inclusion_of",
    "leaf_hashes",
    "leaf_of",
    "list_events",
    "log_state",
    "packed_events",
    "population",
    "verdict_of_log",
    "verifier_files",
]
