"""Tables and filters as the console prints them: formatted cells, no logic in the template."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from counterfoil.core.money import Money
from counterfoil.interfaces.web.presenters import (
    Act,
    Empty,
    FieldPart,
    MomentText,
    MoneyText,
    OptionPart,
    Pager,
    Status,
    show_money,
)
from counterfoil.interfaces.web.requests import KnownRequest

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: words (with an address, a second line), or a status, an amount, a moment, an act.

    `css` is `num`, `nowrap`, `soft`, `muted` or several of them.
    """

    text: Words = ""
    url: str = ""
    note: Words = ""
    status: Status | None = None
    money: MoneyText | None = None
    moment: MomentText | None = None
    act: Act | None = None
    css: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's heading; `css` is `num` where figures stand."""

    label: Words
    css: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its cells in the order of the columns; the first one names it."""

    cells: Sequence[Cell]
    id: str = ""
    is_bad: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A card with a table, or with what to do when it has no row."""

    id: str
    title: Words
    columns: Sequence[Column]
    rows: Sequence[Row]
    empty: Empty
    note: Words = ""
    acts: Sequence[Act] = ()
    pager: Pager | None = None

    @property
    def lines(self) -> list[tuple[Row, list[tuple[Column, Cell]]]]:
        """Return the rows, each cell with its heading."""
        return [(row, list(zip(self.columns, row.cells, strict=True))) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Filters:
    """The search line above a list: a form that works without script."""

    url: str
    label: Words
    text: str = ""
    placeholder: Words = ""
    fields: Sequence[FieldPart] = ()
    has_search: bool = True
    hidden: Sequence[tuple[str, str]] = field(default=())


def money_cell(money: Money, *, url: str = "", signed: bool = False) -> Cell:
    """This will make the cell of an amount with its currency code."""
    return Cell(money=show_money(money, signed=signed), url=url, css="num")


def figure_cell(money: Money) -> Cell:
    """This will make the cell of an amount in a column of one currency."""
    shown = show_money(money)
    return Cell(shown.figure, css="num zero" if shown.is_zero else "num")


def picked(
    name: str, label: Words, choices: Sequence[tuple[str, Words]], value: str, every: Words
) -> FieldPart:
    """This will make a filter's select; its first option takes everything."""
    options = [OptionPart("", every, not value)]
    options += [OptionPart(key, word, key == value) for key, word in choices]
    return FieldPart(name, label, kind="select", id=f"by-{name}", value=value, options=options)


def query_url(request: KnownRequest, **changes: str) -> str:
    """This will return the page's own address with other parameters; empty ones leave it."""
    kept = {name: value for name, value in request.GET.items() if value and name not in changes}
    query = urlencode({**kept, **{name: value for name, value in changes.items() if value}})
    return f"{request.path}?{query}" if query else request.path


def pager_of(
    request: KnownRequest, *, shown: int, next_cursor: str, name: str = "after"
) -> Pager | None:
    """This will make the pager of a keyset list; None when all of it stands on the page."""
    is_later = bool(request.GET.get(name))
    if not next_cursor and not is_later:
        return None
    return Pager(
        _("%(count)s on this page") % {"count": shown},
        newer_url=query_url(request, **{name: ""}) if is_later else "",
        older_url=query_url(request, **{name: next_cursor}) if next_cursor else "",
    )
