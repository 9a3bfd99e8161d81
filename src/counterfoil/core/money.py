"""Exact money: whole minor units and an ISO 4217 code. No float and no Decimal lives here.

Amounts typed by people enter by `Money.parse`; rounding, ppm and splits are in `rounding`, the
currency table in `currencies`; both are re-exported, so callers import from here.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Self

from counterfoil.core.currencies import EXPONENTS, WITHDRAWN, UnknownCurrency, exponent
from counterfoil.core.rounding import (
    PPM,
    BadWeight,
    Key,
    NothingToAllocate,
    Rounding,
    allocate_minor,
    divide,
)

__all__ = [
    "EXPONENTS",
    "PPM",
    "WITHDRAWN",
    "AmbiguousAmount",
    "AmountOutOfRange",
    "BadWeight",
    "CurrencyMismatch",
    "Money",
    "MoneyError",
    "NotAnAmount",
    "NothingToAllocate",
    "Rate",
    "RateMismatch",
    "Rounding",
    "TooManyDecimals",
    "UnknownCurrency",
    "allocate",
    "allocate_minor",
    "convert",
    "divide",
    "exponent",
]

MINOR_MAX = 2**63 - 1
"""The largest number of minor units: what a PostgreSQL BIGINT and a Parquet INT64 can hold."""

_GROUPING = "'\u2019\u00a0\u202f\u2009 "
_NUMBER = {
    ".": re.compile(rf"(\d+|\d{{1,3}}(?:([,{_GROUPING}])\d{{3}})(?:\2\d{{3}})*)(?:\.(\d+))?"),
    ",": re.compile(rf"(\d+|\d{{1,3}}(?:([.{_GROUPING}])\d{{3}})(?:\2\d{{3}})*)(?:,(\d+))?"),
}
_MINUS = "-\u2212"


class MoneyError(ValueError):
    """A refusal about an amount; the message says what would be right."""


class CurrencyMismatch(MoneyError):
    """Two currencies met where one is needed."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} cannot be combined; convert by a stored rate first")
        self.left, self.right = left, right


class AmountOutOfRange(MoneyError):
    """The amount does not fit 64 bits of minor units."""


class NotAnAmount(MoneyError):
    """The text is not an amount."""


class AmbiguousAmount(NotAnAmount):
    """The text reads as two different amounts, depending on the writer's country."""


class TooManyDecimals(NotAnAmount):
    """The text has more decimals than the currency; it is refused, never rounded."""


class RateMismatch(MoneyError):
    """The rate is not between the currencies of the conversion."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount: `minor` whole minor units (cents for EUR) of the ISO 4217 `currency`."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        """Refuse what is not a 64-bit integer or not a currency.

        Raises TypeError, AmountOutOfRange, UnknownCurrency.
        """
        minor = self.minor
        # Facts become money by the million: what is right is let through in one step.
        is_integer = type(minor) is int and -MINOR_MAX <= minor <= MINOR_MAX
        if is_integer and type(self.currency) is str and self.currency in EXPONENTS:
            return
        if type(self.minor) is not int:
            raise TypeError(f"minor units are an int, not {type(self.minor).__name__}")
        if abs(self.minor) > MINOR_MAX:
            raise AmountOutOfRange(f"{self.minor} minor units do not fit 64 bits")
        exponent(self.currency)

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing, in `currency`."""
        return cls(0, currency)

    @classmethod
    def parse(
        cls, text: str, currency: str, *, decimal_mark: Literal[".", ","] | None = None
    ) -> Self:
        """Read an amount as people write it.

        "6200", "6,200.00", "-12.5", "(80.00)", "6200.00 EUR" and "1 234.50" all read.

        Without `decimal_mark` the mark is a point; a text that only a comma country writes
        ("1.234,56", "12,5") or that reads both ways is refused as ambiguous. With decimal_mark=","
        "1.234,56" and "1 234,56" read. Groups are three digits wide, by one mark throughout.
        Raises NotAnAmount, AmbiguousAmount, TooManyDecimals, CurrencyMismatch, AmountOutOfRange,
        UnknownCurrency.
        """
        decimals = exponent(currency)
        body, is_negative = _strip_sign(_strip_currency(text, currency), text)
        mark = decimal_mark or "."
        match = _NUMBER[mark].fullmatch(body) if body.isascii() or _only_marks(body) else None
        if match is None:
            raise _refusal(text, body, currency, decimal_mark)
        whole, group_mark, fraction = match[1], match[2], match[3] or ""
        if decimal_mark is None and group_mark == "," and not fraction and decimals == 3:
            raise AmbiguousAmount(
                f"{text!r} may mean thousands or three decimals of {currency}; "
                f"write {_digits(whole)}.000 or 0.{_digits(whole)[-3:]} in full"
            )
        if len(fraction) > decimals:
            raise TooManyDecimals(
                f"{text!r} has {len(fraction)} decimals; {currency} has {decimals}: "
                f"write {_example(_digits(whole), fraction, decimals)}"
            )
        minor = int(_digits(whole) + fraction.ljust(decimals, "0"))
        return cls(-minor if is_negative else minor, currency)

    def format_plain(self) -> str:
        """Return the amount for logs, exports and traces: "6200.00 EUR", "-1001 JPY"."""
        return f"{self.format_number()} {self.currency}"

    def format_number(self) -> str:
        """Return the digits alone, with a point and no grouping: "6200.00"."""
        decimals = exponent(self.currency)
        digits = str(abs(self.minor)).rjust(decimals + 1, "0")
        sign = "-" if self.minor < 0 else ""
        if decimals == 0:
            return sign + digits
        return f"{sign}{digits[:-decimals]}.{digits[-decimals:]}"

    def __str__(self) -> str:
        """Return `format_plain`."""
        return self.format_plain()

    def to_json(self) -> dict[str, int | str]:
        """Return {"minor": 620000, "currency": "EUR"}, the shape of the API and of records."""
        return {"minor": self.minor, "currency": self.currency}

    def __bool__(self) -> bool:
        """Refuse a truth value: zero money is an amount like any other. Raises TypeError."""
        raise TypeError("money has no truth value; compare it, or ask is_zero")

    @property
    def is_zero(self) -> bool:
        """Return whether there is nothing."""
        return self.minor == 0

    @property
    def is_positive(self) -> bool:
        """Return whether it is more than nothing."""
        return self.minor > 0

    @property
    def is_negative(self) -> bool:
        """Return whether it is less than nothing."""
        return self.minor < 0

    def _same(self, other: "Money") -> int:
        """Return the other's minor units. Raises CurrencyMismatch."""
        if self.currency != other.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other.minor

    def __add__(self, other: "Money") -> "Money":
        """Return the sum. Raises CurrencyMismatch, AmountOutOfRange."""
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Return the difference. Raises CurrencyMismatch, AmountOutOfRange."""
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> "Money":
        """Return the amount with its sign turned."""
        return Money(-self.minor, self.currency)

    def __abs__(self) -> "Money":
        """Return the amount without its sign."""
        return Money(abs(self.minor), self.currency)

    def __lt__(self, other: "Money") -> bool:
        """Compare within one currency. Raises CurrencyMismatch."""
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        """Compare within one currency. Raises CurrencyMismatch."""
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        """Compare within one currency. Raises CurrencyMismatch."""
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        """Compare within one currency. Raises CurrencyMismatch."""
        return self.minor >= self._same(other)

    def times(self, factor: int) -> "Money":
        """Return the amount `factor` times. Raises AmountOutOfRange."""
        return Money(self.minor * factor, self.currency)

    def times_ppm(self, ppm: int, mode: Rounding) -> "Money":
        """Return `ppm` parts per million of the amount, rounded once by `mode` (2 % is 20 000)."""
        return Money(divide(self.minor * ppm, PPM, mode), self.currency)

    def times_ratio(self, n: int, d: int, mode: Rounding) -> "Money":
        """Return n/d of the amount, rounded once by `mode`. Raises ZeroDivisionError."""
        return Money(divide(self.minor * n, d, mode), self.currency)


@dataclass(frozen=True, slots=True)
class Rate:
    """A stored exchange rate: one unit of `base` is numerator / 10**scale units of `quote`.

    `source` names who published it and `on` for which day; both go into every record that uses it.
    """

    base: str
    quote: str
    numerator: int
    scale: int
    source: str
    on: date

    def __post_init__(self) -> None:
        """Refuse a rate that cannot be one. Raises UnknownCurrency, RateMismatch."""
        exponent(self.base)
        exponent(self.quote)
        if self.base == self.quote:
            raise RateMismatch(f"a rate joins two currencies, not {self.base} with itself")
        if self.numerator <= 0 or not 0 <= self.scale <= 18:
            raise RateMismatch("a rate has a positive numerator and a scale from 0 to 18")
        if not self.source:
            raise RateMismatch("a rate names its source")


def convert(amount: Money, rate: Rate, to: str, mode: Rounding) -> Money:
    """Return `amount` in the currency `to` by `rate` (either direction), rounded once by `mode`.

    Raises RateMismatch when the rate does not join the two currencies.
    """
    if amount.currency == to:
        return amount
    if {amount.currency, to} != {rate.base, rate.quote}:
        raise RateMismatch(
            f"the rate joins {rate.base} and {rate.quote}, not {amount.currency} and {to}"
        )
    n, d = rate.numerator, 10**rate.scale
    if amount.currency == rate.quote:
        n, d = d, n
    n, d = n * 10 ** exponent(to), d * 10 ** exponent(amount.currency)
    return Money(divide(amount.minor * n, d, mode), to)


def allocate(total: Money, weights: Sequence[tuple[Key, int]]) -> dict[Key, Money]:
    """Split `total` by `weights` with `allocate_minor`: the parts sum to it exactly.

    Raises NothingToAllocate, BadWeight.
    """
    parts = allocate_minor(total.minor, weights)
    return {key: Money(part, total.currency) for key, part in parts.items()}


def _strip_currency(text: str, currency: str) -> str:
    """Return the text without blanks and a code before or after it. Raises CurrencyMismatch."""
    body = text.strip()
    for pattern in (r"([A-Z]{3})\s*(.*\d\)?)", r"(.*\d\)?)\s*([A-Z]{3})"):
        match = re.fullmatch(pattern, body)
        if match is None:
            continue
        code, rest = (match[1], match[2]) if match[1].isalpha() else (match[2], match[1])
        if code != currency:
            raise CurrencyMismatch(code, currency)
        return rest.strip()
    return body


def _strip_sign(body: str, text: str) -> tuple[str, bool]:
    """Return the digits and whether a minus or accounting parentheses stood round them."""
    if body.startswith("(") and body.endswith(")"):
        inner = body[1:-1].strip()
        if inner[:1] in tuple(_MINUS):
            raise NotAnAmount(f"{text!r} has a minus inside parentheses; use one of the two")
        return inner, True
    if body[:1] in tuple(_MINUS):
        return body[1:].strip(), True
    return body, False


def _only_marks(body: str) -> bool:
    """Return whether everything beyond ASCII is a grouping mark, not a foreign digit."""
    return all(char.isascii() or char in _GROUPING for char in body)


def _digits(whole: str) -> str:
    """Return the digits of a grouped number."""
    return "".join(char for char in whole if char.isdigit())


def _example(whole: str, fraction: str, decimals: int) -> str:
    """Return the amounts that may have been meant, with the right number of decimals."""
    shorter = f"{whole}.{fraction[:decimals]}" if decimals else whole
    if len(fraction) == 3:
        return f"{shorter} or, if the mark groups thousands, {whole}{fraction}"
    return f"{shorter} or the amount you mean"


def _refusal(text: str, body: str, currency: str, mark: str | None) -> NotAnAmount:
    """Return the error that says why `text` is no amount and what would be right."""
    decimals = exponent(currency)
    other = "," if mark in (None, ".") else "."
    match = _NUMBER[other].fullmatch(body) if _only_marks(body) else None
    if match is not None:
        right = _digits(match[1]) + (f".{match[3]}" if match[3] else "")
        hint = f"write {right}" if mark != "," else f"write {right.replace('.', ',')}"
        return AmbiguousAmount(
            f"{text!r} uses {other!r} as its decimal mark, where {mark or '.'!r} is expected; "
            f"{hint}, or state the number format of the file"
        )
    sample = f"6200.{'0' * decimals}" if decimals else "6200"
    if mark == ",":
        sample = sample.replace(".", ",")
    return NotAnAmount(f"{text!r} is not an amount of {currency}; write it like {sample}")
