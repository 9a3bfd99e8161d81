"""Finance's month in browsers: a payee is taken on, a hurried change refused, a file paid, closed.

Reading lists of vendor bills stands in test_finance_journey, every exception of a bank statement
in test_bank_journey; here one payee's money goes the whole way, with each person at a browser.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from counterfoil.adapters.bank_simulator import Habits, SimulatedBank
from counterfoil.apps.partners.services import add_contact
from counterfoil.apps.payouts.selectors import (
    bank_details_of,
    get_payment_batch,
    list_payment_batches,
    payment_file,
)
from counterfoil.flows.change_bank_details import activate_bank_details
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.adapters import adapter
from tests.e2e import support
from tests.e2e.serving import Clock, aside, served, sign_in
from tests.e2e.test_bank_journey import _upload, figures
from tests.e2e.test_finance_journey import Seat
from tests.money_stock import AT, OPS, make_partner
from tests.payment_stock import IBANS, LONG_AGO, Bank
from tests.people_stock import partner_person, staff_person

pytestmark = [pytest.mark.e2e, pytest.mark.db]
TAKEN_ON = AT - timedelta(days=27)  # a Friday
IN_USE = TAKEN_ON + timedelta(days=11)
MONTH_IS_OVER = AT.replace(month=5, day=4)
PEOPLE = (
    ("Olive", "operations"), ("Max", "finance_maker"), ("Chris", "finance_checker"),
    ("Sam", "finance_checker"),
)  # fmt: skip


class House:
    """A house that pays by bank file, and a partner whom it does not pay yet."""

    def __init__(self, folder: Path) -> None:
        for name, role in PEOPLE:
            staff_person(name, role)
        self.bank = Bank(folder)
        self.bank.box.create()
        self.partner = make_partner("Alpine", program="growth")
        add_contact(
            partner_id=self.partner.public_id, name="Kim", email="kim@example.com",
            phone="+49 40 1234", is_primary=True, by=OPS, at=LONG_AGO - timedelta(days=30),
        )  # fmt: skip
        partner_person("Paula", self.partner.pk)


@pytest.fixture
def journey(
    own_database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[tuple[House, str]]:
    monkeypatch.setattr(Clock, "moment", TAKEN_ON)
    known = {
        "secret_box": (
            "counterfoil.adapters.files_keys.FileSecretBox",
            {"folder": tmp_path / "keys"},
        ),
        "bank_folder": (
            "counterfoil.adapters.bank_folder.OutboxFolder",
            {"root": tmp_path / "outbox"},
        ),
    }
    monkeypatch.setattr(
        settings, "COUNTERFOIL_ADAPTERS", {**settings.COUNTERFOIL_ADAPTERS, **known}
    )
    adapter.cache_clear()
    with acting_as(staff()):
        house = House(tmp_path)
    with served(monkeypatch, tmp_path) as address:
        yield house, address


class Person(Seat):
    """One person; `do` opens an act's own page, fills it in and confirms it."""

    def do(self, path: str, confirm: str, status: int = 200, **fields: str) -> str:
        self.go(path)
        for name, value in fields.items():
            control = self.page.locator(f"main [name='{name}']").first
            if control.evaluate("e => e.tagName") == "SELECT":
                control.select_option(value)
            elif control.evaluate("e => e.type") == "checkbox":
                control.set_checked(bool(value))
            else:
                control.fill(value)
        with self.page.expect_response(lambda got: got.request.method == "POST") as answered:
            self.press(confirm)
        self.page.wait_for_load_state()
        words = self.page.inner_text("body")
        assert answered.value.status in {status, 302 if status == 200 else status}, (
            path,
            words[100:600].split("\n"),
        )
        self.said.clear()
        return words


def test_a_payee_is_taken_on_paid_by_two_reconciled_and_the_month_closed(
    journey: tuple[House, str],
) -> None:
    house, address = journey
    with support.browser() as running:
        seats = {}
        for name, _role in PEOPLE:
            seats[name] = Person.of(running, address, f"{name.lower()}@vendor.example")
        seats["Paula"] = Person.of(running, address, "paula@partner.example")
        for seat in seats.values():
            sign_in(seat.page, address, seat.email)

        _take_the_payee_on(house, seats)
        _refuse_a_hurried_change(house, seats)
        batch = _pay_with_two_people(house, seats)
        _read_the_answer_and_clear_what_is_left(house, seats["Max"], batch)
        _close(seats, batch)
        wrong = [each for seat in seats.values() for each in seat.wrong]
        assert wrong == [], "\n".join(wrong)


def details(house: House) -> list[tuple[str, str]]:
    """Id and state of the partner's bank details, the newest first."""
    found: list[tuple[str, str]] = []

    def read() -> None:
        with acting_as(staff()):
            rows = bank_details_of(partner_id=house.partner.pk)
            found.extend((row.public_id, row.state) for row in rows)

    aside(read)
    return found


def _take_the_payee_on(house: House, seats: dict[str, Person]) -> None:
    olive, max_, chris, paula = (seats[name] for name in ("Olive", "Max", "Chris", "Paula"))
    olive.do(
        "/console/payees/new", "Enter the payee", partner="Alpine", currency="EUR",
        legal_name="Alpine GmbH", erp_vendor_number="V-77", country="DE", route="bank_file",
    )  # fmt: skip
    of_partner = f"/console/bank-details/of/{house.partner.public_id}"
    olive.do(
        f"{of_partner}/paper", "Enter the paper", kind="tax_form", form="W-8BEN-E",
        expires_on="2028-12-31",
    )  # fmt: skip
    paula.go("/portal/bank-details/")
    paula.look("bank-details-none")
    said = paula.do(
        "/portal/bank-details/propose", "Propose", status=422, currency="EUR",
        holder="Alpine GmbH", iban="DE00370400440532013000", reason="Our account",
    )  # fmt: skip
    assert "The IBAN is not valid" in said
    paula.look("bank-details-wrong")
    paula.do(
        "/portal/bank-details/propose", "Propose", currency="EUR",
        holder="Alpine GmbH", iban=IBANS[0], reason="Our account",
    )  # fmt: skip
    assert "DE •••• 3000" in paula.look("bank-details-proposed")

    [(first, _state)] = details(house)
    change = f"/console/bank-details/{first}"
    max_.go("/console/bank-details/")
    max_.look("bank-changes")
    max_.go(change)
    max_.look("bank-change")
    max_.do(f"{change}/call-back", "Record the call", person="Kim", note="Read it out to me")
    chris.do(f"{change}/approve", "Approve")
    chris.go(of_partner)
    words = chris.look("payee-checklist")
    assert "W-8BEN-E" in words
    chris.page.get_by_role("link", name="Check", exact=True).first.click()
    chris.page.wait_for_selector("#act[open] form")
    with chris.page.expect_navigation():
        chris.page.locator("#act button[type=submit]").click()
    chris.go("/console/payees/")
    chris.page.locator("main table a", has_text="Alpine").first.click()
    chris.page.wait_for_load_state()
    chris.act("Check", "Checked: ready to be paid", "payee-check")

    def wait_out() -> None:
        with acting_as(staff()):
            activate_bank_details(by=OPS, at=IN_USE)

    aside(wait_out)
    assert details(house) == [(first, "active")]


def _refuse_a_hurried_change(house: House, seats: dict[str, Person]) -> None:
    Clock.moment = AT
    olive, chris, paula = (seats[name] for name in ("Olive", "Chris", "Paula"))
    paula.do(
        "/portal/bank-details/propose", "Propose", currency="EUR",
        holder="Alpine GmbH", iban=IBANS[2], reason="Urgent: pay us there today",
    )  # fmt: skip
    [(second, state), (first, _used)] = details(house)
    assert state == "proposed"
    change = f"/console/bank-details/{second}"
    answered = chris.page.goto(f"{chris.address}{change}/approve")
    assert answered is not None
    chris.said.clear()
    words = chris.look("bank-hurried")
    assert "call" in words.lower()
    assert chris.page.locator("main button[type=submit]:enabled").count() == 0
    olive.do(f"{change}/refuse", "Refuse", reason="Nobody at Alpine knew of it")
    assert details(house) == [(second, "refused"), (first, "active")]
    paula.go("/portal/bank-details/")
    assert "Nobody at Alpine knew of it" in paula.look("bank-details-refused")


def _pay_with_two_people(house: House, seats: dict[str, Person]) -> str:
    max_, chris, sam = (seats[name] for name in ("Max", "Chris", "Sam"))

    def owe() -> None:
        with acting_as(staff()):
            for minor in (120_000, 45_050, 7_777):
                house.bank.claim(house.partner, minor)

    aside(owe)
    max_.go("/console/batches/ready")
    assert "1,728.27" in max_.look("pay-ready")
    max_.do("/console/batches/seal", "Make the file", account="main-eur")
    found: list[tuple[str, str]] = []

    def read() -> None:
        with acting_as(staff()):
            batch = list_payment_batches()[0]
            found.append((batch.public_id, batch.sha256))

    aside(read)
    [(batch, sha256)] = found
    page = f"/console/batches/{batch}"
    max_.go(page)
    words = max_.look("payment-batch")
    assert "First payment ever to this payee." in words
    assert IBANS[0] not in max_.page.content()
    assert max_.page.get_by_role("link", name="Approve", exact=True).count() == 0
    chris.go(page)
    for path in _links(chris, r"/clear/"):
        chris.do(path, "Clear under my name", note="Called them myself")
    for person in (chris, sam):
        person.go(f"{page}/approve")
        assert sha256[:8] in person.page.inner_text("main")
        person.do(f"{page}/approve", "Approve", has_compared="on")
    chris.go(page)
    chris.look("payment-batch-approved")
    chris.do(f"{page}/release", "Send for payment")
    max_.do(f"{page}/dispatch", "Put it there")
    max_.do(f"{page}/receipt", "Keep the receipt", receipt="R-2026-17")
    max_.go(page)
    assert "R-2026-17" in max_.look("payment-batch-sent")
    assert figures()["transit"] == 172_827
    return batch


def _links(seat: Person, pattern: str) -> list[str]:
    paths = seat.page.locator("main a").evaluate_all("all => all.map(a => a.pathname)")
    return list(dict.fromkeys(path for path in paths if re.search(pattern, path)))


def _read_the_answer_and_clear_what_is_left(house: House, max_: Person, batch: str) -> None:
    bank = SimulatedBank(
        account="DE02120300000000202051", currency="EUR",
        habits=Habits(repeats=True, strays=True, fee_cents=990),
    )  # fmt: skip
    files = []

    def answer() -> None:
        with acting_as(staff()):
            content, day = payment_file(batch).content, get_payment_batch(batch).execute_on
        files.extend(bank.take(content, on=day)[0])

    aside(answer)
    Clock.moment = MONTH_IS_OVER
    for file in files:
        _upload(max_, file.name, file.content)
    max_.act("Reconcile", "Reconcile")
    words = max_.look("month-work-list")
    assert "Several payments fit, or several lines" in words
    max_.page.keyboard.press("o")
    max_.page.wait_for_url("**/console/bank/lines/**")
    for key, button in (("1", "Match"), ("d", "Debited twice"), ("n", "Not ours"),
                        ("f", "Bank fee")):  # fmt: skip
        max_.page.keyboard.press(key)
        max_.page.wait_for_selector("#act[open] form")
        max_.page.fill("#act [name=reason]", "As the bank told by phone")
        with max_.page.expect_navigation():
            max_.page.locator("#act").get_by_role("button", name=button, exact=True).click()
    assert "No line waits" in max_.page.inner_text("main")
    assert figures() == {"transit": 0, "bank": -173_817, "fees": 990}


def _close(seats: dict[str, Person], batch: str) -> None:
    max_, chris = seats["Max"], seats["Chris"]
    page = f"/console/batches/{batch}"
    max_.do(f"{page}/close", "Close")
    max_.go(page)
    assert "Closed" in max_.look("payment-batch-closed")
    chris.go("/console/months/")
    chris.look("months-open")
    for month in ("2026-01", "2026-03", "2026-04"):
        chris.go("/console/months/")
        [oldest] = _links(chris, r"/months/.*/close")  # only the oldest open month is offered
        assert month in oldest
        chris.do(oldest, "Close month")
    chris.go("/console/months/")
    assert _links(chris, r"/months/.*/close") == []
    assert chris.look("months-closed").count("Closed") >= 3
