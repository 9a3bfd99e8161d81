"""The partner's side: from a draft to "received", and back."""

import pytest

from counterfoil.apps.ledger.selectors import fund_position
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.core.money import Money
from counterfoil.core.states import State
from counterfoil.foundation.acting import acting_as, staff
from tests.submission_stock import (
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def world():
    return make_world()


def test_a_claim_goes_from_draft_to_a_posted_payable(world):
    request_id = approved_request(world)
    claim_id = send_claim(world, request_id)
    screen(claim_id)
    answer_logo(world, claim_id)
    decided = approve(world, claim_id)

    with acting_as(staff()):
        head = get_head(claim_id, by=world.operations)
        position = fund_position(
            fund=world.fund_id, period="2026", currency="USD", partner_id=world.partner_id
        )
    assert decided.payable == Money(60_000, "USD")
    assert (head.state, head.outcome, head.number) == (
        State.DECIDED,
        "qualified",
        "CLM-2026-00001",
    )
    assert position.committed == Money(200_000 - 60_000, "USD")
    assert position.approved == Money(60_000, "USD")
