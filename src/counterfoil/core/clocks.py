"""Deadline clocks: pure functions of the event log, recomputed at will.

Our clock and the partner's are two policies over one log. Elapsed time is the integral of [running
and calendar open]; the same events in any order give the same reading. A stored due time is only
an index for the scheduler. Semantics: reference/criteria.md 6.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from counterfoil.core.calendars import (
    Calendar,
    add_business_us,
    business_us,
    from_us,
    to_us,
)


class ClockError(ValueError):
    """A refusal about a policy or an event."""


class ConflictingEvents(ClockError):
    """Two different events carry one id."""


class WaitReason(StrEnum):
    """What a submission waits for."""

    PARTNER = "awaiting_partner"
    CUSTOMER = "awaiting_customer_confirmation"
    LEGAL_HOLD = "legal_hold"
    ACCOUNT_EXECUTIVE = "awaiting_account_executive"
    SECOND_REVIEWER = "awaiting_second_reviewer"
    QUEUE = "queue"


class EventKind(StrEnum):
    """What moves a clock, in the order in which events of one instant are taken."""

    STARTED = "started"
    REOPENED = "reopened"
    POLICY_SWITCHED = "policy_switched"
    DEADLINE_AGREED = "deadline_agreed"
    PAUSE_APPROVED = "pause_approved"
    WAIT_ENDED = "wait_ended"
    REPLY_INCOMPLETE = "reply_incomplete"
    WAIT_STARTED = "wait_started"
    STOPPED = "stopped"


_RANK = {kind: rank for rank, kind in enumerate(EventKind)}


class ClockState(StrEnum):
    """What a clock does at an instant. A closed office and a pause are told apart."""

    NOT_STARTED = "not_started"
    RUNNING = "running"
    OUT_OF_HOURS = "out_of_hours"
    PAUSED = "paused"
    IDLE = "idle"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Step:
    """One rung of the escalation ladder: at `percent` of the target, or `after` open time."""

    key: str
    percent: int | None = None
    after: timedelta | None = None

    def __post_init__(self) -> None:
        """Refuse a rung without exactly one positive measure. Raises ClockError."""
        if (self.percent is None) == (self.after is None):
            raise ClockError("a step has a percent of the target or a time, one of the two")
        if (self.percent or 1) <= 0 or (self.after or timedelta(1)) <= timedelta():
            raise ClockError("a step comes after the start")


DEFAULT_STEPS = tuple(Step(f"{percent}%", percent=percent) for percent in (50, 80, 100, 150))


@dataclass(frozen=True, slots=True)
class ClockPolicy:
    """One version of a deadline: `target` open time, and what runs, pauses and restarts the clock.

    `running_while` empty means that the clock runs from start to stop; otherwise it runs only
    while one of those waits lasts. `pausing` waits stop it, at most `pauses_max` times and
    `paused_max` open time; beyond, it runs on until a supervisor approves another allowance.
    `restarts_each_round` begins anew with each request and each incomplete reply.
    """

    policy_id: str
    version: int
    target: timedelta
    pausing: frozenset[WaitReason] = frozenset()
    running_while: frozenset[WaitReason] = frozenset()
    restarts_each_round: bool = False
    pauses_max: int | None = None
    paused_max: timedelta | None = None
    steps: tuple[Step, ...] = DEFAULT_STEPS

    def __post_init__(self) -> None:
        """Refuse a target of nothing and doubled steps. Raises ClockError."""
        if self.target <= timedelta():
            raise ClockError("a target is longer than nothing")
        if len({step.key for step in self.steps}) != len(self.steps):
            raise ClockError("two steps have one key")
        if self.pausing & self.running_while:
            raise ClockError("one wait cannot both run and pause a clock")


def our_policy(
    policy_id: str,
    version: int,
    target: timedelta,
    *,
    paused_max: timedelta | None = None,
    pauses_max: int | None = 3,
    steps: tuple[Step, ...] = DEFAULT_STEPS,
) -> ClockPolicy:
    """Return our clock, which pauses while the partner, the customer or the law is awaited."""
    return ClockPolicy(
        policy_id,
        version,
        target,
        pausing=frozenset({WaitReason.PARTNER, WaitReason.CUSTOMER, WaitReason.LEGAL_HOLD}),
        pauses_max=pauses_max,
        paused_max=paused_max,
        steps=steps,
    )


def partner_policy(
    policy_id: str, version: int, target: timedelta, *, steps: tuple[Step, ...] = DEFAULT_STEPS
) -> ClockPolicy:
    """Return the partner's clock, the mirror: it runs only while the partner is awaited."""
    return ClockPolicy(
        policy_id,
        version,
        target,
        pausing=frozenset({WaitReason.LEGAL_HOLD}),
        running_while=frozenset({WaitReason.PARTNER}),
        restarts_each_round=True,
        steps=steps,
    )


@dataclass(frozen=True, slots=True)
class ClockEvent:
    """Something that happened at `effective_at` and was learnt at `recorded_at`.

    A wait carries its `reason`, a switch its `policy` (and `calendar`, if that changes too), an
    agreed deadline its `due_at`.
    """

    event_id: str
    kind: EventKind
    effective_at: datetime
    recorded_at: datetime | None = None
    reason: WaitReason | None = None
    policy: ClockPolicy | None = None
    calendar: Calendar | None = None
    due_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse an event without what its kind needs. Raises ClockError, NaiveTime."""
        to_us(self.effective_at)
        waits = (EventKind.WAIT_STARTED, EventKind.WAIT_ENDED, EventKind.REPLY_INCOMPLETE)
        if (self.kind in waits) != (self.reason is not None):
            raise ClockError(f"{self.kind}: a wait, and nothing else, names its reason")
        if (self.kind is EventKind.POLICY_SWITCHED) != (self.policy is not None):
            raise ClockError(f"{self.kind}: a switch, and nothing else, names its policy")
        if (self.kind is EventKind.DEADLINE_AGREED) != (self.due_at is not None):
            raise ClockError(f"{self.kind}: an agreed deadline, and nothing else, names its time")


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the timeline: half-open, its open time, and why the clock stood as it did."""

    start: datetime
    end: datetime
    state: ClockState
    business: timedelta
    reasons: tuple[WaitReason, ...] = ()


@dataclass(frozen=True, slots=True)
class StepReading:
    """A rung, its open time, and its moment: past, projected, or None while paused."""

    key: str
    threshold: timedelta
    at: datetime | None
    is_reached: bool


@dataclass(frozen=True, slots=True)
class ClockReading:
    """What a clock says at an instant.

    `elapsed`, `remaining` (negative when late) and `paused` are open time; `elapsed_calendar`
    counts nights and weekends too. `due_at` is None while paused, idle or not started, unless a
    deadline was agreed: that one is an absolute instant which no pause moves. `is_breached` says
    that the due moment passed while the clock ran.
    """

    state: ClockState
    policy: ClockPolicy
    elapsed: timedelta
    elapsed_calendar: timedelta
    remaining: timedelta
    due_at: datetime | None
    is_breached: bool
    breached_at: datetime | None
    pauses: int
    paused: timedelta
    reopened: int
    needs_supervisor: bool
    steps: tuple[StepReading, ...]
    timeline: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A segment in microseconds, with the calendar that measured it."""

    start: int
    end: int
    state: ClockState
    business: int
    reasons: tuple[WaitReason, ...]
    calendar: Calendar


class _Machine:
    """The state of one clock while its events are taken in order."""

    def __init__(self, policy: ClockPolicy, calendar: Calendar) -> None:
        """Begin before the first event."""
        self.policy, self.calendar = policy, calendar
        self.policy_since = self.cursor = 0
        self.started_us: int | None = None
        self.stopped_us: int | None = None
        self.waits: set[WaitReason] = set()
        self.deadline_us: int | None = None
        self.pauses = self.reopened = self.paused_us = self.elapsed_us = 0
        self.allowances = 1
        self.stretches: list[_Stretch] = []
        self.round_begins = 0

    @property
    def reasons(self) -> tuple[WaitReason, ...]:
        """Return the waits that pause the clock."""
        return tuple(sorted(self.waits & self.policy.pausing))

    @property
    def paused_left(self) -> int | None:
        """Return the open microseconds that may still be paused; None for no limit."""
        limit = self.policy.paused_max
        if limit is None:
            return None
        return max(0, (limit // timedelta(microseconds=1)) * self.allowances - self.paused_us)

    @property
    def is_over_allowance(self) -> bool:
        """Return whether pauses no longer count until a supervisor approves."""
        limit = self.policy.pauses_max
        too_many = limit is not None and self.pauses > limit * self.allowances
        return too_many or self.paused_left == 0

    @property
    def state(self) -> ClockState:
        """Return what the clock does, office hours apart."""
        if self.started_us is None:
            return ClockState.NOT_STARTED
        if self.stopped_us is not None:
            return ClockState.STOPPED
        if self.policy.running_while and not self.waits & self.policy.running_while:
            return ClockState.IDLE
        if self.reasons and not self.is_over_allowance:
            return ClockState.PAUSED
        return ClockState.RUNNING

    def advance(self, to: int) -> None:
        """Let the time pass up to `to`; a pause ends where its allowance does."""
        if self.state is ClockState.PAUSED:
            left = self.paused_left
            if left is not None and business_us(self.calendar, self.cursor, to) > left:
                self._pass(add_business_us(self.calendar, self.cursor, left))
        self._pass(to)

    def _pass(self, to: int) -> None:
        """Add one stretch in the present state."""
        state = self.state
        if to > self.cursor and state is not ClockState.NOT_STARTED:
            business = business_us(self.calendar, self.cursor, to)
            if state is ClockState.RUNNING:
                self.elapsed_us += business
            elif state is ClockState.PAUSED:
                self.paused_us += business
            self.stretches.append(
                _Stretch(self.cursor, to, state, business, self.reasons, self.calendar)
            )
        self.cursor = max(self.cursor, to)

    def take(self, event: ClockEvent) -> None:
        """Let an event happen at the cursor."""
        if event.kind is EventKind.STARTED and self.started_us is None:
            self.started_us = self.cursor
        elif event.kind is EventKind.REOPENED:
            self.reopened += self.stopped_us is not None
            self.stopped_us = None
        elif event.kind is EventKind.STOPPED and self.stopped_us is None:
            self.stopped_us = self.cursor
        elif event.kind is EventKind.PAUSE_APPROVED:
            self.allowances += 1
        elif event.due_at is not None:
            self.deadline_us = to_us(event.due_at)
        elif event.policy is not None:
            self.policy, self.policy_since = event.policy, self.cursor
            self.calendar = event.calendar or self.calendar
        elif event.reason is not None:
            self._wait(event.kind, event.reason)

    def _wait(self, kind: EventKind, reason: WaitReason) -> None:
        """Begin or end a wait, counting pauses and restarting the partner's round."""
        was_paused = bool(self.reasons)
        if kind is EventKind.WAIT_ENDED:
            self.waits.discard(reason)
            return
        is_incomplete = kind is EventKind.REPLY_INCOMPLETE
        if is_incomplete and reason not in self.waits:
            return
        if self.policy.restarts_each_round and reason in self.policy.running_while:
            self.elapsed_us, self.round_begins = 0, len(self.stretches)
        if not is_incomplete:
            self.waits.add(reason)
            self.pauses += bool(self.reasons) and not was_paused

    def crossing(self, threshold: int) -> int | None:
        """Return when elapsed time reached, or will reach, `threshold`; None while it stands.

        A switch to a shorter target takes effect at the switch: nobody was late before it.
        """
        passed = 0
        for stretch in self.stretches[self.round_begins :]:
            if stretch.state is not ClockState.RUNNING:
                continue
            if passed + stretch.business >= threshold:
                moment = add_business_us(stretch.calendar, stretch.start, threshold - passed)
                return max(moment, self.policy_since)
            passed += stretch.business
        if self.state is ClockState.RUNNING:
            return add_business_us(self.calendar, self.cursor, threshold - passed)
        return None

    def moment(self, threshold: int, target: int) -> int | None:
        """Return the moment of a threshold, by the agreed deadline where there is one."""
        if self.deadline_us is None or self.started_us is None:
            return self.crossing(threshold)
        whole = business_us(self.calendar, self.started_us, self.deadline_us)
        if threshold == target:
            return self.deadline_us
        return add_business_us(self.calendar, self.started_us, whole * threshold // target)


def run_clock(
    policy: ClockPolicy, calendar: Calendar, events: Iterable[ClockEvent], at: datetime
) -> ClockReading:
    """Return what the clock says at `at`, from the events that took effect by then.

    `policy` and `calendar` are those in force at the start. The order of `events` counts for
    nothing; a repeated event counts once. Raises ConflictingEvents, NaiveTime, NeverOpen.
    """
    now = to_us(at)
    machine = _Machine(policy, calendar)
    for event in _in_order(events):
        effective = to_us(event.effective_at)
        if effective > now:
            break
        machine.advance(effective)
        machine.take(event)
    machine.advance(now)
    return _reading(machine, now)


def step_key(clock_id: str, step: StepReading) -> str:
    """Return the idempotency key under which a rung fires once."""
    return f"{clock_id}:{step.key}"


def _in_order(events: Iterable[ClockEvent]) -> list[ClockEvent]:
    """Return each event once, by effect, kind and id. Raises ConflictingEvents."""
    by_id: dict[str, ClockEvent] = {}
    for event in events:
        if by_id.setdefault(event.event_id, event) != event:
            raise ConflictingEvents(f"two different events carry the id {event.event_id}")
    return sorted(
        by_id.values(),
        key=lambda event: (to_us(event.effective_at), _RANK[event.kind], event.event_id),
    )


def _reading(machine: _Machine, now: int) -> ClockReading:
    """Return the reading of a machine that has come to `now`."""
    policy, state = machine.policy, machine.state
    target = policy.target // timedelta(microseconds=1)
    last = machine.stopped_us if machine.stopped_us is not None else now
    due = machine.moment(target, target)
    is_breached = due is not None and last > due and machine.started_us is not None
    remaining = target - machine.elapsed_us
    if machine.deadline_us is not None:
        remaining = business_us(machine.calendar, last, machine.deadline_us) - business_us(
            machine.calendar, machine.deadline_us, last
        )
    shows_due = state is ClockState.RUNNING or machine.deadline_us is not None
    if state is ClockState.RUNNING and not _is_open(machine.calendar, now):
        state = ClockState.OUT_OF_HOURS
    return ClockReading(
        state=state,
        policy=policy,
        elapsed=timedelta(microseconds=machine.elapsed_us),
        elapsed_calendar=_calendar_time(machine),
        remaining=timedelta(microseconds=remaining),
        due_at=from_us(due) if due is not None and shows_due else None,
        is_breached=is_breached,
        breached_at=from_us(due) if due is not None and is_breached else None,
        pauses=machine.pauses,
        paused=timedelta(microseconds=machine.paused_us),
        reopened=machine.reopened,
        needs_supervisor=bool(machine.reasons) and machine.is_over_allowance,
        steps=tuple(_step(machine, step, target, last) for step in policy.steps),
        timeline=tuple(
            Segment(
                from_us(stretch.start),
                from_us(stretch.end),
                stretch.state,
                timedelta(microseconds=stretch.business),
                stretch.reasons,
            )
            for stretch in machine.stretches
        ),
    )


def _step(machine: _Machine, step: Step, target: int, last: int) -> StepReading:
    """Return where a rung stands and when it is reached."""
    if step.after is not None:
        threshold = step.after // timedelta(microseconds=1)
    else:
        threshold = -(-target * (step.percent or 0) // 100)
    at = machine.moment(threshold, target)
    return StepReading(
        key=step.key,
        threshold=timedelta(microseconds=threshold),
        at=from_us(at) if at is not None else None,
        is_reached=at is not None and at <= last,
    )


def _calendar_time(machine: _Machine) -> timedelta:
    """Return how long the clock ran in this round, nights and weekends included."""
    running = (
        stretch.end - stretch.start
        for stretch in machine.stretches[machine.round_begins :]
        if stretch.state is ClockState.RUNNING
    )
    return timedelta(microseconds=sum(running))


def _is_open(calendar: Calendar, now: int) -> bool:
    """Return whether the office is open at an instant."""
    return business_us(calendar, now, now + 1) > 0
