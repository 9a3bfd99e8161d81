"""The auditor in a browser: a population, a decision computed again, a pack that verifies."""

import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page

from counterfoil.core.canonical import canonical_json, digest
from counterfoil.flows.verify_log import sequence_log, sign_log
from counterfoil.foundation.acting import acting_as, staff, worker
from counterfoil.foundation.adapters import adapter
from tests.e2e import support
from tests.e2e.serving import Clock, aside, served, sign_in
from tests.people_stock import staff_person
from tests.submission_stock import (
    CLAIMED,
    LINE,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
)

pytestmark = [pytest.mark.e2e, pytest.mark.db]


@pytest.fixture
def address(
    own_database: str, monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path
) -> Iterator[str]:
    """The product with two decided claims and a signed log."""
    monkeypatch.setattr(Clock, "moment", CLAIMED)
    settings.COUNTERFOIL_ADAPTERS = {
        **settings.COUNTERFOIL_ADAPTERS,
        "signing_key": (
            "counterfoil.adapters.files_keys.FileSigningKey",
            {"folder": tmp_path / "keys", "may_be_demo": True},
        ),
        "checkpoint_store": (
            "counterfoil.adapters.files_checkpoints.CheckpointFolder",
            {"root": tmp_path / "checkpoints"},
        ),
    }
    with served(monkeypatch, tmp_path) as place:
        aside(_decide_and_sign)
        yield place


def _decide_and_sign() -> None:
    world = make_world()
    with acting_as(staff()):
        staff_person("Audrey", "auditor")
    for number in range(2):
        day, invoice = f"2026-04-{16 + number}", f"HS-2026-{number}18"
        activity = {
            "activity_name": f"Summit {number}", "activity_start": day, "activity_end": day,
        }  # fmt: skip
        claim_id = send_claim(
            world, approved_request(world, **activity),
            lines=({**LINE, "number": invoice, "supplied": f"{day}/{day}"},),
            invoices=(f"Hall & Stage Ltd\nInvoice number: {invoice}\nVenue rent {day}\n"
                      "Net total USD 1,200.00\n",),
            **activity,
        )  # fmt: skip
        screen(claim_id, at=CLAIMED)
        answer_logo(world, claim_id)
        approve(world, claim_id, at=CLAIMED)
    key, store = adapter("signing_key"), adapter("checkpoint_store")
    key.create(name="counterfoil/log", is_demo=True)
    with acting_as(worker()):
        while sequence_log(at=CLAIMED):
            pass
    with acting_as(worker()):
        assert sign_log(at=CLAIMED, key=key, store=store) is not None


def _tampered(pack: Path) -> Path:
    """Copy a pack with an amount of one decision raised, its own hash made to fit again."""
    changed = pack.with_name("tampered.zip")
    with zipfile.ZipFile(pack) as whole, zipfile.ZipFile(changed, "w") as archive:
        files = {name: whole.read(name) for name in whole.namelist()}
        chosen = next(
            name for name, data in files.items()
            if name.startswith("decisions/") and b'"minor":60000' in data
        )  # fmt: skip
        decision = json.loads(files[chosen].replace(b'"minor":60000', b'"minor":90000'))
        decision["sha256"] = digest(decision["record"])
        files[chosen] = canonical_json(decision)
        for name, data in files.items():
            archive.writestr(name, data)
    return changed


def _verified(folder: Path, pack: Path) -> tuple[int, str]:
    """Run the verifier that came with the pack, apart from us; return its status and words."""
    words = [sys.executable, "-I", str(folder / "verify.py"), str(pack)]
    ended = subprocess.run(words, capture_output=True, timeout=120, check=False, text=True)
    return ended.returncode, ended.stdout + ended.stderr


class Looked:
    """What was found wrong on the way, page by page; told at the end, all of it."""

    def __init__(self, page: Page, said: list[str]) -> None:
        self.page, self.said, self.wrong = page, said, list[str]()

    def __call__(self, name: str) -> str:
        """Keep the page's picture in both widths, check it as it stands, return its words."""
        for width in (1440, 390):
            support.screenshot(self.page, f"auditor-{name}", width)
        try:
            support.check_page(self.page, self.said, name=name)
        except AssertionError as found:
            self.wrong.append(str(found))
        self.said.clear()
        return self.page.inner_text("main")


def press(page: Page, label: str) -> None:
    page.locator("main").get_by_role("button", name=label, exact=True).first.click()
    page.wait_for_load_state()


def follow(page: Page, label: str) -> None:
    page.locator("main").get_by_role("link", name=label, exact=True).first.click()
    page.wait_for_load_state()


def test_an_auditor_draws_replays_exports_and_verifies(address: str, tmp_path: Path) -> None:
    with support.browser() as running:
        context = running.new_context(viewport={"width": 1440, "height": 900})
        with support.watched(context) as (page, said):
            page.set_default_timeout(60_000)
            look = Looked(page, said)
            sign_in(page, address, "audrey@vendor.example")
            _draw(page, look, address)
            _open_and_replay(page, look)
            outer = _export(page, look, tmp_path)
            _verify_in_both(page, look, outer, tmp_path / "unpacked")
            assert look.wrong == [], "\n".join(look.wrong)


def _draw(page: Page, look: Looked, address: str) -> None:
    page.goto(f"{address}/console/audit/")
    assert "All entries signed" in look("log")
    follow(page, "Draw a population")
    look("population-everything")
    page.select_option("[name=topic]", label="Requests and claims")
    page.fill("[name=size]", "10")
    page.fill("[name=seed]", "q2")
    press(page, "Show")
    words = look("population")
    drawn = [row.get_attribute("id") for row in page.locator("#events tbody tr").all()]
    assert len(drawn) == 10
    assert "seed q2" in words
    page.reload()
    again = [row.get_attribute("id") for row in page.locator("#events tbody tr").all()]
    assert again == drawn, "The same seed draws the same sample."
    page.select_option("[name=topic]", label="Decisions")
    press(page, "Show")
    look("population-decisions")
    actions = {row.locator("th").inner_text() for row in page.locator("#events tbody tr").all()}
    assert actions == {"Submission approved"}
    assert page.locator("#events tbody tr").count() == 4


def _open_and_replay(page: Page, look: Looked) -> None:
    """From a row of the population to its event, to the decision, computed again."""
    row = page.locator("#events tbody tr", has_text="CLM-2026-00001")
    row.get_by_role("link", name="Submission approved").click()
    page.wait_for_url("**/audit/events/**")
    look("event")
    follow(page, "Open the decision on CLM-2026-00001")
    page.wait_for_url("**/audit/decisions/**")
    assert "Reads as it was stored" in look("decision")
    by_event = page.url
    press(page, "Compute it again")
    assert "the same, byte for byte" in look("replayed")
    page.go_back()
    page.go_back()
    page.go_back()
    page.wait_for_url("**/audit/population**")
    follow(page, "CLM-2026-00001")
    assert page.url == by_event, "The row leads to the same record."
    page.go_back()
    page.wait_for_url("**/audit/population**")


def _export(page: Page, look: Looked, folder: Path) -> Path:
    follow(page, "Export an audit pack")
    assert "Events with their proofs: 4." in look("export")
    press(page, "Export the pack")
    assert "This has to be mended first" in look("export-refused")
    page.fill("[name=title]", "Decisions of Q2")
    with page.expect_download() as coming:
        page.get_by_role("button", name="Export the pack").click()
    outer = folder / coming.value.suggested_filename
    coming.value.save_as(outer)
    return outer


def _verify_in_both(page: Page, look: Looked, outer: Path, folder: Path) -> None:
    with zipfile.ZipFile(outer) as whole:
        whole.extractall(folder)
    assert sorted(path.name for path in folder.iterdir()) == [
        "READ-ME.txt", "audit-pack.zip", "verify.html", "verify.py",
    ]  # fmt: skip
    pack = folder / "audit-pack.zip"
    tampered = _tampered(pack)
    status, words = _verified(folder, pack)
    assert status == 0, words
    status, words = _verified(folder, tampered)
    assert status == 1, words
    look.said.clear()
    page.goto((folder / "verify.html").as_uri())
    for chosen, verdict in ((pack, "ok"), (tampered, "bad")):
        page.set_input_files("#pack", chosen)
        page.locator("button").first.click()
        page.wait_for_selector(f".verdict.{verdict}")
        look(f"verifier-{verdict}")
    assert "not fit" in page.inner_text("#verdict")
