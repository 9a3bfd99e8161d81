"""Clocks: events are added, readings are computed, rungs fire once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.service_levels.errors import (
    ServiceLevelRefused,
    UnknownCalendar,
    UnknownClock,
)
from counterfoil.apps.service_levels.models import (
    CalendarVersion,
    Clock,
    ClockEvent,
    EscalationStep,
)
from counterfoil.apps.service_levels.selectors import (
    calendar_of,
    clock_ids_to_run,
    policy_of,
    read_clock,
)
from counterfoil.apps.service_levels.types import StepFired
from counterfoil.core.actors import Actor
from counterfoil.core.clocks import ClockReading, ClockState, StepReading, WaitReason
from counterfoil.foundation.acting import current_principal
from counterfoil.foundation.ids import new_id

SIDES = ("ours", "partner")
_PARTNER = WaitReason.PARTNER.value


def start_clock(
    *,
    subject: str,
    side: str,
    partner_id: int,
    policy: Mapping[str, Any],
    calendar_code: str,
    at: datetime,
) -> str:
    """This will start the clock of `subject` on a side ("ours" or "partner") and return its id.

    Policy (see `selectors.policy_of`) and calendar version are pinned by the first start. A later
    start is a new round of the same clock: ours is reopened, the partner's begins anew.
    Raises UnknownCalendar, BadPolicy, ServiceLevelRefused.
    """
    _known_side(side)
    clock = Clock.objects.filter(subject=subject, side=side).first()
    if clock is None:
        row = CalendarVersion.objects.filter(code=calendar_code).order_by("-version").first()
        if row is None:
            raise UnknownCalendar(f"no calendar {calendar_code!r} is stored; seed it first")
        policy_of(policy, side=side, calendar=calendar_of(row))
        clock = Clock(
            id=new_id("clk"),
            partner_id=partner_id,
            subject=subject,
            side=side,
            policy=dict(policy),
            calendar=row,
            created_at=at,
            refreshed_at=at,
        )
        first = [_new_event(clock, "started", "", at)]
        if side == "partner":
            first.append(_new_event(clock, "wait_started", _PARTNER, at))
        _index(clock, read_clock(clock, first, at=at), at=at)
        clock.save(force_insert=True)
    else:
        first = [_new_event(clock, "reopened", "", at)]
        if side == "partner":
            first.append(_new_event(clock, "wait_started", _PARTNER, at))
    for event in first:
        event.save(force_insert=True)
    _refresh(clock, at=at)
    return clock.id


def record_clock_event(
    *, subject: str, side: str, kind: str, reason: str = "", at: datetime
) -> None:
    """This will record that a clock pauses, resumes or stops at `at`.

    `kind` is "pause", "resume", "stop" or "incomplete" (a reply that did not answer everything);
    `reason` is a `core.clocks.WaitReason` value and defaults to waiting for the partner. On the
    partner's side the partner's wait is what runs: their answer pauses it, the next question
    resumes it. Raises UnknownClock, ServiceLevelRefused.
    """
    _known_side(side)
    clock = _get_clock(subject, side)
    stored, wait = _stored_kind(kind, side, reason or _PARTNER)
    _new_event(clock, stored, wait, at).save(force_insert=True)
    _refresh(clock, at=at)


def agree_deadline(
    *, subject: str, side: str, due_at: datetime, by: Actor, at: datetime, reason: str
) -> None:
    """This will set an agreed deadline: an instant that no pause moves. Raises UnknownClock."""
    clock = _get_clock(subject, side)
    event = _new_event(clock, "agreed", "", at)
    event.detail = {"due_at": due_at.astimezone(UTC).isoformat()}
    event.save(force_insert=True)
    _refresh(clock, at=at)
    record_event(
        by=by, at=at, action="clock.agreed", object_type="clock", object_id=clock.id,
        partner_id=clock.partner_id,
        data={
            "subject": subject, "side": side, "reason": reason, "due_at": event.detail["due_at"],
        },
    )  # fmt: skip


def approve_pause(*, subject: str, by: Actor, at: datetime, reason: str) -> None:
    """This will grant our clock another allowance of pauses. Raises UnknownClock."""
    clock = _get_clock(subject, "ours")
    _new_event(clock, "allowed", "", at).save(force_insert=True)
    _refresh(clock, at=at)
    record_event(
        by=by, at=at, action="clock.pause_approved", object_type="clock", object_id=clock.id,
        partner_id=clock.partner_id, data={"subject": subject, "reason": reason},
    )  # fmt: skip


def fire_steps(*, at: datetime, limit: int = 200) -> tuple[StepFired, ...]:
    """This will mark every rung reached by `at` as fired, each once, and return the new ones.

    The caller tells people or closes what had no answer, in the same transaction. The index of
    each clock looked at is brought up to date.
    """
    fired: list[StepFired] = []
    for clock_id in clock_ids_to_run(at=at, limit=limit):
        clock = (
            Clock.objects.select_for_update(of=("self",), skip_locked=True)
            .select_related("calendar")
            .filter(id=clock_id, is_stopped=False)
            .first()
        )
        if clock is None:
            continue
        reading = read_clock(clock, ClockEvent.objects.filter(clock_id=clock.id), at=at)
        fired += [
            _fired(clock, reading, step)
            for step in reading.steps
            if step.is_reached and _mark(clock, step, reading, at=at)
        ]
        _index(clock, reading, at=at)
        clock.save(update_fields=_INDEX_FIELDS)
    return tuple(fired)


_INDEX_FIELDS = ["due_at", "next_step_at", "is_running", "is_stopped", "refreshed_at"]


def _known_side(side: str) -> None:
    if side not in SIDES:
        raise ServiceLevelRefused(f"a clock is ours or the partner's, not {side!r}")


def _get_clock(subject: str, side: str) -> Clock:
    clock = Clock.objects.filter(subject=subject, side=side).select_related("calendar").first()
    if clock is None:
        raise UnknownClock(f"{subject} has no clock on the side {side!r}")
    return clock


def _stored_kind(kind: str, side: str, reason: str) -> tuple[str, str]:
    if kind == "stop":
        return "stopped", ""
    if kind not in {"pause", "resume", "incomplete"}:
        raise ServiceLevelRefused(f"a clock can pause, resume or stop, not {kind!r}")
    try:
        wait = WaitReason(reason)
    except ValueError:
        raise ServiceLevelRefused(f"{reason!r} is nothing that a submission waits for") from None
    if kind == "incomplete":
        return "incomplete", wait.value
    begins = kind == "pause"
    if side == "partner" and wait is WaitReason.PARTNER:
        begins = not begins
    return ("wait_started" if begins else "wait_ended"), wait.value


def _new_event(clock: Clock, kind: str, reason: str, at: datetime) -> ClockEvent:
    return ClockEvent(
        id=new_id("cke"),
        partner_id=clock.partner_id,
        clock_id=clock.id,
        kind=kind,
        reason=reason,
        effective_at=at,
        recorded_at=at,
    )


def _refresh(clock: Clock, *, at: datetime) -> None:
    # A partner's role may add events only; the worker finds the clock by its newer event.
    if current_principal().role == "cf_portal":
        return
    reading = read_clock(clock, ClockEvent.objects.filter(clock_id=clock.id), at=at)
    _index(clock, reading, at=at)
    clock.save(update_fields=_INDEX_FIELDS)


def _index(clock: Clock, reading: ClockReading, *, at: datetime) -> None:
    ahead = [step.at for step in reading.steps if step.at is not None and not step.is_reached]
    runs = reading.state in {ClockState.RUNNING, ClockState.OUT_OF_HOURS}
    clock.due_at = reading.due_at
    clock.next_step_at = min(ahead) if ahead and runs else None
    clock.is_running = runs
    clock.is_stopped = reading.state is ClockState.STOPPED
    clock.refreshed_at = at


def _mark(clock: Clock, step: StepReading, reading: ClockReading, *, at: datetime) -> bool:
    """Return whether this rung fires here and now, for the first time in this round."""
    key = step.key
    if clock.side == "partner":
        # Each question to the partner is a round of its own, with its own reminders.
        rounds = ClockEvent.objects.filter(
            clock_id=clock.id, kind="wait_started", reason=_PARTNER, effective_at__lte=at
        ).count()
        key = f"{step.key}#{rounds}"
    _, is_new = EscalationStep.objects.get_or_create(
        clock_id=clock.id, step=key, defaults={"fired_at": at}
    )
    return is_new


def _fired(clock: Clock, reading: ClockReading, step: StepReading) -> StepFired:
    percent = int(step.key.removesuffix("%")) if step.key.endswith("%") else None
    to = "partner" if clock.side == "partner" else "owner"
    for row in clock.policy.get("escalate", ()):
        if percent == row["at_percent"]:
            to = str(row["to"])
    closes = clock.side == "partner" and percent == 100 and "close_code" in clock.policy
    return StepFired(
        clock_id=clock.id,
        subject=clock.subject,
        side=clock.side,
        partner_id=clock.partner_id,
        step=step.key,
        percent=percent,
        to=to,
        due_at=reading.due_at,
        closes=closes,
        code=str(clock.policy.get("close_code", "")) if closes else "",
    )
