"""The page that explains the clocks of a submission: stretches, reasons, sums, late news."""

import re
from datetime import timedelta

import pytest
from django.utils.html import strip_tags

from counterfoil.apps.service_levels.models import Clock, ClockEvent
from counterfoil.apps.service_levels.selectors import clock_stories
from counterfoil.apps.service_levels.services import agree_deadline, record_clock_event
from counterfoil.core.clocks import ClockState
from counterfoil.foundation.acting import acting_as, staff
from tests.doors.console.review_stock import claim_in_review, signed_in
from tests.submission_stock import CLAIMED, draft_claim, make_world
from tests.submission_stock import approved_request as request_of

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def world():
    return make_world()


@pytest.fixture(autouse=True)
def today(monkeypatch):
    from datetime import UTC, datetime

    class Stopped(datetime):
        @classmethod
        def now(cls, tz=None):
            return (CLAIMED + timedelta(days=3)).astimezone(tz or UTC)

    monkeypatch.setattr("counterfoil.interfaces.web.middleware.datetime", Stopped)


def words(world, claim_id) -> str:
    answer = signed_in(world.operations).get(f"/console/submissions/{claim_id}/clocks/")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", strip_tags(answer.content.decode()))


def test_a_pause_is_shown_with_its_reason_and_the_sum_is_the_reading(world):
    claim_id = claim_in_review(world)
    with acting_as(staff()):
        for kind, hours in (("pause", 2), ("resume", 26)):
            record_clock_event(
                subject=claim_id, side="ours", kind=kind, at=CLAIMED + timedelta(hours=hours)
            )
        (story,) = clock_stories(subject=claim_id, at=CLAIMED + timedelta(days=3))
    text = words(world, claim_id)

    assert "waits for the partner" in text
    assert "Runs" in text
    assert "Paused" in text
    ran = [s.business for s in story.reading.timeline if s.state is ClockState.RUNNING]
    assert sum(ran, timedelta()) == story.reading.elapsed
    minutes = int(story.reading.elapsed.total_seconds()) // 60
    assert f"{minutes // 60}h {minutes % 60:02d}m" in text
    assert [fact.kind for fact in story.events] == ["started", "wait_started", "wait_ended"]


def test_what_was_learnt_late_says_so_and_an_agreed_deadline_is_named(world):
    claim_id = claim_in_review(world)
    with acting_as(staff()):
        agree_deadline(
            subject=claim_id, side="ours", due_at=CLAIMED + timedelta(days=20),
            by=world.lead, at=CLAIMED + timedelta(hours=1), reason="The partner asked.",
        )  # fmt: skip
        clock_id = Clock.objects.get(subject=claim_id, side="ours").pk
        ClockEvent.objects.create(
            id="cke_late", partner_id=world.partner_id, clock_id=clock_id, kind="wait_started",
            reason="legal_hold", effective_at=CLAIMED + timedelta(hours=2),
            recorded_at=CLAIMED + timedelta(hours=30),
        )  # fmt: skip
    text = words(world, claim_id)
    assert "A deadline was agreed: no pause moves it" in text
    assert "learnt later; it counts from when it took effect" in text
    assert "legal hold" in text


def test_a_draft_has_no_clock_yet_and_the_review_page_leads_here(world):
    claim_id = claim_in_review(world)
    review = signed_in(world.operations).get(f"/console/submissions/{claim_id}/")
    assert f"/console/submissions/{claim_id}/clocks/" in review.content.decode()
    draft_id = draft_claim(world, request_of(world, by=world.other), by=world.other)
    answer = signed_in(world.operations).get(f"/console/submissions/{draft_id}/clocks/")
    assert "No clock runs yet" in answer.content.decode()
