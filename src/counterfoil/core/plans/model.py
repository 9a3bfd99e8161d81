"""What a commission plan says, read and checked: integers, names and days, nothing to interpret.

Rates and shares are parts per million, amounts minor units of the plan's currency, days whole
numbers such as 20260131, so that every engine computes with the same integers.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from counterfoil.core.canonical import digest
from counterfoil.core.playbooks.model import Text
from counterfoil.core.rounding import Rounding

FIRST_DAY = 0
LAST_DAY = 99_999_999
SELLER = "partner"
"""The party that sold the line; it stands first in every split."""


class Window(StrEnum):
    """The time over which the base of the bands adds up."""

    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"
    CONTRACT = "contract"


class BandMode(StrEnum):
    """How bands apply: each its own rate, or the band reached gives one rate on everything."""

    EACH = "each_band_its_own_rate"
    ONE = "one_rate_on_everything"


@dataclass(frozen=True, slots=True)
class Band:
    """From this base on (minor units), the rate is taken this many ppm times."""

    from_minor: int
    times_ppm: int


@dataclass(frozen=True, slots=True)
class RateRow:
    """A rate for lines whose attributes equal all of `when`, sold within the two days."""

    when: tuple[tuple[str, str], ...]
    from_day: int
    until_day: int
    ppm: int


@dataclass(frozen=True, slots=True)
class Component:
    """One way to earn: which lines, measured over what, at which rates, within which limits."""

    id: str
    title: Text
    where: tuple[tuple[str, tuple[str, ...]], ...]
    window: Window
    rates: tuple[RateRow, ...]
    otherwise_ppm: int
    mode: BandMode
    bands: tuple[Band, ...]
    cap_minor: int | None
    floor_minor: int

    @property
    def highest_rate_ppm(self) -> int:
        """Return the highest rate of the table."""
        return max(self.otherwise_ppm, *(row.ppm for row in self.rates), 0)

    @property
    def highest_times_ppm(self) -> int:
        """Return the highest factor of the bands."""
        return max(band.times_ppm for band in self.bands)


@dataclass(frozen=True, slots=True)
class Share:
    """A party's share of every line's commission."""

    party: str
    ppm: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the plan declares about its input; the size of every product is proven from it."""

    largest_line_minor: int
    most_lines: int


@dataclass(frozen=True, slots=True)
class Conversion:
    """How lines of other currencies count: at the rate that `source` gives for the same day
    `years_earlier` years before the sale, or at its last one before that. A refund takes the day
    of the line that it refunds.
    """

    source: str
    years_earlier: int


@dataclass(frozen=True, slots=True)
class Given:
    """An amount as it was reported; n / d of its minor units are the plan's."""

    currency: str
    minor: int
    n: int
    d: int


@dataclass(frozen=True, slots=True)
class PlanLine:
    """A sale or refund as the engines see it.

    `id` is unique and orders lines of one day; `day` is the day of sale as 20260131; `minor` is
    never negative; a refund names the line that it refunds by `original`. `attributes` stand in
    the order of the plan's. A line of another currency carries what was `given`, which `minor` is
    the conversion of.
    """

    id: int
    partner: int
    day: int
    minor: int
    attributes: tuple[str, ...] = ()
    is_refund: bool = False
    original: int = 0
    given: Given | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier month gave for a line that is refunded now.

    `commission` is what component number `component` gave for it, `refunded` how much of `minor`
    was refunded before.
    """

    line: int
    component: int
    partner: int
    minor: int
    commission: int
    refunded: int


@dataclass(frozen=True, slots=True)
class Example:
    """Lines and what they must earn, run before the plan may be published."""

    name: str
    lines: tuple[PlanLine, ...]
    earned: tuple[tuple[str, int], ...]
    """Party and minor units that all the lines together earn for it."""


@dataclass(frozen=True)
class Plan:
    """One version of a commission plan; its identity is `sha256` of the canonical form."""

    id: str
    version: str
    title: Text
    currency: str
    zone: str
    rounding: Rounding
    effective_from: date
    effective_until: date | None
    population: tuple[tuple[str, tuple[str, ...]], ...]
    attributes: tuple[str, ...]
    components: tuple[Component, ...]
    shares: tuple[Share, ...]
    minimum_minor: int
    hold_days: int
    conversion: Conversion | None
    bounds: Bounds
    examples: tuple[Example, ...]
    file: str = field(compare=False)
    places: dict[str, tuple[int, int]] = field(compare=False, repr=False)
    canonical: dict[str, object] = field(compare=False, repr=False)

    def to_canonical(self) -> dict[str, object]:
        """Return the meaning of the file, one spelling per value."""
        return self.canonical

    @property
    def sha256(self) -> str:
        """Return the identity of the version."""
        return digest(self.canonical)

    def covers(self, facts: dict[str, str]) -> bool:
        """Return whether a partner with these facts earns under the plan."""
        return all(facts.get(name, "") in allowed for name, allowed in self.population)


def day_number(day: date) -> int:
    """Return a day as the engines write it: 20260131."""
    return day.year * 10_000 + day.month * 100 + day.day


def month_of(day: int) -> int:
    """Return the month of a day number: 202601."""
    return day // 100


def window_of(window: Window, day: int) -> int:
    """Return the label of the window that a day number falls into."""
    year, month = day // 10_000, day // 100 % 100
    if window is Window.MONTH:
        return day // 100
    if window is Window.QUARTER:
        return year * 10 + (month + 2) // 3
    return year if window is Window.YEAR else 0
