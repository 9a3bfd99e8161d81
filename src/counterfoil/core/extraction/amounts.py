"""Amounts of money in a line of text, whichever country wrote it."""

import re
from dataclasses import dataclass
from typing import Literal

from counterfoil.core.extraction.quotes import Line, Quote
from counterfoil.core.money import EXPONENTS, Money, MoneyError, exponent

# A bare "$" or "¥" names no currency for certain; the commonest one is taken, and the quote shows
# the sign, so that a rule that needs certainty can ask for the code.
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD", "¥": "JPY"}
_CODE = re.compile(r"(?<![A-Za-z])([A-Z]{3})(?![A-Za-z])")
_AMOUNT = re.compile(
    r"(?<![\w.,/-])"
    r"(?P<open>\()?(?P<sign>[-−]\s?)?(?:[€£$¥]\s?)?(?P<after>[-−])?"
    r"(?P<digits>\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+(?:[.,]\d{1,4})?|\d+(?:[.,]\d{1,4})?)"
    r"(?P<close>\))?"
    r"(?!\w)(?![.,/-]\d)(?!\s?%)"
)


@dataclass(frozen=True, slots=True)
class ExtractedAmount:
    """An amount and where it was read."""

    money: Money
    quote: Quote


def currency_of(text: str) -> str | None:
    """Return the first currency that a text names by code or sign, or None."""
    for match in _CODE.finditer(text):
        if match[1] in EXPONENTS:
            return match[1]
    for sign, code in _SIGNS.items():
        if sign in text:
            return code
    return None


def amounts_in(line: Line, currency: str) -> list[ExtractedAmount]:
    """Return the amounts of a line in the currency that it names, in `currency` without one.

    Percentages, dates and numbers joined to letters are no amounts; neither is a bare number
    without decimals, unless the line names a currency.
    """
    named = currency_of(line.text)
    code = named or currency
    found = []
    for match in _AMOUNT.finditer(line.text):
        mark = _decimal_mark(match["digits"], exponent(code))
        if mark is None and named is None:
            continue
        is_negative = bool(match["sign"] or match["after"] or (match["open"] and match["close"]))
        try:
            # Without decimals a point can only group, so the other mark is the decimal one.
            other: Literal[".", ","] = "," if "." in match["digits"] else "."
            money = Money.parse(_plain(match["digits"]), code, decimal_mark=mark or other)
        except MoneyError:
            continue
        quote = line.quote(match.start(), match.end())
        found.append(ExtractedAmount(-money if is_negative else money, quote))
    return found


def _decimal_mark(digits: str, decimals: int) -> Literal[".", ","] | None:
    """Return "." or "," when the number ends in exactly the currency's decimals, else None."""
    if decimals == 0 or len(digits) <= decimals:
        return None
    match digits[-decimals - 1]:
        case ".":
            return "."
        case ",":
            return ","
    return None


def _plain(digits: str) -> str:
    """Return the digits with every blank the same, so that groups join."""
    return re.sub(r"[\u00a0\u202f ]", " ", digits)
