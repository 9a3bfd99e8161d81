"""Reads of calendars and clocks; every reading is computed afresh from the events."""

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef

from counterfoil.apps.service_levels.errors import BadPolicy, UnknownCalendar
from counterfoil.apps.service_levels.models import CalendarVersion, Clock, ClockEvent
from counterfoil.apps.service_levels.types import CalendarRef, ClockFact, ClockStory, DueItem
from counterfoil.core import clocks
from counterfoil.core.calendars import Calendar, Holiday, Span

DUE_MAX = 200
PAUSED_DAYS_MAX = 20
"""Business days that our clock may be paused before a supervisor must agree (criteria.md 6)."""

_KINDS = {
    "started": clocks.EventKind.STARTED,
    "reopened": clocks.EventKind.REOPENED,
    "switched": clocks.EventKind.POLICY_SWITCHED,
    "agreed": clocks.EventKind.DEADLINE_AGREED,
    "allowed": clocks.EventKind.PAUSE_APPROVED,
    "wait_ended": clocks.EventKind.WAIT_ENDED,
    "incomplete": clocks.EventKind.REPLY_INCOMPLETE,
    "wait_started": clocks.EventKind.WAIT_STARTED,
    "stopped": clocks.EventKind.STOPPED,
}


def list_calendars() -> tuple[CalendarRef, ...]:
    """This will list the newest version of each calendar, by code."""
    rows = CalendarVersion.objects.order_by("code", "-version").distinct("code")
    return tuple(CalendarRef(r.code, r.version, r.title, r.zone) for r in rows)


def find_calendar(*, code: str) -> Calendar | None:
    """This will return the newest version of a calendar, or None."""
    row = CalendarVersion.objects.filter(code=code).order_by("-version").first()
    return None if row is None else calendar_of(row)


def get_calendar(*, code: str) -> Calendar:
    """This will return the newest version of a calendar. Raises UnknownCalendar."""
    found = find_calendar(code=code)
    if found is None:
        raise UnknownCalendar(f"no calendar {code!r} is stored; seed the calendars first")
    return found


def calendar_of(row: CalendarVersion) -> Calendar:
    """This will return the calendar that a stored version describes."""
    return _built(
        row.code, row.version, row.zone, json.dumps(row.weekly), json.dumps(row.holidays)
    )


@lru_cache(maxsize=128)
def _built(code: str, version: int, zone: str, weekly: str, holidays: str) -> Calendar:
    # Keyed by content, so that an answer is right whatever database the row came from.
    return Calendar(
        calendar_id=code,
        version=version,
        zone=ZoneInfo(zone),
        weekly={
            int(day): tuple(Span.parse(f"{opens}-{closes}") for opens, closes in spans)
            for day, spans in json.loads(weekly).items()
        },
        holidays=tuple(Holiday(date.fromisoformat(on), name) for on, name in json.loads(holidays)),
    )


def business_day(calendar: Calendar) -> timedelta:
    """This will return how long a business day of this calendar is: its longest week day."""
    return timedelta(
        seconds=max(sum(s.closes - s.opens for s in spans) for spans in calendar.weekly.values())
    )


def policy_of(policy: Mapping[str, Any], *, side: str, calendar: Calendar) -> clocks.ClockPolicy:
    """This will read a stored policy for one side. Raises BadPolicy.

    `{"id", "version", "target": {"business_days" | "business_hours" | "seconds": n},
    "escalate": [{"at_percent": 80, "to": "owner"}], "remind_days": [3, 7], "close_code": "…"}`;
    everything but the target may be left out. A business day is the calendar's longest week day.
    """
    day = business_day(calendar)
    target = _span(policy.get("target"), day)
    steps = [
        clocks.Step(f"{row['at_percent']}%", percent=int(row["at_percent"]))
        for row in policy.get("escalate", ())
    ]
    steps += [
        clocks.Step(f"day {days}", after=int(days) * day) for days in policy.get("remind_days", ())
    ]
    if all(step.percent != 100 for step in steps):
        steps.append(clocks.Step("100%", percent=100))
    name, version = str(policy.get("id", "default")), int(policy.get("version", 1))
    if side == "partner":
        return clocks.partner_policy(name, version, target, steps=tuple(steps))
    return clocks.our_policy(
        name, version, target, paused_max=PAUSED_DAYS_MAX * day, steps=tuple(steps)
    )


def _span(target: Any, day: timedelta) -> timedelta:
    units = {"business_days": day, "business_hours": timedelta(hours=1)}
    units["seconds"] = timedelta(seconds=1)
    if not isinstance(target, Mapping) or len(target) != 1:
        raise BadPolicy("a policy has one target: business_days, business_hours or seconds")
    (unit, amount), *_ = target.items()
    if unit not in units or not isinstance(amount, int) or amount <= 0:
        raise BadPolicy(f"{unit}: {amount!r} is no target; write business_days: 3")
    return amount * units[unit]


def clock_reading(*, subject: str, side: str, at: datetime) -> clocks.ClockReading | None:
    """This will say what the clock of a subject says at `at`, or None without one."""
    clock = Clock.objects.filter(subject=subject, side=side).select_related("calendar").first()
    if clock is None:
        return None
    return read_clock(clock, ClockEvent.objects.filter(clock_id=clock.id), at=at)


def clock_stories(*, subject: str, at: datetime) -> tuple[ClockStory, ...]:
    """This will return what explains each clock of a subject at `at`, ours first."""
    rows = Clock.objects.filter(subject=subject).select_related("calendar").order_by("side")
    return tuple(_story(row, at=at) for row in rows)


def _story(row: Clock, *, at: datetime) -> ClockStory:
    events = list(
        ClockEvent.objects.filter(clock_id=row.id, effective_at__lte=at).order_by(
            "effective_at", "pk"
        )
    )
    calendar = calendar_of(row.calendar)
    zone = ZoneInfo(row.calendar.zone)
    first = (events[0].effective_at if events else at).astimezone(zone).date()
    last = at.astimezone(zone).date()
    return ClockStory(
        side=row.side,
        reading=read_clock(row, events, at=at),
        calendar=CalendarRef(
            row.calendar.code, row.calendar.version, row.calendar.title, row.calendar.zone
        ),
        holidays=tuple(
            (each.on, each.name) for each in calendar.holidays if first <= each.on <= last
        ),
        events=tuple(_clock_fact(event) for event in events),
    )


def _clock_fact(event: ClockEvent) -> ClockFact:
    agreed = event.detail.get("due_at")
    return ClockFact(
        event.kind,
        event.reason,
        event.effective_at,
        event.recorded_at,
        datetime.fromisoformat(agreed) if agreed else None,
    )


def readings_of(
    *, subjects: Iterable[str], side: str, at: datetime
) -> dict[str, clocks.ClockReading]:
    """This will read the clocks of many subjects in two queries; those without are left out."""
    found = list(
        Clock.objects.filter(subject__in=list(subjects), side=side).select_related("calendar")
    )
    return {clock.subject: reading for clock, reading in _read_clocks(found, at=at)}


def _read_clocks(
    found: Iterable[Clock], *, at: datetime
) -> list[tuple[Clock, clocks.ClockReading]]:
    """This will read many clocks with one query for all their events."""
    wanted = list(found)
    events: dict[str, list[ClockEvent]] = {clock.id: [] for clock in wanted}
    for event in ClockEvent.objects.filter(clock_id__in=list(events)).order_by("pk"):
        events[event.clock_id].append(event)
    return [(clock, read_clock(clock, events[clock.id], at=at)) for clock in wanted]


def read_clock(clock: Clock, events: Iterable[ClockEvent], *, at: datetime) -> clocks.ClockReading:
    """This will run a stored clock over its stored events."""
    calendar = calendar_of(clock.calendar)
    policy = policy_of(clock.policy, side=clock.side, calendar=calendar)
    return clocks.run_clock(
        policy, calendar, (_event(event, clock.side, calendar) for event in events), at
    )


def _event(row: ClockEvent, side: str, calendar: Calendar) -> clocks.ClockEvent:
    kind = _KINDS[row.kind]
    switched, agreed = row.detail.get("policy"), row.detail.get("due_at")
    return clocks.ClockEvent(
        event_id=row.id,
        kind=kind,
        effective_at=row.effective_at,
        recorded_at=row.recorded_at,
        reason=clocks.WaitReason(row.reason) if kind in _WAITS else None,
        policy=policy_of(switched, side=side, calendar=calendar) if switched else None,
        due_at=datetime.fromisoformat(agreed) if agreed else None,
    )


_WAITS = (
    clocks.EventKind.WAIT_STARTED,
    clocks.EventKind.WAIT_ENDED,
    clocks.EventKind.REPLY_INCOMPLETE,
)


def list_due(
    *, at: datetime, within: timedelta | None = None, side: str = "", limit: int = DUE_MAX
) -> tuple[DueItem, ...]:
    """This will list the clocks that are late or due, the latest first, with whose turn it is.

    With `within`, only what is due by `at + within`. Order comes from the stored index, the
    reading itself is fresh.
    """
    rows = Clock.objects.filter(is_stopped=False, is_running=True, due_at__isnull=False)
    if side:
        rows = rows.filter(side=side)
    if within is not None:
        rows = rows.filter(due_at__lte=at + within)
    found = rows.select_related("calendar").order_by("due_at", "id")[: min(limit, DUE_MAX)]
    return tuple(
        DueItem(clock.id, clock.subject, clock.side, clock.partner_id, reading)
        for clock, reading in _read_clocks(found, at=at)
    )


def clock_ids_to_run(*, at: datetime, limit: int) -> tuple[str, ...]:
    """This will list the clocks that the worker must look at.

    Those with a rung that may be reached by now, and those that got an event since their index
    was last brought up to date.
    """
    newer = ClockEvent.objects.filter(
        clock_id=OuterRef("pk"), recorded_at__gte=OuterRef("refreshed_at")
    )
    stale = Clock.objects.filter(Exists(newer), is_stopped=False, refreshed_at__lt=at)
    due = Clock.objects.filter(is_stopped=False, is_running=True, next_step_at__lte=at)
    ids = [*due.order_by("next_step_at", "id").values_list("id", flat=True)[:limit]]
    ids += stale.order_by(F("refreshed_at"), "id").values_list("id", flat=True)[:limit]
    return tuple(dict.fromkeys(ids))[:limit]
