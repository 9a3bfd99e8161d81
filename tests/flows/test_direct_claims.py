"""Claims without a request, and referrals: co-op draws on the fund at once, a referral on none."""

import pytest

from counterfoil.apps.ledger.errors import OverBudget
from counterfoil.apps.ledger.selectors import entries_of, fund_position
from counterfoil.apps.ledger.selectors.payables import open_payables_of
from counterfoil.apps.submissions.errors import NotApprovable
from counterfoil.apps.submissions.selectors import get_submission
from counterfoil.apps.submissions.types import LineEntry
from counterfoil.core.money import Money
from counterfoil.core.states import State
from counterfoil.flows import decide, submit
from counterfoil.flows.replay import replay_decision
from counterfoil.flows.verify_records import verify_records
from counterfoil.foundation.acting import acting_as, portal, staff, worker
from tests.people_stock import SYSTEM
from tests.submission_stock import CLAIMED, LINE, add_file, approve, make_world, screen

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def coop_claim(world, *, net="1,200.00", number="AD-1"):
    """A claim on digital advertising, with its invoice and both pieces of proof."""
    line = {**LINE, "number": number, "category": "media", "net": net, "paid_on": "2026-04-23"}
    with acting_as(portal(world.partner_id)):
        begun = submit.start_submission(
            playbook_code="coop-claim", fund_id=world.fund_id, by=world.partner, at=CLAIMED
        )
        claim_id = begun.submission_id
        submit.save_details(
            submission_id=claim_id,
            entries={
                "activity": "digital_ads", "activity_name": "Spring ads", "leads": "12",
                "activity_start": "2026-04-20", "activity_end": "2026-04-21",
            },
            by=world.partner, at=CLAIMED,
        )  # fmt: skip
        submit.save_lines(
            submission_id=claim_id, lines=[LineEntry(line)], by=world.partner, at=CLAIMED
        )
        invoice = f"Hall & Stage Ltd\nInvoice number: {number}\nTotal amount due USD {net}"
        add_file(world, claim_id, "invoice", invoice.encode(), "invoice.pdf")
        add_file(world, claim_id, "payment_proof", f"Card statement {number}".encode(), "card.pdf")
        add_file(
            world, claim_id, "activity_proof", f"PICTURE {number}".encode(), "ad.png",
            piece="screenshot",
        )  # fmt: skip
        submit.add_link(
            submission_id=claim_id, kind="activity_proof", piece="landing_page",
            link="https://alpine.example/spring", by=world.partner, at=CLAIMED,
        )  # fmt: skip
        submit.submit_submission(submission_id=claim_id, by=world.partner, at=CLAIMED)
    screen(claim_id, at=CLAIMED)
    with acting_as(staff()):
        decide.verify_all(
            submission_id=claim_id, details={"logo_visible": True}, marks={},
            by=world.operations, at=CLAIMED,
        )  # fmt: skip
    return claim_id


def available(world):
    with acting_as(staff()):
        return fund_position(
            fund=world.fund_id, period="2026", currency="USD", partner_id=world.partner_id
        ).available


def test_a_coop_claim_draws_straight_on_what_is_available_and_is_payable():
    world = make_world()
    before = available(world)
    claim_id = coop_claim(world)

    decided = approve(world, claim_id, at=CLAIMED)

    assert decided.payable == Money(60_000, "USD")
    assert before - available(world) == decided.payable
    with acting_as(staff()):
        view = get_submission(claim_id, by=world.operations, at=CLAIMED)
        assert view.head.number.startswith("COP-2026-")
        (entry,) = entries_of(source_ref=claim_id, limit=10).items
        (due,) = open_payables_of(payable_refs=[claim_id])
        assert due.amount == decided.payable
        assert entry.kind == "claim_approved"
        again = replay_decision(decision_id=decided.decision_id, by=world.lead, at=CLAIMED)
        assert again.is_same
    with acting_as(worker()):
        assert list(verify_records(by=SYSTEM, at=CLAIMED)) == []


def test_a_coop_claim_never_takes_more_than_is_available():
    world = make_world(available=50_000)
    first, second = coop_claim(world), coop_claim(world, number="AD-2")
    # Both were judged while the whole was there: the first gets it, the second finds nothing.
    decided = approve(world, first, at=CLAIMED)
    assert decided.payable == Money(50_000, "USD")

    with pytest.raises(OverBudget):
        approve(world, second, at=CLAIMED)
    with acting_as(staff()):
        decide.screen_again(submission_id=second, by=world.operations, at=CLAIMED)
    with pytest.raises(NotApprovable, match="Nothing is left"):
        approve(world, second, at=CLAIMED)
    assert available(world) == Money(0, "USD")


def referral(world, *, by=None, **entries):
    who = by or world.partner
    with acting_as(portal(who.partner_id)):
        begun = submit.start_submission(
            playbook_code="referral", fund_id=world.fund_id, by=who, at=CLAIMED
        )
        submit.save_details(
            submission_id=begun.submission_id,
            entries={
                "opportunity_id": "OPP-7", "customer_name": "Nordwind Logistics",
                "customer_contact": "Jo Meier", "customer_email": "jo@nordwind.example",
                "opportunity_amount": "20,000.00", "customer_problem": "A new warehouse system.",
                "customer_agrees": "yes", **entries,
            },
            by=who, at=CLAIMED,
        )  # fmt: skip
        submit.submit_submission(submission_id=begun.submission_id, by=who, at=CLAIMED)
    screen(begun.submission_id, at=CLAIMED)
    return begun.submission_id


def test_a_referral_is_accepted_without_money():
    world = make_world()
    claim_id = referral(world)
    with acting_as(staff()):
        decide.verify_all(
            submission_id=claim_id, details={"had_opportunity": False}, marks={},
            by=world.operations, at=CLAIMED,
        )  # fmt: skip

    decided = approve(world, claim_id, at=CLAIMED)

    assert decided.outcome == "qualified"
    with acting_as(staff()):
        view = get_submission(claim_id, by=world.operations, at=CLAIMED)
        assert view.head.number.startswith("REF-2026-")
        assert entries_of(source_ref=claim_id, limit=10).items == ()


def test_the_second_partner_to_refer_a_deal_is_told_that_it_was_not_first():
    world = make_world()
    referral(world, by=world.other)
    mine = referral(world)
    with acting_as(staff()):
        view = get_submission(mine, by=world.operations, at=CLAIMED)
    assert "RFL-02" in {each.id for each in view.screening.criteria if each.result == "fail"}
    assert view.head.state is State.IN_REVIEW
