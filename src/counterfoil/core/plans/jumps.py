"""Why a partner's month differs much from the one before, in words."""

from dataclasses import dataclass

from counterfoil.core.money import Money


@dataclass(frozen=True, slots=True)
class MonthFigures:
    """A partner's month: its own lines, what was sold with them, and what it earned in all."""

    lines: int
    base: Money
    earned: Money


def jump_words(now: MonthFigures, before: MonthFigures | None) -> tuple[str, ...]:
    """Return what moved between two months: its own sales, or else what they and others' earn it.

    `before` is None where the partner earned nothing in the earlier month.
    """
    if before is None:
        if now.lines:
            return (f"New: {_sold(now)}, nothing in the last posted month.",)
        return ("New: its share in what others sold.",)
    if not now.lines and not before.lines:
        return ("Others sold more or less of what it shares in.",)
    if now.base == before.base and now.lines == before.lines:
        return ("Its own sales are as before; a rate, a band or a share in others' sales moved.",)
    return (f"{_sold(now, begin='I')}, before {_sold(before, is_short=True)}.",)


def _sold(month: MonthFigures, *, is_short: bool = False, begin: str = "i") -> str:
    if not month.lines:
        return "nothing" if is_short else f"{begin}t sold nothing"
    lines = "1 line" if month.lines == 1 else f"{month.lines:,} lines"
    sold = f"{month.base.format_plain()} in {lines}"
    return sold if is_short else f"{begin}t sold {sold}"
