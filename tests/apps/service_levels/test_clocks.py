"""Clocks are event logs: two sides over one case, rungs that fire once, calendars as rows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from counterfoil.apps.service_levels import selectors
from counterfoil.apps.service_levels.errors import (
    BadPolicy,
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
from counterfoil.apps.service_levels.services import (
    agree_deadline,
    approve_pause,
    fire_steps,
    record_clock_event,
    seed_calendars,
    start_clock,
    store_calendar,
)
from counterfoil.core.clocks import ClockState
from counterfoil.foundation.acting import acting_as, portal, staff, worker
from tests.people_stock import AT, SYSTEM

pytestmark = [pytest.mark.db, pytest.mark.django_db]

# AT is a Monday, 10:30 in Berlin; the office is open from 9 to 17, eight hours.
OURS = {
    "target": {"business_days": 3},
    "escalate": [{"at_percent": 80, "to": "owner"}, {"at_percent": 150, "to": "team_lead"}],
}
PARTNER = {
    "target": {"business_days": 10},
    "remind_days": [3, 7],
    "close_code": "NO_RESPONSE",
}
SUBJECT = "sub_x"


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


@pytest.fixture
def seeded():
    with acting_as(staff()):
        seed_calendars(by=SYSTEM, at=AT)


def start(side: str = "ours", *, at: datetime = AT, subject: str = SUBJECT) -> str:
    return start_clock(
        subject=subject,
        side=side,
        partner_id=7,
        policy=OURS if side == "ours" else PARTNER,
        calendar_code="DE",
        at=at,
    )


def event(kind: str, *, side: str = "ours", at: datetime, reason: str = "") -> None:
    record_clock_event(subject=SUBJECT, side=side, kind=kind, reason=reason, at=at)


def reading(side: str = "ours", *, at: datetime):
    return selectors.clock_reading(subject=SUBJECT, side=side, at=at)


def test_three_business_days_from_monday_morning_end_on_thursday_morning(seeded):
    with acting_as(staff()):
        start()

        found = reading(at=AT + hours(2))

    assert found.due_at == datetime(2026, 3, 5, 9, 30, tzinfo=UTC)
    assert found.elapsed == hours(2)
    assert found.state is ClockState.RUNNING


def test_a_holiday_of_the_calendar_stands_still(seeded):
    with acting_as(staff()):
        # Good Friday and Easter Monday 2026 are 3 and 6 April.
        start(at=datetime(2026, 4, 2, 12, 0, tzinfo=UTC))

        found = reading(at=datetime(2026, 4, 2, 13, 0, tzinfo=UTC))

    assert found.due_at == datetime(2026, 4, 9, 12, 0, tzinfo=UTC)


def test_our_clock_pauses_while_the_partners_runs(seeded):
    with acting_as(staff()):
        start()
        event("pause", at=AT + hours(1))
        start("partner", at=AT + hours(1))
        later = AT + hours(5)

        ours, partners = reading(at=later), reading("partner", at=later)
        assert (ours.state, ours.elapsed, ours.due_at) == (ClockState.PAUSED, hours(1), None)
        assert (partners.state, partners.elapsed) == (ClockState.RUNNING, hours(4))

        event("resume", at=later)
        event("pause", side="partner", at=later)
        much_later = later + hours(1)
        assert reading(at=much_later).elapsed == hours(2)
        assert reading("partner", at=much_later).state is ClockState.IDLE


def test_a_second_question_is_a_new_round_for_the_partner(seeded):
    with acting_as(staff()):
        start("partner")
        event("pause", side="partner", at=AT + hours(4))
        start("partner", at=AT + hours(5))

        assert reading("partner", at=AT + hours(6)).elapsed == hours(1)
        assert Clock.objects.filter(subject=SUBJECT, side="partner").count() == 1


def test_a_stopped_clock_says_so_and_leaves_the_due_list(seeded):
    with acting_as(staff()):
        start()
        assert [item.subject for item in selectors.list_due(at=AT)] == [SUBJECT]

        event("stop", at=AT + hours(3))

        assert reading(at=AT + timedelta(days=30)).state is ClockState.STOPPED
        assert selectors.list_due(at=AT + timedelta(days=30)) == ()


def test_the_due_list_is_latest_first_and_says_whose_turn_it_is(seeded):
    with acting_as(staff()):
        start(subject="sub_old", at=AT - timedelta(days=7))
        start(subject="sub_new")
        start("partner", subject="sub_new")

        items = selectors.list_due(at=AT + hours(1))

    assert [(item.subject, item.side) for item in items] == [
        ("sub_old", "ours"), ("sub_new", "ours"), ("sub_new", "partner"),
    ]  # fmt: skip
    assert [item.is_late for item in items] == [True, False, False]


def test_every_rung_fires_once_and_at_its_time(seeded):
    with acting_as(worker()):
        start()
        fired = []
        for hour in range(24 * 8):
            fired += [
                (hour, step.step, step.to) for step in fire_steps(at=AT + timedelta(hours=hour))
            ]
            fire_steps(at=AT + timedelta(hours=hour))

    # 80 % of 24 open hours are 19 h 12 min: Wednesday 13:42. 150 % are 36 h: Friday 14:30.
    assert fired == [(52, "80%", "owner"), (72, "100%", "owner"), (100, "150%", "team_lead")]


def test_a_partner_is_reminded_and_then_closed_with_the_playbooks_code(seeded):
    with acting_as(worker()):
        start("partner")
        fired = [
            step
            for day in range(20)
            for step in fire_steps(at=AT + timedelta(days=day, minutes=1))
        ]

    assert [(step.step, step.to, step.closes, step.code) for step in fired] == [
        ("day 3", "partner", False, ""),
        ("day 7", "partner", False, ""),
        ("100%", "partner", True, "NO_RESPONSE"),
    ]


def test_reminders_begin_anew_with_the_next_question(seeded):
    with acting_as(worker()):
        start("partner")
        assert [s.step for s in fire_steps(at=AT + timedelta(days=4))] == ["day 3"]
        event("pause", side="partner", at=AT + timedelta(days=4))
        start("partner", at=AT + timedelta(days=5))

        assert [s.step for s in fire_steps(at=AT + timedelta(days=11))] == ["day 3"]
        assert EscalationStep.objects.count() == 2


def test_a_partners_answer_reaches_the_index_by_the_worker(seeded):
    with acting_as(staff()):
        start()
        event("pause", at=AT + hours(1))
    with acting_as(portal(7)):
        event("resume", at=AT + hours(2))
        event("pause", side="ours", at=AT + hours(3), reason="legal_hold")
        event("resume", side="ours", at=AT + hours(3.5), reason="legal_hold")
    with acting_as(worker()):
        assert Clock.objects.get().due_at is None
        fire_steps(at=AT + hours(4))

        clock = Clock.objects.get()
        assert (
            clock.due_at
            == reading(at=AT + hours(4)).due_at
            == datetime(2026, 3, 5, 11, 0, tzinfo=UTC)
        )
        assert clock.refreshed_at == AT + hours(4)


def test_a_partner_touches_neither_the_index_nor_another_partners_clock(seeded):
    with acting_as(staff()):
        start()
        clock_id = Clock.objects.get().id
    with (
        acting_as(portal(7)),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        Clock.objects.update(due_at=None)
    with acting_as(portal(8)), pytest.raises(UnknownClock):
        event("stop", at=AT)
    # The composite key is looked at when the act ends, at the latest.
    with pytest.raises(IntegrityError, match="same_partner"), acting_as(portal(8)):
        ClockEvent(
            id="cke_x", partner_id=8, clock_id=clock_id, kind="stopped",
            effective_at=AT, recorded_at=AT,
        ).save(force_insert=True)  # fmt: skip


def test_an_agreed_deadline_is_moved_by_no_pause(seeded):
    deadline = datetime(2026, 3, 20, 16, 0, tzinfo=UTC)
    with acting_as(staff()):
        start()
        agree_deadline(
            subject=SUBJECT, side="ours", due_at=deadline, by=SYSTEM, at=AT, reason="trade fair"
        )
        event("pause", at=AT + hours(1))

        assert reading(at=AT + timedelta(days=3)).due_at == deadline


def test_pauses_run_out_until_a_supervisor_agrees(seeded):
    with acting_as(staff()):
        start()
        for number in range(4):
            event("pause", at=AT + hours(number))
            if number < 3:
                event("resume", at=AT + hours(number + 0.5))
        assert reading(at=AT + hours(3.5)).needs_supervisor

        approve_pause(subject=SUBJECT, by=SYSTEM, at=AT + hours(4), reason="customer is away")

        assert reading(at=AT + hours(4.5)).state is ClockState.PAUSED


@pytest.mark.parametrize(
    "policy",
    [
        {},
        {"target": {}},
        {"target": {"weeks": 3}},
        {"target": {"business_days": 0}},
        {"target": {"business_days": 1.5}},
        {"target": {"business_days": 1, "seconds": 3}},
    ],
)
def test_a_policy_without_one_clear_target_is_refused(seeded, policy):
    with acting_as(staff()), pytest.raises(BadPolicy):
        start_clock(
            subject=SUBJECT, side="ours", partner_id=7, policy=policy, calendar_code="DE", at=AT
        )


def test_what_is_not_known_is_refused_by_name(seeded):
    with acting_as(staff()):
        with pytest.raises(UnknownCalendar, match="atlantis"):
            start_clock(
                subject=SUBJECT, side="ours", partner_id=7, policy=OURS,
                calendar_code="atlantis", at=AT,
            )  # fmt: skip
        with pytest.raises(UnknownClock):
            event("pause", at=AT)
        start()
        with pytest.raises(ServiceLevelRefused):
            event("dance", at=AT)
        with pytest.raises(ServiceLevelRefused):
            event("pause", at=AT, reason="coffee")
        with pytest.raises(ServiceLevelRefused):
            start("somebody")


def test_seeding_again_changes_nothing_and_new_holidays_leave_running_clocks_alone(seeded):
    with acting_as(staff()):
        start()
        before = reading(at=AT + hours(1)).due_at
        again = seed_calendars(by=SYSTEM, at=AT, codes=["DE", "US"])
        assert [ref.version for ref in again] == [1, 1]

        closed = store_calendar(
            code="DE",
            title="Germany",
            zone="Europe/Berlin",
            weekly={str(day): [["09:00", "17:00"]] for day in range(5)},
            holidays=[["2026-03-03", "Works outing"]],
            source="by hand",
            by=SYSTEM,
            at=AT,
        )

        assert closed.version == 2
        assert reading(at=AT + hours(1)).due_at == before
        start(subject="sub_y")
        later = selectors.clock_reading(subject="sub_y", side="ours", at=AT).due_at
        assert later == before + timedelta(days=1)


def test_a_stored_calendar_cannot_be_changed(seeded):
    with connection.cursor() as cursor:
        cursor.execute("SELECT tgenabled FROM pg_trigger WHERE tgname LIKE '%calendar%append%'")
        assert cursor.fetchall() == [("O",)]
    with (
        acting_as(staff()),
        pytest.raises(ProgrammingError, match="permission denied"),
        transaction.atomic(),
    ):
        CalendarVersion.objects.update(zone="UTC")
