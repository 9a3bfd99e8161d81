"""Blind second reviews: drawn before a look, judged apart, settled by a third; walls beneath."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from counterfoil.apps.audit.selectors import events_of
from counterfoil.apps.submissions.checks import changed_blind_reviews
from counterfoil.apps.submissions.errors import (
    BlindUnsettled,
    BlindWaiting,
    NotBlind,
    NothingStopped,
    NothingWaiting,
    ReasonMissing,
    StateRefused,
    UnknownCode,
    UnknownDetail,
)
from counterfoil.apps.submissions.models import BlindReview, Draw, DrawSecret
from counterfoil.apps.submissions.selectors import get_submission, latest_screening
from counterfoil.apps.submissions.selectors.blind import (
    automation_of,
    blind_of,
    draw_months,
    draws_of,
    list_blind,
    pairs_of,
    reviewers_apart,
    waiting_for_second,
)
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.core.actors import system_actor
from counterfoil.core.authority import NotAllowed
from counterfoil.core.blind import DrawKind, Standing, Verdict, commitment, draw_number
from counterfoil.core.states import State
from counterfoil.flows import decide, review_blind
from counterfoil.flows.replay import replay_decision
from counterfoil.flows.review_blind import Findings
from counterfoil.foundation.acting import acting_as, staff, worker
from tests.people_stock import staff_person
from tests.submission_stock import (
    CLAIMED,
    LINE,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]
ALL = "{blind_second_review: 100%}"
LATER = CLAIMED + timedelta(hours=4)
DAYS = {"activity_start": datetime(2026, 4, 20, tzinfo=UTC).date(),
        "activity_end": datetime(2026, 4, 21, tzinfo=UTC).date()}  # fmt: skip
LARGE = {**LINE, "net": "3,000.00"}


@pytest.fixture
def world():
    return make_world(review=ALL)


def drawn_claim(world, **given):
    """A claim that the draw took, screened, with the first reviewer's answer on the logo."""
    claim_id = send_claim(world, approved_request(world), **given)
    screen(claim_id, at=CLAIMED)
    answer_logo(world, claim_id)
    return claim_id


def decline(world, claim_id, *, by, at=LATER):
    with acting_as(staff()):
        seen = latest_screening(get_head(claim_id, by=by)).sha256
        return decide.decline_submission(
            submission_id=claim_id, code="NO_BRANDING", reason="No logo to be seen.", by=by,
            at=at, expected_screening_sha256=seen,
        )  # fmt: skip


def asked_of(claim_id, *, by):
    """The details that only a person can settle, as the second reviewer is asked for them."""
    with acting_as(staff()):
        view = get_submission(claim_id, by=by, at=LATER)
    names = [each.name for each in view.details if each.needs == "human_verified"]
    return [*names, *(each.name for line in view.lines for each in line.details
                      if each.needs == "human_verified")]  # fmt: skip


def second(world, claim_id, *, by=None, verdict=Verdict.APPROVE, logo=True, code="", reason="",
           marks=None, at=LATER):  # fmt: skip
    with acting_as(staff()):
        return review_blind.give_second_review(
            submission_id=claim_id, findings=Findings({"logo_visible": logo}, marks or {}),
            verdict=verdict, code=code, reason=reason, by=by or world.second_operations, at=at,
        )  # fmt: skip


def standing(claim_id, *, by):
    with acting_as(staff()):
        return blind_of(get_head(claim_id, by=by))


def test_the_first_verdict_is_kept_and_decides_nothing(world):
    claim_id = drawn_claim(world)
    with acting_as(staff()):
        before = get_submission(claim_id, by=world.operations, at=LATER)
    assert before.blind.standing is Standing.NONE  # nobody is told of the draw

    decided = approve(world, claim_id, at=LATER)

    assert decided.is_held
    assert decided.decision_id == ""
    found = standing(claim_id, by=world.operations)
    assert found.standing is Standing.SECOND
    assert found.sheets[0].sheet.verdict is Verdict.APPROVE
    with acting_as(staff()):
        view = get_submission(claim_id, by=world.operations, at=LATER)
    assert view.head.state is State.IN_REVIEW
    assert view.head.assigned_to_pk is None
    assert view.decision is None


def test_the_second_reviewer_sees_what_was_sent_and_nothing_of_the_first(world):
    claim_id = drawn_claim(world)
    with acting_as(staff()):
        decide.claim_next(by=world.operations, at=CLAIMED)
    approve(world, claim_id, at=LATER)

    see_nothing_of_the_first(world, claim_id)


def see_nothing_of_the_first(world, claim_id):
    with acting_as(staff()):
        own = get_submission(claim_id, by=world.operations, at=LATER)
        other = get_submission(claim_id, by=world.second_operations, at=LATER)
        finance = get_submission(claim_id, by=world.checker, at=LATER)

    assert not own.is_hidden
    assert own.blind.standing is Standing.SECOND
    for view in (other, finance):
        assert view.is_hidden
        assert view.screening is None
        assert (view.history, view.notes, view.approvals) == ((), (), ())
        assert view.blind.sheets == ()
        logo = next(each for each in view.details if each.name == "logo_visible")
        assert logo.value is None


def test_two_who_agree_let_the_first_finish(world):
    claim_id = drawn_claim(world)
    approve(world, claim_id, at=LATER)

    found = second(world, claim_id)

    assert not found.needs_third
    with acting_as(staff()):
        view = get_submission(claim_id, by=world.operations, at=LATER)
        assert view.blind.standing is Standing.AGREED
        assert view.assigned_to == world.operations.name
    decided = approve(world, claim_id, at=LATER)
    assert decided.outcome == "qualified"
    with acting_as(staff()):
        again = replay_decision(decision_id=decided.decision_id, by=world.lead, at=LATER)
        assert again.is_same
        (row,) = list_blind()
        assert (row.outcome, row.view.standing) == ("qualified", Standing.AGREED)
        (pair,) = pairs_of()
        assert reviewers_apart([pair]) == ((world.operations.name, 1, 0),
                                           (world.second_operations.name, 1, 0))  # fmt: skip
        assert list(changed_blind_reviews()) == []


def test_two_who_differ_are_settled_by_a_third_with_a_reason(world):
    claim_id = drawn_claim(world)
    approve(world, claim_id, at=LATER)

    found = second(
        world, claim_id, verdict=Verdict.DECLINE, logo=False, code="NO_BRANDING",
        reason="The banner shows the old logo.",
    )  # fmt: skip

    assert found.needs_third
    assert [each.key for each in found.differing] == ["MDF-05"]
    for who in (world.operations, world.second_operations):
        with pytest.raises(BlindUnsettled, match="somebody else settles it"):
            approve(world, claim_id, by=who, at=LATER)
        with pytest.raises(BlindUnsettled, match="somebody else settles it"):
            decline(world, claim_id, by=who)
    decided = decline(world, claim_id, by=world.lead)
    assert decided.outcome == "declined"


def test_who_settles_writes_why(world):
    claim_id = drawn_claim(world)
    decline(world, claim_id, by=world.operations)
    second(world, claim_id)
    with acting_as(staff()):
        third_person = staff_person("Ola", "operations")
        seen = latest_screening(get_head(claim_id, by=third_person)).sha256
        third = {
            "submission_id": claim_id, "expected_screening_sha256": seen, "by": third_person,
            "at": LATER,
        }  # fmt: skip
        with pytest.raises(BlindUnsettled, match="write for the record why"):
            decide.approve_submission(**third)
        decided = decide.approve_submission(**third, reason="The logo is on the second photo.")
    assert decided.outcome == "qualified"


def test_nothing_moves_while_the_second_review_waits(world):
    claim_id = drawn_claim(world)
    approve(world, claim_id, at=LATER)

    with acting_as(staff()):
        seen = latest_screening(get_head(claim_id, by=world.operations)).sha256
    with pytest.raises(BlindWaiting):
        approve(world, claim_id, at=LATER)
    with pytest.raises(BlindWaiting):
        approve(world, claim_id, by=world.second_operations, at=LATER, sha256=seen)
    with pytest.raises(BlindWaiting):
        answer_logo(world, claim_id, at=LATER, value="no")
    with acting_as(staff()):
        with pytest.raises(BlindWaiting):
            decide.screen_again(submission_id=claim_id, by=world.operations, at=LATER)
        with pytest.raises(BlindWaiting):
            decide.return_submission(
                submission_id=claim_id, codes=["NO_BRANDING"], fields=["activity_name"],
                message="Send it again.", by=world.operations, at=LATER,
            )  # fmt: skip
        evidence = get_submission(claim_id, by=world.operations, at=LATER).evidence[0]
        with pytest.raises(BlindWaiting):
            decide.mark_evidence(
                evidence_id=evidence.evidence_id, not_qualifying="quotation",
                by=world.operations, at=LATER,
            )  # fmt: skip


def test_who_looked_before_is_not_blind(world):
    claim_id = drawn_claim(world)
    answer_logo(world, claim_id, by=world.second_operations, value="yes")
    approve(world, claim_id, at=LATER)

    with pytest.raises(NotBlind, match="verified details"):
        second(world, claim_id)
    with pytest.raises(NotBlind, match="first review"):
        second(world, claim_id, by=world.operations)


def test_who_wrote_a_note_is_not_blind(world):
    from counterfoil.apps.submissions.services import write_note

    claim_id = drawn_claim(world)
    with acting_as(staff()):
        write_note(
            submission_id=claim_id, body="Looks fine.", by=world.second_operations, at=CLAIMED
        )
    approve(world, claim_id, at=LATER)

    with pytest.raises(NotBlind, match="note"):
        second(world, claim_id)


def test_a_second_review_needs_its_turn_and_its_authority(world):
    claim_id = drawn_claim(world)

    with pytest.raises(StateRefused, match="does not wait"):
        second(world, claim_id)
    approve(world, claim_id, at=LATER)
    with pytest.raises(NotAllowed):
        second(world, claim_id, by=world.partner)
    with pytest.raises(BlindUnsettled, match="do not allow an approval"):
        second(world, claim_id, logo=False)
    with pytest.raises(UnknownCode):
        second(world, claim_id, verdict=Verdict.DECLINE, code="NO_SUCH", reason="No.")
    with pytest.raises(ReasonMissing):
        second(world, claim_id, verdict=Verdict.DECLINE, code="NO_BRANDING")
    with pytest.raises(UnknownDetail):
        second(world, claim_id, marks={"evd_none": "quotation"})
    second(world, claim_id)
    with pytest.raises(StateRefused, match="does not wait"):
        second(world, claim_id, by=world.lead)


def test_a_mark_on_a_file_is_part_of_the_second_review(world):
    claim_id = drawn_claim(world)
    approve(world, claim_id, at=LATER)
    with acting_as(staff()):
        view = get_submission(claim_id, by=world.second_operations, at=LATER)
    invoice = next(each for each in view.evidence if each.kind == "invoice")

    found = second(
        world, claim_id, verdict=Verdict.DECLINE, code="NO_BRANDING", reason="A quotation.",
        marks={invoice.evidence_id: "quotation"},
    )  # fmt: skip

    assert "MDF-14" in [each.key for each in found.differing]
    sheets = standing(claim_id, by=world.lead).sheets
    assert sheets[1].answers[f"evidence.{invoice.evidence_id}"] == "quotation"


def test_what_both_agreed_on_cannot_be_changed_by_one_of_them(world):
    claim_id = drawn_claim(world)
    approve(world, claim_id, at=LATER)
    second(world, claim_id)

    answer_logo(world, claim_id, at=LATER, value="no")
    with pytest.raises(BlindUnsettled, match="not what the two reviewers agreed on"):
        decline(world, claim_id, by=world.operations)
    answer_logo(world, claim_id, at=LATER, value="yes")
    assert approve(world, claim_id, at=LATER).outcome == "qualified"


def test_who_gave_a_review_is_not_handed_the_same_one_again(world):
    claim_id = drawn_claim(world)
    approve(world, claim_id, at=LATER)

    with acting_as(staff()):
        with pytest.raises(NothingWaiting):
            decide.claim_next(by=world.operations, at=LATER)
        assert decide.claim_next(by=world.second_operations, at=LATER) == claim_id
        assert waiting_for_second() == 1


def test_the_database_refuses_a_decision_with_one_review(world):
    from counterfoil.apps.submissions.selectors.cases import playbook_of
    from counterfoil.apps.submissions.selectors.decisions import judgment_of
    from counterfoil.flows.conclude import conclude

    claim_id = drawn_claim(world)
    approve(world, claim_id, at=LATER)

    def decide_past_the_flow(by):
        head = get_head(claim_id, by=by)
        stored = latest_screening(head)
        return conclude(
            head=head, judgment=judgment_of(stored, playbook_of(head, at=LATER).playbook),
            screening_sha256=stored.sha256, outcome="declined", codes=("NO_BRANDING",),
            reason="Past the flow.", by=by, at=LATER,
        )  # fmt: skip

    with (
        acting_as(staff()),
        pytest.raises(IntegrityError, match="has not had both"),
        transaction.atomic(),
    ):
        decide_past_the_flow(world.lead)
    second(
        world, claim_id, verdict=Verdict.DECLINE, logo=False, code="NO_BRANDING", reason="None.",
    )  # fmt: skip
    with (
        acting_as(staff()),
        pytest.raises(IntegrityError, match="somebody else settles it"),
        transaction.atomic(),
    ):
        decide_past_the_flow(world.second_operations)
    with acting_as(staff()):
        assert decide_past_the_flow(world.lead).outcome == "declined"


def test_planted_fault_a_flow_that_forgets_the_draw_is_stopped_by_the_database(world, monkeypatch):
    claim_id = drawn_claim(world)
    monkeypatch.setattr(decide, "hold_for_second", lambda **_: False)

    with pytest.raises(IntegrityError, match="has not had both"):
        approve(world, claim_id, at=LATER)


def test_planted_fault_a_page_that_shows_the_first_verdict_is_seen(world, monkeypatch):
    from counterfoil.apps.submissions.selectors import views

    claim_id = drawn_claim(world)
    approve(world, claim_id, at=LATER)
    monkeypatch.setattr(views, "is_hidden_from", lambda *_, **__: False)

    with pytest.raises(AssertionError):
        see_nothing_of_the_first(world, claim_id)


@pytest.mark.parametrize("table", ["blindreview", "draw"])
def test_reviews_and_draws_are_never_edited(world, table):
    claim_id = drawn_claim(world)
    approve(world, claim_id, at=LATER)

    with (
        acting_as(staff()),
        pytest.raises(Exception, match=r"append-only|permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE submissions_{table} SET partner_id = partner_id")


def test_people_of_the_vendor_have_no_right_on_the_secrets(world):
    drawn_claim(world)

    with (
        acting_as(staff()),
        pytest.raises(Exception, match="permission denied"),
        transaction.atomic(),
    ):
        DrawSecret.objects.count()


def test_the_secret_is_fixed_before_the_draw_and_told_after_the_month(world):
    claim_id = drawn_claim(world)
    by = system_actor("draws")
    with acting_as(worker()):
        row = Draw.objects.get(submission__public_id=claim_id, kind="blind")
        secret = DrawSecret.objects.get(month=row.month)
        assert secret.committed_at <= row.drawn_at
        assert secret.commitment == commitment(bytes.fromhex(secret.secret), month=row.month)
        (said,) = events_of(object_type="draw", object_id=row.month)
        assert said.data["commitment"] == secret.commitment
        assert "secret" not in said.data
        (month,) = [each for each in draw_months() if each.month == row.month]
        assert month.secret == ""

        told = review_blind.keep_draws(by=by, at=CLAIMED + timedelta(days=40))
        assert row.month in told
        (month,) = [each for each in draw_months() if each.month == row.month]
        (drawn,) = [each for each in draws_of(month=row.month) if each.kind == "blind"]
    again = draw_number(bytes.fromhex(month.secret), kind=DrawKind.BLIND, subject=claim_id)
    assert again == drawn.number_drawn
    with acting_as(worker()):
        assert review_blind.keep_draws(by=by, at=CLAIMED + timedelta(days=40)) == ()


def test_a_secret_that_was_told_draws_nothing_more(world):
    drawn_claim(world)
    with acting_as(worker()):
        review_blind.keep_draws(by=system_actor("draws"), at=CLAIMED + timedelta(days=40))
        row = Draw.objects.get(kind="blind")
        row.pk, row.kind = None, "automatic"
        with pytest.raises(IntegrityError, match="no open secret"), transaction.atomic():
            row.save(force_insert=True)
        with pytest.raises(Exception, match="secret of a draw is fixed"), transaction.atomic():
            DrawSecret.objects.update(revealed_at=None)


def test_a_returned_submission_stays_drawn_and_begins_anew(world):
    from counterfoil.flows import submit
    from counterfoil.foundation.acting import portal

    claim_id = drawn_claim(world)
    with acting_as(staff()):
        decide.return_submission(
            submission_id=claim_id, codes=["NO_BRANDING"], fields=["leads"],
            message="How many leads?", by=world.operations, at=LATER,
        )  # fmt: skip
    with acting_as(portal(world.partner.partner_id)):
        submit.save_details(
            submission_id=claim_id, entries={"leads": "38"}, by=world.partner, at=LATER
        )
        submit.answer_return(
            submission_id=claim_id, reason="38 leads.", by=world.partner, at=LATER
        )
    screen(claim_id, at=LATER)

    assert approve(world, claim_id, by=world.second_operations, at=LATER).is_held
    with acting_as(worker()):
        assert Draw.objects.filter(submission__public_id=claim_id).count() == 1
    with acting_as(staff()):
        assert BlindReview.objects.get().revision == 2


# --- sampled automatic approvals

SMALL = {**LINE, "net": "400.00", "category": "call_center", "number": "CC-1"}
CALLS = {"activity": "telemarketing", "attendees": ""}


def small_claim(world, number):
    """A claim small enough for the automatic row, with nothing for a person to look at."""
    from counterfoil.flows import submit
    from counterfoil.foundation.acting import portal
    from tests.submission_stock import add_file, draft_claim

    name = f"Calls {number}"
    request_id = approved_request(
        world, activity="telemarketing", activity_name=name,
        activity_start=f"2026-04-{number:02d}", activity_end=f"2026-04-{number:02d}",
    )  # fmt: skip
    day = f"2026-04-{number:02d}"
    line = {**SMALL, "number": f"CC-{number}", "date": day, "supplied": f"{day}/{day}"}
    invoice = (
        f"Hall & Stage Ltd\nInvoice\nInvoice number: CC-{number}\nInvoice date: {day}\n"
        f"Service period: {day} to {day}\nCalls USD 400.00\nNet total USD 400.00\nTax USD 0.00\n"
        "Total amount due USD 400.00\n"
    )
    claim_id = draft_claim(
        world, request_id, lines=(line,), invoices=(invoice,), proof=False,
        activity="telemarketing", activity_name=name, activity_start=day, activity_end=day,
        attendees="",
    )  # fmt: skip
    with acting_as(portal(world.partner.partner_id)):
        add_file(
            world, claim_id, "activity_proof",
            f"Call script\n{name}\nfrom {day} to {day}".encode(), "script.pdf",
            piece="call_script",
        )  # fmt: skip
        submit.submit_submission(submission_id=claim_id, by=world.partner, at=CLAIMED)
    return claim_id


SAMPLED = "{sample_automatic: 100%, stop_automation_above: 2%}"
UNSAMPLED = "{sample_automatic: 0.0001%, stop_automation_above: 2%}"


def test_a_sampled_approval_goes_to_a_person_who_is_not_told():
    world = make_world(review=SAMPLED)
    claim_id = small_claim(world, 6)

    screened = screen(claim_id, at=CLAIMED)

    assert screened.state is State.IN_REVIEW
    with acting_as(staff()):
        view = get_submission(claim_id, by=world.operations, at=CLAIMED)
        assert view.notes == ()
        assert automation_of("mdf-claim").sampled == 1
    assert approve(world, claim_id, at=CLAIMED).outcome == "qualified"
    with acting_as(staff()):
        found = automation_of("mdf-claim")
    assert (found.decided, found.wrong) == (1, ())


def test_what_is_not_sampled_is_still_approved_automatically():
    world = make_world(review=UNSAMPLED)
    screened = screen(small_claim(world, 6), at=CLAIMED)

    assert screened.state is State.DECIDED


def test_an_error_in_the_sample_stops_automatic_approvals_until_somebody_starts_them():
    world = make_world(review=SAMPLED)
    claim_id = small_claim(world, 6)
    screen(claim_id, at=CLAIMED)
    decline(world, claim_id, by=world.operations, at=CLAIMED)

    with acting_as(staff()):
        found = automation_of("mdf-claim")
        assert len(found.wrong) == 1
        assert review_blind.is_stopped(found, limit_ppm=20_000)
    later = small_claim(world, 7)
    assert screen(later, at=LATER).state is State.IN_REVIEW
    with acting_as(staff()):
        (note,) = get_submission(later, by=world.operations, at=LATER).notes
        assert "Automatic approvals are stopped: 1 of 1" in note.body
        with pytest.raises(NotAllowed):
            review_blind.restart_automation(
                playbook_code="mdf-claim", limit_ppm=20_000, reason="Fixed.",
                by=world.operations, at=LATER,
            )  # fmt: skip
        with pytest.raises(ReasonMissing):
            review_blind.restart_automation(
                playbook_code="mdf-claim", limit_ppm=20_000, reason=" ", by=world.lead, at=LATER,
            )  # fmt: skip
        review_blind.restart_automation(
            playbook_code="mdf-claim", limit_ppm=20_000, reason="The rule on logos was mended.",
            by=world.lead, at=LATER,
        )  # fmt: skip
        with pytest.raises(NothingStopped):
            review_blind.restart_automation(
                playbook_code="mdf-claim", limit_ppm=20_000, reason="Again.", by=world.lead,
                at=LATER,
            )  # fmt: skip
        again = automation_of("mdf-claim")
    assert (again.sampled, again.wrong, again.since) == (0, (), LATER)
