"""The day of operations in a browser: ten submissions cleared by keyboard alone."""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page

from counterfoil.apps.submissions.selectors import queue_counts
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.adapters import adapter
from tests.e2e import support
from tests.e2e.serving import Clock, served, sign_in
from tests.submission_stock import (
    CLAIMED,
    LINE,
    PlainReader,
    World,
    answer_logo,
    approve,
    approved_request,
    make_world,
    screen,
    send_claim,
    send_request,
)

pytestmark = [pytest.mark.e2e, pytest.mark.db]
NOW = CLAIMED + timedelta(hours=3)


class DrawingReader(PlainReader):
    """Draws each page, so that the viewer has pictures."""

    def inspect(self, file, *, previews=True, ocr=None):
        found = super().inspect(file)
        pages = found.page_texts or (found.display_name,)
        return replace(found, previews=tuple(_drawn(text) for text in pages))


def _drawn(text: str) -> bytes:
    picture = Image.new("RGB", (700, 500), "white")
    ImageDraw.Draw(picture).multiline_text((50, 50), text, fill="black", spacing=12)
    kept = io.BytesIO()
    picture.save(kept, "PNG")
    return kept.getvalue()


@pytest.fixture
def journey(
    own_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[tuple[World, str]]:
    """Ten submissions that wait: five requests, five claims of which two have an open question."""
    monkeypatch.setattr(Clock, "moment", NOW)
    world = make_world()
    with served(monkeypatch, tmp_path) as address:
        world.store, world.reader = adapter("evidence_store"), DrawingReader()
        fill_queue(world)
        yield world, address


def fill_queue(world: World) -> None:
    """This will bring ten submissions to review."""
    for number in range(5):
        first, name = f"2026-04-{16 + number}", f"Alpine Summit {number}"
        activity = {"activity_name": name, "activity_start": first, "activity_end": first}
        invoice = f"HS-2026-{number}18"
        claim_id = send_claim(
            world, approved_request(world, **activity),
            lines=({**LINE, "number": invoice, "supplied": f"{first}/{first}"},),
            invoices=(f"Hall & Stage Ltd\nInvoice number: {invoice}\nVenue rent {first}\n"
                      "Net total USD 1,200.00\n",),
            **activity,
        )  # fmt: skip
        screen(claim_id, at=CLAIMED)
        if number < 3:
            answer_logo(world, claim_id)
    for number in range(5):
        request_id = send_request(
            world, at=CLAIMED, activity_name=f"Baltic Days {number}",
            activity_start=f"2026-09-{10 + number}", activity_end=f"2026-09-{10 + number}",
        )  # fmt: skip
        screen(request_id, at=CLAIMED)


def waiting(world: World) -> int:
    """Return how many submissions wait for a review."""
    with acting_as(staff()):
        return queue_counts(by=world.operations, at=NOW)["review"]


def clear_row(page: Page) -> None:
    """Decide the row that is on by keys alone: approve where it can be, else return it."""
    support.wait_preview(page)
    row = support.row_on(page)
    before = page.url
    can_approve = page.locator('#peek a[aria-keyshortcuts="a"]').count() == 1
    page.keyboard.press("a" if can_approve else "r")
    page.wait_for_selector("#act[open] form")
    if can_approve:
        page.keyboard.press("Enter")
    else:
        page.keyboard.type("Show us the logo on a photo.")
        for name in ("codes", "fields"):
            tick_with_keys(page, name)
        page.keyboard.press("Control+Enter")
    page.wait_for_selector(f"#{row}", state="detached")
    assert page.url == before, "One stays in the queue."


def tick_with_keys(page: Page, wanted: str) -> None:
    """Tick the next box of that name, by Tab and Space."""
    for _ in range(30):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement?.name ?? ''")
        if name == wanted:
            if not page.evaluate("document.activeElement.checked"):
                page.keyboard.press("Space")
            return
    raise AssertionError(f"No box {wanted} was reached by Tab.")


def test_operations_clear_ten_submissions_by_keyboard_alone(journey):
    world, address = journey
    assert waiting(world) == 10
    with support.browser() as chromium:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        with support.watched(context) as (page, said):
            sign_in(page, address, "olive@vendor.example")
            said.clear()
            page.goto(f"{address}/console/queue/")
            support.wait_preview(page)
            keep(page, "queue")
            support.check_keys(page)
            page.goto(f"{address}/console/queue/")
            support.wait_preview(page)
            for _ in range(10):
                clear_row(page)
            assert page.locator(".queue .empty").is_visible()
            keep(page, "queue-empty")
            assert not said, said
    assert waiting(world) == 0


def test_each_page_of_the_review_is_sound_in_both_themes_and_all_widths(journey):
    world, address = journey
    wrong: list[str] = []
    with acting_as(staff()):
        from counterfoil.apps.submissions.selectors import queue_page

        rows = queue_page(by=world.operations, at=NOW).rows
    open_claim = next(r.head.public_id for r in rows if r.counts.get("unknown"))
    ready = next(
        r.head.public_id
        for r in rows
        if r.head.kind == "fund_claim" and not r.counts.get("unknown")
    )
    decided = next(r.head.public_id for r in rows if r.head.public_id not in (open_claim, ready)
                   and r.head.kind == "fund_claim" and not r.counts.get("unknown"))  # fmt: skip
    approve(world, decided, at=CLAIMED)
    one = f"{address}/console/submissions/"
    with support.browser() as chromium:
        context = chromium.new_context(viewport={"width": 1440, "height": 900})
        with support.watched(context) as (page, said):
            sign_in(page, address, "olive@vendor.example")
            said.clear()
            for name, url in (
                ("queue", f"{address}/console/queue/"),
                ("queue-late", f"{address}/console/queue/?view=late"),
                ("review", f"{one}{open_claim}/"),
                ("review-ready", f"{one}{ready}/"),
                ("review-decided", f"{one}{decided}/"),
                ("decision", f"{one}{decided}/decision/"),
                ("preview", f"{one}{ready}/preview"),
                ("verify", f"{one}{open_claim}/verify?name=logo_visible"),
                ("behalf", f"{address}/console/submissions/new/"),
                ("stale", f"{one}{ready}/approve?seen=old"),
            ):
                page.goto(url)
                if name.startswith("queue") and page.locator(".q").count():
                    support.wait_preview(page)
                keep(page, name)
                try:
                    support.check_page(page, said, name=name)
                except AssertionError as found:
                    wrong.append(str(found))
                said.clear()
            page.goto(f"{one}{ready}/")
            for key, name in (("a", "approve"), ("r", "return"), ("d", "decline")):
                page.keyboard.press(key)
                page.wait_for_selector("#act[open] form")
                keep(page, name)
                wrong += [f"{name}: {what}" for what in support.axe(page)]
                page.keyboard.press("Escape")
    assert not wrong, "\n".join(wrong)


def keep(page: Page, name: str) -> None:
    """Keep the page's picture in both widths."""
    for width in (1440, 390):
        support.screenshot(page, f"operations-{name}", width)
