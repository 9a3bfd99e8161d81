"""One evaluation's surroundings, and the reading of facts with their types checked again.

The schema is a promise of the caller. A value that breaks it is unknown and blamed, so that a
wrong import can neither raise here nor decide anything.
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from itertools import count, repeat
from typing import Any

from counterfoil.core.criteria.facts import (
    Context,
    Facts,
    Known,
    MappingFacts,
    Missing,
    Period,
    Reason,
    Unknown,
    unknown,
)
from counterfoil.core.criteria.lexer import INT_MAX, MAX_DIGITS
from counterfoil.core.criteria.types import Type
from counterfoil.core.money import Money

_RECORDS = {dict}
MAX_ROWS = 10_000
BUDGET = 1_000_000
"""Steps that the loops of one evaluation may take: a second or two at the very worst."""


_NOTHING: Mapping[str, Any] = {}


class Env:
    """Where the facts are read, the rows bound to words, and what is left of the budget."""

    __slots__ = ("budget", "facts", "items", "lists", "values")

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        # What a mapping holds plainly is read from it directly; everything else asks `facts`.
        self.values: Mapping[str, Any] = facts.values if type(facts) is MappingFacts else _NOTHING
        self.items: list[Any] = [None, None]
        self.lists: dict[str, Any] = {}
        self.budget = BUDGET

    @property
    def context(self) -> Context:
        """Return what is given with the facts."""
        return self.facts.context


Row = tuple[Mapping[str, Any], str, int]
"""One record of a list: its fields, the name of the list, its place. A plain tuple, for a list of
10,000 is made of them in one step."""


def label_of(row: Row) -> str:
    """Return "lines[2]", for a missing field; rows count from 0, as in the stored facts."""
    return f"{row[1]}[{row[2]}]"


Run = Callable[[Env], Any]
"""A compiled step: never raises, returns a value of its static type or Unknown."""


def is_a(kind: str, value: Any) -> bool:
    """Return whether a value is of a scalar type; a datetime is no date, a bool no number."""
    match kind:
        case "bool":
            return value is True or value is False
        case "int" | "days" | "rate":
            return type(value) is int and -INT_MAX - 1 <= value <= INT_MAX
        case "dec":
            return type(value) is Decimal and _is_short(value)
        case "money":
            return isinstance(value, Money)
        case "date":
            return type(value) is date
        case "period":
            return isinstance(value, Period)
    return isinstance(value, str)


def _is_short(value: Decimal) -> bool:
    """Return whether a Decimal is a number that fits 38 digits before and after the point."""
    if not value.is_finite():
        return False
    exponent = value.as_tuple().exponent
    assert isinstance(exponent, int)
    return -MAX_DIGITS <= exponent <= MAX_DIGITS and value.adjusted() < MAX_DIGITS


_FAST: dict[str, type] = {
    "str": str,
    "money": Money,
    "date": date,
    "bool": bool,
    "period": Period,
}
"""Types of which the exact class alone is proof enough."""


def guard(kind: Type, name: str, value: Any) -> Any:
    """Return the value if it is of the type, otherwise Unknown with the blame."""
    if kind.item is not None:
        return _rows(kind.item, name, value)
    if not is_a(kind.kind, value):
        detail = f"{kind} is expected, {type(value).__name__} is stored"
        return unknown(name, Reason.WRONG_TYPE, detail)
    if kind.options is not None and value not in kind.options:
        return unknown(name, Reason.WRONG_TYPE, f'"{value[:60]}" is not one of the options')
    return value


def _rows(item: Type, name: str, value: Any) -> Any:
    """Return a list fact as evaluation holds it: a Row per record, values or Unknown otherwise."""
    if not isinstance(value, list | tuple):
        detail = f"a list is expected, {type(value).__name__} is stored"
        return unknown(name, Reason.WRONG_TYPE, detail)
    if len(value) > MAX_ROWS:
        return unknown(name, Reason.TOO_MANY, f"{len(value)} rows; {MAX_ROWS} are allowed")
    if item.kind != "record":
        return [settled(item, f"{name}[{index}]", each) for index, each in enumerate(value)]
    if set(map(type, value)) <= _RECORDS:
        return list(zip(value, repeat(name), count()))
    return [
        (each, name, index)
        if isinstance(each, Mapping)
        else unknown(f"{name}[{index}]", Reason.WRONG_TYPE, "a record is expected")
        for index, each in enumerate(value)
    ]


def settled(kind: Type, name: str, found: Any) -> Any:
    """Return the usable value behind a Known, a Missing, None or a plain value."""
    if type(found) is Known:
        return guard(kind, name, found.value)
    if type(found) is Missing:
        return Unknown((found,))
    if found is None:
        return Unknown((Missing(name),))
    return guard(kind, name, found)


def fact(name: str, kind: Type) -> Run:
    """Return the step that reads a fact."""
    if kind.item is not None:
        return _list_fact(name, kind)
    exact = _FAST.get(kind.kind)
    if exact is not None:

        def read_exact(env: Env) -> Any:
            value = env.values.get(name)
            if type(value) is exact:
                return value
            return settled(kind, name, env.facts.get(name))

        return read_exact
    if kind.kind in ("int", "days", "rate"):
        return _whole_fact(name, kind)

    options = None if kind.options is None else frozenset(kind.options)

    def read(env: Env) -> Any:
        value = env.values.get(name)
        if options is not None and type(value) is str and value in options:
            return value
        return settled(kind, name, env.facts.get(name))

    return read


def _whole_fact(name: str, kind: Type) -> Run:
    """Return the step that reads a whole number, a span or a percentage."""

    def read(env: Env) -> Any:
        value = env.values.get(name)
        if type(value) is int and -INT_MAX <= value <= INT_MAX:
            return value
        return settled(kind, name, env.facts.get(name))

    return read


def _list_fact(name: str, kind: Type) -> Run:
    """Return the step that reads a list; its rows are taken from the budget each time.

    A list that is read inside a loop over another is where the work multiplies.
    """

    def read(env: Env) -> Any:
        if env.budget < 0:
            return unknown(name, Reason.TOO_MANY, "the loops have too many rows")
        rows = env.lists.get(name)
        if rows is None:
            rows = env.lists[name] = settled(kind, name, env.facts.get(name))
        if type(rows) is list:
            env.budget -= len(rows)
        return rows

    return read


def field(slot: int, name: str, kind: Type) -> Run:
    """Return the step that reads a field of the row bound to a slot."""
    exact = _FAST.get(kind.kind)

    def read_exact(env: Env) -> Any:
        row = env.items[slot]
        if type(row) is Unknown:
            return row
        value = row[0].get(name)
        return value if type(value) is exact else field_of(row, name, kind)

    def read(env: Env) -> Any:
        row = env.items[slot]
        return row if type(row) is Unknown else field_of(row, name, kind)

    return read if exact is None else read_exact


def field_of(row: Row, name: str, kind: Type) -> Any:
    """Return the usable value of a field of a row."""
    value = row[0].get(name)
    if is_a(kind.kind, value) and (kind.options is None or value in kind.options):
        return value
    return settled(kind, f"{label_of(row)}.{name}", value)


def item(slot: int) -> Run:
    """Return the step that reads the value bound to a slot."""
    return lambda env: env.items[slot]


def presence(found: Any, name: str) -> Any:
    """Return True or False for given or absent, Unknown for what is there but below its floor."""
    if type(found) is Known:
        found = found.value
    if found is None:
        return False
    if type(found) is Missing:
        return False if found.reason == Reason.MISSING else Unknown((found._replace(name=name),))
    return True


def has_fact(name: str) -> Run:
    """Return the step that tests whether a fact is given."""
    return lambda env: presence(env.facts.get(name), name)


def has_field(slot: int, name: str) -> Run:
    """Return the step that tests whether a field of a row is given."""

    def test(env: Env) -> Any:
        row = env.items[slot]
        if type(row) is Unknown:
            return row
        return presence(row[0].get(name), f"{label_of(row)}.{name}")

    return test
