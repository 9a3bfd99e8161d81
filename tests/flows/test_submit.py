"""The partner's side: from a draft to "received", back, and the answer to a return."""

from datetime import timedelta

import pytest

from counterfoil.apps.audit.selectors import events_of
from counterfoil.apps.ledger.selectors import fund_position
from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.service_levels.selectors import clock_reading
from counterfoil.apps.submissions.errors import (
    FileRefused,
    NoApprovedRequest,
    NotEditable,
    NothingLeft,
    ReasonMissing,
    StateRefused,
    SubmissionChanged,
    TooMany,
    UnknownDetail,
    UnknownSubmission,
)
from counterfoil.apps.submissions.models import Detail, Evidence, NumberSeries, Submission
from counterfoil.apps.submissions.selectors import get_head, missing_before_submit
from counterfoil.apps.submissions.selectors.cases import current_details, line_ids_of
from counterfoil.apps.submissions.types import LineEntry
from counterfoil.core.authority import NotAllowed
from counterfoil.core.clocks import ClockState
from counterfoil.core.money import Money
from counterfoil.core.states import State
from counterfoil.flows import decide, submit
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.submission_stock import (
    AT,
    CLAIMED,
    LINE,
    REQUEST,
    add_file,
    answer_logo,
    approve,
    approved_request,
    draft_claim,
    make_world,
    screen,
    send_claim,
    send_request,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def world():
    return make_world()


def own(world):
    return acting_as(portal(world.partner_id))


def begin_request(world, **given):
    return submit.start_submission(
        playbook_code="mdf-request", fund_id=world.fund_id, by=world.partner, at=AT, **given
    )


# --- Through everything once --------------------------------------------------------------------


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


# --- Beginning ----------------------------------------------------------------------------------


def test_the_same_form_begins_one_submission(world):
    with own(world):
        first = begin_request(world, form_token="form-1")
        again = begin_request(world, form_token="form-1")

    assert (first.is_new, again.is_new) == (True, False)
    assert first.submission_id == again.submission_id


def test_a_claim_needs_an_approved_request_of_the_same_partner(world):
    waiting = send_request(world)

    def begin(request_id, by, partner_id):
        with acting_as(portal(partner_id)):
            submit.start_submission(
                playbook_code="mdf-claim", request_id=request_id, by=by, at=CLAIMED
            )

    with pytest.raises(NoApprovedRequest):
        begin("", world.partner, world.partner_id)
    with pytest.raises(NoApprovedRequest):
        begin(waiting, world.partner, world.partner_id)
    with pytest.raises(UnknownSubmission):
        begin(waiting, world.other, world.other_partner_id)


def test_nothing_can_be_claimed_on_a_request_that_is_used_up(world):
    request_id = approved_request(world)
    claim_id = send_claim(
        world, request_id, lines=({**LINE, "net": "5,000.00", "paid_on": "2026-04-25"},)
    )
    with own(world):
        line_id = line_ids_of(get_head(claim_id, by=world.partner).pk)[0]
        assert line_id
    screen(claim_id)
    answer_logo(world, claim_id)
    with acting_as(staff()):
        decide.return_submission(
            submission_id=claim_id,
            codes=["PAYMENT_PROOF_MISSING"],
            fields=["evidence:payment_proof"],
            message="Show the payment.",
            by=world.operations,
            at=CLAIMED,
        )
    with own(world):
        add_file(
            world, claim_id, "payment_proof", b"Statement 5000", "statement.pdf", line_id=line_id
        )
        submit.answer_return(
            submission_id=claim_id, reason="Here it is.", by=world.partner, at=CLAIMED
        )
    screen(claim_id)
    decided = approve(world, claim_id)
    assert decided.payable == Money(200_000, "USD")

    with own(world), pytest.raises(NothingLeft):
        submit.start_submission(
            playbook_code="mdf-claim", request_id=request_id, by=world.partner, at=CLAIMED
        )


def test_an_auditor_begins_nothing(world):
    from tests.people_stock import staff_person

    with acting_as(staff()):
        auditor = staff_person("Anna", "auditor")
        with pytest.raises(NotAllowed):
            begin_request_for(world, auditor)


def begin_request_for(world, actor):
    return submit.start_submission(
        playbook_code="mdf-request",
        fund_id=world.fund_id,
        partner_id=world.partner_id,
        by=actor,
        at=AT,
    )


# --- Filling in ---------------------------------------------------------------------------------


def test_what_cannot_be_read_is_kept_and_explained(world):
    with own(world):
        begun = begin_request(world)
        saved = submit.save_details(
            submission_id=begun.submission_id,
            by=world.partner,
            at=AT,
            entries={**REQUEST, "activity_start": "02/03/2026", "planned_cost": "about 4k"},
        )
        head = get_head(begun.submission_id, by=world.partner)
        details = current_details(head.pk)

    assert {problem.field for problem in saved.problems} == {"activity_start", "planned_cost"}
    assert all(problem.right for problem in saved.problems)
    assert head.entries["activity_start"] == "02/03/2026"
    assert "activity_start" not in details
    assert details["requested_amount"].value == Money(200_000, "USD")


def test_an_entry_that_no_longer_reads_takes_its_old_value_away(world):
    with own(world):
        begun = begin_request(world)

        def save(text):
            submit.save_details(
                submission_id=begun.submission_id,
                entries={"expected_leads": text},
                by=world.partner,
                at=AT,
            )

        save("40")
        save("many")
        pk = get_head(begun.submission_id, by=world.partner).pk

        assert current_details(pk)["expected_leads"].value is None
        assert Detail.objects.filter(submission_id=pk, name="expected_leads").count() == 2


def test_saving_the_same_again_records_nothing_new(world):
    with own(world):
        begun = begin_request(world)
        for _ in range(2):
            submit.save_details(
                submission_id=begun.submission_id, entries=REQUEST, by=world.partner, at=AT
            )
        pk = get_head(begun.submission_id, by=world.partner).pk

        assert Detail.objects.filter(submission_id=pk).count() == len(REQUEST)


def test_a_form_made_before_a_change_is_refused(world):
    with own(world):
        begun = begin_request(world)
        submit.save_details(
            submission_id=begun.submission_id,
            entries=REQUEST,
            version=begun.version,
            by=world.partner,
            at=AT,
        )

        with pytest.raises(SubmissionChanged):
            submit.save_details(
                submission_id=begun.submission_id,
                entries=REQUEST,
                version=begun.version,
                by=world.partner,
                at=AT,
            )


def test_a_detail_that_the_form_does_not_have_is_refused(world):
    with own(world):
        begun = begin_request(world)

        with pytest.raises(UnknownDetail):
            submit.save_details(
                submission_id=begun.submission_id,
                entries={"fund.available": "1,000,000.00"},
                by=world.partner,
                at=AT,
            )


def test_lines_are_added_changed_ordered_and_removed(world):
    claim_id = draft_claim(world, approved_request(world), lines=(LINE, {**LINE, "number": "B-2"}))
    with own(world):
        pk = get_head(claim_id, by=world.partner).pk
        first, second = line_ids_of(pk)
        submit.save_lines(
            submission_id=claim_id,
            by=world.partner,
            at=CLAIMED,
            lines=[
                LineEntry({**LINE, "number": "B-2", "net": "1"}, second),
                LineEntry({**LINE, "number": "C-3"}),
                LineEntry(LINE, first),
            ],
        )
        submit.save_lines(
            submission_id=claim_id,
            by=world.partner,
            at=CLAIMED,
            lines=[LineEntry({**LINE, "number": "B-2", "net": "1"}, second)],
        )

        assert line_ids_of(pk) == (second,)
        assert current_details(pk)[f"line.{second}.net"].value == Money(100, "USD")


def test_a_line_of_another_submission_is_refused(world):
    request_id = approved_request(world)
    one, other = draft_claim(world, request_id), draft_claim(world, request_id)
    with own(world):
        line_id = line_ids_of(get_head(one, by=world.partner).pk)[0]

        with pytest.raises(UnknownDetail):
            submit.save_lines(
                submission_id=other, lines=[LineEntry(LINE, line_id)], by=world.partner, at=CLAIMED
            )


def test_more_lines_than_the_playbook_takes_are_refused(world):
    claim_id = draft_claim(world, approved_request(world))
    with own(world), pytest.raises(TooMany):
        submit.save_lines(
            submission_id=claim_id, lines=[LineEntry(LINE)] * 101, by=world.partner, at=CLAIMED
        )


# --- Evidence -----------------------------------------------------------------------------------


def test_a_file_that_the_reader_refuses_is_neither_kept_nor_added(world):
    claim_id = draft_claim(world, approved_request(world), invoices=())
    kept = set(world.store.kept)

    with own(world), pytest.raises(FileRefused) as refusal:
        add_file(world, claim_id, "invoice", b"REFUSE me", "locked.pdf")

    assert refusal.value.code == "ENCRYPTED"
    assert "without a password" in str(refusal.value)
    assert set(world.store.kept) == kept


def test_the_same_file_twice_is_one(world):
    claim_id = draft_claim(world, approved_request(world), invoices=())
    with own(world):
        first = add_file(world, claim_id, "invoice", b"Invoice A", "a.pdf")
        again = add_file(world, claim_id, "invoice", b"Invoice A", "renamed.pdf")

    assert (first.is_new, again.is_new) == (True, False)
    assert first.evidence_id == again.evidence_id


def test_a_removed_file_is_kept_but_no_longer_counts(world):
    claim_id = draft_claim(world, approved_request(world))
    with own(world):
        head = get_head(claim_id, by=world.partner)
        invoice = Evidence.objects.get(submission_id=head.pk, kind="invoice")
        submit.remove_evidence(
            submission_id=claim_id, evidence_id=invoice.public_id, by=world.partner, at=CLAIMED
        )
        missing = missing_before_submit(head, at=CLAIMED)

    assert any("invoice" in words.lower() for words in missing.words)
    assert invoice.sha256 in world.store.kept


def test_an_address_is_proof_only_when_it_is_one(world):
    claim_id = draft_claim(world, approved_request(world))
    with own(world):
        for wrong in (
            "javascript:alert(1)",
            "example",
            "ftp://x.example",
            "https://a:b@x.example",
        ):
            with pytest.raises(FileRefused):
                submit.add_link(
                    submission_id=claim_id,
                    kind="activity_proof",
                    piece="landing_page",
                    link=wrong,
                    by=world.partner,
                    at=CLAIMED,
                )
        added = submit.add_link(
            submission_id=claim_id,
            kind="activity_proof",
            piece="landing_page",
            link="https://alpine.example/summit",
            by=world.partner,
            at=CLAIMED,
        )

    assert added.is_new


def test_proof_that_the_form_does_not_ask_for_is_refused(world):
    claim_id = draft_claim(world, approved_request(world))
    with own(world), pytest.raises(UnknownDetail):
        add_file(world, claim_id, "passport", b"x", "x.pdf")


# --- Sending ------------------------------------------------------------------------------------


def test_what_is_missing_is_said_in_words_before_sending(world):
    with own(world):
        begun = begin_request(world)
        submit.save_details(
            submission_id=begun.submission_id,
            entries={"activity": "event"},
            by=world.partner,
            at=AT,
        )
        head = get_head(begun.submission_id, by=world.partner)
        missing = missing_before_submit(head, at=AT)
        german = missing_before_submit(head, at=AT, language="de")

    assert not missing.is_complete
    assert "First day is missing." in missing.words
    assert "Erster Tag fehlt." in german.words


def test_sending_sets_receipt_number_pin_clock_mail_event_and_job(world):
    request_id = send_request(world)

    with acting_as(staff()):
        head = get_head(request_id, by=world.operations)
        reading = clock_reading(subject=request_id, side="ours", at=AT)
        actions = [
            event.action for event in events_of(object_type="submission", object_id=request_id)
        ]
        mails = OutboxMessage.objects.filter(about=request_id)
        assert [mail.to_email for mail in mails] == ["paula@partner.example"]
        assert "FR-2026-00001" in mails[0].subject
    assert (head.state, head.received_at, head.number) == (State.SUBMITTED, AT, "FR-2026-00001")
    assert head.playbook_pk is not None
    assert head.pinned_on == AT.date()
    assert head.due_at == reading.due_at
    assert reading.state is ClockState.RUNNING
    assert {"submission.started", "submission.submitted"} <= set(actions)


def test_an_incomplete_submission_keeps_its_date_but_pins_nothing_yet(world):
    with own(world):
        begun = begin_request(world)
        sent = submit.submit_submission(submission_id=begun.submission_id, by=world.partner, at=AT)
        head = get_head(begun.submission_id, by=world.partner)

        assert not sent.is_complete
        assert (head.received_at, head.playbook_pk, head.due_at) == (AT, None, None)
        assert clock_reading(subject=begun.submission_id, side="ours", at=AT) is None


def test_a_second_click_sends_nothing_again(world):
    with own(world):
        begun = begin_request(world)
        submit.save_details(
            submission_id=begun.submission_id, entries=REQUEST, by=world.partner, at=AT
        )
        sent = [
            submit.submit_submission(submission_id=begun.submission_id, by=world.partner, at=AT)
            for _ in range(2)
        ]

    assert [each.is_new for each in sent] == [True, False]
    assert sent[0].number == sent[1].number
    with acting_as(staff()):
        assert OutboxMessage.objects.filter(about=begun.submission_id).count() == 1
        assert NumberSeries.objects.get(series="FR-2026").next_value == 2


def test_numbers_begin_anew_each_year(world):
    first = send_request(world)
    second = send_request(world, activity_name="Second")

    with acting_as(staff()):
        numbers = [get_head(each, by=world.operations).number for each in (first, second)]
    assert numbers == ["FR-2026-00001", "FR-2026-00002"]


def test_a_sent_submission_is_not_editable(world):
    request_id = send_request(world)

    with own(world), pytest.raises(StateRefused):
        submit.save_details(
            submission_id=request_id, entries={"expected_leads": "1"}, by=world.partner, at=AT
        )


# --- Taking back, ending ------------------------------------------------------------------------


def test_a_recalled_submission_is_editable_and_keeps_its_first_date(world):
    request_id = send_request(world)
    later = AT + timedelta(days=1)
    with own(world):
        submit.recall_submission(submission_id=request_id, by=world.partner, at=later)
        submit.save_details(
            submission_id=request_id, entries={"expected_leads": "55"}, by=world.partner, at=later
        )
        submit.submit_submission(submission_id=request_id, by=world.partner, at=later)
        head = get_head(request_id, by=world.partner)

    assert (head.received_at, head.submitted_at, head.revision) == (AT, later, 2)
    assert head.number == "FR-2026-00001"


def test_what_a_person_reviews_is_not_recalled(world):
    request_id = send_request(world)
    screen(request_id)

    with own(world), pytest.raises(StateRefused):
        submit.recall_submission(submission_id=request_id, by=world.partner, at=AT)


def test_a_withdrawn_submission_is_over_and_its_clock_stopped(world):
    request_id = send_request(world)
    with own(world):
        submit.withdraw_submission(
            submission_id=request_id, by=world.partner, at=AT, reason="Postponed."
        )
        head = get_head(request_id, by=world.partner)
        assert clock_reading(subject=request_id, side="ours", at=AT).state is ClockState.STOPPED
        with pytest.raises(StateRefused):
            submit.submit_submission(submission_id=request_id, by=world.partner, at=AT)

    assert head.state is State.WITHDRAWN


# --- Returns ------------------------------------------------------------------------------------


def returned_claim(world, *, fields=("evidence:activity_proof",), codes=("PROOF_MISSING",)):
    claim_id = send_claim(world, approved_request(world), proof=False)
    screen(claim_id)
    with acting_as(staff()):
        decide.return_submission(
            submission_id=claim_id,
            codes=list(codes),
            fields=list(fields),
            message="The photo of the event is missing.",
            by=world.operations,
            at=CLAIMED,
        )
    return claim_id


def prove(world, claim_id, at=CLAIMED):
    for piece in ("invitation", "photo_of_event"):
        add_file(
            world,
            claim_id,
            "activity_proof",
            b"PICTURE " + piece.encode(),
            "p.png",
            piece=piece,
            at=at,
        )


def test_a_return_pauses_our_clock_and_starts_the_partners(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    with acting_as(staff()):
        decide.return_submission(
            submission_id=claim_id,
            codes=["NO_BRANDING"],
            fields=["evidence:activity_proof"],
            message="Show the logo.",
            by=world.operations,
            at=CLAIMED,
        )
        later = CLAIMED + timedelta(days=2)
        ours = clock_reading(subject=claim_id, side="ours", at=later)
        theirs = clock_reading(subject=claim_id, side="partner", at=later)
        mail = OutboxMessage.objects.filter(about=claim_id, template="claim-returned").get()
        assert "Show the logo." in mail.body

    assert ours.state is ClockState.PAUSED
    assert theirs.state in {ClockState.RUNNING, ClockState.OUT_OF_HOURS}
    assert theirs.due_at is not None


def test_the_answer_to_a_return_is_a_new_revision_with_the_old_date(world):
    claim_id = returned_claim(world)
    later = CLAIMED + timedelta(days=3)
    with own(world):
        prove(world, claim_id, later)
        submit.answer_return(
            submission_id=claim_id, reason="Both are attached.", by=world.partner, at=later
        )
        head = get_head(claim_id, by=world.partner)
    screened = screen(claim_id, at=later)

    assert (head.state, head.revision, head.received_at) == (State.SUBMITTED, 2, CLAIMED)
    assert screened.outcome == "needs_information"
    assert screened.action == "verify"


def test_only_what_the_return_names_can_be_changed(world):
    claim_id = returned_claim(world)
    with own(world):
        with pytest.raises(NotEditable) as refusal:
            submit.save_details(
                submission_id=claim_id, entries={"leads": "99"}, by=world.partner, at=CLAIMED
            )
        with pytest.raises(NotEditable):
            add_file(world, claim_id, "invoice", b"Another", "b.pdf")
        line_id = line_ids_of(get_head(claim_id, by=world.partner).pk)[0]
        with pytest.raises(NotEditable):
            submit.save_lines(
                submission_id=claim_id,
                lines=[LineEntry({**LINE, "net": "9,999.00"}, line_id)],
                by=world.partner,
                at=CLAIMED,
            )

    assert refusal.value.names == ("leads",)


def test_the_answer_notices_a_change_that_slipped_past_the_form(world):
    claim_id = returned_claim(world)
    with own(world):
        prove(world, claim_id)
    with acting_as(staff()):
        # As if a door had forgotten the check: the answer compares with what was returned.
        Submission.objects.filter(public_id=claim_id).update(entries={"leads": "99"})

    with own(world), pytest.raises(NotEditable):
        submit.answer_return(submission_id=claim_id, reason="Done.", by=world.partner, at=CLAIMED)


def test_an_answer_says_why(world):
    claim_id = returned_claim(world)
    with own(world), pytest.raises(ReasonMissing):
        submit.answer_return(submission_id=claim_id, reason="  ", by=world.partner, at=CLAIMED)


def test_a_second_click_on_the_answer_sends_nothing_again(world):
    claim_id = returned_claim(world)
    with own(world):
        prove(world, claim_id)
        sent = [
            submit.answer_return(
                submission_id=claim_id, reason="Done.", by=world.partner, at=CLAIMED
            )
            for _ in range(2)
        ]
        head = get_head(claim_id, by=world.partner)

    assert [each.is_new for each in sent] == [True, False]
    assert head.revision == 2


def test_without_an_answer_it_is_closed_once(world):
    from tests.submission_stock import SCREENING

    claim_id = returned_claim(world)
    late = CLAIMED + timedelta(days=30)
    with acting_as(staff()):
        closed = [
            submit.close_no_response(
                submission_id=claim_id, code="NO_RESPONSE", by=SCREENING, at=late
            )
            for _ in range(2)
        ]
        head = get_head(claim_id, by=world.operations)

    assert closed == [True, False]
    assert head.state is State.EXPIRED


# --- On behalf ----------------------------------------------------------------------------------


def test_what_operations_entered_waits_for_the_partners_confirmation(world):
    from counterfoil.apps.submissions.errors import NotConfirmed

    with acting_as(staff()):
        begun = begin_request_for(world, world.operations)
        submit.save_details(
            submission_id=begun.submission_id, entries=REQUEST, by=world.operations, at=AT
        )
        submit.submit_submission(submission_id=begun.submission_id, by=world.operations, at=AT)
    screened = screen(begun.submission_id)
    assert screened.state is State.IN_REVIEW
    with pytest.raises(NotConfirmed):
        approve(world, begun.submission_id, by=world.second_operations)

    with own(world):
        assert submit.confirm_submission(
            submission_id=begun.submission_id, by=world.partner, at=AT
        )
        assert not submit.confirm_submission(
            submission_id=begun.submission_id, by=world.partner, at=AT
        )
    assert approve(world, begun.submission_id, by=world.second_operations).decision_id


def test_a_partner_never_sees_or_touches_anothers_submission(world):
    request_id = send_request(world)

    with acting_as(portal(world.other_partner_id)):
        with pytest.raises(UnknownSubmission):
            get_head(request_id, by=world.other)
        with pytest.raises(UnknownSubmission):
            submit.withdraw_submission(submission_id=request_id, by=world.other, at=AT)
