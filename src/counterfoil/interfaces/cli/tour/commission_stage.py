"""What the commissions of the tour need before the first month: plans, rates, payees, accounts."""

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Protocol

from counterfoil.apps.earnings.services import name_party, publish_plan, save_plan, use_plan
from counterfoil.apps.partners.selectors import partner_ids_by_key, partner_names
from counterfoil.apps.partners.services import add_contact
from counterfoil.apps.payouts.services import (
    check_document,
    check_payee,
    enter_document,
    enter_own_account,
    enter_payee,
)
from counterfoil.flows import change_bank_details
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.tour.bank_round import iban_of
from counterfoil.interfaces.cli.tour.channel import OPENED, SOURCE, Played, bring_file, rows_in
from counterfoil.interfaces.cli.tour.ending import Statement
from counterfoil.interfaces.cli.tour.stage import Stage, save_mappings

PLANS = {"USD": "channel-commission", "EUR": "channel-commission-euro"}
ACCOUNTS = {"USD": "main-usd", "EUR": "main-eur"}
COUNTRIES = {
    "Australia": "AU", "Canada": "CA", "France": "FR", "Germany": "DE",
    "United Kingdom": "GB", "United States": "US",
}  # fmt: skip
EURO = ("France", "Germany")
RATES = "aw-rates"
YEARS_EARLIER = 6
OUR_IBAN = "DE02120300000000202051"
ABA = "021000021"
PAPERS_HOLD = date(2021, 12, 31)
RATES_MAPPING: dict[str, dict[str, object]] = {
    RATES: {
        "title": "AdventureWorks exchange rates",
        "record_type": "rates",
        "source": RATES,
        "columns": {
            "key": {"columns": ["Currency", "Day"]},
            "currency": {"column": "Currency"},
            "into": {"value": "USD"},
            "on": {"column": "Day"},
            "rate": {"column": "Average"},
        },
    }
}


class Letter(Protocol):
    """What the bank sends: a status or a statement, on a day."""

    kind: str
    name: str
    on: date
    content: bytes


class Truth(Protocol):
    """What the bank really did with a file, by end-to-end id."""

    rejected: Collection[str]
    returned: Collection[str]
    fees_cents: int


class Bank(Protocol):
    """The bank of an account; `cents` is what the account holds there."""

    cents: int
    is_calm: bool

    def take(self, content: bytes, *, on: date) -> tuple[Sequence[Letter], Truth]:
        """This will answer a file that is to be executed on a day."""
        ...


class Banks(Protocol):
    """Opens the banks of the tour."""

    def open(self, *, account: str, currency: str, seed: int) -> Bank:
        """This will open one with an account of the vendor's."""
        ...


@dataclass(slots=True)
class Till:
    """An account of the vendor's, its bank, and what became of what was sent, as the bank has it.

    `odd_cents` is what the bank booked that is not ours or stands twice.
    """

    account: str
    currency: str
    bank: Bank
    opening: int
    odd_cents: int = 0
    fees: int = 0
    sent: int = 0
    rejected: int = 0
    returned: int = 0
    lines: int = 0


@dataclass(slots=True)
class Desk:
    """The stage as commissions use it; partners by the key of their source or by row."""

    stage: Stage
    seed: int
    tills: dict[str, Till] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)
    countries: dict[int, str] = field(default_factory=dict)
    contacts: dict[int, str] = field(default_factory=dict)
    distributors: dict[str, str] = field(default_factory=dict)
    mended: set[int] = field(default_factory=set)
    accounts: int = 0
    runs: list[str] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    surprises: list[str] = field(default_factory=list)
    explained: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    def currency_of(self, partner_pk: int) -> str:
        """This will return the currency that a partner is paid in."""
        return "EUR" if self.countries[partner_pk] in EURO else "USD"


def open_desk(
    stage: Stage,
    folder: Path,
    played: Played,
    *,
    seed: int,
    progress: Callable[[str, int, int], None] | None,
) -> Desk:
    """This will take the plans into use, bring the rates, and make every seller's payee ready."""
    desk = Desk(stage, seed)
    with acting_as(staff()):
        desk.keys = partner_ids_by_key(source=SOURCE)
        for pk, (_name, public_id, country) in partner_names(pks=list(desk.keys.values())).items():
            desk.ids[pk], desk.countries[pk] = public_id, country
    _take_plans(desk, folder)
    played.statements.append(_bring_rates(desk, folder))
    _open_accounts(desk)
    _make_payees(desk, folder, progress)
    return desk


def plan_text(currency: str) -> str:
    """This will return the shipped plan as the tour uses it: with a cap that months do reach, and
    in euros for France and Germany, at the rates of six years earlier.
    """
    shipped = files("counterfoil.apps.earnings") / "shipped" / "channel-commission.yaml"
    text = shipped.read_text(encoding="utf-8")
    for old, new in (
        ("cap: 10000.00", "cap: 4000.00"),
        (
            "{partner: 9027.00 USD, distributor: 1003.00",
            "{partner: 3627.00 USD, distributor: 403.00",
        ),
        ("plan: channel-commission", f"plan: {PLANS[currency]}"),
        ("currency: USD", f"{_population(currency)}\ncurrency: USD"),
    ):
        assert old in text
        text = text.replace(old, new)
    if currency == "EUR":
        text = text.replace("USD", "EUR").replace(
            "hold_days:",
            f"conversion: {{rates: {RATES}, years_earlier: {YEARS_EARLIER}}}\nhold_days:",
        )
    return text


def _population(currency: str) -> str:
    named = [name for name in COUNTRIES if (name in EURO) == (currency == "EUR")]
    return f"population: {{country: [{', '.join(named)}]}}"


def _take_plans(desk: Desk, folder: Path) -> None:
    stage = desk.stage
    maker, checker = stage.cast.one("finance_maker"), stage.cast.one("finance_checker")
    for currency, code in PLANS.items():
        with acting_as(staff()):
            saved = save_plan(source=plan_text(currency), code=code, by=maker, at=OPENED)
            publish_plan(version_id=saved.public_id, by=checker, at=OPENED)
            use = use_plan(plan_code=code, program=stage.program, by=checker, at=OPENED)
        with acting_as(staff()):
            for seller, distributor in _distributors(folder).items():
                if desk.currency_of(desk.keys[seller]) == currency:
                    desk.distributors[seller] = distributor
                    name_party(
                        use=use.public_id, partner_id=desk.keys[seller], party="distributor",
                        beneficiary_id=desk.keys[distributor], by=maker, at=OPENED,
                    )  # fmt: skip


def _distributors(folder: Path) -> dict[str, str]:
    """Name the first warehouse of its country as the distributor of each specialty bike shop."""
    with (folder / "resellers.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    first: dict[str, str] = {}
    for row in rows:
        if row["BusinessType"].replace(" ", "").lower() == "warehouse":
            first.setdefault(row["Country_Region"], row["ResellerKey"])
    return {
        row["ResellerKey"]: first[row["Country_Region"]]
        for row in rows
        if row["BusinessType"] == "Specialty Bike Shop" and row["Country_Region"] in first
    }


def _bring_rates(desk: Desk, folder: Path) -> Statement:
    """Import the whole rate file, with the codes of the currencies in the place of their keys."""
    with (folder / "dw_DimCurrency.csv").open(newline="", encoding="utf-8") as file:
        codes = {row[0]: row[1] for row in csv.reader(file, delimiter="|")}
    out, gone, count = io.StringIO(), 0, 0
    writer = csv.writer(out)
    writer.writerow(["Currency", "Day", "Average", "EndOfDay"])
    with (folder / "dw_FactCurrencyRate.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.reader(file, delimiter="|"):
            writer.writerow([codes[row[0]], row[4], row[2], row[3]])
            gone += codes[row[0]] in {"USD", "VEB", "DEM", "FRF"}
            count += 1
    save_mappings(desk.stage, RATES_MAPPING, at=OPENED)
    content = out.getvalue().encode()
    first = bring_file(desk.stage, RATES, "rates.csv", content, at=OPENED, skip_bad_rows=True)
    again = bring_file(desk.stage, RATES, "rates.csv", content, at=OPENED, skip_bad_rows=True)
    assert rows_in(content) == count
    return Statement(
        "Each exchange rate is stored once with its day and source; those of currencies that are "
        "gone, and of the dollar in dollars, are refused by line",
        (first.created, first.refused, again.created) == (count - gone, gone, 0),
        f"{first.created} stored, {first.refused} refused, then {again.unchanged} unchanged",
    )


def _open_accounts(desk: Desk) -> None:
    banks: Banks = adapter("tour_banks")
    for place, (currency, code) in enumerate(ACCOUNTS.items()):
        iban = OUR_IBAN if currency == "EUR" else iban_of(9_000_000)
        with acting_as(staff()):
            enter_own_account(
                code=code, holder=desk.stage.vendor, currency=currency,
                file_format="pain.001.001.09" if currency == "EUR" else "pain.001.001.03",
                calendar="DE" if currency == "EUR" else "US", iban=iban,
                is_sepa=currency == "EUR", org="AWC", bank_name="Simulated Bank",
                by=desk.stage.cast.one("finance_maker"), at=OPENED,
            )  # fmt: skip
        bank = banks.open(account=iban, currency=currency, seed=desk.seed + place)
        desk.tills[currency] = Till(code, currency, bank, bank.cents)


def _make_payees(
    desk: Desk, folder: Path, progress: Callable[[str, int, int], None] | None
) -> None:
    """Enter each seller's payee, tax form and bank details the long way, in good time."""
    with (folder / "reseller_sales.csv").open(newline="", encoding="utf-8") as file:
        sellers = {row["ResellerKey"] for row in csv.DictReader(file)}
    sellers |= set(desk.distributors.values())
    chosen = sorted(desk.keys[key] for key in sellers)
    with acting_as(staff()):
        names = partner_names(pks=chosen)
    for place, pk in enumerate(chosen, start=1):
        with acting_as(staff()):
            _make_payee(desk, pk, names[pk][0])
        if progress is not None:
            progress("Payees and bank details", place, len(chosen))
    with acting_as(staff()):
        change_bank_details.activate_bank_details(
            by=desk.stage.cast.one("finance_maker"), at=OPENED + timedelta(days=25)
        )


def _make_payee(desk: Desk, pk: int, name: str) -> None:
    cast = desk.stage.cast
    maker, checker = cast.one("finance_maker"), cast.one("finance_checker")
    payee = enter_payee(
        partner_id=pk, legal_name=name, erp_vendor_number=f"V{pk:06d}",
        currency=desk.currency_of(pk), country=COUNTRIES[desk.countries[pk]], route="bank_file",
        by=maker, at=OPENED,
    )  # fmt: skip
    check_payee(payee_id=payee.public_id, by=checker, at=OPENED)
    form = "W-9" if desk.countries[pk] == "United States" else "W-8BEN-E"
    paper = enter_document(
        partner_id=pk, kind="tax_form", form=form, expires_on=PAPERS_HOLD, by=maker, at=OPENED
    )
    check_document(document_id=paper.public_id, by=checker, at=OPENED)
    desk.contacts[pk] = add_contact(
        partner_id=desk.ids[pk], name=f"Contact {pk}", phone=f"+1 555 {pk:07d}",
        by=cast.one("operations"), at=OPENED,
    )  # fmt: skip
    change_details(desk, pk, name, account=pk, reason="First bank details", at=OPENED)


def change_details(
    desk: Desk, pk: int, name: str, *, account: int, reason: str, at: datetime
) -> None:
    """This will propose, call back and approve bank details; they cool off before their use."""
    cast = desk.stage.cast
    where = (
        {"routing": ABA, "account": f"{7_000_000_000 + account}"}
        if desk.countries[pk] == "United States"
        else {"iban": iban_of(account)}
    )
    detail = change_bank_details.propose_bank_details(
        partner_id=pk, currency=desk.currency_of(pk), holder=name.rstrip("!"), reason=reason,
        via="console",
        box=adapter("secret_box"), by=cast.one("operations", 0), at=at + timedelta(minutes=5),
        **where,
    )  # fmt: skip
    change_bank_details.call_back(
        detail_id=detail.public_id, contact_id=desk.contacts[pk], person=f"Contact {pk}",
        note="Confirmed by phone.", by=cast.one("operations", 1), at=at + timedelta(minutes=30),
    )  # fmt: skip
    change_bank_details.approve_bank_details(
        detail_id=detail.public_id, by=cast.one("finance_checker"), at=at + timedelta(hours=1)
    )


def utc(day: date, hour: int) -> datetime:
    """This will return an hour of a day in UTC."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
