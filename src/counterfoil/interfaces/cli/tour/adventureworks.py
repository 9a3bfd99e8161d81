"""The tour on AdventureWorks: a real channel's resellers and sales, from files to paid claims."""

import csv
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from counterfoil.apps.exchange.types import Counts, ProblemView
from counterfoil.apps.ledger.selectors import tracker_rows
from counterfoil.apps.partners.selectors import partner_ids_by_key, partner_names
from counterfoil.apps.programs.selectors import latest_statements
from counterfoil.apps.programs.services import enroll_partner
from counterfoil.core.money import Money
from counterfoil.flows.earn_funds import earn_funds
from counterfoil.flows.import_records import stage_import, take_import
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.output import Refused, say
from counterfoil.interfaces.cli.tour.cast import SETUP, Cast, hire_partner, hire_vendor
from counterfoil.interfaces.cli.tour.ending import Statement, file_report, half_of, statements_of
from counterfoil.interfaces.cli.tour.money_round import pay_what_is_ready
from counterfoil.interfaces.cli.tour.play import Diary, perform, read_ahead
from counterfoil.interfaces.cli.tour.stage import (
    EARN_RATE_PPM,
    Quarter,
    Stage,
    admit_partner,
    at_hour,
    open_fund,
    open_stage,
    quarters,
    save_mappings,
)
from counterfoil.interfaces.cli.tour.stories import Fault, Purse, RequestStory, Used, write_stories

SOURCE = "adventureworks"
OPENED = datetime(2017, 6, 1, 9, tzinfo=UTC)
FIRST = Quarter(2017, 3)
QUARTERS = 12
BUDGET_MINOR = 60_000_000
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


def play_adventureworks(
    folder: Path,
    *,
    submissions: int = 2_000,
    seed: int = 1,
    quarter_count: int = QUARTERS,
    progress: Callable[[str, int, int], None] | None = None,
) -> Played:
    """This will play the whole tour on an empty installation and report. Raises Refused."""
    _expect_files(folder)
    played = Played()
    stage = _set_the_stage(folder, played)
    rows = _sales_rows(folder)
    corrections = write_corrections(rows, seed=seed)
    _bring_sales(stage, folder, corrections, played)
    stories: list[RequestStory] = []
    diary = Diary()
    used: list[Used] = []
    periods = quarters(FIRST, quarter_count)
    per_quarter = submissions // quarter_count + 1
    for number, quarter in enumerate(periods):
        written = _quarter(stage, quarter, per_quarter, used, seed + number)
        stories += written
        acts = sum(1 + len(s.claims) for s in written) * 4
        label = f"{quarter.code}: {sum(1 + len(s.claims) for s in written)} submissions"
        read_ahead(stage, written)
        perform(stage, written, diary, progress=_bar(progress, label, acts))
        for story in written:
            used += [
                (c.sent_on, c.bills[0])
                for c in story.claims
                if c.fault is Fault.NONE and c.was_sent
            ]
        pay_what_is_ready(stage, at=at_hour(quarter.next().next().last, 16))
    end = at_hour(periods[-1].next().next().next().last + timedelta(days=200), 12)
    for quarter in periods:
        with acting_as(staff()):
            earn_funds(
                fund_id=stage.funds[quarter.code].public_id,
                by=stage.cast.one("finance_maker"), at=end,
            )  # fmt: skip
    pay_what_is_ready(stage, at=end)
    earned = earned_apart(rows, corrections, periods)
    played.statements += statements_of(
        stage, stories, diary, at=end + timedelta(days=30), earned=earned,
        progress=None if progress is None else lambda d, t: progress("Replaying decisions", d, t),
    )  # fmt: skip
    played.figures |= {
        "Submissions": str(diary.submissions),
        "Files of evidence": str(diary.files),
        "Partners with a person in the portal": str(len(stage.cast.partners)),
        **_earned_figures(),
    }
    file_report("AdventureWorks", played.statements, played.figures, at=end + timedelta(days=31))
    return played


def _earned_figures() -> dict[str, str]:
    """What stands in the ledger as earned, by quarter, for whoever recomputes it."""
    with acting_as(staff()):
        rows = tracker_rows()
    return {f"Earned in {row.period}": row.allocated.format_plain() for row in rows}


def _bar(
    progress: Callable[[str, int, int], None] | None, label: str, total: int
) -> Callable[[int], None] | None:
    return None if progress is None else lambda done: progress(label, min(done, total), total)


def _expect_files(folder: Path) -> None:
    for name in ("resellers.csv", "reseller_sales.csv"):
        if not (folder / name).is_file():
            raise Refused(
                f"{folder} has no {name}. Name the folder that holds AdventureWorks' CSV."
            )


def _set_the_stage(folder: Path, played: Played) -> Stage:
    cast = Cast()
    hire_vendor(cast, domain="adventure-works.example", zone="America/New_York", at=OPENED)
    stage = open_stage(
        program="adventure-channel", name="Adventure Works channel",
        vendor="Adventure Works Cycles", currency="USD", zone="America/New_York",
        calendar="US", cast=cast, at=OPENED,
        store=adapter("evidence_store"), reader=adapter("evidence_reader"),
    )  # fmt: skip
    save_mappings(stage, MAPPINGS, at=OPENED)
    content = (folder / "resellers.csv").read_bytes()
    first = _import(stage, "aw-resellers", "resellers.csv", content, at=OPENED)
    again = _import(stage, "aw-resellers", "resellers.csv", content, at=OPENED)
    played.statements.append(
        Statement(
            "All 701 resellers are there, and the same file again changes nothing",
            (first.created, again.created, again.changed) == (701, 0, 0),
            f"{first.created} created, then {again.unchanged} unchanged",
        )
    )
    with acting_as(staff()):
        for partner_pk in sorted(partner_ids_by_key(source=SOURCE).values()):
            enroll_partner(
                partner_id=partner_pk, program=stage.program, tier="registered",
                since_on=OPENED.date(), by=SETUP, at=OPENED,
            )  # fmt: skip
    return stage


def _import(
    stage: Stage,
    mapping: str,
    name: str,
    content: bytes,
    *,
    at: datetime,
    skip_bad_rows: bool = False,
) -> Counts:
    by = stage.cast.one("administrator")
    with acting_as(staff()):
        staged = stage_import(
            mapping_code=mapping, file_name=name, content=content, store=stage.store, by=by, at=at
        )
    with acting_as(staff()):
        return take_import(
            run_id=staged.run_id, skip_bad_rows=skip_bad_rows, store=stage.store, by=by, at=at
        )


def _bring_sales(
    stage: Stage, folder: Path, corrections: list[Correction], played: Played
) -> None:
    at = datetime(2020, 6, 2, 9, tzinfo=UTC)
    content = (folder / "reseller_sales.csv").read_bytes()
    first = _import(stage, "aw-sales", "reseller_sales.csv", content, at=at)
    again = _import(stage, "aw-sales", "reseller_sales.csv", content, at=at)
    played.statements.append(
        Statement(
            "All 57,851 sales lines are there, and the same file again changes nothing",
            (first.created, first.refused, again.created) == (57_851, 0, 0),
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


def _sales_rows(folder: Path) -> list[SalesRow]:
    with (folder / "reseller_sales.csv").open(newline="", encoding="utf-8") as file:
        return [
            SalesRow(
                row["ResellerKey"],
                date.fromisoformat(row["OrderDate"]),
                _minor_of(row["SalesAmount"]),
            )
            for row in csv.DictReader(file)
        ]


def _minor_of(text: str) -> int:
    """Read an amount of at most two decimals as cents, without the product's own parser."""
    whole, _, fraction = text.partition(".")
    assert len(fraction) <= 2
    return int(whole) * 100 + int(fraction.ljust(2, "0"))


CORRECTION_HEADING = (
    "Line,SalesOrderNumber,ProductKey,ResellerKey,OrderDate,ReceivedOn,Quantity,Amount,Kind\n"
)


def write_corrections(rows: list[SalesRow], *, seed: int) -> list[Correction]:
    """This will write the file of our own: 60 refunds, 40 late, 25 malformed, 15 four-decimal."""
    rng = random.Random(f"corrections:{seed}")  # noqa: S311  a demo's file, no secret
    found = []
    for number in range(140):
        row = rng.choice([r for r in rng.sample(rows, 40) if r.minor > 10_000] or rows[:1])
        heard = row.sold_on + timedelta(days=rng.randint(3, 30))
        minor = rng.randint(1, row.minor)
        codes: tuple[str, ...] = ()
        amount, kind = f"{minor // 100}.{minor % 100:02d}", "sale"
        quantity, key = "1", row.partner_key
        if number < 60:
            kind, codes = "refund", ("REFUND",)
        elif number < 100:
            heard, codes = row.sold_on + timedelta(days=rng.randint(60, 140)), ("LATE_LINE",)
        elif number < 125:
            quantity, key, amount, codes = _malformed(number, row, amount)
        else:
            amount, codes = f"{amount}{rng.randint(1, 99):02d}", ("TOO_MANY_DECIMALS",)
        text = (
            f"K{number:04d},RX{number:05d},349,{key},{row.sold_on.isoformat()},"
            f"{heard.isoformat()},{quantity},{amount},{kind}\n"
        )
        is_good = number < 100
        found.append(
            Correction(
                text, codes, row.partner_key if is_good else "", row.sold_on if is_good else None,
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


def earned_apart(
    rows: list[SalesRow], corrections: list[Correction], periods: list[Quarter]
) -> dict[str, int]:
    """This will compute what was earned with arithmetic of its own: sums, and 2 % half to even."""
    base: dict[tuple[str, str], int] = defaultdict(int)
    for row in rows:
        base[_quarter_of(row.sold_on).code, row.partner_key] += row.minor
    for correction in corrections:
        if correction.sold_on is not None:
            code = _quarter_of(correction.sold_on).code
            base[code, correction.partner_key] += correction.minor
    known = {period.code for period in periods}
    earned: dict[str, int] = dict.fromkeys(known, 0)
    assert EARN_RATE_PPM == 20_000
    for (code, _), minor in base.items():
        if code in known and minor > 0:
            # 2 % is a fiftieth; half of a twenty-fifth rounds half to even like a fiftieth.
            whole, rest = divmod(minor, 50)
            earned[code] += whole + (1 if rest > 25 or (rest == 25 and whole % 2) else 0)
    assert half_of(5) == 2
    return dict(sorted(earned.items()))


def _quarter_of(day: date) -> Quarter:
    return Quarter(day.year, (day.month + 2) // 3)


def _quarter(
    stage: Stage, quarter: Quarter, submissions: int, used: list[Used], seed: int
) -> list[RequestStory]:
    """Earn the quarter, admit those who may spend, and write what happens with the money."""
    at = at_hour(quarter.next().first + timedelta(days=4), 9)
    fund = open_fund(stage, quarter, budget=Money(BUDGET_MINOR, stage.currency), at=at)
    with acting_as(staff()):
        earn_funds(fund_id=fund.public_id, by=stage.cast.one("finance_maker"), at=at)
        statements = latest_statements(fund_id=fund.public_id)
        names = partner_names(pks=list(statements))
    requests = submissions * 45 // 100
    best = sorted(statements.values(), key=lambda s: (-s.earned.minor, s.partner_id))[
        : requests * 2
    ]
    rng = random.Random(f"who:{seed}")  # noqa: S311  a demo's plot, no secret
    chosen = rng.sample(best, min(requests, len(best)))
    purses = []
    for statement in chosen:
        name, public_id, country = names[statement.partner_id]
        if statement.partner_id not in stage.cast.partners:
            admit_partner(
                stage, partner_pk=statement.partner_id, public_id=public_id, name=name,
                since=OPENED.date(), at=at, country=country,
            )  # fmt: skip
            hire_partner(
                stage.cast, partner_pk=statement.partner_id,
                domain=f"partner{statement.partner_id}.example", at=at,
            )  # fmt: skip
        purses.append(Purse(statement.partner_id, name, statement.earned.minor))
    claims = submissions - requests
    return write_stories(
        fund=quarter.code, opens=fund.starts_on, closes=fund.ends_on, currency=stage.currency,
        purses=purses, requests=requests, claims=claims, used=used, seed=seed,
        faulty_requests=requests * 20 // 100, faulty_claims=claims * 44 // 100,
        first_day=at.date(), days=40,
    )  # fmt: skip


def tell(played: Played) -> None:
    """This will print the report."""
    for statement in played.statements:
        say(f"{'true ' if statement.is_true else 'FALSE'} {statement.says} ({statement.counted})")
        for exception in statement.exceptions:
            say(f"        {exception}")
