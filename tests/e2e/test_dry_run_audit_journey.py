"""A dry-run audit in a browser: opened, drawn, worked, replied to, closed, and its PDF taken."""

import subprocess
import sys
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pypdfium2
import pytest
from playwright.sync_api import Page
from python_calamine import CalamineWorkbook

from counterfoil.foundation.adapters import adapter
from tests.audit_stock import NOW, make_audit
from tests.e2e import support
from tests.e2e.serving import Clock, served, sign_in
from tests.e2e.test_finance_journey import Seat

pytestmark = [pytest.mark.e2e, pytest.mark.db]


@pytest.fixture
def address(
    own_database: str, monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path
) -> Iterator[str]:
    """The product with two decided claims on two requests, an auditor and a signing key."""
    monkeypatch.setattr(Clock, "moment", NOW)
    settings.COUNTERFOIL_ADAPTERS = {
        **settings.COUNTERFOIL_ADAPTERS,
        "signing_key": (
            "counterfoil.adapters.files_keys.FileSigningKey",
            {"folder": tmp_path / "keys", "may_be_demo": True},
        ),
    }
    make_audit()
    with served(monkeypatch, tmp_path) as place:
        adapter("signing_key").create(name="counterfoil/log", is_demo=True)
        yield place


def test_an_auditor_runs_a_dry_run_audit_to_its_pdf(address: str, tmp_path: Path) -> None:
    with support.browser() as running:
        auditor = Seat.of(running, address, "audrey@vendor.example")
        lead = Seat.of(running, address, "lena@vendor.example")
        for seat in (auditor, lead):
            sign_in(seat.page, address, seat.email)
        audit = _opens(auditor)
        _draws(auditor)
        _works_the_papers(auditor, audit)
        _asks_and_operations_replies(auditor, lead, audit)
        _writes_a_finding(auditor, audit)
        _closes(auditor)
        _takes_the_files(auditor.page, tmp_path)
        lead.go(audit)
        _act(lead, "Say it is done", "It is done", note="Version 2 asks for the order.")
        assert "Done" in lead.page.inner_text("main")
        wrong = [each for seat in (auditor, lead) for each in seat.wrong]
        assert wrong == [], "\n".join(wrong)


def _act(seat: Seat, label: str, confirm: str, **fields: str) -> None:
    """Open an act's dialog by its words, fill it in and confirm it."""
    seat.page.locator("main").get_by_role("link", name=label, exact=True).first.click()
    seat.page.wait_for_selector("#act[open] form")
    for name, text in fields.items():
        seat.page.fill(f"#act [name={name}]", text)
    with seat.page.expect_navigation():
        seat.page.locator("#act").get_by_role("button", name=confirm, exact=True).click()


def _opens(auditor: Seat) -> str:
    auditor.go("/console/engagements/")
    assert "No audit was opened yet" in auditor.page.inner_text("main")
    auditor.follow("Open an audit")
    page = auditor.page
    page.fill("[name=title]", "Fund decisions of 2026")
    page.fill("[name=purpose]", "Are requests and claims decided as the playbooks say?")
    page.fill("[name=first_on]", "2026-01-01")
    page.fill("[name=seed]", "q4-2026")
    auditor.press("Open the audit")
    assert "The audit is open." in page.inner_text("body")
    return page.url.removeprefix(auditor.address)


def _draws(auditor: Seat) -> None:
    page = auditor.page
    auditor.act("Draw the population", "Draw the population")
    assert "frozen and tied to the ledger" in page.inner_text("body")
    assert "equal, 5,200.00 USD" in page.inner_text("main")
    auditor.follow("Plan the sample")
    assert "Would be drawn" in page.inner_text("main")
    auditor.follow("Monetary unit")
    assert "At most too much" in page.inner_text("main")
    auditor.follow("Random")
    page.fill("[name=size]", "3")
    auditor.press("Show")
    assert "of 4 decisions" in page.inner_text("main")
    auditor.act("Draw this sample", "Draw this sample")
    words = page.inner_text("main")
    assert "The same, byte for byte" in words
    assert "0\nof 3" in words
    auditor.follow("Population")
    assert "Every decision is posted with its amount" in page.inner_text("main")
    page.go_back()


def _works_the_papers(auditor: Seat, audit: str) -> None:
    page = auditor.page
    auditor.follow("Next paper")
    page.keyboard.press("a")
    page.wait_for_selector("#act form")
    page.get_by_role("button", name="Record my answer").click()
    page.wait_for_selector("#act .error, #act [aria-invalid], #act .missing")
    auditor.look("audit-answer-refused")
    for number in range(3):
        if number:
            page.locator("main").get_by_role("link", name="Answer this paper").click()
            page.wait_for_selector("#act form")
        for group in page.locator("#act fieldset").all():
            group.get_by_label("Yes").check()
        if number == 1:
            page.locator("#act fieldset").nth(1).get_by_label("No", exact=True).check()
        page.fill("#act [name=seen]", "The invoice, the photos and the record.")
        with page.expect_navigation():
            page.get_by_role("button", name="Record my answer").click()
    assert page.url == f"{auditor.address}{audit}"
    words = page.inner_text("main")
    assert "Deviation" in words
    assert "What the sample proves" in words


def _asks_and_operations_replies(auditor: Seat, lead: Seat, audit: str) -> None:
    _act(auditor, "Ask for something", "Ask", body="The signed order behind the second claim.")
    lead.go(audit)
    _act(lead, "Reply", "Reply", body="It lies with the claim.", evidence="CLM-2026-00002")
    assert "Lena: It lies with the claim. (CLM-2026-00002)" in lead.page.inner_text("main")
    auditor.go(audit)
    auditor.page.locator("main").get_by_role("link", name="Reply").click()
    auditor.page.wait_for_selector("#act form")
    auditor.page.fill("#act [name=body]", "Seen, thank you.")
    auditor.page.get_by_label("This settles the request").check()
    with auditor.page.expect_navigation():
        auditor.page.locator("#act").get_by_role("button", name="Reply").click()
    assert "Settled" in auditor.page.inner_text("main")


def _writes_a_finding(auditor: Seat, audit: str) -> None:
    page = auditor.page
    page.locator("main").get_by_role("link", name="Write a finding").click()
    page.wait_for_selector("#act form")
    page.select_option("#act [name=kind]", "gap")
    page.fill("#act [name=title]", "Nobody asks for the signed order")
    page.fill("#act [name=body]", "Without it nobody sees who booked the hall.")
    page.locator("#act").get_by_label("(deviation)").check()
    with page.expect_navigation():
        page.get_by_role("button", name="Write it").click()
    page.locator("main").get_by_role("link", name="Recommend").click()
    page.wait_for_selector("#act form")
    page.fill("#act [name=body]", "Add a criterion on the signed order to mdf-claim.")
    page.select_option("#act [name=owner]", label="Lena")
    page.fill("#act [name=due_on]", "2026-09-01")
    with page.expect_navigation():
        page.get_by_role("button", name="Recommend it").click()
    words = auditor.look("audit-found")
    assert "Add a criterion on the signed order" in words


def _closes(auditor: Seat) -> None:
    _act(
        auditor, "Close the audit", "Close it for good",
        conclusion="Decided as the playbooks say, with one gap.",
    )  # fmt: skip
    assert "The audit is closed." in auditor.page.inner_text("body")
    assert "Answer this paper" not in auditor.page.inner_text("main")
    auditor.follow("Report")
    words = auditor.look("audit-report")
    assert "With 95% confidence at most 2 of 4 decisions deviate (50%)." in words
    assert "Nobody asks for the signed order" in words


def _takes_the_files(page: Page, folder: Path) -> None:
    with page.expect_download() as coming:
        page.locator("main").get_by_role("link", name="PDF").click()
    pdf = pypdfium2.PdfDocument(coming.value.path())
    words = " ".join("".join(p.get_textpage().get_text_range() for p in pdf).split())
    assert "Dry-run audit, closed 2026-05-10 by Audrey" in words
    assert "Add a criterion on the signed order to mdf-claim." in words
    assert "seed q4-2026" in words
    with page.expect_download() as coming:
        page.locator("main").get_by_role("link", name="XLSX").click()
    book = CalamineWorkbook.from_filelike(BytesIO(coming.value.path().read_bytes()))
    assert book.sheet_names == ["Population", "Ledger", "Sample", "Work papers", "Findings"]
    assert len(book.get_sheet_by_name("Population").to_python()) == 5
    with page.expect_download() as coming:
        page.locator("main").get_by_role("button", name="Export the pack").click()
    pack = folder / coming.value.suggested_filename
    coming.value.save_as(pack)
    program = folder / "redraw.py"
    program.write_bytes(_unzipped(pack, "redraw.py"))
    ended = subprocess.run(
        [sys.executable, "-I", str(program), str(pack)],
        capture_output=True, check=False, text=True, timeout=60,
    )  # fmt: skip
    assert (ended.returncode, ended.stdout) == (
        0, "The same 3 of 4 decisions are drawn again.\n",
    )  # fmt: skip


def _unzipped(pack: Path, name: str) -> bytes:
    with zipfile.ZipFile(pack) as archive:
        return archive.read(name)
