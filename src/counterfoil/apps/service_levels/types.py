"""What service_levels hands out."""

from dataclasses import dataclass
from datetime import date, datetime

from counterfoil.core.clocks import ClockReading


@dataclass(frozen=True, slots=True)
class CalendarRef:
    """A version of a calendar: its code, number, title and time zone."""

    code: str
    version: int
    title: str
    zone: str


@dataclass(frozen=True, slots=True)
class DueItem:
    """A clock that runs: what it is on, whose turn it is, and what it says now.

    `subject` is the public id of what waits, `side` is "ours" or "partner".
    """

    clock_id: str
    subject: str
    side: str
    partner_id: int
    reading: ClockReading

    @property
    def due_at(self) -> datetime | None:
        return self.reading.due_at

    @property
    def is_late(self) -> bool:
        return self.reading.is_breached


@dataclass(frozen=True, slots=True)
class StepFired:
    """A rung of a ladder that was reached and is carried out once.

    `to` names the role to tell ("owner", "team_lead", …; "partner" for a reminder). `closes` says
    that the partner's time is over without an answer, and `code` with which reason to close.
    """

    clock_id: str
    subject: str
    side: str
    partner_id: int
    step: str
    percent: int | None
    to: str
    due_at: datetime | None
    closes: bool = False
    code: str = ""


@dataclass(frozen=True, slots=True)
class ClockFact:
    """One event of a clock as it was stored; `agreed` is a deadline that was agreed on (UTC)."""

    kind: str
    reason: str
    effective_at: datetime
    recorded_at: datetime
    agreed: datetime | None


@dataclass(frozen=True, slots=True)
class ClockStory:
    """All that explains a clock: what it says, by which policy and calendar, from which events.

    `holidays` are those of the calendar between the first event and now.
    """

    side: str
    reading: ClockReading
    calendar: CalendarRef
    holidays: tuple[tuple[date, str], ...]
    events: tuple[ClockFact, ...]
