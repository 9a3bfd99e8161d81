"""The last day to claim that a partner is told: the day that the criterion holds them to."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.apps.submissions.selectors import get_submission
from counterfoil.apps.submissions.selectors.deadlines import claim_by_of
from counterfoil.apps.submissions.selectors.own_lists import list_requests_left
from counterfoil.apps.submissions.selectors.own_status import get_own_letter, get_own_status
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.submission_stock import (
    AT,
    approved_request,
    make_world,
    screen,
    send_claim,
    send_request,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LAST_DAY = date(2026, 5, 21)  # thirty days after the last day of the activity, April 21


@pytest.fixture
def world():
    return make_world()


def told(world, request_id: str) -> set[date | None]:
    """This will return every day to claim by that the partner reads of a request."""
    with acting_as(portal(world.partner_id)):
        left = list_requests_left(by=world.partner)
        status = get_own_status(request_id, by=world.partner, at=AT)
        letter = get_own_letter(request_id, by=world.partner, language="en")
    return {left[0].claim_by, status.claim_by, letter.claim_by}


def test_the_partner_reads_one_day_wherever_it_stands(world):
    assert told(world, approved_request(world)) == {LAST_DAY}


@pytest.mark.parametrize(("late", "result"), [(0, "pass"), (1, "fail")])
def test_the_day_that_is_told_is_the_last_that_passes(world, late: int, result: str):
    request_id = approved_request(world)
    at = AT.replace(month=5, day=21 + late)

    claim_id = send_claim(world, request_id, at=at)
    screen(claim_id, at=at)

    with acting_as(staff()):
        view = get_submission(claim_id, by=world.operations, at=at)
    window = next(item for item in view.screening.criteria if item.id == "MDF-02")
    assert window.result == result


def test_no_day_is_told_after_the_fund_stops_taking_claims():
    world = make_world(claims_until=date(2027, 1, 10))
    days = {"activity_start": "2026-12-20", "activity_end": "2026-12-21"}

    assert told(world, approved_request(world, **days)) == {date(2027, 1, 10)}


def test_what_is_not_approved_has_no_day(world):
    request_id = send_request(world)
    with acting_as(staff()):
        head = get_submission(request_id, by=world.operations, at=AT).head
        assert claim_by_of([head.pk]) == {}


def test_more_requests_cost_no_more_queries(world):
    approved_request(world)
    counts = []
    for month in ("05", "06"):
        with acting_as(portal(world.partner_id)), CaptureQueriesContext(connection) as seen:
            list_requests_left(by=world.partner)
        counts.append(len(seen))
        days = {"activity_start": f"2026-{month}-10", "activity_end": f"2026-{month}-11"}
        approved_request(world, **days)

    assert counts[0] == counts[1]
