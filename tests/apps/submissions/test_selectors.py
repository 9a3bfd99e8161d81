"""What the vendor's people read: the queue and one submission with all its parts."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from counterfoil.apps.submissions.selectors import (
    get_submission,
    queue_counts,
    queue_page,
    submissions_of_partner,
)
from counterfoil.apps.submissions.types import QueueFilters
from counterfoil.core.money import Money
from counterfoil.core.states import State, Turn
from counterfoil.foundation.acting import acting_as, staff
from tests.submission_stock import (
    AT,
    CLAIMED,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
    send_request,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def world():
    return make_world()


def test_the_review_page_has_criteria_with_their_traces_in_words(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)

    with acting_as(staff()):
        view = get_submission(claim_id, by=world.operations, at=CLAIMED)

    logo = next(item for item in view.screening.criteria if item.id == "MDF-05")
    window = next(item for item in view.screening.criteria if item.id == "MDF-02")
    assert (logo.result, logo.waits_for) == ("unknown", "reviewer")
    assert window.result == "pass"
    assert "Received on" in window.rule
    assert view.turn is Turn.US
    assert view.screening.amount.payable == Money(60_000, "USD")
    assert [line.value("supplier") for line in view.lines] == ["Hall & Stage Ltd"]
    assert {file.kind for file in view.evidence} == {"invoice", "activity_proof"}
    assert view.next_role == "operations"


def test_what_a_document_repeats_is_shown_with_its_quote(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)

    with acting_as(staff()):
        view = get_submission(claim_id, by=world.operations, at=CLAIMED)

    net = next(item for item in view.lines[0].details if item.name.endswith(".net"))
    assert net.provenance == "extracted"
    assert net.quote["page"] == 1
    assert "1,200.00" in net.quote["text"]
    category = next(item for item in view.lines[0].details if item.name.endswith(".category"))
    assert category.provenance == "partner_declared"


def test_the_queue_shows_what_waits_with_counts_and_sums(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)

    with acting_as(staff()):
        page = queue_page(by=world.operations, at=CLAIMED)
        counts = queue_counts(by=world.operations, at=CLAIMED)

    assert [row.head.public_id for row in page.rows] == [claim_id]
    assert page.rows[0].counts["pass"] > 5
    assert page.rows[0].payable == Money(60_000, "USD")
    assert (counts["review"], counts["unassigned"], counts["mine"]) == (1, 1, 0)


def test_a_late_one_is_in_the_late_group(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)

    with acting_as(staff()):
        late = queue_page(
            by=world.operations, at=CLAIMED + timedelta(days=30), filters=QueueFilters("late")
        )

    assert [(row.head.public_id, row.is_late) for row in late.rows] == [(claim_id, True)]


def test_pages_follow_each_other_without_gap_or_double(world):
    made = [send_request(world, activity_name=f"Day {place}") for place in range(5)]
    for request_id in made:
        screen(request_id)

    seen, cursor = [], ""
    with acting_as(staff()):
        while True:
            page = queue_page(by=world.operations, at=AT, cursor=cursor, limit=2)
            seen += [row.head.public_id for row in page.rows]
            cursor = page.next_cursor
            if not cursor:
                break

    assert len(seen) == len(set(seen))
    assert set(seen) == {request_id for request_id in made if request_id in seen}
    assert len(seen) >= 4


def test_a_cursor_that_is_none_begins_at_the_start(world):
    screen(send_request(world))

    with acting_as(staff()):
        assert queue_page(by=world.operations, at=AT, cursor="nonsense").rows


def test_the_number_of_queries_does_not_grow_with_the_page(world):
    def count():
        with (
            acting_as(staff()),
            CaptureQueriesContext(
                connection,
            ) as captured,
        ):
            queue_page(by=world.operations, at=AT)
        return len(captured)

    screen(send_request(world))
    one = count()
    for place in range(3):
        screen(send_request(world, activity_name=f"Day {place}"))

    assert count() == one


def test_the_review_of_many_lines_takes_as_many_queries_as_of_one(world):
    from tests.submission_stock import LINE

    def count(claim_id):
        with acting_as(staff()), CaptureQueriesContext(connection) as captured:
            get_submission(claim_id, by=world.operations, at=CLAIMED)
        return len(captured)

    request_id = approved_request(world)
    one = send_claim(world, request_id)
    screen(one)
    lines = tuple({**LINE, "number": f"HS-{place}"} for place in range(6))
    many = send_claim(world, request_id, lines=lines)
    screen(many)

    assert count(many) == count(one)


def test_search_and_filters_narrow_the_queue(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    answer_logo(world, claim_id)
    approve(world, claim_id)

    with acting_as(staff()):

        def found(**given):
            page = queue_page(by=world.operations, at=CLAIMED, filters=QueueFilters(**given))
            return [row.head.public_id for row in page.rows]

        assert found(group="decided", text="CLM-2026") == [claim_id]
        assert found(group="decided", text="nobody") == []
        assert claim_id in found(group="all", kind="fund_claim")
        assert claim_id not in found(group="all", kind="fund_request")
        rows = submissions_of_partner(partner_id=world.partner_id, by=world.operations, at=CLAIMED)

    assert {row.head.state for row in rows} == {State.DECIDED}


def test_a_saved_view_is_an_address():
    filters = QueueFilters(group="mine", text="alpine")

    assert filters.to_query() == {"group": "mine", "text": "alpine"}
    assert QueueFilters().to_query() == {}
