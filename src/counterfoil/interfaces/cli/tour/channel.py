"""The channel of AdventureWorks: its files, how they are mapped, the stage that both parts of the
tour play on, and the file of refunds and late lines that we write beside it.
"""

import csv
import random
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from counterfoil.apps.exchange.types import Counts, ProblemView
from counterfoil.apps.partners.selectors import partner_ids_by_key
from counterfoil.apps.programs.services import enroll_partner
from counterfoil.flows.import_records import stage_import, take_import
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.output import Refused
from counterfoil.interfaces.cli.tour.cast import SETUP, Cast, hire_vendor
from counterfoil.interfaces.cli.tour.ending import Statement
from counterfoil.interfaces.cli.tour.stage import Stage, open_stage, save_mappings

SOURCE = "adventureworks"
OPENED = datetime(2017, 6, 1, 9, tzinfo=UTC)
FILES = (
    "resellers.csv", "reseller_sales.csv", "products.csv", "dw_DimReseller.csv",
    "dw_DimCurrency.csv", "dw_FactCurrencyRate.csv",
)  # fmt: skip
TIERS = ((1_500_000, "gold"), (800_000, "silver"), (0, "registered"))
"""From these annual sales on, in USD, a reseller has the tier."""
MAPPINGS: dict[str, dict[str, object]] = {
    "aw-resellers": {
        "title": "AdventureWorks resellers",
        "record_type": "partners",
        "source": SOURCE,
        "columns": {
            "key": {"column": "ResellerKey"},
            "name": {"column": "ResellerName"},
            "segment": {
                "column": "BusinessType",
                "translate": {"Ware House": "Warehouse"},
            },
            "city": {"column": "City"},
            "region": {"column": "StateProvinceName"},
            "country": {"column": "Country_Region"},
        },
    },
    "aw-sales": {
        "title": "AdventureWorks sales lines",
        "record_type": "sales",
        "source": SOURCE,
        "columns": {
            "key": {"columns": ["SalesOrderNumber", "ProductKey"]},
            "partner_key": {"column": "ResellerKey"},
            "order_number": {"column": "SalesOrderNumber"},
            "sold_on": {"column": "OrderDate"},
            "product": {"column": "ProductKey"},
            "category": {"column": "ProductKey"},
            "quantity": {"column": "OrderQuantity"},
            "amount": {"column": "SalesAmount"},
            "currency": {"value": "USD"},
        },
    },
    "aw-corrections": {
        "title": "AdventureWorks refunds and late lines",
        "record_type": "sales",
        "source": SOURCE,
        "columns": {
            "key": {"column": "Line"},
            "partner_key": {"column": "ResellerKey"},
            "order_number": {"column": "SalesOrderNumber"},
            "sold_on": {"column": "OrderDate"},
            "received_on": {"column": "ReceivedOn"},
            "product": {"column": "ProductKey"},
            "category": {"column": "ProductKey"},
            "original_key": {"column": "RefundOf"},
            "quantity": {"column": "Quantity"},
            "amount": {"column": "Amount"},
            "currency": {"value": "USD"},
            "kind": {"column": "Kind"},
        },
    },
}


@dataclass(frozen=True, slots=True)
class Correction:
    """A row of the file beside the sales: what it says and how it must be reported."""

    text: str
    codes: tuple[str, ...]
    partner_key: str = ""
    sold_on: date | None = None
    received_on: date | None = None
    minor: int = 0


@dataclass(slots=True)
class Played:
    """What a tour left: its statements and figures."""

    statements: list[Statement] = field(default_factory=list)
    figures: dict[str, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        return all(statement.is_true for statement in self.statements)


def expect_files(folder: Path) -> None:
    """This will raise Refused where a file is not in the folder."""
    for name in FILES:
        if not (folder / name).is_file():
            raise Refused(
                f"{folder} has no {name}. Name the folder that holds AdventureWorks' CSV."
            )


def tiers_of(folder: Path) -> dict[str, str]:
    """This will give each reseller, by key, the tier of the band of its annual sales."""
    with (folder / "dw_DimReseller.csv").open(newline="", encoding="utf-8") as file:
        sold = {row[0]: int(row[14].split(".")[0]) for row in csv.reader(file, delimiter="|")}
    return {
        key: next(tier for least, tier in TIERS if minor >= least) for key, minor in sold.items()
    }


def mappings_of(folder: Path) -> dict[str, dict[str, object]]:
    """This will return the mappings, with the products' categories where a file names products."""
    with (folder / "products.csv").open(newline="", encoding="utf-8") as file:
        categories = {
            row["ProductKey"]: row["EnglishProductCategoryName"] for row in csv.DictReader(file)
        }
    found = deepcopy(MAPPINGS)
    for mapping in found.values():
        columns = mapping["columns"]
        assert isinstance(columns, dict)
        if "category" in columns:
            columns["category"]["translate"] = categories
    return found


def rows_in(content: bytes) -> int:
    """This will count the rows below the heading of a file that quotes no line break."""
    return len(content.splitlines()) - 1


def set_the_stage(folder: Path, played: Played) -> Stage:
    """This will hire the vendor's people, bring the resellers and give each its tier."""
    cast = Cast()
    hire_vendor(cast, domain="adventure-works.example", zone="America/New_York", at=OPENED)
    stage = open_stage(
        program="adventure-channel", name="Adventure Works channel",
        vendor="Adventure Works Cycles", currency="USD", zone="America/New_York",
        calendar="US", cast=cast, at=OPENED,
        store=adapter("evidence_store"), reader=adapter("evidence_reader"),
    )  # fmt: skip
    save_mappings(stage, mappings_of(folder), at=OPENED)
    content = (folder / "resellers.csv").read_bytes()
    first = bring_file(stage, "aw-resellers", "resellers.csv", content, at=OPENED)
    again = bring_file(stage, "aw-resellers", "resellers.csv", content, at=OPENED)
    played.statements.append(
        Statement(
            "All resellers of the file are there, and the same file again changes nothing",
            (first.created, again.created, again.changed) == (rows_in(content), 0, 0),
            f"{first.created} created, then {again.unchanged} unchanged",
        )
    )
    tiers = tiers_of(folder)
    with acting_as(staff()):
        for key, partner_pk in sorted(partner_ids_by_key(source=SOURCE).items()):
            enroll_partner(
                partner_id=partner_pk, program=stage.program, tier=tiers[key],
                since_on=OPENED.date(), by=SETUP, at=OPENED,
            )  # fmt: skip
    return stage


def bring_file(
    stage: Stage,
    mapping: str,
    name: str,
    content: bytes,
    *,
    at: datetime,
    skip_bad_rows: bool = False,
) -> Counts:
    """This will stage a file by a mapping and take it, as the administrator."""
    by = stage.cast.one("administrator")
    with acting_as(staff()):
        staged = stage_import(
            mapping_code=mapping, file_name=name, content=content, store=stage.store, by=by, at=at
        )
    with acting_as(staff()):
        return take_import(
            run_id=staged.run_id, skip_bad_rows=skip_bad_rows, store=stage.store, by=by, at=at
        )


def bring_sales(stage: Stage, folder: Path, corrections: list[Correction], played: Played) -> None:
    """This will bring the sales, twice, and the refunds, late and bad rows."""
    at = datetime(2020, 6, 2, 9, tzinfo=UTC)
    content = (folder / "reseller_sales.csv").read_bytes()
    first = bring_file(stage, "aw-sales", "reseller_sales.csv", content, at=at)
    again = bring_file(stage, "aw-sales", "reseller_sales.csv", content, at=at)
    played.statements.append(
        Statement(
            "All sales lines of the file are there, and the same file again changes nothing",
            (first.created, first.refused, again.created) == (rows_in(content), 0, 0),
            f"{first.created} created, then {again.unchanged} unchanged",
        )
    )
    text = CORRECTION_HEADING + "".join(c.text for c in corrections)
    by = stage.cast.one("administrator")
    with acting_as(staff()):
        staged = stage_import(
            mapping_code="aw-corrections", file_name="corrections.csv", content=text.encode(),
            store=stage.store, by=by, at=datetime(2021, 1, 2, 9, tzinfo=UTC),
        )  # fmt: skip
    with acting_as(staff()):
        take_import(
            run_id=staged.run_id, skip_bad_rows=True, store=stage.store, by=by,
            at=datetime(2021, 1, 2, 10, tzinfo=UTC),
        )  # fmt: skip
    played.statements.append(_rows_reported(corrections, staged.problems))


def _rows_reported(corrections: list[Correction], problems: tuple[ProblemView, ...]) -> Statement:
    expected = sorted(
        (line, code) for line, row in enumerate(corrections, start=2) for code in row.codes
    )
    found = sorted((p.line, p.code) for p in problems)
    odd = [f"line {line}: {code}" for line, code in set(expected) ^ set(found)]
    return Statement(
        "Each refund, late, malformed and four-decimal row is reported by its line",
        expected == found and bool(expected), f"{len(found)} reports over {len(corrections)} rows",
        tuple(sorted(odd)[:20]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class SalesRow:
    """A line of the sales file as the tour itself reads it."""

    partner_key: str
    sold_on: date
    minor: int
    key: str = ""


def sales_rows(folder: Path) -> list[SalesRow]:
    """This will read the sales file, without the product's own parser."""
    with (folder / "reseller_sales.csv").open(newline="", encoding="utf-8") as file:
        return [
            SalesRow(
                row["ResellerKey"],
                date.fromisoformat(row["OrderDate"]),
                minor_of(row["SalesAmount"]),
                f"{row['SalesOrderNumber']}/{row['ProductKey']}",
            )
            for row in csv.DictReader(file)
        ]


def minor_of(text: str) -> int:
    """Read an amount of at most two decimals as cents, without the product's own parser."""
    whole, _, fraction = text.partition(".")
    assert len(fraction) <= 2
    return int(whole) * 100 + int(fraction.ljust(2, "0"))


CORRECTION_HEADING = (
    "Line,SalesOrderNumber,ProductKey,ResellerKey,OrderDate,ReceivedOn,Quantity,Amount,Kind,"
    "RefundOf\n"
)


def write_corrections(rows: list[SalesRow], *, seed: int) -> list[Correction]:
    """This will write the file of our own: 60 refunds, 40 late, 25 malformed, 15 four-decimal.

    A refund comes days or weeks after the sale that it names; every fourth is the second one of
    the same sale, every fifth takes all of it back.
    """
    rng = random.Random(f"corrections:{seed}")  # noqa: S311  a demo's file, no secret
    found: list[Correction] = []
    refunded = rows[0]
    for number in range(140):
        row = rng.choice([r for r in rng.sample(rows, 40) if r.minor > 10_000] or rows[:1])
        sold_on, heard = row.sold_on, row.sold_on + timedelta(days=rng.randint(3, 30))
        minor = rng.randint(1, row.minor)
        original = ""
        codes: tuple[str, ...] = ()
        amount, kind = f"{minor // 100}.{minor % 100:02d}", "sale"
        quantity, key = "1", row.partner_key
        if number < 60:
            if number % 4 == 3:
                row = refunded
                minor = rng.randint(1, row.minor)
            if number % 5 == 4:
                minor = row.minor
            kind, codes, original, refunded = "refund", ("REFUND",), row.key, row
            sold_on = heard = row.sold_on + timedelta(days=rng.randint(2, 70))
            amount, key = f"{minor // 100}.{minor % 100:02d}", row.partner_key
        elif number < 100:
            heard, codes = row.sold_on + timedelta(days=rng.randint(60, 140)), ("LATE_LINE",)
        elif number < 125:
            quantity, key, amount, codes = _malformed(number, row, amount)
        else:
            amount, codes = f"{amount}{rng.randint(1, 99):02d}", ("TOO_MANY_DECIMALS",)
        text = (
            f"K{number:04d},RX{number:05d},349,{key},{sold_on.isoformat()},"
            f"{heard.isoformat()},{quantity},{amount},{kind},{original}\n"
        )
        is_good = number < 100
        found.append(
            Correction(
                text, codes, row.partner_key if is_good else "", sold_on if is_good else None,
                heard if is_good else None, _signed(minor, kind) if is_good else 0,
            )
        )  # fmt: skip
    rng.shuffle(found)
    return found


def _signed(minor: int, kind: str) -> int:
    return -minor if kind == "refund" else minor


def _malformed(number: int, row: SalesRow, amount: str) -> tuple[str, str, str, tuple[str, ...]]:
    kind = number % 4
    if kind == 0:
        return "one", row.partner_key, amount, ("NOT_A_WHOLE_NUMBER",)
    if kind == 1:
        return "1", "99999", amount, ("UNKNOWN_PARTNER",)
    if kind == 2:
        return "1", row.partner_key, "", ("MISSING",)
    return "1", row.partner_key, f"-{amount}", ("NEGATIVE_AMOUNT",)
