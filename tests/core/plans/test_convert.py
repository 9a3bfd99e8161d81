"""Rates as exact fractions, and the rule that picks one."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.plans import (
    Conversion,
    NotARate,
    Rate,
    converted,
    give,
    parse_rate,
    rate_for,
)
from counterfoil.core.rounding import Rounding


def rate(day: int, numerator: int = 103, decimals: int = 2) -> Rate:
    return Rate(day, "EUR", "USD", day, numerator, decimals)


@given(st.integers(1, 10**9), st.integers(0, 9), st.integers(0, 10**12), st.booleans())
def test_both_directions_are_exact_before_the_one_rounding(
    numerator: int, decimals: int, minor: int, is_back: bool
) -> None:
    worth = Fraction(numerator, 10**decimals)
    of, into = ("USD", "EUR") if is_back else ("EUR", "USD")
    found = give(of, minor, into=into, rate=rate(20200101, numerator, decimals))
    assert found is not None
    assert converted(found, Rounding.HALF_EVEN) == round(
        minor / worth if is_back else minor * worth
    )


@pytest.mark.parametrize(
    ("of", "into", "minor", "wanted"),
    [("JPY", "KWD", 1_000, 2_000), ("KWD", "JPY", 2_000, 1_000)],
)
def test_exponents_of_zero_and_three_meet(of: str, into: str, minor: int, wanted: int) -> None:
    found = give(of, minor, into=into, rate=Rate(1, "JPY", "KWD", 20200101, 2, 3))
    assert found is not None
    assert converted(found, Rounding.HALF_EVEN) == wanted


@pytest.mark.parametrize(
    ("sold", "wanted"),
    [
        (20251230, None),
        (20251231, 20191231),
        (20260101, 20191231),
        (20260228, 20200228),
        (20260301, 20200229),
        (20990101, 20200229),
    ],
)
def test_the_same_day_years_earlier_counts_else_the_last_one_before(
    sold: int, wanted: int | None
) -> None:
    rates = [rate(20191231), rate(20200228), rate(20200229)]
    found = rate_for(Conversion("bank", 6), rates, sold)
    assert (found.day if found else None) == wanted


def test_a_rate_is_kept_with_all_its_digits() -> None:
    assert parse_rate("6.88231245698555E-4") == (688231245698555, 18)
    assert parse_rate("1.0") == (1, 0)
    assert rate(1, 688231245698555, 18).say() == "0.000688231245698555"
    assert rate(1, 12, 0).say() == "12"
    for text in ("", "0", "-1", "1,03", "1e5", "0.0000000000000000001", "1 ", "\u0663"):
        with pytest.raises(NotARate):
            parse_rate(text)
