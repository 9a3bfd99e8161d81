"""Screening: what it finds over all partners, what it raises, and what it never does."""

import pytest

from counterfoil.apps.submissions.models import InspectedFile, InvoiceKey, Screening
from counterfoil.apps.submissions.selectors import get_head, get_submission
from counterfoil.apps.submissions.selectors.cases import current_details, line_ids_of
from counterfoil.core.money import Money
from counterfoil.core.playbooks import Provenance
from counterfoil.core.states import State
from counterfoil.flows import decide, submit
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.submission_stock import (
    CLAIMED,
    INVOICE,
    LINE,
    add_file,
    answer_logo,
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


def review(world, claim_id):
    with acting_as(staff()):
        return get_submission(claim_id, by=world.operations, at=CLAIMED)


def results(view, criterion_id):
    return [item.result for item in view.screening.criteria if item.id == criterion_id]


def test_a_screened_claim_waits_for_a_person(world):
    claim_id = send_claim(world, approved_request(world))

    screened = screen(claim_id)

    assert (screened.state, screened.action) == (State.IN_REVIEW, "verify")


def test_screening_twice_is_screening_once(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)

    assert screen(claim_id) is None
    with acting_as(staff()):
        pk = get_head(claim_id, by=world.operations).pk
        assert Screening.objects.filter(submission_id=pk).count() == 1


def test_what_the_document_repeats_is_raised_and_what_it_contradicts_is_told(world):
    claim_id = send_claim(world, approved_request(world), lines=({**LINE, "date": "2026-04-23"},))
    screen(claim_id)
    view = review(world, claim_id)
    with acting_as(staff()):
        details = current_details(view.head.pk)
    line_id = view.lines[0].line_id

    assert details[f"line.{line_id}.number"].provenance is Provenance.EXTRACTED
    assert details[f"line.{line_id}.date"].provenance is Provenance.PARTNER_DECLARED
    differing = [item for item in view.screening.findings if item.kind == "differs_from_document"]
    assert [item.about for item in differing] == [f"line.{line_id}.date"]
    assert "2026-04-22" in differing[0].words


def test_extraction_never_changes_a_value(world):
    claim_id = send_claim(world, approved_request(world), lines=({**LINE, "net": "1,100.00"},))
    screen(claim_id)
    view = review(world, claim_id)

    assert view.lines[0].value("net") == Money(110_000, "USD")


def test_the_same_invoice_line_in_another_claim_of_the_partner_is_a_repetition(world):
    request_id = approved_request(world)
    screen(send_claim(world, request_id))
    second = send_claim(world, request_id, invoices=(INVOICE + "copy",))
    screen(second)
    view = review(world, second)

    assert results(view, "MDF-04") == ["fail"]
    assert view.screening.outcome == "not_qualified"
    assert any(item.kind == "invoice_seen_before" for item in view.screening.findings)


def test_a_re_typed_invoice_of_another_partner_is_found(world):
    screen(send_claim(world, approved_request(world)))
    theirs = approved_request(world, by=world.other)
    second = send_claim(
        world,
        theirs,
        by=world.other,
        invoices=(INVOICE.replace("HS-2026-118", "hs 2026 0118"),),
        lines=(
            {
                **LINE,
                "number": "hs 2026 0118",
                "supplier": "HALL and STAGE Limited",
                "net": "1,150.00",
            },
        ),
    )
    screen(second)

    assert results(review(world, second), "MDF-04") == ["fail"]


def test_another_line_of_the_same_invoice_is_asked_not_refused(world):
    request_id = approved_request(world)
    screen(send_claim(world, request_id))
    second = send_claim(
        world, request_id, lines=({**LINE, "net": "300.00"},), invoices=(INVOICE + "page 2",)
    )
    screen(second)
    view = review(world, second)
    assert results(view, "MDF-04") == ["unknown"]

    with acting_as(staff()):
        decide.verify_detail(
            submission_id=second,
            name=f"line.{view.lines[0].line_id}.duplicate_invoice",
            value="no",
            by=world.operations,
            at=CLAIMED,
        )
    assert results(review(world, second), "MDF-04") == ["pass"]


def test_a_declined_or_withdrawn_claim_does_not_use_its_invoices(world):
    request_id = approved_request(world)
    first = send_claim(world, request_id)
    screen(first)
    with acting_as(portal(world.partner_id)):
        submit.withdraw_submission(submission_id=first, by=world.partner, at=CLAIMED)
    second = send_claim(world, request_id)
    screen(second)

    assert results(review(world, second), "MDF-04") == ["pass"]


def test_a_photo_of_another_activity_is_found(world):
    first, other = (
        approved_request(world),
        approved_request(
            world,
            activity_name="Other day",
            activity_start="2026-05-04",
            activity_end="2026-05-05",
        ),
    )
    screen(send_claim(world, first))
    from tests.submission_stock import draft_claim

    second = draft_claim(
        world,
        other,
        proof=False,
        activity_start="2026-05-04",
        activity_end="2026-05-05",
        lines=({**LINE, "number": "Z-9", "supplied": "2026-05-04 to 2026-05-05"},),
        invoices=(INVOICE.replace("HS-2026-118", "Z-9"),),
    )
    with acting_as(portal(world.partner_id)):
        for piece in ("invitation", "photo_of_event"):
            add_file(
                world,
                second,
                "activity_proof",
                b"PICTURE " + piece.encode() + first.encode(),
                "x.png",
                piece=piece,
            )
        submit.submit_submission(submission_id=second, by=world.partner, at=CLAIMED)
    screen(second)

    assert results(review(world, second), "MDF-06") == ["fail"]


def test_an_invoice_by_the_partner_itself_is_self_dealing(world):
    claim_id = send_claim(
        world, approved_request(world), lines=({**LINE, "supplier": "ALPINE SYSTEMS Inc."},)
    )
    screen(claim_id)

    assert results(review(world, claim_id), "MDF-08") == ["fail"]


def test_a_small_sound_request_is_approved_by_the_route_alone(world):
    request_id = send_request(world, planned_cost="300", requested_amount="150")

    screened = screen(request_id)

    assert screened.state is State.DECIDED
    assert screened.decision_id


def test_what_needs_a_person_is_never_decided_by_the_route(world):
    claim_id = send_claim(world, approved_request(world), lines=({**LINE, "net": "200.00"},))

    assert screen(claim_id).state is State.IN_REVIEW


def test_an_incomplete_claim_is_screened_and_its_return_advised(world):
    claim_id = send_claim(world, approved_request(world), proof=False)

    screened = screen(claim_id)

    assert screened.state is State.IN_REVIEW
    assert screened.action == "return"


def test_files_are_filed_by_content_once(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)

    with acting_as(staff()):
        assert InspectedFile.objects.count() == 3
        head = get_head(claim_id, by=world.operations)
        line_id = line_ids_of(head.pk)[0]
        assert InvoiceKey.objects.filter(line=line_id).count() == 2


def test_a_mark_that_a_file_proves_nothing_is_judged_at_once(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    view = review(world, claim_id)
    photo = next(file for file in view.evidence if file.piece == "photo_of_event")
    with acting_as(staff()):
        decide.mark_evidence(
            evidence_id=photo.evidence_id,
            not_qualifying="stock_photo",
            by=world.operations,
            at=CLAIMED,
        )
    assert results(review(world, claim_id), "MDF-07") == ["fail"]

    with acting_as(staff()):
        decide.mark_evidence(
            evidence_id=photo.evidence_id, not_qualifying="", by=world.operations, at=CLAIMED
        )
    assert results(review(world, claim_id), "MDF-07") == ["pass"]


def test_an_answer_is_kept_with_who_gave_it(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    answer_logo(world, claim_id)
    view = review(world, claim_id)

    logo = next(item for item in view.details if item.name == "logo_visible")
    assert (logo.value, logo.provenance, logo.source) == (True, "human_verified", "Olive")


def test_a_verification_says_whether_its_words_stand_on_the_page(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id)
    view = review(world, claim_id)
    invoice = next(file for file in view.evidence if file.kind == "invoice")
    name = f"line.{view.lines[0].line_id}.net"
    with acting_as(staff()):
        for words in ("Net total USD 1,200.00", "never written"):
            decide.verify_detail(
                submission_id=claim_id,
                name=name,
                value="1,200.00",
                evidence_id=invoice.evidence_id,
                page=1,
                words=words,
                by=world.operations,
                at=CLAIMED,
            )
            quote = current_details(view.head.pk)[name].quote
            assert quote["is_found"] is (words != "never written")
