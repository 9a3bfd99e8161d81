"""A plan and a month of commissions in browsers: written, published, computed, approved, posted,
stated, asked about, answered.

Finance's maker, its checker and the partner each sit at their own browser; what one does is what
the next one sees.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.apps.earnings.selectors import get_statement
from counterfoil.apps.ledger.selectors import balances
from counterfoil.core.accounts import AccountKind
from counterfoil.core.canonical import sha256_hex
from counterfoil.foundation.acting import acting_as, staff
from tests.doors.portal.test_statements import sell_in_january
from tests.e2e import support
from tests.e2e.serving import Clock, aside, served, sign_in
from tests.e2e.test_finance_journey import Seat
from tests.plan_stock import SHIPPED
from tests.submission_stock import CLAIMED, make_world

pytestmark = [pytest.mark.e2e, pytest.mark.db]
OTHER = "Baltic Trading"
QUESTION = "Why did this line bring 63.00 only?"
PLAN = (SHIPPED / "channel-commission.yaml").read_text(encoding="utf-8")
MISTAKE = PLAN.replace("rate: 2.5%", "rate: 2.5 percent")
ANSWER = "It reaches into the second band; the calculation stands below."


@pytest.fixture
def journey(own_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """January is sold; no plan is written yet."""
    monkeypatch.setattr(Clock, "moment", CLAIMED)
    world = make_world()
    with acting_as(staff()):
        sell_in_january(world)
    with served(monkeypatch, tmp_path) as address:
        yield address


def test_a_plan_is_written_and_a_month_of_it_posted_stated_and_asked_about(
    journey: str, tmp_path: Path
) -> None:
    address = journey
    with support.browser() as running:
        seats = {
            name: Seat.of(running, address, email)
            for name, email in (
                ("maker", "max@vendor.example"),
                ("checker", "chris@vendor.example"),
                ("partner", "paula@partner.example"),
                ("other", "boris@partner.example"),
            )
        }
        for seat in seats.values():
            sign_in(seat.page, address, seat.email)
        maker, checker, partner = seats["maker"], seats["checker"], seats["partner"]

        plan = _maker_writes_a_plan_and_mends_its_mistake(maker)
        _checker_publishes_it_and_takes_it_into_use(checker, plan)
        run = _maker_names_who_shares_and_computes_january(maker, plan)
        _maker_reads_the_run_and_cannot_approve_it(maker, run)
        assert owed() == 0
        _checker_approves_and_posts(checker, run)
        assert owed() > 0
        _maker_issues_the_statements(maker, run)
        line = _partner_follows_the_figure_to_its_calculation(partner, tmp_path)
        asked = _partner_asks(partner)
        _finance_answers_with_the_calculation(maker)
        _partner_reads_asks_once_more_and_closes(partner, maker, asked)
        for path in (line, asked):
            answer = seats["other"].page.goto(f"{address}{path}")
            assert answer is not None
            assert answer.status == 404
        wrong = [each for seat in seats.values() for each in seat.wrong]
        assert wrong == [], "\n".join(wrong)


def owed() -> int:
    """What the ledger holds for partners out of commissions, in cents."""
    found: list[int] = []

    def read() -> None:
        with acting_as(staff()):
            rows = balances(kinds=[AccountKind.ACCRUED_COMMISSION])
            found.append(sum(each.balance.minor for each in rows))

    aside(read)
    return found[0]


def stored_pdf(statement_id: str) -> str:
    """The digest under which a statement's PDF was put away when it was issued."""
    found: list[str] = []

    def read() -> None:
        with acting_as(staff()):
            found.append(get_statement(statement_id).pdf_sha256)

    aside(read)
    return found[0]


def _maker_writes_a_plan_and_mends_its_mistake(maker: Seat) -> str:
    maker.go("/console/plans/")
    assert "No plan is written yet" in maker.look("plans-none")
    maker.follow("Write a plan")
    page = maker.page
    page.fill("[name=code]", "channel-commission")
    page.fill("[name=source]", MISTAKE)
    line = 1 + MISTAKE[: MISTAKE.index("2.5 percent")].count("\n")
    place = page.locator(f"#check a[href='#l{line}']")
    place.wait_for()
    maker.look("plan-mistake")
    place.click()
    wrong = page.evaluate("() => document.activeElement.value.slice("
                          "document.activeElement.selectionStart).split('\\n')[0]")  # fmt: skip
    assert "2.5 percent" in MISTAKE.split("\n")[line - 1]
    assert wrong
    assert wrong in MISTAKE.split("\n")[line - 1]
    page.fill("[name=source]", PLAN)
    page.wait_for_selector("#check .st.ok")
    maker.look("plan-mended")
    maker.press("Save the draft")
    assert "Saved as a draft, version 1." in page.inner_text("body")
    maker.follow("Close")
    maker.look("plan-draft")
    return page.url.removeprefix(maker.address)


def _checker_publishes_it_and_takes_it_into_use(checker: Seat, plan: str) -> None:
    checker.go(plan)
    checker.act("Publish", "Publish", "plan-publish")
    assert "is published" in checker.page.inner_text("body")
    checker.page.locator("main").get_by_role("link", name="Use in a program").click()
    checker.page.wait_for_selector("#act[open] form")
    checker.page.select_option("#act [name=program]", "growth")
    checker.look("plan-use")
    with checker.page.expect_navigation():
        checker.page.locator("#act").get_by_role("button", name="Use it", exact=True).click()
    checker.look("plan-published")


def _maker_names_who_shares_and_computes_january(maker: Seat, plan: str) -> str:
    maker.go(plan)
    page = maker.page
    page.locator("main").get_by_role("link", name="Name who shares").click()
    page.wait_for_selector("#act[open] form")
    page.fill("#act [name=partner]", "Alpine Systems")
    page.fill("#act [name=beneficiary]", OTHER)
    with page.expect_navigation():
        page.locator("#act").get_by_role("button", name="Name", exact=True).click()
    assert OTHER in maker.look("plan-party")
    maker.go("/console/commissions/")
    maker.look("commissions-none")
    page.locator("main").get_by_role("link", name="Compute a month").first.click()
    page.wait_for_selector("#act[open] form")
    page.fill("#act [name=month]", "2026-01")
    page.fill("#act [name=received_until]", "2026-01-31")
    maker.look("commission-new")
    with page.expect_navigation():
        page.locator("#act").get_by_role("button", name="Compute", exact=True).click()
    return page.url.removeprefix(maker.address)


def _maker_reads_the_run_and_cannot_approve_it(maker: Seat, run: str) -> None:
    maker.go("/console/commissions/")
    words = maker.look("commissions")
    assert "2026-01 #1" in words
    maker.follow("2026-01 #1")
    words = maker.look("commission-run")
    assert "Alpine Systems" in words
    assert "Adds to what is posted" in words
    assert maker.page.get_by_role("link", name="Approve", exact=True).count() == 0
    answer = maker.page.goto(f"{maker.address}{run}/approve")
    assert answer is not None
    assert answer.status == 403
    maker.said.clear()
    assert "your role may not do this" in maker.page.inner_text("main")


def _checker_approves_and_posts(checker: Seat, run: str) -> None:
    checker.go(run)
    for _ in range(2):  # the partners without a region, then all of it
        checker.act("Approve", "Approve", "commission-approve")
    checker.act("Post", "Post", "commission-post")
    assert "is posted" in checker.page.inner_text("body")
    checker.look("commission-posted")
    assert checker.page.get_by_role("link", name="Post", exact=True).count() == 0


def _maker_issues_the_statements(maker: Seat, run: str) -> None:
    maker.go(run)
    maker.act("Issue statements", "Issue statements", "statements-issue")
    words = maker.look("statements-issued")
    assert "Alpine Systems" in words


def _partner_follows_the_figure_to_its_calculation(partner: Seat, folder: Path) -> str:
    partner.go("/portal/")
    partner.page.get_by_role("link", name="Statements", exact=True).first.click()
    partner.page.wait_for_load_state()
    partner.look("portal-statements")
    partner.page.locator("main .check a").first.click()
    partner.page.wait_for_load_state()
    words = partner.look("portal-statement")
    assert "January 2026" in words
    kept = []
    for number in range(2):
        with partner.page.expect_download() as coming:
            partner.page.get_by_role("link", name="PDF", exact=True).click()
        coming.value.save_as(folder / f"{number}.pdf")
        kept.append((folder / f"{number}.pdf").read_bytes())
    assert kept[0] == kept[1]
    assert sha256_hex(kept[0]) == stored_pdf(partner.page.url.rstrip("/").rpartition("/")[2])
    partner.page.locator("table.fall a").first.click()
    partner.page.wait_for_load_state()
    words = partner.look("portal-figure")
    assert "L-2" in words
    partner.follow("L-2")
    words = partner.look("portal-line")
    assert "3.3%" in words
    return partner.page.url.removeprefix(partner.address)


def _partner_asks(partner: Seat) -> str:
    partner.page.locator("main").get_by_role("link", name="Ask about this line").first.click()
    partner.page.wait_for_selector("[name=body]:visible")
    partner.look("portal-ask")
    partner.page.locator("[name=body]:visible").fill(QUESTION)
    with partner.page.expect_navigation():
        partner.page.get_by_role("button", name="Ask", exact=True).last.click()
    words = partner.look("portal-asked")
    assert "Our turn" in words
    assert "Promised by" in words
    return partner.page.url.removeprefix(partner.address)


def _finance_answers_with_the_calculation(maker: Seat) -> None:
    maker.go("/console/commissions/questions")
    words = maker.look("questions")
    assert "L-2" in words
    maker.page.locator("#questions tbody a").first.click()
    maker.page.wait_for_load_state()
    words = maker.look("question")
    assert QUESTION in words
    assert "3.3%" in words
    _answer(maker, ANSWER, "question-answer")


def _answer(maker: Seat, words: str, what: str = "") -> None:
    maker.page.locator("main").get_by_role("link", name="Answer", exact=True).first.click()
    maker.page.wait_for_selector("#act[open] form")
    maker.page.fill("#act [name=body]", words)
    if what:
        maker.look(what)
    with maker.page.expect_navigation():
        maker.page.locator("#act").get_by_role("button", name="Answer").click()


def _partner_reads_asks_once_more_and_closes(partner: Seat, maker: Seat, asked: str) -> None:
    partner.go(asked)
    words = partner.look("portal-answered")
    assert ANSWER in words
    assert "3.3%" in words
    partner.page.get_by_role("link", name="Ask once more").click()
    partner.page.wait_for_selector("[name=body]:visible")
    partner.page.locator("[name=body]:visible").fill("Which band?")
    with partner.page.expect_navigation():
        partner.page.get_by_role("button", name="Ask once more").last.click()
    assert "Our turn" in partner.page.inner_text("main")
    maker.go("/console/commissions/questions")
    maker.page.locator("#questions tbody a").first.click()
    maker.page.wait_for_load_state()
    _answer(maker, "The band from 25,000.00 USD on.")
    partner.go(asked)
    partner.page.get_by_role("link", name="It is answered").click()
    with partner.page.expect_navigation():
        partner.page.get_by_role("button", name="Close the question").last.click()
    assert "Closed" in partner.look("portal-closed")
    assert partner.page.get_by_role("link", name="Ask once more").count() == 0
