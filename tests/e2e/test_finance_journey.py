"""Finance in a browser: two people check, bill and release; the paid list is read and traced."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from allauth.mfa.totp import forms as totp
from playwright.sync_api import Browser, BrowserContext, Page

from counterfoil.apps.ledger.selectors import balances, fund_position
from counterfoil.core.accounts import AccountKind
from counterfoil.core.billfile import COLUMNS
from counterfoil.core.canonical import sha256_hex
from counterfoil.core.money import Money
from counterfoil.foundation.acting import acting_as, staff
from tests.e2e import support
from tests.e2e.serving import Clock, aside, served, sign_in
from tests.people_stock import PASSWORD
from tests.submission_stock import (
    CLAIMED,
    LINE,
    World,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
)

pytestmark = [pytest.mark.e2e, pytest.mark.db]
HEADER = "Bill number,Paid date,Reference,Amount,Currency\r\n"
PERIOD = 30  # seconds for which a code of the authenticator app holds (RFC 6238)


class Tick:
    """The clock of the authenticator apps; each code that is shown takes the next period."""

    seconds = 1_777_000_000

    @classmethod
    def code(cls, secret: str) -> str:
        cls.seconds += PERIOD
        value = totp.auth.hotp_value(secret, cls.seconds // PERIOD)
        return str(totp.auth.format_hotp_value(value))


@pytest.fixture
def journey(
    own_database: str, monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path
) -> Iterator[tuple[World, str]]:
    """Three approved claims of two partners whose payees wait for their check; codes are asked."""
    monkeypatch.setattr(Clock, "moment", CLAIMED)
    monkeypatch.setattr(totp.auth, "time", SimpleNamespace(time=lambda: Tick.seconds))
    settings.STAFF_NEED_MFA = True
    world = make_world()
    for number, partner in enumerate((world.partner, world.partner, world.other)):
        _approved_claim(world, number, partner)
    with served(monkeypatch, tmp_path) as address:
        yield world, address


def _approved_claim(world: World, number: int, partner) -> None:
    day, invoice = f"2026-04-{16 + number}", f"HS-2026-{number}18"
    activity = {
        "activity_name": f"Summit {number}", "activity_start": day, "activity_end": day,
    }  # fmt: skip
    claim_id = send_claim(
        world, approved_request(world, by=partner, **activity), by=partner,
        lines=({**LINE, "number": invoice, "supplied": f"{day}/{day}"},),
        invoices=(f"Hall & Stage Ltd\nInvoice number: {invoice}\nVenue rent {day}\n"
                  "Net total USD 1,200.00\n",),
        **activity,
    )  # fmt: skip
    screen(claim_id, at=CLAIMED)
    answer_logo(world, claim_id)
    approve(world, claim_id, at=CLAIMED)


class Seat:
    """One person of Finance at a browser of their own, and what was found wrong on the way."""

    def __init__(self, context: BrowserContext, address: str, email: str) -> None:
        self.page, self.said = context.new_page(), list[str]()
        self.wrong: list[str] = []
        self.address, self.email = address, email
        self.page.set_default_timeout(60_000)
        support.watch(self.page, self.said)

    @classmethod
    def of(cls, running: Browser, address: str, email: str) -> "Seat":
        size = {"width": 1440, "height": 900}
        return cls(running.new_context(viewport=size), address, email)

    def look(self, name: str) -> str:
        """Keep the page's picture in both widths, check it as it stands, return its words."""
        for width in (1440, 390):
            support.screenshot(self.page, f"finance-{name}", width)
        try:
            support.check_page(self.page, self.said, name=name)
        except AssertionError as found:
            self.wrong.append(str(found))
        self.said.clear()
        return self.page.inner_text("main")

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.address}{path}")
        return self.page

    def follow(self, label: str) -> None:
        """Follow a link of the page's main part by its words."""
        self.page.locator("main").get_by_role("link", name=label, exact=True).first.click()
        self.page.wait_for_load_state()

    def press(self, label: str) -> None:
        """Press a button of the page's main part by its words."""
        self.page.locator("main").get_by_role("button", name=label, exact=True).first.click()
        self.page.wait_for_load_state()

    def act(self, label: str, confirm: str, what: str = "") -> None:
        """Open an act's dialog by its words, look at it, and confirm it."""
        self.page.locator("main").get_by_role("link", name=label, exact=True).first.click()
        self.page.wait_for_selector("#act[open] form")
        if what:
            self.look(what)
        with self.page.expect_navigation():
            self.page.locator("#act").get_by_role("button", name=confirm, exact=True).click()


def sign_in_with_a_second_factor(seat: Seat, *, is_looked_at: bool = False) -> None:
    """Sign in for the first time: set an authenticator app up, then sign in with its code."""
    page, look = seat.page, seat.look if is_looked_at else lambda _name: ""
    sign_in(page, seat.address, seat.email)
    seat.go("/console/ready-to-pay/")
    assert "/console/" not in page.url, "Finance sees nothing before a second factor."
    look("password-again")
    page.fill("[name=password]", PASSWORD)
    seat.press("Confirm")
    look("second-factor")
    secret = page.locator("dd.hash").inner_text().strip()
    page.fill("[name=code]", Tick.code(secret))
    seat.press("Switch it on")
    look("recovery-codes")
    page.context.clear_cookies()
    sign_in(page, seat.address, seat.email)
    look("code")
    page.fill("[name=code]", Tick.code(secret))
    seat.press("Sign in")


def test_finance_bills_releases_reads_the_paid_list_and_traces_it(
    journey: tuple[World, str], tmp_path: Path
) -> None:
    world, address = journey
    with support.browser() as running:
        maker = Seat.of(running, address, "max@vendor.example")
        checker = Seat.of(running, address, "chris@vendor.example")
        sign_in_with_a_second_factor(maker, is_looked_at=True)
        sign_in_with_a_second_factor(checker)
        _check_one_payee(maker, checker)
        owed = figures(world)
        assert (owed["payable"], owed["cash"]) == (180_000, 0)
        batch = _seal(maker)
        _cannot_release_alone(maker, batch)
        _release(checker)
        bills = _download(maker, batch, tmp_path)
        assert figures(world) == {"payable": 60_000, "billed": 120_000, "cash": 0, "paid": 0}
        _upload_a_bad_list(maker, bills)
        assert figures(world) == {"payable": 60_000, "billed": 120_000, "cash": 0, "paid": 0}
        _upload_the_list(maker, bills, batch)
        paid = {"payable": 60_000, "billed": 0, "cash": -120_000, "paid": 120_000}
        assert figures(world) == paid
        _upload_it_again(maker, bills)
        assert figures(world) == paid
        _trace(maker, bills)
        wrong = maker.wrong + checker.wrong
        assert wrong == [], "\n".join(wrong)


def figures(world: World) -> dict[str, int]:
    """What the ledger says, in cents: owed, on bills, cash (it only falls), the tracker's paid."""
    found: dict[str, int] = {}

    def read() -> None:
        kinds = {
            "payable": AccountKind.PAYABLE,
            "billed": AccountKind.PAYABLE_BILLED,
            "cash": AccountKind.CASH_ERP,
        }
        with acting_as(staff()):
            for name, kind in kinds.items():
                found[name] = sum(each.balance.minor for each in balances(kinds=[kind]))
            at = fund_position(fund=world.fund_id, period="2026", currency="USD")
            found["paid"] = at.paid.minor

    aside(read)
    return found


def _check_one_payee(maker: Seat, checker: Seat) -> None:
    maker.go("/console/ready-to-pay/")
    words = maker.look("ready-nothing")
    assert words.count("The payee waits for the check by a second person.") == 3
    assert "1,800.00 more waits" in words
    checker.go("/console/ready-to-pay/")
    checker.follow("The payee waits for the check by a second person.")
    checker.look("payee")
    checker.act("Check", "Checked: ready to be paid", "payee-check")
    assert "Ready" in checker.look("payee-checked")


def _seal(maker: Seat) -> str:
    """Make the file; return the address of its page."""
    maker.go("/console/ready-to-pay/?view=ready")
    assert "CLM-2026-00003" not in maker.look("ready")
    maker.act("Make a vendor-bill file", "Make the file", "seal")
    words = maker.look("sealed")
    assert "VB-000001" in words
    assert "Another person of Finance" in words
    assert words.count("Not sent yet") == 2
    return maker.page.url.removeprefix(maker.address).split("?")[0]


def _cannot_release_alone(maker: Seat, batch: str) -> None:
    assert maker.page.get_by_role("link", name="Send for payment").count() == 0
    answered = maker.page.goto(f"{maker.address}{batch}/release")
    assert answered is not None
    assert answered.status == 403
    assert [text for text in maker.said if "403" not in text] == []
    maker.said.clear()
    words = maker.look("release-refused")
    assert (
        "Release a vendor-bill file that somebody else made: your role may not do this." in words
    )
    assert "Finance, approves" in words
    answered = maker.page.goto(f"{maker.address}{batch}/file")
    assert answered is not None
    assert answered.status == 409
    assert "another person releases it first" in maker.look("file-refused")


def _release(checker: Seat) -> None:
    checker.go("/console/bills/")
    checker.look("bills")
    checker.follow("VB-000001")
    checker.look("to-release")
    checker.act("Send for payment", "Send for payment", "release")
    assert "Sent for payment" in checker.look("released")


def _download(maker: Seat, batch: str, folder: Path) -> list[dict[str, str]]:
    """Fetch the vendor-bill file as Finance does; return its rows, compared with the ledger."""
    maker.go(batch)
    with maker.page.expect_download() as coming:
        maker.page.get_by_role("link", name="Download the file").click()
    assert coming.value.suggested_filename == "vendor-bills-VB-000001.csv"
    kept = folder / "bills.csv"
    coming.value.save_as(kept)
    content = kept.read_bytes()
    shown = maker.page.locator(".hash").inner_text().replace("sha256", "").replace(" ", "")
    assert shown.strip() == sha256_hex(content)
    reader = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    assert tuple(reader.fieldnames or ()) == COLUMNS
    rows = list(reader)
    sums = sum(Money.parse(row["Amount"], row["Currency"]).minor for row in rows)
    assert sums == 120_000
    assert [row["Partner"] for row in rows] == ["Alpine Systems"] * 2
    assert {row["Vendor name"] for row in rows} == {"Legal"}
    return rows


def paid_list(bills: list[dict[str, str]], folder_name: str = "paid.csv") -> dict[str, object]:
    """The list that the ERP sends back, as a file to choose."""
    lines = [
        f"{bill['Bill number']},2026-05-05,ACH-2026-{70 + place},{bill['Amount']},USD\r\n"
        for place, bill in enumerate(bills)
    ]
    return {
        "name": folder_name,
        "mimeType": "text/csv",
        "buffer": (HEADER + "".join(lines)).encode(),
    }


def _upload(maker: Seat, file: dict[str, object]) -> int:
    maker.page.set_input_files("[name=file]", files=[file])
    with maker.page.expect_response(lambda answer: answer.request.method == "POST") as coming:
        maker.press("Read the list")
    return coming.value.status


def _upload_a_bad_list(maker: Seat, bills: list[dict[str, str]]) -> None:
    Clock.moment = CLAIMED.replace(day=8)
    maker.go("/console/bills/")
    maker.follow("Read a paid list")
    maker.look("paid-list")
    content = (
        f"{HEADER}VB-000009-0001,2026-05-05,ACH-1,600.00,USD\r\n"
        f"{bills[1]['Bill number']},2026-05-05,ACH-2,six hundred,USD\r\n"
    )
    bad = {"name": "bad.csv", "mimeType": "text/csv", "buffer": content.encode()}
    assert _upload(maker, bad) == 422
    words = maker.look("paid-list-bad")
    assert "Nothing was taken." in words
    problems = [row.inner_text() for row in maker.page.locator("#problems tbody tr").all()]
    assert len(problems) == 2
    assert "line 2, column 1" in problems[0]
    assert "there is no bill 'VB-000009-0001'" in problems[0]
    assert "line 3, column 4" in problems[1]
    assert problems[1].count("write it like") == 1
    assert "write it like 600.00" in problems[1]


def _upload_the_list(maker: Seat, bills: list[dict[str, str]], batch: str) -> None:
    assert _upload(maker, paid_list(bills)) == 200
    words = maker.look("paid-list-read")
    assert "Bills paid: 2 (1,200.00 USD)." in words
    maker.go(batch)
    words = maker.look("batch-paid")
    assert words.count("May 5, 2026") == 2
    assert all(f"ACH-2026-{70 + place}" in words for place in range(2))


def _upload_it_again(maker: Seat, bills: list[dict[str, str]]) -> None:
    maker.go("/console/bills/paid-list")
    assert _upload(maker, paid_list(bills)) == 200
    assert "Nothing changed. Bills recorded before: 2." in maker.look("paid-list-again")


def _trace(maker: Seat, bills: list[dict[str, str]]) -> None:
    """From the tracker's figure down to the legs of the payment and their account."""
    maker.go("/console/funds/")
    row = maker.page.locator("#funds tbody tr").first
    assert "1,200.00" in row.locator("td[data-th='Paid']").inner_text()
    assert "Ties to the ledger" in maker.look("tracker")
    row.locator("td[data-th='Entries'] a").click()
    maker.page.wait_for_url("**/funds/fund_*")
    maker.look("fund")
    paid = maker.page.locator("#entries tbody tr", has_text="Sent for payment → Paid by the ERP")
    assert paid.count() == len(bills)
    paid.first.locator("th a").click()
    maker.page.wait_for_url("**/entries/**")
    words = maker.look("entry")
    assert "Paid by the ERP: ACH-2026-7" in words
    maker.page.get_by_role("link", name="Open the submission").wait_for()
    maker.follow("Paid by the ERP")
    words = maker.look("account")
    assert "1,200.00" in words
