"""The right people hear of a clock once, and what has no answer is closed with its code."""

from datetime import timedelta

import pytest

from counterfoil.apps.messaging.selectors import list_mail
from counterfoil.apps.service_levels.selectors import clock_reading
from counterfoil.apps.service_levels.services import start_clock
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.core.actors import system_actor
from counterfoil.core.clocks import ClockState
from counterfoil.core.states import State
from counterfoil.flows import decide
from counterfoil.flows.run_clocks import run_clocks
from counterfoil.foundation.acting import acting_as, staff, worker
from tests.submission_stock import AT, make_world, screen, send_request

pytestmark = [pytest.mark.db, pytest.mark.django_db]
CLOCKS = system_actor("clocks")


@pytest.fixture
def world():
    return make_world()


@pytest.fixture
def request_id(world):
    sent = send_request(world)
    screen(sent)
    return sent


def run(days: float):
    with acting_as(worker()):
        return run_clocks(by=CLOCKS, at=AT + timedelta(days=days))


def mails(template: str) -> list[str]:
    with acting_as(staff()):
        return sorted(
            row.mail.to_name for row in list_mail(limit=200).rows if row.template == template
        )


def returned(world, request_id: str) -> None:
    with acting_as(staff()):
        decide.return_submission(
            submission_id=request_id, codes=["NO_EXPECTED_OUTCOME"], fields=["audience"],
            message="Please say who is invited.", by=world.operations, at=AT,
        )  # fmt: skip


def test_a_request_that_grows_late_is_told_to_the_queue_then_to_the_lead(world, request_id):
    told = [run(days) for days in (0.1, 1, 2, 3, 4, 5, 6, 7)]

    assert sum(result.mails for result in told) >= 3
    assert mails("sla-warning") == ["Olive", "Otto"]
    assert "Lena" in mails("sla-breach")
    assert run(7).fired == 0


def test_whoever_works_on_it_hears_first(world, request_id):
    with acting_as(staff()):
        decide.assign_submission(
            submission_id=request_id, person_id=world.second_operations.id, by=world.lead, at=AT
        )
    for days in (1, 2, 3):
        run(days)

    assert mails("sla-warning") == ["Otto"]


def test_a_partner_is_reminded_and_after_ten_business_days_the_request_is_closed(
    world, request_id
):
    returned(world, request_id)

    results = [run(day) for day in range(1, 20)]

    assert mails("reminder") == ["Paula", "Paula"]
    assert [closed for result in results for closed in result.closed] == [request_id]
    with acting_as(staff()):
        assert get_head(request_id, by=world.operations).state is State.EXPIRED
        for side in ("ours", "partner"):
            reading = clock_reading(subject=request_id, side=side, at=AT + timedelta(days=20))
            assert reading.state is ClockState.STOPPED
    assert mails("sla-breach") == []


def test_a_clock_on_something_else_tells_nobody(world):
    with acting_as(staff()):
        start_clock(
            subject="bil_x", side="ours", partner_id=world.partner_id,
            policy={"target": {"business_hours": 1}}, calendar_code="standard", at=AT,
        )  # fmt: skip

    result = run(3)

    assert (result.fired, result.mails, result.closed) == (1, 0, ())
