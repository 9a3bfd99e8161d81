"""Why a partner's month differs much from the one before, in words."""

from dataclasses import dataclass

from counterfoil.core.money import Money
from counterfoil.core.rounding import PPM


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A partner's month: its own lines, what was sold with them, and what it earned in all."""

    lines: int
    base: Money
    earned: Money


def jump_words(now: MonthFigures, before: MonthFigures | None) -> tuple[str, ...]:
    """Return what moved between two months: sales, the rate they earn, shares in others' sales.

    `before` is None where the partner earned nothing in the earlier month.
    """
    if before is None:
        if now.lines:
            return (f"New: {_sold(now)}, nothing in the last posted month.",)
        return ("New: its share in what others sold.",)
    if not now.lines and not before.lines:
        return ("Others sold more or less of what it shares in.",)
    said = []
    if now.base != before.base or now.lines != before.lines:
        said.append(f"{_sold(now, begin='I')}, before {_sold(before, is_short=True)}.")
    one, other = _rate(now), _rate(before)
    if one is not None and other is not None and one != other:
        said.append(f"It earns {_percent(one)} of its sales, before {_percent(other)}.")
    return tuple(said)


def _sold(month: MonthFigures, *, is_short: bool = False, begin: str = "i") -> str:
    if not month.lines:
        return "nothing" if is_short else f"{begin}t sold nothing"
    lines = "1 line" if month.lines == 1 else f"{month.lines:,} lines"
    sold = f"{month.base.format_plain()} in {lines}"
    return sold if is_short else f"{begin}t sold {sold}"


def _rate(month: MonthFigures) -> int | None:
    """Return what is earned of the base in hundredths of a percent; None without a base."""
    if not month.base.is_positive:
        return None
    return month.earned.minor * PPM // month.base.minor // 100


def _percent(hundredths: int) -> str:
    sign = "−" if hundredths < 0 else ""
    return f"{sign}{abs(hundredths) // 100}.{abs(hundredths) % 100:02d}%"
