"""One walk of a partner: the guide, the self-check, sending, a return, a refusal, the appeal."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse

from counterfoil.apps.submissions.selectors import latest_screening
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.flows import decide
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.adapters import adapter
from tests.e2e import support
from tests.e2e.serving import Clock, aside, served, sign_in
from tests.e2e.test_finance_journey import Seat
from tests.e2e.test_partner_journey import INVOICES, fill, papers, picture, submission_of
from tests.submission_stock import CLAIMED, World, approved_request, make_world, screen

pytestmark = [pytest.mark.e2e, pytest.mark.db]
LATER = CLAIMED + timedelta(days=2)


@pytest.fixture
def journey(
    own_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[tuple[World, str]]:
    monkeypatch.setattr(Clock, "moment", CLAIMED)
    world = make_world()
    with served(monkeypatch, tmp_path) as address:
        world.store = adapter("evidence_store")
        approved_request(world)
        yield world, address


def test_a_partner_reads_the_guide_checks_sends_is_returned_and_appeals(
    journey: tuple[World, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, address = journey
    with support.browser() as running:
        paula = Seat.of(running, address, "paula@partner.example")
        sign_in(paula.page, address, paula.email)
        _reads_the_guide(paula)
        claim_id = _checks_and_sends(paula, tmp_path)
        aside(lambda: _is_returned(world, claim_id))
        _answers(paula, claim_id, tmp_path)
        monkeypatch.setattr(Clock, "moment", LATER)
        aside(lambda: _is_refused(world, claim_id))
        _appeals(paula, claim_id)
        assert paula.wrong == [], "\n".join(paula.wrong)


def _reads_the_guide(paula: Seat) -> None:
    paula.go(reverse("portal:begin"))
    card = paula.page.locator("main li, main section, main article").filter(
        has_text="Market development fund claim"
    )
    card.get_by_role("link", name="Read the guide").first.click()
    words = paula.page.inner_text("#MDF-05")
    assert "Material on which our current logo can be seen." in words


def _checks_and_sends(paula: Seat, folder: Path) -> str:
    page = paula.go(reverse("portal:start", args=["mdf-claim"]))
    paula.press("Go on")
    claim_id = submission_of(page)
    fill(page, {"attendees": "184", "leads": "37"})
    page.set_input_files("[name='file.invoice..']", papers(folder))
    paula.press("Upload and read the invoices")
    for card in page.locator("[id^=line-]").all():
        title = card.locator("h3").inner_text()
        chosen = next(each for each in INVOICES if each[0] in title)
        card.locator("select[name$='.category']").select_option(chosen[4])
    page.set_input_files("[name='file.activity_proof.invitation.']", picture(folder, "invitation"))
    paula.press("Send claim")
    checked = page.inner_text("main")
    assert "Photo of the event is missing." in checked
    assert "The invoice line belongs to this activity" in checked
    paula.press("Send as it is")
    assert "CLM-2026-00001" in page.inner_text("main")
    return claim_id


def _is_returned(world: World, claim_id: str) -> None:
    screen(claim_id, at=CLAIMED)
    with acting_as(staff()):
        decide.return_submission(
            submission_id=claim_id, codes=["PROOF_MISSING"], fields=["evidence:activity_proof"],
            message="Please add a photo of the event.", by=world.operations, at=CLAIMED,
        )  # fmt: skip


def _answers(paula: Seat, claim_id: str, folder: Path) -> None:
    page = paula.go(reverse("portal:submission", args=[claim_id]))
    assert "Your turn" in page.inner_text("main")
    paula.follow("Make the changes")
    page.set_input_files(
        "[name='file.activity_proof.photo_of_event.']", picture(folder, "event_photo")
    )
    page.fill("[name=reason]", "Here is the photo of the stage.")
    paula.press("Send the answer")
    assert "Our turn" in page.inner_text("main")


def _is_refused(world: World, claim_id: str) -> None:
    screen(claim_id, at=LATER)
    with acting_as(staff()):
        decide.verify_all(
            submission_id=claim_id, details={"logo_visible": False}, marks={},
            by=world.operations, at=LATER,
        )  # fmt: skip
        seen = latest_screening(get_head(claim_id, by=world.operations)).sha256
        decide.decline_submission(
            submission_id=claim_id, code="NO_BRANDING", reason="No logo to be seen.",
            by=world.operations, at=LATER, expected_screening_sha256=seen,
        )  # fmt: skip


def _appeals(paula: Seat, claim_id: str) -> None:
    page = paula.go(reverse("portal:letter", args=[claim_id]))
    assert "You may appeal until" in page.inner_text("main")
    paula.follow("Appeal this decision")
    page.locator("[name=criteria][value='MDF-05']").check()
    page.fill("[name=reason]", "The logo is on the banner behind the stage.")
    paula.press("Send the appeal")
    assert "Somebody who did not decide it looks at it again" in page.inner_text("main")
    paula.look("walk-appealed")
