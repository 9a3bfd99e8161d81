"""An appeal in browsers: a refusal is read, appealed with a picture, decided by somebody else."""

from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.urls import reverse
from PIL import Image

from counterfoil.apps.submissions.selectors import latest_screening
from counterfoil.apps.submissions.selectors.heads import get_head
from counterfoil.flows import decide
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.adapters import adapter
from tests.e2e import support
from tests.e2e.serving import Clock, aside, served, sign_in
from tests.e2e.test_finance_journey import Seat
from tests.submission_stock import (
    CLAIMED,
    World,
    answer_logo,
    approved_request,
    make_world,
    screen,
    send_claim,
)

pytestmark = [pytest.mark.e2e, pytest.mark.db]

LATER = CLAIMED + timedelta(days=3)


@pytest.fixture
def journey(
    own_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[tuple[World, str, str]]:
    """A claim that Olive did not approve: no logo to be seen."""
    monkeypatch.setattr(Clock, "moment", CLAIMED)
    world = make_world()
    with served(monkeypatch, tmp_path) as address:
        world.store = adapter("evidence_store")
        claim_id = send_claim(world, approved_request(world))
        screen(claim_id, at=CLAIMED)
        answer_logo(world, claim_id, value="no")
        with acting_as(staff()):
            seen = latest_screening(get_head(claim_id, by=world.operations)).sha256
            decide.decline_submission(
                submission_id=claim_id, code="NO_BRANDING", reason="No logo to be seen.",
                by=world.operations, at=CLAIMED, expected_screening_sha256=seen,
            )  # fmt: skip
        monkeypatch.setattr(Clock, "moment", LATER)
        yield world, address, claim_id


def test_a_refusal_is_appealed_and_decided_by_somebody_else(
    journey: tuple[World, str, str], tmp_path: Path
) -> None:
    world, address, claim_id = journey
    with support.browser() as running:
        paula, olive, otto = (
            Seat.of(running, address, f"{name}.example")
            for name in ("paula@partner", "olive@vendor", "otto@vendor")
        )
        for seat in (paula, olive, otto):
            sign_in(seat.page, address, seat.email)
        _partner_reads_the_guide(paula)
        _partner_appeals(paula, claim_id)
        aside(lambda: screen(claim_id, at=LATER))
        _the_first_decider_may_not_decide(olive, claim_id)
        _somebody_else_overturns(otto, world, claim_id)
        _partner_reads_the_second_letter(paula, claim_id)
        wrong = [each for seat in (paula, olive, otto) for each in seat.wrong]
        assert wrong == [], "\n".join(wrong)


def _partner_reads_the_guide(paula: Seat) -> None:
    paula.go(reverse("portal:begin"))
    paula.page.locator("main").get_by_role("link", name="Read the guide").last.click()
    paula.page.wait_for_selector("[id$='-05']")
    paula.go(reverse("portal:guide", args=["mdf-claim"]))
    words = paula.page.inner_text("#MDF-05")
    assert "Material on which our current logo can be seen." in words
    for width in (390, 1440):
        support.screenshot(paula.page, "guide", width)
    support.check_page(paula.page, paula.wrong, name="guide")


def _partner_appeals(paula: Seat, claim_id: str) -> None:
    paula.go(reverse("portal:letter", args=[claim_id]))
    assert "You may appeal until May 31, 2026." in paula.page.inner_text("main")
    support.screenshot(paula.page, "appeal-letter", 390)
    paula.follow("Appeal this decision")
    page = paula.page
    page.check("[name=criteria]")
    page.fill("[name=reason]", "The logo is on the banner behind the desk, see the picture.")
    page.select_option("[name=kind]", "activity_proof.photo_of_event")
    page.set_input_files(
        "[name=files]",
        {"name": "booth.jpg", "mimeType": "image/jpeg", "buffer": _photo()},
    )
    for width in (390, 1440):
        support.screenshot(page, "appeal-form", width)
    support.check_page(page, paula.wrong, name="appeal")
    paula.press("Send the appeal")
    words = page.inner_text("main")
    assert "Somebody who did not decide it looks at it again" in words
    support.screenshot(page, "appeal-status", 390)


def _photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (320, 200), (40, 90, 160)).save(out, "JPEG")
    return out.getvalue()


def _the_first_decider_may_not_decide(olive: Seat, claim_id: str) -> None:
    olive.go(reverse("console:submission", args=[claim_id]))
    words = olive.page.inner_text("body")
    assert "The logo is on the banner behind the desk" in words
    assert "booth.jpg" in words
    assert "You decided it before; somebody else decides the appeal." in words


def _somebody_else_overturns(otto: Seat, world: World, claim_id: str) -> None:
    otto.go(reverse("console:queue"))
    assert "Appealed" in otto.page.inner_text("main")
    otto.go(reverse("console:submission", args=[claim_id]))
    for width in (390, 1440):
        support.screenshot(otto.page, "appeal-review", width)
    support.check_page(otto.page, otto.wrong, name="appeal review")
    aside(lambda: answer_logo(world, claim_id, by=world.second_operations, at=LATER, value="yes"))
    otto.go(reverse("console:submission", args=[claim_id]))
    otto.page.keyboard.press("a")
    otto.page.wait_for_selector("#act[open] form")
    with otto.page.expect_navigation():
        otto.page.locator("#act footer button").click()


def _partner_reads_the_second_letter(paula: Seat, claim_id: str) -> None:
    paula.go(reverse("portal:letter", args=[claim_id]))
    words = paula.page.inner_text("main")
    assert "somebody who did not make it looked again" in words
    assert "600.00" in words
    support.screenshot(paula.page, "appeal-second-letter", 1440)
