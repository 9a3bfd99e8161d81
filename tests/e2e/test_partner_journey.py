"""The partner's day in a browser: request, claim with three invoices, return, letter, payment."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page

from counterfoil.adapters.demo_documents import PaperBuilders
from counterfoil.apps.payouts.selectors import bills_of_batch, payees_of
from counterfoil.apps.payouts.services import check_payee
from counterfoil.core.money import Money
from counterfoil.flows import decide
from counterfoil.flows.settle_bill import read_paid_list, release_bills, seal_bills
from counterfoil.foundation.acting import acting_as, staff
from tests.e2e import support
from tests.e2e.serving import Clock, aside, served, sign_in
from tests.submission_stock import (
    AT,
    CLAIMED,
    REQUEST,
    World,
    answer_logo,
    approve,
    make_world,
    screen,
)

pytestmark = [pytest.mark.e2e, pytest.mark.db]
DAYS = (date(2026, 4, 20), date(2026, 4, 21))
INVOICES = (
    ("HS-2026-118", "Hall & Stage Ltd", "Venue rent", 120_000, "venue", DAYS),
    ("KC-7731", "Kitchen Crew Inc", "Catering", 80_000, "catering", DAYS),
    ("LG-5520", "Lager Nord AG", "Storage", 60_000, "storage", (date(2026, 5, 4),) * 2),
)


@pytest.fixture
def journey(
    own_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[tuple[World, str]]:
    """A world, and the product in front of it."""
    monkeypatch.setattr(Clock, "moment", AT)
    world = make_world()
    with acting_as(staff()):
        payee = payees_of(partner_id=world.partner_id)[0]
        check_payee(payee_id=payee.public_id, by=world.checker, at=AT)
    with served(monkeypatch, tmp_path) as address:
        yield world, address


class Looked:
    """What was found wrong on the way, page by page; told at the end, all of it."""

    def __init__(self, page: Page, said: list[str]) -> None:
        self.page, self.said, self.wrong = page, said, list[str]()

    def __call__(self, name: str) -> None:
        """Keep the page's picture in both widths and check it as it stands."""
        for width in (1440, 390):
            support.screenshot(self.page, f"partner-{name}", width)
        try:
            support.check_page(self.page, self.said, name=name)
        except AssertionError as found:
            self.wrong.append(str(found))
        self.said.clear()


def press(page: Page, label: str) -> None:
    """Press a button of the page's main part by its words."""
    page.locator("main").get_by_role("button", name=label, exact=True).first.click()
    page.wait_for_load_state()


def follow(page: Page, label: str) -> None:
    """Follow a link of the page's main part by its words."""
    page.locator("main").get_by_role("link", name=label).first.click()
    page.wait_for_load_state()


def submission_of(page: Page) -> str:
    return page.url.split("/submissions/")[1].split("/")[0].split("?")[0]


def fill(page: Page, entries: dict[str, str], *, prefix: str = "d.") -> None:
    """Fill in the fields of the form by their names."""
    for name, text in entries.items():
        control = page.locator(f"[name='{prefix}{name}']").first
        if control.evaluate("e => e.tagName") == "SELECT":
            control.select_option(text)
        else:
            control.fill(text)


def papers(folder: Path) -> list[str]:
    """Draw the three invoices; return their paths."""
    drawn = []
    for seed, (number, supplier, what, net, _category, days) in enumerate(INVOICES):
        content = PaperBuilders().invoice(
            seed=seed, number=number, issued_on=days[1], supplier=supplier, street="Main Street 1",
            customer="Alpine Systems", description=what, net=Money(net, "USD"), period=days,
        )  # fmt: skip
        path = folder / f"{number}.pdf"
        path.write_bytes(content)
        drawn.append(str(path))
    return drawn


def picture(folder: Path, kind: str) -> str:
    content = PaperBuilders().picture(
        seed=len(kind), kind=kind, title="Alpine Summit", caption="April 20, 2026",
        vendor="Vendor Inc.",
    )  # fmt: skip
    path = folder / f"{kind}.jpg"
    path.write_bytes(content)
    return str(path)


def test_a_partner_requests_claims_answers_and_is_paid(
    journey: tuple[World, str], tmp_path: Path
) -> None:
    world, address = journey
    with support.browser() as running:
        context = running.new_context(viewport={"width": 1440, "height": 900})
        with support.watched(context) as (page, said):
            look = Looked(page, said)
            sign_in(page, address, "paula@partner.example")
            request_id = _request(page, look)
            aside(lambda: _let_operations_approve_the_request(world, request_id))
            Clock.moment = CLAIMED
            claim_id = _claim(page, look, address, tmp_path)
            aside(lambda: _let_operations_return(world, claim_id))
            _answer(page, look, address, claim_id, tmp_path)
            aside(lambda: _let_operations_approve_the_claim(world, claim_id))
            _letter(page, look, address, claim_id)
            aside(lambda: _let_finance_pay(world))
            page.goto(f"{address}/portal/submissions/{claim_id}/")
            assert "ACH-2026-77" in page.inner_text("main")
            assert "Paid May 5, 2026" in page.inner_text("main")
            look("paid")
            page.goto(f"{address}/portal/")
            look("home")
            for place in ("submissions", "messages", "people", "organization"):
                page.goto(f"{address}/portal/{place}/")
                look(place)
            page.goto(f"{address}/profile/")
            look("profile")
            assert look.wrong == [], "\n".join(look.wrong)


def _request(page: Page, look: Looked) -> str:
    look("home-empty")
    follow(page, "Begin a request")
    look("begin")
    follow(page, "Begin Market development fund request")
    look("begin-request")
    press(page, "Go on")
    look("request-empty")
    fill(page, REQUEST)
    press(page, "Save and go on")
    look("request-filled")
    press(page, "Send request")
    request_id = submission_of(page)
    assert "FR-2026-00001" in page.inner_text("main")
    look("request-sent")
    return request_id


def _let_operations_approve_the_request(world: World, request_id: str) -> None:
    screen(request_id, at=AT)
    approve(world, request_id, at=AT)


def _claim(page: Page, look: Looked, address: str, folder: Path) -> str:
    page.goto(f"{address}/portal/")
    follow(page, "Begin a claim")
    press(page, "Go on")
    claim_id = submission_of(page)
    look("claim-empty")
    fill(page, {"attendees": "184", "leads": "many"})
    page.set_input_files("[name='file.invoice..']", papers(folder))
    press(page, "Upload and read the invoices")
    assert page.locator("h3", has_text="HS-2026-118").count() == 1
    assert "is not a whole number" in page.inner_text("main")
    look("claim-invoices")
    fill(page, {"leads": "37"})
    for card in page.locator("[id^=line-]").all():
        title = card.locator("h3").inner_text()
        chosen = next(each for each in INVOICES if each[0] in title)
        card.locator("select[name$='.category']").select_option(chosen[4])
    page.set_input_files("[name='file.activity_proof.invitation.']", picture(folder, "invitation"))
    press(page, "Send claim")
    assert "Photo of the event is missing." in page.inner_text("main")
    assert "The invoice line belongs to this activity" in page.inner_text("main")
    look("claim-check")
    press(page, "Send as it is")
    assert "CLM-2026-00001" in page.inner_text("main")
    look("claim-sent")
    return claim_id


def _let_operations_return(world: World, claim_id: str) -> None:
    screen(claim_id, at=CLAIMED)
    with acting_as(staff()):
        decide.return_submission(
            submission_id=claim_id, codes=["PROOF_MISSING"], fields=["evidence:activity_proof"],
            message="Please add a photo of the event on which our logo can be seen.",
            by=world.operations, at=CLAIMED,
        )  # fmt: skip


def _answer(page: Page, look: Looked, address: str, claim_id: str, folder: Path) -> None:
    page.goto(f"{address}/portal/submissions/{claim_id}/")
    assert "Your turn" in page.inner_text("main")
    look("returned")
    follow(page, "Make the changes")
    look("amend")
    page.set_input_files(
        "[name='file.activity_proof.photo_of_event.']", picture(folder, "event_photo")
    )
    press(page, "Send the answer")
    assert "Write a sentence" in page.inner_text("main")
    look("amend-refused")
    page.fill("[name=reason]", "Here is the photo of the stage.")
    press(page, "Send the answer")
    assert "Our turn" in page.inner_text("main")
    look("answered")


def _let_operations_approve_the_claim(world: World, claim_id: str) -> None:
    screen(claim_id, at=CLAIMED)
    answer_logo(world, claim_id)
    approve(world, claim_id, at=CLAIMED)


def _letter(page: Page, look: Looked, address: str, claim_id: str) -> None:
    page.goto(f"{address}/portal/submissions/{claim_id}/")
    assert "1,000.00 USD" in page.inner_text("main")
    look("decided")
    follow(page, "Read the letter")
    text = page.inner_text("main")
    assert "We approved a part of your claim Alpine Summit: 1,000.00 USD will be paid." in text
    assert "The invoice line belongs to this activity" in text
    look("letter")


def _let_finance_pay(world: World) -> None:
    with acting_as(staff()):
        batch = seal_bills(program="growth", currency="USD", by=world.finance, at=CLAIMED)
        release_bills(batch_id=batch.public_id, by=world.checker, at=CLAIMED)
        bill = bills_of_batch(batch.public_id)[0]
        content = (
            "Bill number,Paid date,Reference,Amount,Currency\r\n"
            f"{bill.number},2026-05-05,ACH-2026-77,{bill.amount.format_number()},USD\r\n"
        )
        later = CLAIMED.replace(day=8)
        read_paid_list(content=content.encode(), file_name="paid.csv", by=world.finance, at=later)
