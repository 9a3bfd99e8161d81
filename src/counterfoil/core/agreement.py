"""How far two people who judged the same things agree: counts, intervals, kappa, AC1 and alpha.

Whole numbers and exact fractions; only the square root of an interval is rounded. Cohen (1960)
for kappa, Gwet (2008) for AC1, Krippendorff (nominal data, two judges) for alpha, Wilson (1927)
for the interval of a share. The three coefficients differ where one answer is far more frequent
than the others: that is why all of them are shown, and the plain count comes first.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction

Z_95 = Fraction(1_959_964, 1_000_000)
"""The normal deviate of a two-sided interval of 95 %."""
_PLACES = Decimal("0.0001")
Table = Mapping[tuple[str, str], int]


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval, rounded to four decimals."""

    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Coefficient:
    """A coefficient of agreement; None where every answer was the same and it says nothing."""

    value: Decimal | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """What pairs of judgments say: `differing` of `count`, and how sure that is."""

    count: int
    differing: int
    share: Interval | None
    kappa: Coefficient
    ac1: Coefficient
    alpha: Coefficient


def agreement(pairs: Iterable[tuple[str, str]], *, categories: Sequence[str]) -> Agreement:
    """Return how far the pairs agree; `categories` are all answers that could have been given.

    Raises ValueError for an answer that is none of them, or fewer than two categories.
    """
    table = Counter(pairs)
    known = set(categories)
    strange = {each for pair in table for each in pair} - known
    if strange or len(known) < 2:
        raise ValueError(f"answers {sorted(strange)} are not among {sorted(known)}")
    count = sum(table.values())
    same = sum(n for (one, other), n in table.items() if one == other)
    return Agreement(
        count=count,
        differing=count - same,
        share=wilson(count - same, count) if count else None,
        kappa=_coefficient(table, kappa),
        ac1=_coefficient(table, lambda rows: ac1(rows, categories=len(known))),
        alpha=_coefficient(table, alpha),
    )


def wilson(found: int, count: int) -> Interval:
    """Return the 95 % interval of a share of `found` in `count` (Wilson's score interval)."""
    z2 = Z_95 * Z_95
    share = Fraction(found, count)
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    inner = share * (1 - share) / count + z2 / (4 * count * count)
    half = Z_95 * _root(inner) / (1 + z2 / count)
    low = Fraction(0) if found == 0 else max(Fraction(0), middle - half)
    high = Fraction(1) if found == count else min(Fraction(1), middle + half)
    return Interval(_rounded(low), _rounded(high))


def kappa(table: Table) -> Fraction | None:
    """Return Cohen's kappa, or None where chance alone would agree always."""
    count = sum(table.values())
    if count == 0:
        return None
    first, second = _margins(table)
    by_chance = Fraction(sum(first[each] * second[each] for each in first), count * count)
    return _beyond(_same(table, count), by_chance)


def ac1(table: Table, *, categories: int) -> Fraction | None:
    """Return Gwet's first agreement coefficient for that many categories."""
    count = sum(table.values())
    if count == 0:
        return None
    first, second = _margins(table)
    shares = (Fraction(first[each] + second[each], 2 * count) for each in {*first, *second})
    by_chance = sum((each * (1 - each) for each in shares), Fraction(0)) / (categories - 1)
    return _beyond(_same(table, count), by_chance)


def alpha(table: Table) -> Fraction | None:
    """Return Krippendorff's alpha for nominal data and two judges without gaps."""
    count = sum(table.values())
    if count == 0:
        return None
    first, second = _margins(table)
    values = 2 * count
    pairs = sum(
        (first[each] + second[each]) * (first[each] + second[each] - 1)
        for each in {*first, *second}
    )
    expected = 1 - Fraction(pairs, values * (values - 1))
    return None if expected == 0 else 1 - (1 - _same(table, count)) / expected


def _coefficient(table: Table, of: Callable[[Table], Fraction | None]) -> Coefficient:
    """Return the coefficient with its interval by the jackknife: each pair left out in turn."""
    value = of(table)
    if value is None:
        return Coefficient(None, None)
    count = sum(table.values())
    left_out: list[tuple[int, Fraction]] = []
    for pair, n in table.items():
        less = dict(table)
        less[pair] = n - 1
        each = of({key: value for key, value in less.items() if value})
        if each is None:
            return Coefficient(_rounded(value), None)
        left_out.append((n, each))
    mean = sum((n * each for n, each in left_out), Fraction(0)) / count
    spread = sum((n * (each - mean) ** 2 for n, each in left_out), Fraction(0))
    half = Z_95 * _root(spread * (count - 1) / count)
    low, high = max(Fraction(-1), value - half), min(Fraction(1), value + half)
    return Coefficient(_rounded(value), Interval(_rounded(low), _rounded(high)))


def _margins(table: Table) -> tuple[Counter[str], Counter[str]]:
    first: Counter[str] = Counter()
    second: Counter[str] = Counter()
    for (one, other), n in table.items():
        first[one] += n
        second[other] += n
    return first, second


def _same(table: Table, count: int) -> Fraction:
    return Fraction(sum(n for (one, other), n in table.items() if one == other), count)


def _beyond(same: Fraction, by_chance: Fraction) -> Fraction | None:
    return None if by_chance == 1 else (same - by_chance) / (1 - by_chance)


def _root(value: Fraction) -> Fraction:
    with localcontext() as context:
        context.prec = 40
        return Fraction((Decimal(value.numerator) / Decimal(value.denominator)).sqrt())


def _rounded(value: Fraction) -> Decimal:
    with localcontext() as context:
        context.prec = 40
        plain = Decimal(value.numerator) / Decimal(value.denominator)
        return plain.quantize(_PLACES, rounding=ROUND_HALF_EVEN)
