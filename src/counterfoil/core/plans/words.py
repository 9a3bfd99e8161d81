"""A plan in words, point by point, and what differs between two versions of it."""

from dataclasses import dataclass

from counterfoil.core.canonical import canonical_json
from counterfoil.core.money import Money
from counterfoil.core.plans.model import (
    FIRST_DAY,
    LAST_DAY,
    BandMode,
    Component,
    Plan,
    RateRow,
    Window,
)
from counterfoil.core.playbooks.reader import format_percent

_WINDOWS = {
    Window.MONTH: "each month",
    Window.QUARTER: "each quarter",
    Window.YEAR: "each year",
    Window.CONTRACT: "the whole contract",
}
_MODES = {
    BandMode.EACH: "each band its own rate",
    BandMode.ONE: "the band reached gives one rate on everything",
}
_SAID = frozenset(
    {
        "schema", "plan", "id", "version", "title", "currency", "zone", "rounding", "effective",
        "effective_from", "effective_until", "population", "attributes", "components", "splits",
        "minimum_payout", "hold_days", "bounds", "examples",
    }
)  # fmt: skip
"""Keys of the canonical form that the points below say; any other is said as it stands."""


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that a plan says: what it is about, and what it says."""

    about: str
    says: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A point that two versions say otherwise; empty where a version does not say it."""

    about: str
    before: str
    after: str


def plan_points(plan: Plan) -> tuple[Point, ...]:
    """Return what a plan says, point by point, in the order of the file."""
    until = plan.effective_until.isoformat() if plan.effective_until else ""
    points = [
        Point("Title", plan.title.say("en")),
        Point("In effect from", plan.effective_from.isoformat()),
        Point("In effect until", until),
        Point("Currency", plan.currency),
        Point("Days are those of", plan.zone),
        Point("Rounding", plan.rounding.replace("_", " ")),
        Point("Who earns", _named(plan.population) or "every partner of the program"),
    ]
    for component in plan.components:
        points += _component(plan, component)
    points += [Point(f"Share of the {s.party}", format_percent(s.ppm)) for s in plan.shares]
    points += [
        Point("Minimum payout", _money(plan, plan.minimum_minor) if plan.minimum_minor else ""),
        Point("Held for", f"{plan.hold_days} days" if plan.hold_days else ""),
        Point("Largest line", _money(plan, plan.bounds.largest_line_minor)),
        Point("Most lines", f"{plan.bounds.most_lines:,}"),
    ]
    points += [
        Point(f"Other: {key}", canonical_json(value).decode())
        for key, value in plan.canonical.items()
        if key not in _SAID and value not in (None, [], {}, "")
    ]
    points += [
        Point(
            f"Example: {example.name}",
            ", ".join(f"{party} {_money(plan, minor)}" for party, minor in example.earned),
        )
        for example in plan.examples
    ]
    return tuple(point for point in points if point.says)


def compare_plans(before: Plan, after: Plan) -> tuple[Difference, ...]:
    """Return the points that differ, in the order of the newer version, dropped ones last."""
    old = {point.about: point.says for point in plan_points(before)}
    new = {point.about: point.says for point in plan_points(after)}
    return tuple(
        Difference(about, old.get(about, ""), new.get(about, ""))
        for about in {**new, **old}
        if old.get(about) != new.get(about)
    )


def _component(plan: Plan, component: Component) -> list[Point]:
    name = component.title.say("en")
    points = [
        Point(f"{name}: counts", _named(component.where) or "every line"),
        Point(f"{name}: measured over", _WINDOWS[component.window]),
    ]
    points += [
        Point(f"{name}: rate for {_row(row)}", format_percent(row.ppm)) for row in component.rates
    ]
    points.append(Point(f"{name}: rate otherwise", format_percent(component.otherwise_ppm)))
    if len(component.bands) > 1 or component.bands[0].times_ppm != 1_000_000:
        points.append(Point(f"{name}: bands", _MODES[component.mode]))
        points += [
            Point(
                f"{name}: from {_money(plan, band.from_minor)} on",
                f"{format_percent(band.times_ppm)} of the rate",
            )
            for band in component.bands
        ]
    if component.cap_minor is not None:
        points.append(Point(f"{name}: at most a month", _money(plan, component.cap_minor)))
    if component.floor_minor:
        points.append(
            Point(f"{name}: at least a month with sales", _money(plan, component.floor_minor))
        )
    return points


def _row(row: RateRow) -> str:
    parts = [f"{name} {value}" for name, value in row.when] or ["every line"]
    if row.from_day != FIRST_DAY:
        parts.append(f"from {_day(row.from_day)}")
    if row.until_day != LAST_DAY:
        parts.append(f"until {_day(row.until_day)}")
    return ", ".join(parts)


def _named(where: tuple[tuple[str, tuple[str, ...]], ...]) -> str:
    return "; ".join(f"{name} {' or '.join(values)}" for name, values in where)


def _day(day: int) -> str:
    return f"{day // 10_000:04d}-{day // 100 % 100:02d}-{day % 100:02d}"


def _money(plan: Plan, minor: int) -> str:
    return Money(minor, plan.currency).format_plain()
