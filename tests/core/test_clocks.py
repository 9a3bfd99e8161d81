"""Deadline clocks: pure functions of the log, whatever the order in which it was written."""

import itertools
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.core.calendars import Calendar, Holiday, Span, business_time
from counterfoil.core.clocks import (
    ClockError,
    ClockEvent,
    ClockPolicy,
    ClockState,
    ConflictingEvents,
    EventKind,
    Step,
    WaitReason,
    our_policy,
    partner_policy,
    run_clock,
    step_key,
)

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = (Span.parse("09:00-12:00"), Span.parse("13:00-17:00"))
OFFICE = Calendar(
    "cal_berlin",
    1,
    BERLIN,
    dict.fromkeys(range(5), HOURS),
    (Holiday(date(2026, 5, 1), "Labor Day"),),
)
NEW_YORK = Calendar("cal_nyc", 1, ZoneInfo("America/New_York"), dict.fromkeys(range(5), HOURS))
HOUR = timedelta(hours=1)
OURS = our_policy("review", 1, 16 * HOUR)
PARTNERS = partner_policy(
    "answer",
    1,
    105 * HOUR,
    steps=(
        Step("day 3", after=21 * HOUR),
        Step("day 7", after=49 * HOUR),
        Step("close", percent=100),
    ),
)


def _at(day, hour, minute=0, month=5):
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN)


def _event(kind, at, reason=None, **more):
    name = more.pop("event_id", f"{kind}-{at.isoformat()}-{reason}")
    return ClockEvent(name, kind, at, reason=reason, **more)


def _started(at):
    return _event(EventKind.STARTED, at)


def _asked(at, reason=WaitReason.PARTNER):
    return _event(EventKind.WAIT_STARTED, at, reason)


def _answered(at, reason=WaitReason.PARTNER):
    return _event(EventKind.WAIT_ENDED, at, reason)


def _incomplete(at):
    return _event(EventKind.REPLY_INCOMPLETE, at, WaitReason.PARTNER)


def _stopped(at):
    return _event(EventKind.STOPPED, at)


def _ours(events, at, policy=OURS):
    return run_clock(policy, OFFICE, events, at)


def test_a_running_clock_is_due_after_its_open_hours():
    reading = _ours([_started(_at(30, 16, month=4))], _at(4, 10))

    assert reading.state is ClockState.RUNNING
    assert reading.due_at == _at(6, 10)
    assert reading.elapsed == 2 * HOUR
    assert reading.remaining == 14 * HOUR
    assert reading.elapsed_calendar == _at(4, 10) - _at(30, 16, month=4)
    assert not reading.is_breached


def test_a_clock_before_its_start_says_so():
    reading = _ours([], _at(4, 10))

    assert reading.state is ClockState.NOT_STARTED
    assert reading.due_at is None
    assert reading.timeline == ()


def test_a_closed_office_and_a_pause_are_told_apart():
    events = [_started(_at(4, 9))]

    assert _ours(events, _at(4, 12, 30)).state is ClockState.OUT_OF_HOURS
    assert _ours(events, _at(4, 12, 30)).due_at == _at(6, 11)
    assert _ours([*events, _asked(_at(4, 10))], _at(4, 11)).state is ClockState.PAUSED


def test_a_pause_stops_our_clock_from_the_delivery_to_the_first_complete_reply():
    events = [_started(_at(4, 9)), _asked(_at(4, 11)), _answered(_at(5, 14))]

    paused = _ours(events[:2], _at(5, 10))
    resumed = _ours(events, _at(5, 14))

    assert paused.due_at is None
    assert paused.remaining == 14 * HOUR
    assert paused.steps[2].at is None
    assert resumed.elapsed == 2 * HOUR
    assert resumed.paused == 9 * HOUR
    assert resumed.due_at == _at(7, 14)


def test_an_incomplete_reply_resets_the_partners_clock_and_not_ours():
    events = [_started(_at(4, 9)), _asked(_at(4, 11)), _incomplete(_at(5, 14))]

    ours = _ours(events, _at(5, 15))
    partners = run_clock(PARTNERS, NEW_YORK, events, _at(5, 17))

    assert ours.state is ClockState.PAUSED
    assert ours.elapsed == 2 * HOUR
    assert partners.elapsed == 2 * HOUR
    assert partners.state is ClockState.RUNNING


def test_the_partners_clock_runs_on_its_own_calendar_and_only_while_it_is_asked():
    events = [_started(_at(4, 9)), _asked(_at(4, 15)), _answered(_at(4, 20))]

    assert run_clock(PARTNERS, NEW_YORK, events, _at(4, 14)).state is ClockState.IDLE
    assert run_clock(PARTNERS, NEW_YORK, events, _at(4, 18)).elapsed == 3 * HOUR
    assert run_clock(PARTNERS, NEW_YORK, events, _at(4, 21)).state is ClockState.IDLE
    assert run_clock(PARTNERS, NEW_YORK, events, _at(4, 21)).due_at is None


def test_reminders_to_the_partner_fall_on_open_hours_of_its_calendar():
    events = [_started(_at(4, 9)), _asked(_at(4, 15))]
    reading = run_clock(PARTNERS, NEW_YORK, events, _at(4, 15))

    assert [step.at for step in reading.steps] == [_at(6, 23), _at(12, 23), _at(22, 23)]
    assert step_key("clk_a", reading.steps[0]) == "clk_a:day 3"


@pytest.mark.parametrize("reason", [WaitReason.QUEUE, WaitReason.SECOND_REVIEWER])
def test_our_own_queue_does_not_pause_our_clock(reason):
    events = [_started(_at(4, 9)), _asked(_at(4, 10), reason)]

    assert _ours(events, _at(4, 12)).elapsed == 3 * HOUR


def test_a_legal_hold_pauses_both_clocks():
    events = [_started(_at(4, 9)), _asked(_at(4, 10)), _asked(_at(4, 11), WaitReason.LEGAL_HOLD)]

    assert _ours(events, _at(5, 12)).state is ClockState.PAUSED
    assert run_clock(PARTNERS, OFFICE, events, _at(5, 12)).state is ClockState.PAUSED
    assert run_clock(PARTNERS, OFFICE, events, _at(5, 12)).elapsed == HOUR


def test_overlapping_waits_pause_once_until_the_last_ends():
    events = [
        _started(_at(4, 9)),
        _asked(_at(4, 10)),
        _asked(_at(4, 11), WaitReason.CUSTOMER),
        _answered(_at(4, 14)),
        _answered(_at(4, 16), WaitReason.CUSTOMER),
    ]
    reading = _ours(events, _at(4, 17))

    assert reading.pauses == 1
    assert reading.paused == 5 * HOUR
    assert reading.elapsed == 2 * HOUR


def test_a_policy_switch_carries_elapsed_and_paused_time_over():
    events = [
        _started(_at(4, 9)),
        _asked(_at(4, 10)),
        _answered(_at(4, 14)),
        _event(EventKind.POLICY_SWITCHED, _at(4, 16), policy=our_policy("fast", 1, 8 * HOUR)),
    ]
    reading = _ours(events, _at(4, 16))

    assert reading.policy.policy_id == "fast"
    assert reading.elapsed == 3 * HOUR
    assert reading.paused == 3 * HOUR
    assert reading.remaining == 5 * HOUR
    assert reading.due_at == _at(5, 14)


def test_a_switch_to_a_shorter_target_makes_nobody_late_before_it():
    switch = _event(EventKind.POLICY_SWITCHED, _at(5, 10), policy=our_policy("fast", 1, 2 * HOUR))
    events = [_started(_at(4, 9)), switch]

    reading = _ours(events, _at(5, 11))

    assert reading.is_breached
    assert reading.breached_at == _at(5, 10)


def test_a_switch_of_the_calendar_measures_each_part_by_its_own():
    switch = _event(
        EventKind.POLICY_SWITCHED,
        _at(4, 16),
        policy=our_policy("us", 1, 16 * HOUR),
        calendar=NEW_YORK,
    )

    reading = _ours([_started(_at(4, 9)), switch], _at(4, 18))

    assert reading.elapsed == 6 * HOUR + 2 * HOUR


def test_an_agreed_deadline_is_absolute_and_no_pause_moves_it():
    deadline = _at(8, 12)
    agreed = _event(EventKind.DEADLINE_AGREED, _at(4, 10), due_at=deadline)
    events = [_started(_at(4, 9)), agreed, _asked(_at(4, 11)), _answered(_at(6, 11))]

    assert _ours(events, _at(5, 9)).due_at == deadline
    assert _ours(events, _at(7, 9)).due_at == deadline
    assert _ours(events, _at(7, 9)).remaining == 10 * HOUR
    assert _ours(events, _at(8, 13)).is_breached
    assert _ours(events, _at(8, 14)).remaining == -1 * HOUR


def test_the_ladder_gives_the_moment_of_each_rung():
    reading = _ours([_started(_at(4, 9))], _at(6, 12))

    assert [step.key for step in reading.steps] == ["50%", "80%", "100%", "150%"]
    assert [step.at for step in reading.steps] == [
        _at(5, 10),
        _at(5, 15, 48),
        _at(6, 11),
        _at(7, 12),
    ]
    assert [step.is_reached for step in reading.steps] == [True, True, True, False]
    assert reading.is_breached
    assert reading.breached_at == _at(6, 11)


def test_a_stopped_clock_keeps_its_figures_and_says_whether_it_was_in_time():
    in_time = _ours([_started(_at(4, 9)), _stopped(_at(6, 11))], _at(20, 9))
    late = _ours([_started(_at(4, 9)), _stopped(_at(6, 11, 1))], _at(20, 9))

    assert in_time.state is ClockState.STOPPED
    assert in_time.elapsed == 16 * HOUR
    assert not in_time.is_breached
    assert late.is_breached


def test_a_reopened_clock_runs_on_with_what_it_had():
    events = [
        _started(_at(4, 9)),
        _stopped(_at(4, 12)),
        _event(EventKind.REOPENED, _at(6, 9)),
    ]
    reading = _ours(events, _at(6, 11))

    assert reading.reopened == 1
    assert reading.state is ClockState.RUNNING
    assert reading.elapsed == 5 * HOUR


def _pauses(days):
    return [event for day in days for event in (_asked(_at(day, 10)), _answered(_at(day, 11)))]


def test_the_fourth_pause_counts_only_after_a_supervisor_approves():
    policy = our_policy("review", 1, 100 * HOUR)
    events = [_started(_at(4, 9)), *_pauses([4, 5, 6]), _asked(_at(7, 10))]
    approved = _event(EventKind.PAUSE_APPROVED, _at(7, 11))

    refused = _ours(events, _at(7, 12), policy)
    allowed = _ours([*events, approved], _at(7, 12), policy)

    assert refused.needs_supervisor
    assert refused.state is not ClockState.PAUSED
    assert refused.elapsed == 3 * 6 * HOUR + 3 * HOUR
    assert allowed.state is ClockState.PAUSED
    assert allowed.elapsed == 3 * 6 * HOUR + 2 * HOUR
    assert not allowed.needs_supervisor


def test_a_pause_ends_where_its_allowance_of_open_time_does():
    policy = our_policy("review", 1, 100 * HOUR, paused_max=7 * HOUR)
    reading = _ours([_started(_at(4, 9)), _asked(_at(4, 11))], _at(5, 17), policy)

    assert reading.paused == 7 * HOUR
    assert reading.elapsed == 14 * HOUR - 7 * HOUR
    assert reading.needs_supervisor
    assert [part.end for part in reading.timeline][1] == _at(5, 11)


def test_the_timeline_tells_the_whole_story():
    events = [_started(_at(4, 9)), _asked(_at(4, 11)), _answered(_at(5, 14)), _stopped(_at(5, 15))]
    reading = _ours(events, _at(6, 9))

    assert [(part.state, part.business, part.reasons) for part in reading.timeline] == [
        (ClockState.RUNNING, 2 * HOUR, ()),
        (ClockState.PAUSED, 9 * HOUR, (WaitReason.PARTNER,)),
        (ClockState.RUNNING, 1 * HOUR, ()),
        (ClockState.STOPPED, 2 * HOUR, ()),
    ]


KINDS = st.sampled_from(
    [
        (EventKind.STARTED, None),
        (EventKind.STOPPED, None),
        (EventKind.REOPENED, None),
        (EventKind.PAUSE_APPROVED, None),
        (EventKind.WAIT_STARTED, WaitReason.PARTNER),
        (EventKind.WAIT_ENDED, WaitReason.PARTNER),
        (EventKind.REPLY_INCOMPLETE, WaitReason.PARTNER),
        (EventKind.WAIT_STARTED, WaitReason.LEGAL_HOLD),
        (EventKind.WAIT_ENDED, WaitReason.LEGAL_HOLD),
    ]
)
MOMENTS = st.datetimes(datetime(2026, 3, 25), datetime(2026, 4, 20), timezones=st.just(UTC))
LOGS = st.lists(st.tuples(KINDS, MOMENTS), max_size=10).map(
    lambda rows: [
        ClockEvent(f"evt-{number}", kind, at, reason=reason)
        for number, ((kind, reason), at) in enumerate(rows)
    ]
)
LIMITED = our_policy("limited", 1, 16 * HOUR, pauses_max=2, paused_max=10 * HOUR)


@given(LOGS, MOMENTS, st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_the_order_of_insertion_does_not_move_a_clock(log, at, random):
    shuffled = [*log, *log[:3]]
    random.shuffle(shuffled)

    for policy in (LIMITED, PARTNERS):
        assert run_clock(policy, OFFICE, shuffled, at) == run_clock(policy, OFFICE, log, at)


@given(LOGS, MOMENTS)
@settings(max_examples=100)
def test_the_stretches_fill_the_time_and_sum_to_the_figures(log, at):
    reading = run_clock(LIMITED, OFFICE, log, at)
    parts = reading.timeline

    assert all(one.end == two.start for one, two in itertools.pairwise(parts))
    assert all(part.business == business_time(OFFICE, part.start, part.end) for part in parts)
    for state, figure in (
        (ClockState.RUNNING, reading.elapsed),
        (ClockState.PAUSED, reading.paused),
    ):
        assert sum((part.business for part in parts if part.state is state), timedelta()) == figure
    assert reading.remaining == LIMITED.target - reading.elapsed
    if reading.due_at is not None and not reading.is_breached:
        assert reading.elapsed + business_time(OFFICE, at, reading.due_at) == LIMITED.target


@given(LOGS, MOMENTS, st.timedeltas(timedelta(), timedelta(days=30)))
@settings(max_examples=60)
def test_the_future_does_not_change_the_past(log, at, more):
    known = [event for event in log if event.effective_at <= at]

    assert run_clock(LIMITED, OFFICE, log, at) == run_clock(LIMITED, OFFICE, known, at)
    later = run_clock(LIMITED, OFFICE, known, at + more)
    assert later.elapsed >= run_clock(LIMITED, OFFICE, known, at).elapsed


def test_a_late_event_counts_from_when_it_took_effect():
    on_time = [_started(_at(4, 9)), _asked(_at(4, 11)), _answered(_at(5, 14))]
    late = [
        *on_time[:2],
        _event(EventKind.WAIT_ENDED, _at(5, 14), WaitReason.PARTNER, recorded_at=_at(6, 9)),
    ]

    assert _ours(late, _at(6, 12)).elapsed == _ours(on_time, _at(6, 12)).elapsed


def test_two_events_of_one_id_are_refused():
    with pytest.raises(ConflictingEvents):
        _ours(
            [
                _event(EventKind.STARTED, _at(4, 9), event_id="evt"),
                _event(EventKind.STARTED, _at(4, 10), event_id="evt"),
            ],
            _at(4, 11),
        )


@pytest.mark.parametrize(
    "build",
    [
        lambda: ClockPolicy("p", 1, timedelta()),
        lambda: ClockPolicy("p", 1, HOUR, steps=(Step("a", percent=1), Step("a", percent=2))),
        lambda: ClockPolicy(
            "p",
            1,
            HOUR,
            pausing=frozenset({WaitReason.PARTNER}),
            running_while=frozenset({WaitReason.PARTNER}),
        ),
        lambda: Step("a"),
        lambda: Step("a", percent=50, after=HOUR),
        lambda: Step("a", percent=-5),
        lambda: Step("a", after=-HOUR),
        lambda: _event(EventKind.WAIT_STARTED, _at(4, 9)),
        lambda: _event(EventKind.STARTED, _at(4, 9), WaitReason.PARTNER),
        lambda: _event(EventKind.POLICY_SWITCHED, _at(4, 9)),
        lambda: _event(EventKind.DEADLINE_AGREED, _at(4, 9)),
    ],
)
def test_a_policy_or_event_that_says_nothing_is_refused(build):
    with pytest.raises(ClockError):
        build()
