"""Money, counts, shares, sizes and the widths of bars, as the screen shows them.

Integers in, text out; no float is used on the way. Figures follow the active language
(6,200.00 in English, 6.200,00 in German), the currency code always follows the amount.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import get_language

from counterfoil.core.money import Money, exponent

MINUS = "\u2212"
SEPARATORS = {"de": (".", ","), "en": (",", ".")}  # language: (between thousands, before decimals)
UNITS = ("bytes", "kB", "MB", "GB")


@dataclass(frozen=True)
class MoneyText:
    """An amount for the screen: `figure` without and `currency` with its ISO 4217 code."""

    figure: str
    currency: str
    is_zero: bool
    is_negative: bool

    def __str__(self) -> str:
        """Return `6,200.00 EUR`."""
        return f"{self.figure} {self.currency}"


@dataclass(frozen=True)
class Segment:
    """One rectangle of a stacked bar; `x` and `width` are SVG attributes in units of the bar."""

    css: str
    x: str
    width: str


@dataclass(frozen=True)
class AmountStep:
    """One line of requested, taken off and to pay, with its bar from 0 to 100."""

    label: str
    code: str
    money: MoneyText
    x: str
    width: str
    css: str
    is_total: bool
    is_last: bool


def show_money(money: Money, *, signed: bool = False) -> MoneyText:
    """Return the amount with all minor units of its currency and a true minus sign (U+2212).

    With `signed`, a positive amount carries a plus sign, for differences.
    """
    sign = MINUS if money.minor < 0 else "+" if signed and money.minor > 0 else ""
    figure = sign + _decimal(abs(money.minor), exponent(money.currency))
    return MoneyText(figure, money.currency, money.minor == 0, money.minor < 0)


def format_count(number: int) -> str:
    """Return a whole number with separators between thousands: `1,284`."""
    return (MINUS if number < 0 else "") + _decimal(abs(number), 0)


def format_share(ppm: int) -> str:
    """Return parts per million as a percentage of up to four decimals, none that say nothing."""
    text = _decimal(abs(ppm), 4)
    decimal_mark = _marks()[1]
    trimmed = text.rstrip("0").rstrip(decimal_mark)
    return f"{MINUS if ppm < 0 else ''}{trimmed}%"


def format_size(size_bytes: int) -> str:
    """Return a file size in decimal units: `640 bytes`, `12.4 kB`, `20 MB`."""
    scale = 0
    while scale < len(UNITS) - 1 and size_bytes >= 1000 ** (scale + 1):
        scale += 1
    if scale == 0:
        return f"{format_count(size_bytes)} {UNITS[0]}"
    tenths = size_bytes * 10 // 1000**scale
    figure = _decimal(tenths, 1) if tenths % 10 else format_count(tenths // 10)
    return f"{figure} {UNITS[scale]}"


def percent_of(part: int, whole: int) -> str:
    """Return `part` of `whole` as an SVG length from 0.00 to 100.00; 0.00 of nothing."""
    return _fraction(part, whole, 100)


def bar_segments(
    parts: Iterable[tuple[str, int]], *, total: int, width: int = 1000, gap: int = 3
) -> list[Segment]:
    """Return the rectangles of a stacked bar, gaps included; parts of zero or less are left out.

    `parts` are (css class, amount in minor units) in the fixed order of money's life; `total` is
    the amount that fills the whole bar.
    """
    shown = [(css, amount) for css, amount in parts if amount > 0]
    whole = max(total, sum(amount for _, amount in shown))
    room = width - gap * len(shown)
    segments, before = [], 0
    for index, (css, amount) in enumerate(shown):
        x = before * room * 10 // whole + index * gap * 10
        wide = amount * room * 10 // whole
        segments.append(Segment(css, f"{x // 10}.{x % 10}", f"{wide // 10}.{wide % 10}"))
        before += amount
    return segments


def amount_steps(
    *, requested: Money, adjustments: Sequence[tuple[str, str, Money]], labels: tuple[str, str]
) -> list[AmountStep]:
    """Return the steps from requested to payable; each cut hangs where the step before ended.

    `adjustments` are (label, code, amount) with negative amounts for what comes off; `labels` name
    the first and the last line. The last line is the exact sum of the lines above.
    """
    whole, left = requested.minor, requested.minor
    steps = [_step(labels[0], "", requested, (0, whole, whole), is_total=True)]
    for label, code, money in adjustments:
        lower, upper = sorted((left, left + money.minor))
        steps.append(_step(label, code, money, (lower, upper, whole)))
        left += money.minor
    payable = Money(left, requested.currency)
    return [*steps, _step(labels[1], "", payable, (0, left, whole), is_total=True, is_last=True)]


def _step(
    label: str,
    code: str,
    money: Money,
    span: tuple[int, int, int],
    *,
    is_total: bool = False,
    is_last: bool = False,
) -> AmountStep:
    lower, upper, whole = span
    x, width = _fraction(lower, whole, 100), _fraction(upper - lower, whole, 100)
    css = "f-total" if is_total else "f-less"
    return AmountStep(label, code, show_money(money), x, width, css, is_total, is_last)


def _fraction(part: int, whole: int, scale: int) -> str:
    if whole <= 0:
        return "0.00"
    hundredths = min(max(part, 0), whole) * scale * 100 // whole
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def _decimal(number: int, decimals: int) -> str:
    thousands, mark = _marks()
    digits = str(number).zfill(decimals + 1)
    whole, rest = (digits[:-decimals], digits[-decimals:]) if decimals else (digits, "")
    grouped = f"{int(whole):,}".replace(",", thousands)
    return f"{grouped}{mark}{rest}" if rest else grouped


def _marks() -> tuple[str, str]:
    return SEPARATORS.get((get_language() or "en").split("-")[0], SEPARATORS["en"])
