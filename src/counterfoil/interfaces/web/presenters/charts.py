"""Charts as the server draws them: figures in, lengths of an SVG out; integers all the way.

A chart has a sentence as its title, a table behind it and at most six colors. It is drawn on a
plane of WIDTH by HEIGHT; every length is text in tenths, so that no float decides a pixel.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from counterfoil.core.money import Money, exponent
from counterfoil.interfaces.web.presenters.figures import format_count, show_money

WIDTH, HEIGHT = 480, 190
_LEFT, _RIGHT, _TOP, _BOTTOM = 76, 8, 12, 24
_TICKS_WANTED = 4


@dataclass(frozen=True, slots=True)
class ChartSeries:
    """One color: its class, its word, and an amount for each group in minor units."""

    css: str
    word: str
    amounts: Sequence[int]


@dataclass(frozen=True, slots=True)
class ChartBox:
    """A rectangle of the plane; `says` is its figure for who points at it."""

    css: str
    x: str
    y: str
    width: str
    height: str
    says: str


@dataclass(frozen=True, slots=True)
class ChartMark:
    """Words at a place of the plane."""

    x: str
    y: str
    word: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart ready to print; `label` tells its figures to who can't see it."""

    id: str
    title: str
    label: str
    table_url: str
    legend: Sequence[tuple[str, str]]
    boxes: Sequence[ChartBox]
    ticks: Sequence[ChartMark]
    marks: Sequence[ChartMark]
    limit: str = ""
    limit_word: str = ""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT


def column_chart(
    chart_id: str,
    title: str,
    *,
    groups: Sequence[str],
    short: Sequence[str] = (),
    series: Sequence[ChartSeries],
    currency: str,
    is_stacked: bool,
    table_url: str = "",
    limit: tuple[str, int] | None = None,
) -> Chart:
    """Return columns for each group, side by side or one on the other.

    `short` are the groups' names below the axis, where the whole ones are too long. `limit` is a
    level to stay below, in minor units, with its word. Stacked amounts below zero are drawn as
    nothing; the table tells them.
    """
    lows, highs = _reach(series, is_stacked=is_stacked)
    top, bottom = max([*highs, limit[1] if limit else 0, 1]), min([*lows, 0])
    step = _tick_step(top - bottom, exponent(currency))
    top, bottom = -(-top // step) * step, bottom // step * step
    scale = _Scale(top, bottom)
    room = (WIDTH - _LEFT - _RIGHT) * 10 // max(len(groups), 1)
    boxes: list[ChartBox] = []
    for place, group in enumerate(groups):
        x = _LEFT * 10 + place * room
        boxes += _columns(x, room, place, group, series, currency, scale, is_stacked=is_stacked)
    every = -(-len(groups) // 12)
    return Chart(
        id=chart_id,
        title=title,
        label=f"{title}. " + _told(groups, series, currency),
        table_url=table_url,
        legend=[(each.css, each.word) for each in series],
        boxes=boxes,
        ticks=[
            ChartMark(str(_LEFT - 6), scale.y(level), _whole(level, currency))
            for level in range(bottom, top + 1, step)
        ],
        marks=[
            ChartMark(_tenths(_LEFT * 10 + place * room + room // 2), str(HEIGHT - 6), group)
            for place, group in enumerate(short or groups)
            if place % every == 0
        ],
        limit=scale.y(limit[1]) if limit else "",
        limit_word=limit[0] if limit else "",
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    top: int
    bottom: int

    def tenths(self, minor: int) -> int:
        """Return how far below the upper edge an amount lies, in tenths."""
        room = (HEIGHT - _TOP - _BOTTOM) * 10
        return _TOP * 10 + (self.top - minor) * room // (self.top - self.bottom)

    def y(self, minor: int) -> str:
        return _tenths(self.tenths(minor))


def _reach(series: Sequence[ChartSeries], *, is_stacked: bool) -> tuple[list[int], list[int]]:
    if not is_stacked:
        every = [amount for each in series for amount in each.amounts] or [0]
        return [min(every)], [max(every)]
    columns = list(zip(*(each.amounts for each in series), strict=True))
    return [0], [sum(max(amount, 0) for amount in column) for column in columns] or [0]


def _columns(
    x: int,
    room: int,
    place: int,
    group: str,
    series: Sequence[ChartSeries],
    currency: str,
    scale: _Scale,
    *,
    is_stacked: bool,
) -> list[ChartBox]:
    gap = max(room // 6, 10)
    wide = room - gap if is_stacked else (room - gap) // len(series)
    boxes, below = [], 0
    for number, each in enumerate(series):
        amount = each.amounts[place]
        if amount == 0 or (is_stacked and amount < 0):
            continue
        low, high = (below, below + amount) if is_stacked else sorted((0, amount))
        below += amount
        upper, lower = scale.tenths(high), scale.tenths(low)
        boxes.append(
            ChartBox(
                each.css,
                _tenths(x + gap // 2 + (0 if is_stacked else number * wide)),
                _tenths(upper),
                _tenths(max(wide - 10, 10)),
                _tenths(max(lower - upper, 10)),
                f"{group}, {each.word}: {show_money(Money(amount, currency))}",
            )
        )
    return boxes


def _tick_step(reach: int, digits: int) -> int:
    """Return a round distance between levels: 1, 2 or 5 times a power of ten, in whole units."""
    unit: int = 10**digits
    step = unit
    while True:
        for times in (1, 2, 5):
            if reach <= step * times * _TICKS_WANTED:
                return step * times
        step *= 10


def _told(groups: Sequence[str], series: Sequence[ChartSeries], currency: str) -> str:
    parts = []
    for each in series:
        figures = ", ".join(
            f"{group} {show_money(Money(amount, currency)).figure}"
            for group, amount in zip(groups, each.amounts, strict=True)
        )
        parts.append(f"{each.word}, {currency}: {figures}.")
    return " ".join(parts)


def _whole(minor: int, currency: str) -> str:
    return format_count(minor // 10 ** exponent(currency))


def _tenths(length: int) -> str:
    return f"{length // 10}.{length % 10}"
