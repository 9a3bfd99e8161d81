"""A partner appeals a refusal on a page: points, reason, files; what is missing is said."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from counterfoil.apps.submissions.models import Appeal
from counterfoil.apps.submissions.selectors import latest_screening
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.core.states import State
from counterfoil.flows import decide
from counterfoil.foundation.acting import acting_as, staff
from tests.doors.portal.page import words
from tests.doors.portal.test_acts import at, state_of
from tests.submission_stock import (
    CLAIMED,
    answer_logo,
    approve,
    approved_request,
    screen,
    send_claim,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def refused(world):
    claim_id = send_claim(world, approved_request(world))
    screen(claim_id, at=CLAIMED)
    answer_logo(world, claim_id, value="no")
    with acting_as(staff()):
        seen = latest_screening(get_head(claim_id, by=world.operations)).sha256
        decide.decline_submission(
            submission_id=claim_id, code="NO_BRANDING", reason="No logo to be seen.",
            by=world.operations, at=CLAIMED, expected_screening_sha256=seen,
        )  # fmt: skip
    return claim_id


@pytest.fixture(autouse=True)
def today(monkeypatch):
    from datetime import UTC, datetime, timedelta

    class Stopped(datetime):
        @classmethod
        def now(cls, tz=None):
            return (CLAIMED + timedelta(days=3)).astimezone(tz or UTC)

    monkeypatch.setattr("counterfoil.interfaces.web.middleware.datetime", Stopped)


def test_a_refusal_is_appealed_from_its_letter_and_stands_with_us_again(world, paula, refused):
    letter = paula.get(at("letter", refused))
    assert "You may appeal until May 31, 2026." in words(letter)
    assert at("appeal", refused) in letter.content.decode()
    page = words(paula.get(at("appeal", refused)))
    assert "MDF-05" in page
    assert "the second decision is the last one" in page

    sent = paula.post(
        at("appeal", refused),
        {"criteria": ["MDF-05"], "reason": "Page two shows it.", "kind": ""},
    )

    assert sent.url == at("submission", refused)
    assert state_of(world, refused) is State.APPEALED
    status = words(paula.get(at("submission", refused)))
    assert "Somebody who did not decide it looks at it again" in status
    assert "Our turn" in status
    again = paula.get(at("appeal", refused))
    assert again.status_code == 409
    assert "You appealed it before" in words(again)


def test_what_is_missing_is_said_and_what_was_typed_stays(world, paula, refused):
    empty = paula.post(at("appeal", refused), {"criteria": ["MDF-05"], "reason": " "})
    assert empty.status_code == 422
    assert "Write what we overlooked" in words(empty)
    assert "checked" in empty.content.decode()

    picture = SimpleUploadedFile("booth.png", b"PICTURE", "image/png")
    unnamed = paula.post(at("appeal", refused), {"reason": "See it.", "files": [picture]})
    assert unnamed.status_code == 422
    assert "Choose what the files prove" in words(unnamed)
    assert "See it." in words(unnamed)
    assert state_of(world, refused) is State.DECIDED


def test_the_letter_after_an_appeal_says_that_somebody_else_looked(world, paula, refused):
    paula.post(at("appeal", refused), {"criteria": ["MDF-05"], "reason": "Page two shows it."})
    screen(refused, at=CLAIMED)
    answer_logo(world, refused, by=world.second_operations, value="yes")
    approve(world, refused, by=world.second_operations, at=CLAIMED)

    letter = words(paula.get(at("letter", refused)))
    assert "somebody who did not make it looked again" in letter
    assert "This is the last decision" in letter
    with acting_as(staff()):
        first = Appeal.objects.get().against
    earlier = words(paula.get(at("letter", refused) + f"?decision={first}"))
    assert "We did not approve" in earlier
    assert "This decision is final" not in earlier


def test_an_approval_is_not_appealed(world, paula):
    request_id = approved_request(world)
    answer = paula.get(reverse("portal:appeal", args=[request_id]))
    assert answer.status_code == 409
    assert "This was approved" in words(answer)
