"""Influence validation: each archetype from form to credit, judged by two people; no money."""

from datetime import timedelta
from importlib.resources import files

import pytest

from counterfoil.apps.ledger.selectors import entries_of
from counterfoil.apps.ledger.selectors.payables import open_payables_of
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.submissions.errors import NoApprovedRequest, NothingLeft
from counterfoil.apps.submissions.selectors import get_submission, latest_screening
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.apps.submissions.selectors.own_status import get_own_letter
from counterfoil.core.blind import Verdict
from counterfoil.core.playbooks import Kind, PlaybookInvalid, load_playbook
from counterfoil.core.states import State
from counterfoil.flows import decide, review_blind, submit
from counterfoil.flows.replay import replay_decision
from counterfoil.flows.review_blind import Findings
from counterfoil.flows.verify_records import verify_records
from counterfoil.foundation.acting import acting_as, portal, staff, worker
from counterfoil.interfaces.portal.submissions.letter import paragraphs_of
from tests.influence_stock import FORMS, answers_of, begin, send
from tests.people_stock import SYSTEM
from tests.submission_stock import CLAIMED, add_file, approve, make_world, screen

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LATER = CLAIMED + timedelta(hours=5)
CODES = tuple(FORMS)


@pytest.fixture
def world():
    return make_world()


def judge_first(world, claim_id, code, *, by=None):
    """The first reviewer answers what only a person can, one question after the other."""
    with acting_as(staff()):
        for name, value in answers_of(code).items():
            decide.verify_detail(
                submission_id=claim_id, name=name, value=value, by=by or world.operations,
                at=CLAIMED,
            )  # fmt: skip


def judge_second(world, claim_id, code, **changed):
    with acting_as(staff()):
        typed = {
            name: decide.read_verified(
                submission_id=claim_id, name=name, value=value, by=world.second_operations,
                at=LATER,
            )
            for name, value in {**answers_of(code), **changed}.items()
        }  # fmt: skip
        return review_blind.give_second_review(
            submission_id=claim_id, findings=Findings(typed), verdict=Verdict.APPROVE, code="",
            reason="", by=world.second_operations, at=LATER,
        )  # fmt: skip


@pytest.mark.parametrize("code", CODES)
def test_each_archetype_goes_from_the_form_through_two_reviewers_to_its_credit(world, code):
    claim_id = send(world, code)
    assert screen(claim_id, at=CLAIMED).state is State.IN_REVIEW
    judge_first(world, claim_id, code)
    assert approve(world, claim_id, at=LATER).is_held
    assert not judge_second(world, claim_id, code).needs_third

    decided = approve(world, claim_id, at=LATER)

    assert decided.outcome == "qualified"
    assert decided.payable.format_plain() == "48000.00 USD"
    with acting_as(staff()):
        view = get_submission(claim_id, by=world.operations, at=LATER)
        assert view.head.number.startswith("POP-2026-")
        assert {each.result for each in view.screening.criteria} <= {"pass", "not_applicable"}
        assert entries_of(source_ref=claim_id, limit=10).items == ()
        assert open_payables_of(payable_refs=[claim_id]) == ()
        again = replay_decision(decision_id=decided.decision_id, by=world.lead, at=LATER)
        assert again.is_same
        assert OutboxMessage.objects.get(about=claim_id, template="validation-approved")
    with acting_as(portal(world.partner_id)):
        letter = get_own_letter(claim_id, by=world.partner, language="en")
    assert paragraphs_of(letter)[0].endswith("48,000.00 USD are credited.")
    with acting_as(worker()):
        assert list(verify_records(by=SYSTEM, at=LATER)) == []


@pytest.mark.parametrize("code", CODES)
def test_a_fresh_submission_of_each_archetype_waits_for_people_on_every_human_question(
    world, code
):
    claim_id = send(world, code)
    screen(claim_id, at=CLAIMED)
    with acting_as(staff()):
        view = get_submission(claim_id, by=world.operations, at=CLAIMED)
    assert view.screening.outcome == "needs_information"
    assert "fail" not in {each.result for each in view.screening.criteria}


def test_two_who_differ_on_the_customers_words_need_a_third(world):
    code = "pop-origination"
    claim_id = send(world, code)
    screen(claim_id, at=CLAIMED)
    judge_first(world, claim_id, code)
    approve(world, claim_id, at=LATER)
    with acting_as(staff()):
        typed = {"need_named": False}
        found = review_blind.give_second_review(
            submission_id=claim_id, findings=Findings(typed), verdict=Verdict.DECLINE,
            code="NO_NAMED_NEED", reason="Thanks for the coffee, no project.",
            by=world.second_operations, at=LATER,
        )  # fmt: skip
    assert found.needs_third
    assert "ORG-01" in [each.key for each in found.differing]


def test_a_deal_is_credited_once_in_any_spelling_of_its_number(world):
    code = "pop-closure"
    first = send(world, code)
    screen(first, at=CLAIMED)
    second = send(world, code, opportunity_id="opp 20417", mark="two")
    screen(second, at=CLAIMED)
    for each in (first, second):
        judge_first(world, each, code)
        approve(world, each, at=LATER)
        judge_second(world, each, code)
    approve(world, first, at=LATER)

    with pytest.raises(NothingLeft, match="credited once"):
        approve(world, second, at=LATER)
    with acting_as(staff()):
        decide.screen_again(submission_id=second, by=world.lead, at=LATER)
        view = get_submission(second, by=world.lead, at=LATER)
    failed = {each.id for each in view.screening.criteria if each.result == "fail"}
    assert "CLO-G4" in failed
    assert any("was credited in POP-2026-" in each.words for each in view.screening.findings)


def test_another_partners_claim_on_the_deal_is_named_to_us_and_not_to_them(world):
    code = "pop-origination"
    send(world, code, by=world.other, mark="theirs")
    mine = send(world, code)
    screen(mine, at=CLAIMED)

    with acting_as(staff()):
        view = get_submission(mine, by=world.operations, at=CLAIMED)
    words = [each.words for each in view.screening.findings]
    assert any("Another partner claims this deal in POP-2026-" in each for each in words)
    with acting_as(portal(world.partner_id)):
        status = submit.get_head(mine, by=world.partner)
    assert status.partner_id == world.partner_id


def test_a_contact_of_the_partners_own_company_is_seen(world):
    claim_id = send(world, "pop-adoption", customer_name="Alpine Systems GmbH")
    screen(claim_id, at=CLAIMED)
    with acting_as(staff()):
        view = get_submission(claim_id, by=world.operations, at=CLAIMED)
    assert "ADO-G5" in {each.id for each in view.screening.criteria if each.result == "fail"}


@pytest.mark.parametrize(
    ("answer", "result"),
    [("confirm", "pass"), ("dispute", "fail"), ("not_mine", "fail"), ("unknown", "unknown")],
)
def test_the_account_executives_answer_decides_their_criterion(world, answer, result):
    from counterfoil.core.inquiries import Answer
    from counterfoil.flows.ask_account_executive import ask_account_executive

    claim_id = send(world, "pop-origination")
    screen(claim_id, at=CLAIMED)
    with acting_as(staff()):
        inquiry = ask_account_executive(
            submission_id=claim_id, email="ann@vendor.example", name="Ann", deal="OPP-20417",
            question="Did the partner bring it?", shown=[], by=world.operations, at=CLAIMED,
        )  # fmt: skip
    with acting_as(worker()):
        from counterfoil.apps.submissions.services import answer_inquiry as record

        record(
            inquiry_id=inquiry, email="ann@vendor.example", name="Ann", answer=Answer(answer),
            words="As our records say.", ties=[], by=SYSTEM, at=CLAIMED,
        )  # fmt: skip
    with acting_as(staff()):
        decide.screen_again(submission_id=claim_id, by=world.operations, at=LATER)
        view = get_submission(claim_id, by=world.operations, at=LATER)
    found = next(each for each in view.screening.criteria if each.id == "ORG-08")
    assert found.result == result


def test_influence_is_never_approved_without_a_person():
    text = (files("counterfoil.apps.playbooks") / "shipped" / "pop-origination.yaml").read_text(
        encoding="utf-8"
    )
    rows = "{when: payable <= lead_limit, approvers_in_turn: [operations]}"
    assert rows in text
    automatic = text.replace(
        rows, '{when: "outcome == \\"qualified\\"", decide: approved_automatically}'
    )
    with pytest.raises(PlaybookInvalid, match="never approved without a person"):
        load_playbook(automatic, file="pop.yaml")


def test_a_credit_says_nothing_of_money_on_its_form(world):
    begun = begin(world, "pop-closure")
    with acting_as(portal(world.partner_id)):
        head = get_head(begun, by=world.partner)
    assert Kind(head.kind).is_credit
    with pytest.raises(NoApprovedRequest), acting_as(portal(world.partner_id)):
        submit.start_submission(
            playbook_code="mdf-claim", request_id=begun, by=world.partner, at=CLAIMED
        )


def test_a_file_that_proved_another_deal_does_not_prove_this_one(world):
    code = "pop-adoption"
    first = send(world, code)
    screen(first, at=CLAIMED)
    second = begin(world, code, opportunity_id="OPP-9")
    with acting_as(portal(world.partner_id)):
        for kind in FORMS[code].evidence:
            add_file(world, second, kind, f"{kind} of ".encode(), f"{kind}.pdf")
        submit.submit_submission(submission_id=second, by=world.partner, at=CLAIMED)
    screen(second, at=CLAIMED)
    with acting_as(staff()):
        seen = latest_screening(get_head(second, by=world.operations))
    assert '"ADO-G7"' in seen.record


def test_the_account_executive_gets_a_decision_letter_with_every_criterion(world):
    from counterfoil.flows.ask_account_executive import ask_account_executive, revoke_inquiry

    code = "pop-origination"
    claim_id = send(world, code)
    screen(claim_id, at=CLAIMED)
    with acting_as(staff()):
        for name in ("ann", "bea"):
            asked = ask_account_executive(
                submission_id=claim_id, email=f"{name}@vendor.example", name=name.title(),
                deal="OPP-20417", question="Did the partner bring it?", shown=[],
                by=world.operations, at=CLAIMED,
            )  # fmt: skip
        revoke_inquiry(inquiry_id=asked, reason="Not her deal.", by=world.operations, at=CLAIMED)
    judge_first(world, claim_id, code)
    approve(world, claim_id, at=LATER)
    judge_second(world, claim_id, code)
    approve(world, claim_id, at=LATER)

    with acting_as(staff()):
        (mail,) = OutboxMessage.objects.filter(template="inquiry-decided")
    assert mail.to_email == "ann@vendor.example"
    assert "and you did not answer." in mail.body
    assert "It was decided on May 1, 2026: validated." in mail.body
    assert "ORG-01 The customer names its need: met" in mail.body
    assert "ORG-G8 A public body knows of the incentive: does not apply" in mail.body


def test_the_figures_of_influence_are_those_of_what_was_decided(world):
    from counterfoil.apps.submissions.selectors.influence import influence_cases
    from counterfoil.core.influence import figures_of

    code = "pop-closure"
    claim_id = send(world, code)
    screen(claim_id, at=CLAIMED)
    judge_first(world, claim_id, code)
    approve(world, claim_id, at=LATER)
    judge_second(world, claim_id, code)
    approve(world, claim_id, at=LATER)
    send(world, "pop-adoption")
    begin(world, "pop-origination")

    with acting_as(staff()):
        open_one, done = figures_of(influence_cases())
        assert influence_cases(since=LATER.date() + timedelta(days=1)) == ()
    assert (open_one.type, open_one.submitted, open_one.decided) == ("pop-adoption", 1, 0)
    assert (done.type, done.validated, done.first_time) == ("pop-closure", 1, 1)
    assert done.credited["USD"].format_plain() == "48000.00 USD"
    assert done.median == LATER - CLAIMED
