"""Finance in a browser: reads what the bank sent, reconciles, clears exceptions, undoes one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from counterfoil.adapters.bank_simulator import Answer, Habits, SimulatedBank
from counterfoil.apps.ledger.selectors import balances
from counterfoil.apps.payouts.selectors import payment_file
from counterfoil.core.accounts import AccountKind
from counterfoil.foundation.acting import acting_as, staff
from tests.e2e import support
from tests.e2e.serving import Clock, aside, served, sign_in
from tests.e2e.test_finance_journey import Seat
from tests.money_stock import AT
from tests.payment_stock import IBANS, Bank
from tests.people_stock import staff_person

pytestmark = [pytest.mark.e2e, pytest.mark.db]


@pytest.fixture
def journey(
    own_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[tuple[tuple[Answer, ...], str]]:
    """A payment file that was sent, and a bank that answers it with all its bad habits."""
    monkeypatch.setattr(Clock, "moment", AT)
    with acting_as(staff()):
        staff_person("Max", "finance_maker")
        staff_person("Chris", "finance_checker")
        bank = Bank(tmp_path)
        first, second = bank.partner("Alpine"), bank.partner("Börde", iban=IBANS[1])
        for partner, minor in ((first, 120_000), (second, 45_050), (first, 7_777)):
            bank.claim(partner, minor)
        batch = bank.sent()
        simulated = SimulatedBank(
            account="DE02120300000000202051", currency="EUR",
            habits=Habits(repeats=True, strays=True, fee_cents=990),
        )  # fmt: skip
        answers, _ = simulated.take(payment_file(batch.public_id).content, on=batch.execute_on)
    with served(monkeypatch, tmp_path) as address:
        yield answers, address


def test_finance_reads_a_statement_and_clears_its_exceptions(
    journey: tuple[tuple[Answer, ...], str],
) -> None:
    (status, statement), address = journey
    with support.browser() as running:
        maker = Seat.of(running, address, "max@vendor.example")
        sign_in(maker.page, address, "max@vendor.example")
        _look_at_nothing(maker)
        _refuse_a_cut_file(maker, statement)
        assert "Payments answered: 3" in _upload(maker, status.name, status.content)
        said = _upload(maker, statement.name, statement.content)
        assert "New lines: 6" in said
        maker.look("bank-read")

        maker.act("Reconcile", "Reconcile", "bank-reconcile")
        assert "Lines matched: 2" in maker.page.inner_text("body")
        words = maker.look("bank-work")
        assert "Several payments fit, or several lines" in words
        assert figures() == {"transit": 120_000, "bank": -52_827, "fees": 0}

        _clear(maker)
        assert "No line waits" in maker.page.inner_text("main")
        maker.look("bank-work-done")
        assert figures() == {"transit": 0, "bank": -173_817, "fees": 990}

        _undo(maker)
        assert figures()["transit"] == 45_050
        assert maker.wrong == [], "\n".join(maker.wrong)


def _look_at_nothing(maker: Seat) -> None:
    maker.go("/console/bank/")
    assert "No statement was read yet" in maker.look("bank-empty")
    maker.go("/console/bank/transit")
    assert "1,728.27" in maker.look("bank-transit")


def _refuse_a_cut_file(maker: Seat, statement: Answer) -> None:
    said = _upload(maker, "cut.xml", statement.content[:-60], status=422)
    assert "cut.xml:" in said
    maker.look("bank-refused")


def _upload(maker: Seat, name: str, content: bytes, status: int = 200) -> str:
    maker.go("/console/bank/read")
    file = {"name": name, "mimeType": "application/xml", "buffer": content}
    maker.page.set_input_files("input[type=file]", files=[file])
    with maker.page.expect_response(lambda got: got.request.method == "POST") as answered:
        maker.press("Read the file")
    assert answered.value.status == status
    maker.said.clear()
    return maker.page.inner_text("main")


def _clear(maker: Seat) -> None:
    """Clear the list by keyboard alone: open, act, reason, on to the next."""
    page = maker.page
    page.keyboard.press("o")
    page.wait_for_url("**/console/bank/lines/**")
    maker.look("bank-line")
    for key, button in (
        ("1", "Match"),
        ("d", "Debited twice"),
        ("n", "Not ours"),
        ("f", "Bank fee"),
    ):
        page.keyboard.press(key)
        page.wait_for_selector("#act[open] form")
        if key == "1":
            maker.look("bank-match")
        page.fill("#act [name=reason]", "As the bank told by phone")
        with page.expect_navigation():
            page.locator("#act").get_by_role("button", name=button, exact=True).click()


def _undo(maker: Seat) -> None:
    maker.go("/console/bank/")
    maker.look("bank")
    maker.page.locator("#statements tbody a").first.click()
    maker.page.wait_for_load_state()
    words = maker.look("bank-statement")
    assert "Opening balance and lines make the closing balance." in words
    maker.page.locator("#lines tbody tr").nth(1).locator("a").first.click()
    maker.page.wait_for_load_state()
    maker.look("bank-line-matched")
    maker.page.keyboard.press("u")
    maker.page.wait_for_selector("#act[open] form")
    maker.page.fill("#act [name=reason]", "Looked again")
    with maker.page.expect_navigation():
        maker.page.locator("#act").get_by_role("button", name="Undo", exact=True).click()


def figures() -> dict[str, int]:
    """What the ledger says, in cents: in transit, our bank account, the bank's fees."""
    found: dict[str, int] = {}
    kinds = {
        "transit": AccountKind.CASH_IN_TRANSIT,
        "bank": AccountKind.CASH_BANK,
        "fees": AccountKind.EXPENSE_BANK_FEES,
    }

    def read() -> None:
        with acting_as(staff()):
            for name, kind in kinds.items():
                found[name] = sum(each.balance.minor for each in balances(kinds=[kind]))

    aside(read)
    return found
