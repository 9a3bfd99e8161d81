"""Acts of a partner on what was sent: take back, withdraw, confirm, write; refused in time."""

import pytest
from django.urls import reverse

from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.core.states import State
from counterfoil.flows import submit
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.doors.portal.page import words
from tests.submission_stock import AT, REQUEST, screen, send_request

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def at(name: str, submission_id: str) -> str:
    return reverse(f"portal:{name}", args=[submission_id])


def state_of(world, submission_id: str) -> State:
    with acting_as(portal(world.partner_id)):
        return get_head(submission_id, by=world.partner).state


@pytest.fixture
def sent(world):
    return send_request(world)


def test_what_was_sent_is_taken_back_changed_and_sent_again(world, paula, sent):
    assert "first sent it is kept" in words(paula.get(at("recall", sent)))

    taken = paula.post(at("recall", sent))

    assert taken.url == at("edit", sent)
    assert state_of(world, sent) is State.DRAFT
    assert "You took it back" in words(paula.get(at("submission", sent)))
    assert "FR-2026-00001" in words(paula.get(at("edit", sent)))


def test_what_a_person_reviews_is_not_taken_back(world, paula, sent):
    screen(sent)

    for ask in (paula.get, paula.post):
        refused = ask(at("recall", sent))
        assert refused.status_code == 409
        assert "looking at it already" in words(refused)
    assert state_of(world, sent) is State.IN_REVIEW


def test_withdrawing_ends_it_for_good(world, paula, sent):
    assert "can't be undone" in words(paula.get(at("withdraw", sent)))

    paula.post(at("withdraw", sent), {"reason": "Plans changed"})

    assert state_of(world, sent) is State.WITHDRAWN
    assert "You withdrew it" in words(paula.get(at("submission", sent)))
    assert paula.post(at("withdraw", sent)).status_code == 409


def test_what_operations_entered_waits_for_confirmation(world, paula):
    with acting_as(staff()):
        begun = submit.start_submission(
            playbook_code="mdf-request", fund_id=world.fund_id, partner_id=world.partner_id,
            by=world.operations, at=AT,
        )  # fmt: skip
        entered = begun.submission_id
        submit.save_details(
            submission_id=entered, entries=REQUEST, by=world.operations, at=AT, title="For you"
        )
        submit.submit_submission(submission_id=entered, by=world.operations, at=AT)
    page = words(paula.get(at("submission", entered)))
    assert "Your turn" in page
    assert "Nothing is decided before you confirm" in page

    paula.post(at("confirm", entered))

    assert "You confirmed it" in words(paula.get(at("submission", entered)))
    assert "Our turn" in words(paula.get(at("submission", entered)))


def test_ones_own_submission_needs_no_confirmation(world, paula, sent):
    assert paula.post(at("confirm", sent)).status_code == 409


def test_a_message_stays_with_its_submission(world, paula, sent):
    paula.post(at("message", sent), {"body": "When will you <b>answer</b>?"})

    page = paula.get(at("submission", sent))
    assert "When will you <b>answer</b>?" in words(page)
    assert b"<b>answer</b>" not in page.content
    assert "When will you" in words(paula.get(reverse("portal:messages")))
    empty = paula.post(at("message", sent), {"body": "  "}, follow=True)
    assert "Write a sentence first." in words(empty)
