"""Influence in browsers: each archetype from the partner's form through two blind reviewers."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from counterfoil.foundation.adapters import adapter
from tests.e2e import support
from tests.e2e.serving import Clock, aside, served, sign_in
from tests.e2e.test_finance_journey import Seat
from tests.e2e.test_partner_journey import submission_of
from tests.influence_stock import FORMS
from tests.submission_stock import CLAIMED, World, make_world, screen

pytestmark = [pytest.mark.e2e, pytest.mark.db]
LATER = CLAIMED + timedelta(hours=4)
TITLES = {
    "pop-origination": "Influence: bringing a deal",
    "pop-closure": "Influence: helping to close a deal",
    "pop-adoption": "Influence: success and adoption",
}
LETTER = """From: jo.meier@nordwind.example
Date: March 10, 2026
We want to replace our warehouse system by summer. {kind} for {code}.
"""


@pytest.fixture
def journey(
    own_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[tuple[World, str]]:
    monkeypatch.setattr(Clock, "moment", CLAIMED)
    world = make_world()
    with served(monkeypatch, tmp_path) as address:
        world.store = adapter("evidence_store")
        yield world, address


@pytest.mark.parametrize("code", list(FORMS))
def test_an_influence_goes_through_two_blind_reviewers(
    journey: tuple[World, str], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    _world, address = journey
    with support.browser() as running:
        seats = {
            name: Seat.of(running, address, f"{name}.example")
            for name in ("paula@partner", "olive@vendor", "otto@vendor")
        }
        paula, olive, otto = seats.values()
        for seat in seats.values():
            sign_in(seat.page, address, seat.email)
        # One archetype is looked at in both widths; the others take the same pages.
        looks = code == "pop-origination"
        claim_id = _partner_sends(paula, code, looks=looks)
        aside(lambda: screen(claim_id, at=CLAIMED))
        monkeypatch.setattr(Clock, "moment", LATER)
        _first_reviewer(olive, claim_id, code, looks=looks)
        _second_reviewer(otto, claim_id, code, looks=looks)
        _first_finishes(olive, claim_id, looks=looks)
        _partner_reads(paula, claim_id, looks=looks)
        wrong = [each for seat in seats.values() for each in seat.wrong]
        assert wrong == [], "\n".join(wrong)


def _partner_sends(paula: Seat, code: str, *, looks: bool) -> str:
    page = paula.go(reverse("portal:begin"))
    if looks:
        paula.look("influence-begin")
    paula.page.get_by_role("link", name=f"Begin {TITLES[code]}").first.click()
    page.wait_for_load_state()
    assert "Which program is it for?" in page.inner_text("main")
    paula.press("Go on")
    claim_id = submission_of(page)
    if looks:
        paula.look("influence-form-empty")
    for name, value in FORMS[code].entries.items():
        _put(page, f"d.{name}", value)
    for kind in FORMS[code].evidence:
        page.set_input_files(
            f"[name='file.{kind}..']",
            {
                "name": f"{kind}.txt",
                "mimeType": "text/plain",
                "buffer": LETTER.format(kind=kind, code=code).encode(),
            },
        )
    paula.press("Save and go on")
    if looks:
        paula.look("influence-form-filled")
    paula.press("Send it for validation")
    assert "POP-2026-00001" in page.inner_text("main")
    if looks:
        paula.look("influence-sent")
    return claim_id


def _put(page: Page, name: str, value: str) -> None:
    control = page.locator(f"[name='{name}']")
    first = control.first
    kind = first.evaluate("e => e.tagName === 'SELECT' ? 'select' : e.type")
    if kind == "radio":
        page.check(f"[name='{name}'][value='{value}']")
    elif kind == "select":
        first.select_option(value)
    else:
        first.fill(value)


def _first_reviewer(olive: Seat, claim_id: str, code: str, *, looks: bool) -> None:
    page = olive.go(reverse("console:submission", args=[claim_id]))
    assert "blind" not in page.inner_text("main").lower(), "Nobody is told of the draw."
    if looks:
        olive.look("influence-review")
    olive.follow("Answer the questions")
    for name, value in FORMS[code].answers.items():
        _put(page, f"d-{name}", value)
    if looks:
        olive.look("influence-questions")
    olive.press("Record my answers")
    page.wait_for_url(f"**{reverse('console:submission', args=[claim_id])}*")
    page.keyboard.press("a")
    page.wait_for_selector("#act[open] form")
    with page.expect_navigation():
        page.locator("#act footer button").click()
    assert "was drawn for a blind second review" in page.inner_text("body")
    olive.go(reverse("console:submission", args=[claim_id]))
    assert "It waits for the second reviewer" in page.inner_text("main")
    if looks:
        olive.look("influence-first-waits")


def _second_reviewer(otto: Seat, claim_id: str, code: str, *, looks: bool) -> None:
    page = otto.go(reverse("console:reviews"))
    assert "Waits for the second" in page.inner_text("main")
    otto.go(reverse("console:submission", args=[claim_id]))
    words = page.inner_text("main")
    assert "This was drawn for a blind second review" in words
    assert "Approve" not in words
    assert "verified by a person" not in words
    page.keyboard.press("a")
    page.wait_for_url(f"**{reverse('console:submission_blind', args=[claim_id])}*")
    for name, value in FORMS[code].answers.items():
        _put(page, f"d-{name}", value)
    otto.press("Judge by my answers")
    if looks:
        otto.look("influence-blind")
    page.check("[name=verdict][value=approve]")
    otto.press("Give my verdict")
    assert "The two agree; the first reviewer finishes it." in page.inner_text("body")


def _first_finishes(olive: Seat, claim_id: str, *, looks: bool) -> None:
    page = olive.go(reverse("console:submission", args=[claim_id]))
    assert "The two agree on verdict and sum." in page.inner_text("main")
    if looks:
        olive.look("influence-agreed")
    page.keyboard.press("a")
    page.wait_for_selector("#act[open] form")
    assert "no money moves" in page.inner_text("#act")
    with page.expect_navigation():
        page.locator("#act footer button").click()
    if looks:
        olive.go(reverse("console:reports_influence"))
        words = page.inner_text("main")
        assert "48,000.00 USD" in words
        assert "100 %" in words
        olive.look("influence-figures")
    olive.go(reverse("console:reviews_agreement"))
    assert "Disagreed on the verdict of 0 of 1" in page.inner_text("main")


def _partner_reads(paula: Seat, claim_id: str, *, looks: bool) -> None:
    page = paula.go(reverse("portal:submission", args=[claim_id]))
    assert "Validated: 48,000.00 USD credited" in page.inner_text("main")
    if looks:
        paula.look("influence-status")
    paula.go(reverse("portal:letter", args=[claim_id]))
    words = page.inner_text("main")
    assert "48,000.00 USD are credited" in words
    assert "payment" not in words
    if looks:
        paula.look("influence-letter")
