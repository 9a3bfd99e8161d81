"""What nobody claimed in time lapses: after the last day, once, to the cent, never while open."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from counterfoil.apps.ledger.errors import OverBudget
from counterfoil.apps.ledger.selectors import entries_of, fund_position
from counterfoil.apps.programs.errors import FundStillOpen
from counterfoil.apps.submissions.selectors.cases import remaining_of
from counterfoil.apps.submissions.selectors.decisions import (
    get_decision_record,
    newest_decisions,
)
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.core.authority import NotAllowed
from counterfoil.core.money import Money
from counterfoil.flows import lapse_funds
from counterfoil.flows.lapse_funds import lapse_fund, preview_lapse
from counterfoil.foundation.acting import acting_as, staff
from tests.submission_stock import (
    CLAIMED,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]

LAST = datetime(2027, 3, 31, 12, tzinfo=UTC)  # the last day for claims of the stock's fund
AFTER = LAST + timedelta(days=1)


@pytest.fixture
def world():
    return make_world()


def standing(world, partner_id=None):
    with acting_as(staff()):
        return fund_position(
            fund=world.fund_id, period="2026", currency="USD", partner_id=partner_id
        )


def lapse(world, *, at=AFTER):
    with acting_as(staff()):
        return lapse_fund(fund_id=world.fund_id, by=world.finance, at=at)


def approved_claim(world, request_id, **entries):
    claim_id = send_claim(world, request_id, **entries)
    screen(claim_id, at=CLAIMED)
    answer_logo(world, claim_id)
    approve(world, claim_id, at=CLAIMED)
    return claim_id


def test_what_is_left_after_the_last_day_goes_back_and_the_tracker_says_expired(world):
    approved_claim(world, approved_request(world))
    before = standing(world, world.partner_id)

    report = lapse(world)

    after = standing(world, world.partner_id)
    assert (report.partners, report.committed) == (2, Money(140_000, "USD"))
    assert report.available == Money(20_000_000 - 200_000, "USD")
    assert (after.available.minor, after.committed.minor) == (0, 0)
    assert after.expired == before.available + before.committed
    assert (after.claimed, after.approved) == (before.claimed, before.approved)
    assert standing(world).returned == report.committed + report.available


def test_a_second_run_finds_nothing(world):
    lapse(world)

    again = lapse(world, at=AFTER + timedelta(days=1))

    assert (again.partners, again.available.minor, again.committed.minor) == (0, 0, 0)


def test_a_preview_writes_nothing(world):
    with acting_as(staff()):
        seen = preview_lapse(fund_id=world.fund_id, by=world.finance, at=AFTER)

    assert seen.available == Money(20_000_000, "USD")
    assert standing(world).expired.is_zero


def test_on_the_last_day_for_claims_nothing_lapses(world):
    with pytest.raises(FundStillOpen, match="until 2027-03-31"):
        lapse(world, at=LAST)

    assert standing(world).expired.is_zero


def test_what_is_not_decided_yet_is_named_and_nothing_lapses(world):
    claim_id = send_claim(world, approved_request(world))
    with acting_as(staff()):
        number = get_head(claim_id, by=world.operations).number

    with pytest.raises(FundStillOpen, match=number):
        lapse(world)

    assert standing(world).expired.is_zero


def test_planted_forgotten_look_at_open_claims_takes_the_money_of_one(world, monkeypatch):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id, at=CLAIMED)
    answer_logo(world, claim_id)
    monkeypatch.setattr(lapse_funds, "numbers_under_way", lambda **_: ())

    lapse(world)

    with pytest.raises(OverBudget):  # the ledger holds where the look was forgotten
        approve(world, claim_id, at=CLAIMED)


def test_only_finance_takes_back(world):
    with acting_as(staff()), pytest.raises(NotAllowed):
        lapse_fund(fund_id=world.fund_id, by=world.operations, at=AFTER)


def test_the_entries_name_the_fund_and_why(world):
    approved_request(world)
    lapse(world)

    with acting_as(staff()):
        entries = entries_of(fund=world.fund_id, partner_id=world.partner_id)
    released = [each for each in entries.items if each.kind == "commitment_released"]
    assert [each.reason for each in released] == ["Claims could be sent until 2027-03-31."]
    assert released[0].source_ref == world.fund_id


def test_a_last_claim_gives_the_rest_of_the_pre_approval_back_to_the_partner(world):
    request_id = approved_request(world)
    before = standing(world, world.partner_id)

    claim_id = approved_claim(world, request_id, final_claim="yes")

    after = standing(world, world.partner_id)
    with acting_as(staff()):
        newest = newest_decisions(submission_ids=[claim_id])[claim_id][0]
        record = json.loads(get_decision_record(newest).record)
        request = get_head(request_id, by=world.operations)
        left = remaining_of(request.pk)
    assert record["about"]["released"] == {"minor": 140_000, "currency": "USD"}
    assert after.committed.is_zero
    assert after.available == before.available + Money(140_000, "USD")
    assert left == Money(0, "USD")


def test_a_claim_that_is_not_the_last_keeps_the_rest_reserved(world):
    request_id = approved_request(world)

    approved_claim(world, request_id, final_claim="no")

    assert standing(world, world.partner_id).committed == Money(140_000, "USD")
