"""An account executive answers from a mail, on a phone, without a password; operations decide."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from counterfoil.apps.messaging.selectors import list_mail
from counterfoil.apps.submissions.models import InquiryStep
from counterfoil.apps.submissions.selectors.inquiries import inquiries_of
from counterfoil.flows.ask_account_executive import ask_account_executive
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.adapters import adapter
from tests.e2e import support
from tests.e2e.serving import Clock, aside, served, sign_in
from tests.e2e.test_operations_journey import DrawingReader
from tests.submission_stock import (
    CLAIMED,
    World,
    answer_logo,
    approved_request,
    make_world,
    screen,
    send_claim,
    send_request,
)

pytestmark = [pytest.mark.e2e, pytest.mark.db]
NOW = CLAIMED + timedelta(hours=3)
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def journey(
    own_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[tuple[World, str, str, str]]:
    """A claim on which all but the approval is done, and a request in review beside it."""
    monkeypatch.setattr(Clock, "moment", NOW)
    world = make_world()
    with served(monkeypatch, tmp_path) as address:
        world.store, world.reader = adapter("evidence_store"), DrawingReader()
        claim = send_claim(world, approved_request(world))
        screen(claim, at=CLAIMED)
        answer_logo(world, claim)
        beside = send_request(
            world, at=CLAIMED, activity_name="Baltic Days", activity_start="2026-09-10",
            activity_end="2026-09-10",
        )  # fmt: skip
        screen(beside, at=CLAIMED)
        yield world, address, claim, beside


def mailed_link(template: str, about: str, address: str) -> str:
    """The link of the mail about a submission, at the address that the test serves."""
    found = []

    def read() -> None:
        with acting_as(staff()):
            (row,) = [r for r in list_mail(about=about).rows if r.template == template]
            found.append(re.search(r"/answer/\S+", row.mail.body)[0])  # type: ignore[index]

    aside(read)
    return f"{address}{found[0]}"


def answers() -> list[tuple[str, str, str]]:
    """What was answered, from which mailed address."""
    found: list[tuple[str, str, str]] = []

    def read() -> None:
        with acting_as(staff()):
            rows = InquiryStep.objects.order_by("pk").values_list("act", "answer", "email")
            found.extend(rows)

    aside(read)
    return found


def ask_from_the_review_page(page: Page, address: str, claim: str) -> None:
    """Ask Ann, by the dialog."""
    page.goto(f"{address}/console/submissions/{claim}/")
    keep(page, "review-before", 1440)
    page.get_by_role("link", name="Ask the account executive").click()
    page.wait_for_selector("#act[open] form")
    page.fill("#act input[name=name]", "Ann Ames")
    page.fill("#act input[name=email]", "ann@vendor.example")
    page.fill("#act input[name=deal]", "Contoso, 40 seats")
    page.fill(
        "#act textarea[name=question]",
        "Alpine Systems ran the workshop on April 20 that brought Contoso's head of IT to us.",
    )
    keep(page, "ask", 1440, 390)
    assert not support.axe(page)
    page.locator("#act form button[type=submit]").click()
    page.wait_for_selector("text=Waits for the answer")


def answer_on_a_phone(chromium: Browser, address: str, claim: str, beside: str) -> list[str]:
    """Open the mail's link without any session, refuse, then confirm; return what was wrong."""
    wrong = []
    context = chromium.new_context(viewport=PHONE)
    with support.watched(context) as (page, said):
        page.goto(mailed_link("inquiry-asked", claim, address))
        for name in ("Confirm", "Dispute", "Not my deal", "I don't know"):
            box = page.get_by_role("button", name=name, exact=True).bounding_box()
            assert box is not None
            assert box["height"] >= 44, name
            assert box["width"] >= 300, name
        wrong += soundness(page, said, "answer")
        page.get_by_role("button", name="Dispute").click()
        page.wait_for_selector("text=Your answer was not recorded")
        wrong += soundness(page, said, "answer-refused")
        page.get_by_role("button", name="Confirm").click()
        page.wait_for_selector("text=You answered: Confirm")
        wrong += soundness(page, said, "answered")
        page.get_by_role("link", name="more question").click()
        wrong += soundness(page, said, "all")
        page.locator("section.card").get_by_role("link", name="Somebody else knows").click()
        wrong += soundness(page, said, "pass-on")
        page.fill("input[name=name]", "Ben Boyd")
        page.fill("input[name=email]", "ben@vendor.example")
        page.locator("main form button[type=submit]").click()
        page.wait_for_selector("text=Ben Boyd answers it")
        wrong += soundness(page, said, "passed-on")
    with support.watched(chromium.new_context(viewport=PHONE)) as (page, said):
        page.goto(mailed_link("inquiry-passed-on", beside, address))
        page.get_by_role("button", name="Not my deal").click()
        page.wait_for_selector("text=You answered: Not my deal")
        wrong += soundness(page, said, "chain")
    return wrong


def soundness(page: Page, said: list[str], name: str) -> list[str]:
    """Keep pictures and say what is wrong with the page as it stands."""
    keep(page, name, 390, 1440)
    try:
        support.check_page(page, said, name=name)
    except AssertionError as found:
        return [str(found)]
    finally:
        said.clear()
    return []


def keep(page: Page, name: str, *widths: int) -> None:
    """Keep the page's pictures."""
    for width in widths:
        support.screenshot(page, f"account-executive-{name}", width)


def test_an_account_executive_answers_from_a_mail_without_a_password(journey):
    world, address, claim, beside = journey
    with support.browser() as chromium:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        with support.watched(context) as (page, said):
            sign_in(page, address, "olive@vendor.example")
            said.clear()
            ask_from_the_review_page(page, address, claim)

            def ask_more() -> None:
                with acting_as(staff()):
                    ask_account_executive(
                        submission_id=beside, email="ann@vendor.example", name="Ann Ames",
                        deal="Fabrikam", question="They introduced us.", shown=[],
                        by=world.operations, at=NOW,
                    )  # fmt: skip

            aside(ask_more)
            wrong = answer_on_a_phone(chromium, address, claim, beside)
            page.reload()
            page.wait_for_selector("#ae-h")
            card = page.locator("section:has(#ae-h)")
            assert "Confirm" in card.inner_text()
            card.locator("details summary").first.click()
            assert "Ann Ames, ann@vendor.example answered Confirm" in card.inner_text()
            wrong += soundness(page, said, "review-answered")
            page.goto(f"{address}/console/submissions/{beside}/")
            chain = page.locator("section:has(#ae-h)")
            assert "Ann Ames → Ben Boyd" in chain.inner_text()
            page.goto(f"{address}/console/submissions/{claim}/")
            page.keyboard.press("a")
            page.wait_for_selector("#act[open] form")
            page.locator("#act form button[type=submit]").click()
            page.wait_for_url("**/console/queue/")
            page.goto(f"{address}/console/submissions/{claim}/")
            assert page.get_by_role("link", name="See the decision").is_visible()
    assert not wrong, "\n".join(wrong)
    assert answers() == [
        ("answer", "confirm", "ann@vendor.example"),
        ("delegate", "", "ann@vendor.example"),
        ("answer", "not_mine", "ben@vendor.example"),
    ]
    with acting_as(staff()):
        assert [each.is_over for each in inquiries_of(claim)] == [True]
