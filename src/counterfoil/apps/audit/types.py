"""What audit hands out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class EventRecord:
    """One event: who did what to which object, when, and what the log keeps of it.

    `data` is what the event says; `personal` are values behind commitments, where they were not
    erased and the reader may see them. `index` is the place in the log, None while it waits.
    """

    id: str
    recorded_at: datetime
    actor_id: str
    actor_name: str
    role: str
    on_behalf_of: str
    action: str
    object_type: str
    object_id: str
    partner_id: int
    data: Mapping[str, Any]
    index: int | None = None
    personal: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EventFilters:
    """What to look for; an empty value means any. Times are aware, `until` is not included.

    `action` is one action, all of a kind by the words before the point (`submission.`), or several
    of either, with commas between them.
    """

    actor_id: str = ""
    action: str = ""
    object_type: str = ""
    object_id: str = ""
    partner_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class EventPage:
    """A page of events, newest first, and the cursor of the next one (empty at the end)."""

    events: tuple[EventRecord, ...]
    next_cursor: str


@dataclass(frozen=True, slots=True)
class CheckpointRecord:
    """A signed checkpoint: how many leaves, their root (hex), the note as signed, and when."""

    size: int
    root: str
    note: str
    signed_at: datetime
    frontier: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LogState:
    """Where the log stands: leaves, events that wait, and the newest checkpoint."""

    size: int
    waiting: int
    checkpoint: CheckpointRecord | None


@dataclass(frozen=True, slots=True)
class LogFinding:
    """One thing that is wrong with the log: a code, the place, and a sentence.

    `index` is the place in the log where there is one; `event_id` and `size` name the event or
    the checkpoint.
    """

    code: str
    words: str
    index: int | None = None
    event_id: str = ""
    size: int | None = None


@dataclass(frozen=True, slots=True)
class LogVerdict:
    """What a verification saw; `findings` in the order of the log, so the first is the first."""

    events: int
    leaves: int
    waiting: int
    checkpoints: int
    root: str
    findings: tuple[LogFinding, ...]

    @property
    def is_sound(self) -> bool:
        return not self.findings
