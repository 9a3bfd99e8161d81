"""A limit changed in browsers: written, tried on what was decided, signed off, published; the next
claim follows it, and the one before keeps what it was decided under.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.foundation.adapters import adapter
from tests.e2e import support
from tests.e2e.serving import Clock, aside, served, sign_in
from tests.e2e.test_finance_journey import Seat
from tests.submission_stock import (
    CLAIMED,
    INVOICE,
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
NO = "Write in the note from when it holds."


@pytest.fixture
def journey(
    own_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[tuple[World, str, str]]:
    """One claim was approved: half of 1,200.00."""
    monkeypatch.setattr(Clock, "moment", CLAIMED)
    world = make_world()
    with served(monkeypatch, tmp_path) as address:
        world.store = adapter("evidence_store")
        yield world, address, decided_claim(world, "HS-2026-118")


def decided_claim(world: World, invoice: str, *, is_other: bool = False) -> str:
    """This will send a claim over 1,200.00 and have it approved."""
    by = world.other if is_other else world.partner
    claim_id = send_claim(
        world, approved_request(world, by=by), by=by, lines=({**LINE, "number": invoice},),
        invoices=(INVOICE.replace("HS-2026-118", invoice),),
    )  # fmt: skip
    screen(claim_id)
    answer_logo(world, claim_id)
    approve(world, claim_id)
    return claim_id


def test_a_limit_is_changed_tried_signed_published_and_followed(
    journey: tuple[World, str, str],
) -> None:
    world, address, old = journey
    with support.browser() as running:
        seats = {
            name: Seat.of(running, address, email)
            for name, email in (
                ("operations", "olive@vendor.example"),
                ("checker", "chris@vendor.example"),
                ("lead", "lena@vendor.example"),
            )
        }
        for seat in seats.values():
            sign_in(seat.page, address, seat.email)
        operations, checker, lead = seats["operations"], seats["checker"], seats["lead"]

        draft = _operations_writes_the_new_share(operations)
        _operations_sees_what_would_change(operations, draft)
        _lead_cannot_publish_before_finance_signed(lead, draft)
        _finance_says_no_and_then_yes(checker, draft)
        _lead_publishes(lead, draft)
        new: list[str] = []
        aside(lambda: new.append(decided_claim(world, "HS-2026-119", is_other=True)))
        assert "480.00" in _payable(operations, new[0])
        assert "600.00" in _payable(operations, old)
        wrong = [each for seat in seats.values() for each in seat.wrong]
        assert wrong == [], "\n".join(wrong)


def _operations_writes_the_new_share(operations: Seat) -> str:
    operations.go("/console/playbooks/")
    operations.follow("mdf-claim")
    operations.follow("New version from this")
    page = operations.page
    text = page.input_value("[name=source]")
    page.fill(
        "[name=source]",
        text.replace("value: 50%", "value: 40%").replace(
            "design_owner: team_lead", "sign_off: [finance_checker]\ndesign_owner: team_lead"
        ),
    )
    page.fill("[name=note]", "We pay 40% instead of half.")
    page.wait_for_selector("#check .st.ok")
    operations.press("Save the draft")
    assert "Saved as a draft, version 2." in page.inner_text("body")
    operations.follow("Close")
    words = page.inner_text("main")
    assert "Nobody asked yet" in words
    assert "Finance, approves: not yet" in words
    assert "Limit “Share that we pay”, from 2017-01-01" in words
    assert "before: 50%" in words
    assert "Who signs a version" in words
    operations.look("playbook-draft")
    draft = page.url.removeprefix(operations.address)
    operations.follow("Procedure")
    words = operations.look("playbook-procedure")
    assert "Approve in turn, each another person." in words
    assert "Incentive operations, then Finance, approves" in words
    operations.go(draft)
    return page.url.removeprefix(operations.address)


def _operations_sees_what_would_change(operations: Seat, draft: str) -> None:
    operations.act("What would change?", "What would change?")
    assert "1 decision was judged again; nothing was changed." in operations.page.inner_text(
        "body"
    )
    words = operations.look("playbook-trial")
    assert "−120.00" in words
    assert "Alpine Systems" in words
    operations.go(draft)
    assert "1 of 1 would come out otherwise" in operations.page.inner_text("main")


def _lead_cannot_publish_before_finance_signed(lead: Seat, draft: str) -> None:
    lead.go(draft)
    assert "Still to be signed for: Finance, approves." in lead.page.inner_text("main")
    lead.go(f"{draft}/publish")
    assert "Still to be signed for: Finance, approves." in lead.page.inner_text("main")
    assert lead.page.get_by_role("button", name="Publish", exact=True).is_disabled()


def _finance_says_no_and_then_yes(checker: Seat, draft: str) -> None:
    page = checker.go(draft)
    page.locator("main").get_by_role("link", name="Sign", exact=True).click()
    page.wait_for_selector("#act[open] form")
    page.select_option("#act [name=word]", "no")
    page.locator("#act").get_by_role("button", name="Record my word", exact=True).click()
    page.locator("#act").get_by_text("Say what has to change.").first.wait_for()
    page.fill("#act [name=comment]", NO)
    with page.expect_navigation():
        page.locator("#act").get_by_role("button", name="Record my word", exact=True).click()
    assert f"Finance, approves: no: {NO}" in page.inner_text("main")
    checker.act("Sign", "Record my word")
    assert "Finance, approves: agreed" in page.inner_text("main")


def _lead_publishes(lead: Seat, draft: str) -> None:
    lead.go(draft)
    lead.act("Publish", "Publish")
    assert "mdf-claim version 2 is published." in lead.page.inner_text("body")


def _payable(seat: Seat, claim_id: str) -> str:
    seat.go(f"/console/submissions/{claim_id}/")
    return seat.page.inner_text("main")
