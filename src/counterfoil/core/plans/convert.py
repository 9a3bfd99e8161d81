"""Amounts of another currency as a plan counts them: whole fractions, rounded once a line.

A rate says what one unit of a currency is worth in another, as a whole number of decimals, so
that both directions are exact fractions of integers.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from counterfoil.core.currencies import EXPONENTS
from counterfoil.core.plans.model import Conversion, Given
from counterfoil.core.rounding import Rounding, divide

NUMERATOR_MAX = 10**18
DECIMALS_MAX = 18
FRACTION_MAX = 2**63 - 1
_RATE = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,18}))?(?:[eE](-[0-9]{1,2}))?")


class NotARate(ValueError):
    """The text is no rate above zero that is kept exactly."""


@dataclass(frozen=True, slots=True)
class Rate:
    """One unit of `currency` was worth numerator / 10^decimals units of `into` on a day.

    `id` is the number of the stored row, `day` a day number such as 20260131.
    """

    id: int
    currency: str
    into: str
    day: int
    numerator: int
    decimals: int

    def say(self) -> str:
        """Return the rate as a decimal number, all its digits."""
        digits = str(self.numerator).rjust(self.decimals + 1, "0")
        whole = digits[: len(digits) - self.decimals]
        return f"{whole}.{digits[len(whole) :]}" if self.decimals else whole


def parse_rate(text: str) -> tuple[int, int]:
    """Return numerator and decimals of a rate such as 1.0334849 or 6.8E-4. Raises NotARate."""
    match = _RATE.fullmatch(text)
    if match is None:
        raise NotARate(f"{text!r} is not a rate.")
    fraction = match[2] or ""
    numerator, decimals = int(match[1] + fraction), len(fraction) - int(match[3] or 0)
    while decimals and numerator % 10 == 0:
        numerator, decimals = numerator // 10, decimals - 1
    if numerator == 0:
        raise NotARate("A rate is above zero.")
    if numerator >= NUMERATOR_MAX or decimals > DECIMALS_MAX:
        raise NotARate(f"{text!r} has more digits than are kept exactly.")
    return numerator, decimals


def rate_for(rule: Conversion, rates: Sequence[Rate], sold: int) -> Rate | None:
    """Return the rate that the rule takes for a line sold on a day number, None where none is.

    `rates` are those of one pair of currencies, by day. The last one up to the same day
    `years_earlier` years before counts; what was the 29th of February may so be the 28th.
    """
    place = bisect_right(rates, sold - rule.years_earlier * 10_000, key=lambda rate: rate.day)
    return rates[place - 1] if place else None


def give(currency: str, minor: int, *, into: str, rate: Rate) -> Given | None:
    """Return an amount with the fraction that turns it into minor units of `into`.

    The rate may be of either direction. None where the fraction is beyond 64 bits.
    """
    n, d = rate.numerator, 10**rate.decimals
    if rate.currency == into:
        n, d = d, n
    shift = EXPONENTS[into] - EXPONENTS[currency]
    n, d = n * 10 ** max(shift, 0), d * 10 ** max(-shift, 0)
    by = gcd(n, d)
    n, d = n // by, d // by
    return Given(currency, minor, n, d) if max(n, d) <= FRACTION_MAX else None


def converted(given: Given, mode: Rounding) -> int:
    """Return the amount in minor units of the plan's currency, rounded once."""
    return divide(given.minor * given.n, given.d, mode)
