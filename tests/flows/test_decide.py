"""The reviewer's side: authority, turns, separation of duties, money, races, planted faults."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connections, transaction

from counterfoil.apps.audit.selectors import events_of
from counterfoil.apps.ledger.errors import OverBudget
from counterfoil.apps.ledger.selectors import entries_of, fund_position
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.service_levels.selectors import clock_reading
from counterfoil.apps.submissions import services
from counterfoil.apps.submissions.errors import (
    NoRoundsLeft,
    NotApprovable,
    NothingWaiting,
    NotYourTurn,
    ReasonMissing,
    SameApprover,
    ScreeningStale,
    StateRefused,
    SubmissionRefused,
    UnknownCode,
    UnknownDetail,
)
from counterfoil.apps.submissions.models import Approval, Decision, Submission
from counterfoil.apps.submissions.selectors import get_head, get_submission, latest_screening
from counterfoil.apps.submissions.selectors.cases import remaining_of
from counterfoil.core.actors import Grant
from counterfoil.core.authority import NotAllowed
from counterfoil.core.clocks import ClockState
from counterfoil.core.money import Money
from counterfoil.core.states import State
from counterfoil.flows import decide, submit
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.submission_stock import (
    AT,
    CLAIMED,
    INVOICE,
    LINE,
    REQUEST,
    actor_with,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
    send_request,
)

pytestmark = [pytest.mark.db]
shared = pytest.mark.django_db


@pytest.fixture
def world():
    return make_world()


def ready_claim(world, **given):
    """A claim on which everything but the approval is done."""
    claim_id = send_claim(world, approved_request(world), **given)
    screen(claim_id)
    answer_logo(world, claim_id)
    return claim_id


def stands(world, submission_id):
    with acting_as(staff()):
        return latest_screening(get_head(submission_id, by=world.operations)).sha256


def decline(world, claim_id, *, code="NO_BRANDING", reason="No logo.", by=None):
    with acting_as(staff()):
        return decide.decline_submission(
            submission_id=claim_id,
            code=code,
            reason=reason,
            by=by or world.operations,
            at=CLAIMED,
            expected_screening_sha256=latest_screening(
                get_head(claim_id, by=world.operations)
            ).sha256,
        )


# --- Approving ----------------------------------------------------------------------------------


@shared
def test_an_approved_request_commits_and_writes_the_letter(world):
    request_id = send_request(world)
    screen(request_id)
    decided = approve(world, request_id)

    with acting_as(staff()):
        entry = entries_of(source_ref=request_id).items[0]
        mail = OutboxMessage.objects.get(about=request_id, template="request-approved")
        actions = {
            item.action for item in events_of(object_type="submission", object_id=request_id)
        }
        assert clock_reading(subject=request_id, side="ours", at=AT).state is ClockState.STOPPED
        assert "2000.00 USD" in mail.body
    assert (entry.kind, decided.payable) == ("committed", Money(200_000, "USD"))
    assert {"submission.approval_given", "submission.approved"} <= actions


@shared
def test_a_partly_approved_claim_ties_to_the_cent(world):
    lines = (
        LINE,
        {**LINE, "net": "99.99", "category": "alcohol"},
        {**LINE, "net": "0.01", "tax": "10.00"},
    )
    claim_id = ready_claim(world, lines=lines)
    decided = approve(world, claim_id)

    with acting_as(staff()):
        view = get_submission(claim_id, by=world.operations, at=CLAIMED)
    assert view.decision.requested == Money(120_000 + 9_999 + 1 + 1_000, "USD")
    assert decided.payable == Money(60_000, "USD")
    assert view.decision.codes[0][0] == "COST_NOT_ELIGIBLE"
    with acting_as(staff()):
        assert OutboxMessage.objects.filter(
            about=claim_id, template="claim-partly-approved"
        ).exists()


@shared
def test_who_verifies_an_amount_may_lower_the_sum_and_never_raise_it(world):
    claim_id = ready_claim(world)
    with acting_as(staff()):
        view = get_submission(claim_id, by=world.operations, at=CLAIMED)
        name = f"line.{view.lines[0].line_id}.net"

    def verify(value):
        with acting_as(staff()):
            decide.verify_detail(
                submission_id=claim_id, name=name, value=value, by=world.operations, at=CLAIMED
            )

    verify("1200.01")
    with pytest.raises(NotApprovable, match=r"the partner asked for 1200\.00 USD"):
        approve(world, claim_id)
    verify("1000.00")
    assert approve(world, claim_id).payable == Money(50_000, "USD")


@shared
def test_a_page_older_than_the_newest_screening_is_refused(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    old = stands(world, claim_id)
    answer_logo(world, claim_id)

    with pytest.raises(ScreeningStale):
        approve(world, claim_id, sha256=old)


@shared
def test_what_needs_information_is_not_approvable(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)

    with pytest.raises(NotApprovable) as refusal:
        approve(world, claim_id)
    assert "MDF-05" in str(refusal.value)


@shared
def test_a_large_sum_needs_two_people_in_the_turn_the_playbook_names(world):
    request_id = send_request(world, planned_cost="50,000", requested_amount="25,000")
    quotation = b"Quotation for 50,000"
    with acting_as(portal(world.partner_id)):
        submit.recall_submission(submission_id=request_id, by=world.partner, at=AT)
        submit.add_evidence(
            submission_id=request_id,
            kind="quotation",
            content=quotation,
            name="q.pdf",
            store=world.store,
            reader=world.reader,
            by=world.partner,
            at=AT,
        )
        submit.submit_submission(submission_id=request_id, by=world.partner, at=AT)
    screen(request_id)

    with pytest.raises(NotYourTurn):
        approve(world, request_id, by=world.checker)
    first = approve(world, request_id)
    assert (first.state, first.decision_id, first.next_role) == (
        State.SECOND_REVIEW,
        "",
        "finance_checker",
    )
    with pytest.raises(SameApprover):
        approve(world, request_id)
    second = approve(world, request_id, by=world.checker)
    assert second.decision_id


@shared
def test_the_last_approvers_limit_must_cover_the_sum(world):
    request_id = send_request(world)
    screen(request_id)
    small = actor_with(
        world.operations, Grant("operations", limit_minor=100_000, limit_currency="USD")
    )

    with pytest.raises(NotAllowed):
        approve(world, request_id, by=small)


@shared
def test_a_role_of_another_region_does_not_cover_it(world):
    request_id = send_request(world)
    screen(request_id)

    with pytest.raises(NotAllowed):
        approve(world, request_id, by=actor_with(world.operations, Grant("operations", "APAC")))


@shared
def test_who_entered_it_for_the_partner_does_not_approve_it(world):
    with acting_as(staff()):
        begun = submit.start_submission(
            playbook_code="mdf-request",
            fund_id=world.fund_id,
            partner_id=world.partner_id,
            by=world.operations,
            at=AT,
        )
        submit.save_details(
            submission_id=begun.submission_id, entries=REQUEST, by=world.operations, at=AT
        )
        submit.submit_submission(submission_id=begun.submission_id, by=world.operations, at=AT)
    with acting_as(portal(world.partner_id)):
        submit.confirm_submission(submission_id=begun.submission_id, by=world.partner, at=AT)
    screen(begun.submission_id)

    with pytest.raises(SameApprover):
        approve(world, begun.submission_id)
    with pytest.raises(SameApprover):
        decline(world, begun.submission_id, code="FUND_EXCEEDED")
    assert approve(world, begun.submission_id, by=world.second_operations).decision_id


# --- Not approving, returning -------------------------------------------------------------------


@shared
def test_a_declined_claim_pays_nothing_and_says_why(world):
    claim_id = ready_claim(world)
    decided = decline(world, claim_id)

    with acting_as(staff()):
        head = get_head(claim_id, by=world.operations)
        row = Decision.objects.get(submission_id=head.pk)
        mail = OutboxMessage.objects.get(about=claim_id, template="claim-not-approved")
        assert entries_of(source_ref=claim_id).items == ()
        assert "Our logo can't be seen." in mail.body
        left = remaining_of(head.parent_pk)
    assert (head.outcome, decided.payable) == ("declined", Money(0, "USD"))
    assert (row.requested_minor, row.payable_minor) == (120_000, 0)
    assert left == Money(200_000, "USD")


@shared
def test_a_code_of_repetition_makes_the_outcome_a_duplicate(world):
    claim_id = ready_claim(world)

    assert decline(world, claim_id, code="INVOICE_REUSED").outcome == "duplicate"


@shared
def test_not_approving_needs_a_code_of_the_playbook_and_a_reason(world):
    claim_id = ready_claim(world)

    with pytest.raises(UnknownCode):
        decline(world, claim_id, code="BECAUSE")
    with pytest.raises(ReasonMissing):
        decline(world, claim_id, reason=" ")


@shared
def test_a_decided_claim_is_decided(world):
    claim_id = ready_claim(world)
    approve(world, claim_id)

    with pytest.raises(StateRefused):
        approve(world, claim_id, by=world.second_operations)
    with pytest.raises(StateRefused):
        decline(world, claim_id)


@shared
def test_a_return_names_what_may_change_and_rounds_are_counted(world):
    claim_id = ready_claim(world)

    def send_back(**given):
        with acting_as(staff()):
            decide.return_submission(
                **{
                    "submission_id": claim_id,
                    "codes": ["NO_BRANDING"],
                    "fields": ["evidence:activity_proof"],
                    "message": "Show the logo.",
                    "by": world.operations,
                    "at": CLAIMED,
                    **given,
                }
            )

    for wrong, error in (
        ({"fields": []}, UnknownDetail),
        ({"fields": ["evidence:passport"]}, UnknownDetail),
        ({"fields": ["request.remaining"]}, UnknownDetail),
        ({"codes": ["NOPE"]}, UnknownCode),
        ({"message": ""}, ReasonMissing),
    ):
        with pytest.raises(error):
            send_back(**wrong)
    for _ in range(2):
        send_back()
        with acting_as(portal(world.partner_id)):
            submit.answer_return(
                submission_id=claim_id, reason="It is there.", by=world.partner, at=CLAIMED
            )
        screen(claim_id)
    with pytest.raises(NoRoundsLeft):
        send_back()


@shared
def test_a_correction_is_judged_anew_and_an_old_approval_does_not_count(world):
    claim_id = ready_claim(world)
    old = stands(world, claim_id)
    with acting_as(staff()):
        decide.return_submission(
            submission_id=claim_id,
            codes=["NO_BRANDING"],
            fields=["leads"],
            message="How many?",
            by=world.operations,
            at=CLAIMED,
        )
    with acting_as(portal(world.partner_id)):
        submit.save_details(
            submission_id=claim_id, entries={"leads": "12"}, by=world.partner, at=CLAIMED
        )
        submit.answer_return(submission_id=claim_id, reason="12", by=world.partner, at=CLAIMED)
    screen(claim_id)

    with pytest.raises(ScreeningStale):
        approve(world, claim_id, sha256=old)


# --- The queue ----------------------------------------------------------------------------------


@shared
def test_claiming_the_next_takes_the_most_urgent_and_then_nothing(world):
    request_id = send_request(world)
    screen(request_id)
    with acting_as(staff()):
        assert decide.claim_next(by=world.operations, at=AT) == request_id
        with pytest.raises(NothingWaiting):
            decide.claim_next(by=world.second_operations, at=AT)
        decide.assign_submission(
            submission_id=request_id,
            person_id=world.second_operations.id,
            by=world.operations,
            at=AT,
        )
        head = get_head(request_id, by=world.operations)
    assert head.assigned_to_pk == world.second_operations.user_pk


# --- Planted faults: the program is made wrong, the check beneath it must catch it --------------


@shared
def test_planted_self_approval_without_the_service_check_is_stopped_by_the_database(
    world, monkeypatch
):
    with acting_as(staff()):
        begun = submit.start_submission(
            playbook_code="mdf-request",
            fund_id=world.fund_id,
            partner_id=world.partner_id,
            by=world.operations,
            at=AT,
        )
        submit.save_details(
            submission_id=begun.submission_id, entries=REQUEST, by=world.operations, at=AT
        )
        submit.submit_submission(submission_id=begun.submission_id, by=world.operations, at=AT)
    with acting_as(portal(world.partner_id)):
        submit.confirm_submission(submission_id=begun.submission_id, by=world.partner, at=AT)
    screen(begun.submission_id)
    monkeypatch.setattr(services, "refuse_own", lambda **_: None)

    with pytest.raises(IntegrityError, match=r"entered (or sent|details)"):
        approve(world, begun.submission_id)


@shared
def test_planted_approval_of_lines_by_who_entered_them_is_stopped_by_the_database(
    world, monkeypatch
):
    request_id = send_request(world)
    with acting_as(portal(world.partner_id)):
        submit.recall_submission(submission_id=request_id, by=world.partner, at=AT)
    with acting_as(staff()):
        # Somebody else began and sent it; this person only typed one of its details.
        submit.save_details(
            submission_id=request_id, entries={"expected_leads": "41"}, by=world.operations, at=AT
        )
    with acting_as(portal(world.partner_id)):
        submit.submit_submission(submission_id=request_id, by=world.partner, at=AT)
    screen(request_id)
    with pytest.raises(SameApprover):
        approve(world, request_id)
    monkeypatch.setattr(services, "refuse_own", lambda **_: None)

    with pytest.raises(IntegrityError, match="entered details or evidence"):
        approve(world, request_id)


@shared
def test_planted_stale_approval_is_stopped_by_the_database(world, monkeypatch):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    answer_logo(world, claim_id)
    old = stands(world, claim_id)
    with acting_as(staff()):
        decide.screen_again(submission_id=claim_id, by=world.operations, at=CLAIMED)
        view = get_submission(claim_id, by=world.operations, at=CLAIMED)
        decide.verify_detail(
            submission_id=claim_id,
            name=f"line.{view.lines[0].line_id}.net",
            value="1.00",
            by=world.operations,
            at=CLAIMED,
        )
    monkeypatch.setattr(decide, "_expected", _ignoring_the_hash(decide._expected))

    with pytest.raises(IntegrityError, match="screened again"):
        approve(world, claim_id, sha256=old)


def _ignoring_the_hash(original):
    def planted(head, sha256, *, at):
        return original(head, latest_screening(head).sha256, at=at)

    return planted


@shared
def test_planted_decision_that_nobody_approved_is_stopped_by_the_database(world, monkeypatch):
    claim_id = ready_claim(world)
    monkeypatch.setattr(services, "record_approval", lambda **_: 1)

    with pytest.raises(IntegrityError, match="nobody approved"):
        approve(world, claim_id)


@shared
def test_planted_second_outcome_of_a_decided_submission_is_stopped_by_the_database(world):
    claim_id = ready_claim(world)
    approve(world, claim_id)

    with (
        acting_as(staff()),
        pytest.raises(IntegrityError, match="is decided"),
        transaction.atomic(),
    ):
        Submission.objects.filter(public_id=claim_id).update(outcome="declined")


@shared
def test_planted_forgotten_partner_filter_is_stopped_by_row_level_security(world, monkeypatch):
    from django.db.models import Q

    from counterfoil.apps.submissions.errors import UnknownSubmission
    from counterfoil.apps.submissions.selectors import heads

    request_id = send_request(world)
    monkeypatch.setattr(heads, "scope_of", lambda by: Q())

    with acting_as(portal(world.other_partner_id)), pytest.raises(UnknownSubmission):
        get_head(request_id, by=world.other)


@shared
def test_the_selector_alone_keeps_partners_apart_without_row_level_security(world):
    from counterfoil.apps.submissions.errors import UnknownSubmission

    request_id = send_request(world)

    with acting_as(staff()), pytest.raises(UnknownSubmission):
        get_head(request_id, by=world.other)


@shared
def test_planted_wrong_payable_beyond_the_requested_is_stopped_by_the_database(world, monkeypatch):
    from counterfoil.core import decisions
    from counterfoil.flows import conclude

    claim_id = ready_claim(world)

    def planted(judged, *, is_approved, code, currency):
        sums = decisions.settlement(judged, is_approved=is_approved, code=code, currency=currency)
        wrong = object.__new__(decisions.Settlement)
        for name, value in (
            ("requested", sums.requested),
            ("payable", sums.requested + sums.requested),
            ("adjustments", ()),
        ):
            object.__setattr__(wrong, name, value)
        return wrong

    monkeypatch.setattr(conclude, "settlement", planted)
    monkeypatch.setattr(conclude, "_released", lambda *_: Money(0, "USD"))

    with pytest.raises(IntegrityError, match="payable_within_requested"):
        approve(world, claim_id)


# --- Races --------------------------------------------------------------------------------------


def in_threads(count, work):
    """Run `work(number)` in threads that begin together, each with a connection of its own."""
    gate = threading.Barrier(count)

    def run(number):
        gate.wait()
        try:
            return work(number)
        except (SubmissionRefused, IntegrityError, OverBudget) as refusal:
            return type(refusal).__name__
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_sixteen_racing_approvals_make_one_decision(own_database):
    world = make_world()
    claim_id = ready_claim(world)
    sha256 = stands(world, claim_id)
    people = [world.operations, world.second_operations]

    def work(number):
        with acting_as(staff()):
            return decide.approve_submission(
                submission_id=claim_id,
                expected_screening_sha256=sha256,
                by=people[number % 2],
                at=CLAIMED,
            ).outcome

    outcomes = in_threads(16, work)

    assert outcomes.count("qualified") == 1
    with acting_as(staff()):
        pk = get_head(claim_id, by=world.operations).pk
        assert Decision.objects.filter(submission_id=pk).count() == 1
        assert Approval.objects.filter(submission_id=pk).count() == 1
        assert len(entries_of(source_ref=claim_id).items) == 1


def test_twenty_requests_of_a_hundred_on_a_thousand_commit_exactly_ten(own_database):
    world = make_world(available=100_000)
    first = date(2026, 4, 6)
    made = [
        send_request(
            world,
            planned_cost="200",
            requested_amount="100",
            activity_name=f"Day {place}",
            activity_start=(first + timedelta(days=place)).isoformat(),
            activity_end=(first + timedelta(days=place)).isoformat(),
        )
        for place in range(20)
    ]

    outcomes = in_threads(20, lambda number: screen(made[number]).state)

    assert outcomes.count(State.DECIDED) == 10
    assert outcomes.count(State.IN_REVIEW) == 10
    with acting_as(staff()):
        position = fund_position(
            fund=world.fund_id, period="2026", currency="USD", partner_id=world.partner_id
        )
    assert (position.committed, position.available) == (Money(100_000, "USD"), Money(0, "USD"))


def test_two_clicks_at_once_send_one_submission(own_database):
    world = make_world()
    with acting_as(portal(world.partner_id)):
        begun = submit.start_submission(
            playbook_code="mdf-request", fund_id=world.fund_id, by=world.partner, at=AT
        )
        submit.save_details(
            submission_id=begun.submission_id, entries=REQUEST, by=world.partner, at=AT
        )

    def work(_number):
        with acting_as(portal(world.partner_id)):
            return submit.submit_submission(
                submission_id=begun.submission_id, by=world.partner, at=AT
            ).is_new

    outcomes = in_threads(6, work)

    assert outcomes.count(True) == 1
    assert outcomes.count(False) == 5
    with acting_as(staff()):
        assert OutboxMessage.objects.filter(about=begun.submission_id).count() == 1


def test_two_people_who_take_the_next_get_different_ones(own_database):
    world = make_world()
    made = [
        send_request(
            world,
            activity_name=f"Day {place}",
            activity_start=f"2026-0{place + 5}-04",
            activity_end=f"2026-0{place + 5}-05",
        )
        for place in range(2)
    ]
    for each in made:
        screen(each)
    people = [world.operations, world.second_operations]

    def work(number):
        with acting_as(staff()):
            return decide.claim_next(by=people[number], at=AT)

    assert sorted(in_threads(2, work)) == sorted(made)


def test_two_claims_with_one_invoice_screened_at_once_do_not_both_pass(own_database):
    world = make_world()
    request_id = approved_request(world)
    claims = [
        send_claim(world, request_id, invoices=(INVOICE + str(place),)) for place in range(2)
    ]

    in_threads(2, lambda number: screen(claims[number]).outcome)

    found = []
    with acting_as(staff()):
        for claim_id in claims:
            view = get_submission(claim_id, by=world.operations, at=CLAIMED)
            found += [item.result for item in view.screening.criteria if item.id == "MDF-04"]
    assert sorted(found) == ["fail", "pass"]
