"""What every partner earned in every month, computed apart: from the raw files, by
whole fractions.

It shares no code with the product: not its readers, not its rounding, not its plans. What is
written out here is the plan of the tour in plain arithmetic; the tour compares each figure.
"""

import csv
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from io import StringIO
from pathlib import Path

PERCENT = {
    "Bikes": Fraction(3, 100),
    "Components": Fraction(5, 200),
    "Clothing": Fraction(4, 100),
    "Accessories": Fraction(5, 100),
}
OTHERWISE = Fraction(2, 100)
BANDS = ((25_000_00, Fraction(1)), (100_000_00, Fraction(11, 10)), (None, Fraction(5, 4)))
"""Up to this base of the month the rate counts so many times."""
CAP = 4_000_00
EURO = ("France", "Germany")
YEARS_EARLIER = 6
_SOUND = re.compile(r"\d+\.\d\d")
_COUNT = re.compile(r"-?\d+")


@dataclass(slots=True)
class _Line:
    key: str
    partner: str
    day: date
    cents: int
    product: str
    is_refund: bool
    original: str
    earned: int = 0
    gone: int = 0


def commissions_apart(
    folder: Path, corrections: str, *, distributors: Mapping[str, str], months: Iterable[str]
) -> dict[tuple[str, str, str], int]:
    """This will compute (currency, month, partner's key) -> cents from the files of the folder.

    `distributors` names who takes the tenth of a partner's commission; `corrections` is the text
    of the file beside the sales.
    """
    country = {
        row["ResellerKey"]: row["Country_Region"] for row in _rows(folder / "resellers.csv")
    }
    category = {
        row["ProductKey"]: row["EnglishProductCategoryName"]
        for row in _rows(folder / "products.csv")
    }
    rates = _euro_rates(folder)
    lines = [*_sales(folder), *_corrections(corrections, country)]
    by_key = {line.key: line for line in lines}
    wanted = set(months)
    earned: dict[tuple[str, str, str], int] = defaultdict(int)

    def give(line: _Line, cents: int) -> None:
        month = f"{line.day:%Y-%m}"
        if month not in wanted:
            return
        currency = "EUR" if country[line.partner] in EURO else "USD"
        seller, other = _tenths(cents)
        earned[currency, month, line.partner] += seller
        earned[currency, month, distributors.get(line.partner, line.partner)] += other

    groups: dict[tuple[str, str], list[_Line]] = defaultdict(list)
    for line in lines:
        if not line.is_refund:
            groups[line.partner, f"{line.day:%Y-%m}"].append(line)
    for (partner, _), sold in groups.items():
        sold.sort(key=lambda line: (line.day, line.key))
        base = total = 0
        for line in sold:
            if country[partner] in EURO:
                line.cents = round(line.cents / _rate_on(rates, line.day))
            weighted = _weighted(base, base + line.cents)
            base += line.cents
            raw = round(weighted * PERCENT.get(category.get(line.product, ""), OTHERWISE))
            line.earned = min(total + raw, CAP) - min(total, CAP)
            total += raw
            give(line, line.earned)
    for line in sorted((one for one in lines if one.is_refund), key=lambda o: (o.day, o.key)):
        original = by_key.get(line.original)
        if original is None or original.is_refund or original.partner != line.partner:
            continue
        cents = line.cents
        if country[line.partner] in EURO:
            cents = round(cents / _rate_on(rates, original.day))
        before, after = original.gone, min(original.gone + cents, original.cents)
        original.gone = after
        taken = [
            round(Fraction(original.earned * part, original.cents)) for part in (before, after)
        ]
        _take(earned, line, country, distributors, wanted, taken)
    return {key: cents for key, cents in earned.items() if cents}


def _take(
    earned: dict[tuple[str, str, str], int], line: _Line, country: Mapping[str, str],
    distributors: Mapping[str, str], wanted: set[str], taken: list[int],
) -> None:  # fmt: skip
    """Take back the difference of two splits, so that parts too come to nothing in the end."""
    month = f"{line.day:%Y-%m}"
    if month not in wanted:
        return
    currency = "EUR" if country[line.partner] in EURO else "USD"
    (had, other_had), (has, other_has) = _tenths(taken[0]), _tenths(taken[1])
    earned[currency, month, line.partner] += had - has
    earned[currency, month, distributors.get(line.partner, line.partner)] += other_had - other_has


def _tenths(cents: int) -> tuple[int, int]:
    """Split nine to one; the cent that is left goes to the larger fraction, in a tie to the
    seller.
    """
    seller, other = Fraction(cents * 9, 10), Fraction(cents, 10)
    parts = [int(seller), int(other)]
    if sum(parts) < cents:
        parts[0 if seller - parts[0] >= other - parts[1] else 1] += 1
    return parts[0], parts[1]


def _weighted(before: int, after: int) -> Fraction:
    found, lower = Fraction(0), 0
    for upper, times in BANDS:
        top = after if upper is None else min(after, upper)
        found += max(top - max(before, lower), 0) * times
        lower = upper or lower
    return found


def _rate_on(rates: Mapping[date, Fraction], sold: date) -> Fraction:
    """Return dollars for a euro on the same day six years before, else on the last one before."""
    try:
        day = sold.replace(year=sold.year - YEARS_EARLIER)
    except ValueError:
        day = sold.replace(year=sold.year - YEARS_EARLIER, day=28)
    while day not in rates:
        day -= timedelta(days=1)
    return rates[day]


def _euro_rates(folder: Path) -> dict[date, Fraction]:
    with (folder / "dw_DimCurrency.csv").open(newline="", encoding="utf-8") as file:
        [number] = [row[0] for row in csv.reader(file, delimiter="|") if row[1] == "EUR"]
    with (folder / "dw_FactCurrencyRate.csv").open(newline="", encoding="utf-8") as file:
        return {
            date.fromisoformat(row[4]): Fraction(row[2])
            for row in csv.reader(file, delimiter="|")
            if row[0] == number
        }


def _sales(folder: Path) -> list[_Line]:
    return [
        _Line(
            f"{row['SalesOrderNumber']}/{row['ProductKey']}", row["ResellerKey"],
            date.fromisoformat(row["OrderDate"]), int(Fraction(row["SalesAmount"]) * 100),
            row["ProductKey"], False, "",
        )
        for row in _rows(folder / "reseller_sales.csv")
    ]  # fmt: skip


def _corrections(text: str, known: Mapping[str, str]) -> list[_Line]:
    """Read the rows that are sound; the others must have been refused."""
    return [
        _Line(
            row["Line"], row["ResellerKey"], date.fromisoformat(row["OrderDate"]),
            int(Fraction(row["Amount"]) * 100), row["ProductKey"], row["Kind"] == "refund",
            row["RefundOf"],
        )
        for row in csv.DictReader(StringIO(text))
        if _SOUND.fullmatch(row["Amount"])
        and _COUNT.fullmatch(row["Quantity"])
        and row["ResellerKey"] in known
    ]  # fmt: skip


def _rows(path: Path) -> Iterable[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)
