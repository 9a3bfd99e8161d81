"""What a plan gives: integers by line and by partner-month, the same from every engine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class LineResult:
    """What one component gives for one line.

    For a sale `before` and `after` are the base of the bands without and with the line, in minor
    units; for a refund they are how much of its original line was refunded without and with it.
    `raw` is the commission before the cap, `commission` after it, `parts` the shares of the
    parties in the order of the plan; they sum to `commission`.
    """

    component: int
    line: int
    partner: int
    month: int
    before: int
    after: int
    rate_ppm: int
    raw: int
    commission: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True, order=True)
class MonthResult:
    """What one component gives a partner's lines of one month.

    `base` sums the sales, `commission` the line results, `top_up` lifts them to the floor and
    belongs to the seller; `parts` are the shares of the parties, with the top-up.
    """

    component: int
    partner: int
    month: int
    lines: int
    base: int
    commission: int
    top_up: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Results:
    """All results of a computation, ordered by component, then line or partner and month."""

    lines: tuple[LineResult, ...]
    months: tuple[MonthResult, ...]

    @property
    def total(self) -> int:
        """Return the sum of everything earned, in minor units."""
        return sum(month.commission + month.top_up for month in self.months)
