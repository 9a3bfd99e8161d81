"""Facts as columns that `core.criteria.sql` reads: each value checked as the closures check it.

A row that the columns can't hold exactly is left to the closures: amounts in several currencies, a
decimal of more than nine places, a list of more than a thousand rows.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from counterfoil.core.criteria.env import field_of, presence, settled
from counterfoil.core.criteria.facts import Facts, Unknown
from counterfoil.core.criteria.sql import Column, is_plain
from counterfoil.core.criteria.types import Type

DECIMAL_SCALE = 9
MAX_LISTED = 1_000
_BIGINT_MAX = 2**63 - 1

_TYPES = {
    "bool": "BOOLEAN",
    "str": "VARCHAR",
    "choice": "VARCHAR",
    "period": "STRUCT(s BIGINT, e BIGINT)",
}


class _Unfit(Exception):
    """A value that the columns can't hold exactly."""


@dataclass(slots=True)
class _Range:
    """What the values of one column were: the bounds of figures, lengths, letters."""

    low: int | None = None
    high: int | None = None
    longest: int = 0
    plain: bool = True

    def figure(self, value: int) -> int:
        if not -_BIGINT_MAX <= value <= _BIGINT_MAX:
            raise _Unfit
        self._reach(value, value)
        return value

    def _reach(self, low: int | None, high: int | None) -> None:
        if low is not None and high is not None:
            self.low = low if self.low is None else min(self.low, low)
            self.high = high if self.high is None else max(self.high, high)

    def text(self, value: str) -> str:
        if "\0" in value or (not value.isprintable() and _is_broken(value)):
            raise _Unfit
        self.longest = max(self.longest, len(value))
        self.plain = self.plain and is_plain(value)
        return value

    def to_json(self) -> list[Any]:
        return [self.low, self.high, self.longest, self.plain]

    def widen(self, other: list[Any]) -> None:
        self._reach(other[0], other[1])
        self.longest, self.plain = max(self.longest, other[2]), self.plain and other[3]


def _is_broken(text: str) -> bool:
    """Return whether a text has half of a surrogate pair, which no file holds."""
    return any(0xD800 <= ord(letter) <= 0xDFFF for letter in text)


class Columns:
    """The columns of one schema, and how far their values go so far."""

    def __init__(self, types: Mapping[str, Type]) -> None:
        """`types` are the facts by dotted name, as a `Schema` holds them."""
        self.types = dict(types)
        self._ranges: dict[str, _Range] = {}
        for name, kind in self.types.items():
            self._ranges[name] = _Range()
            if kind.item is not None:
                for inner in dict(kind.item.fields):
                    self._ranges[f"{name}[].{inner}"] = _Range()
                self._ranges[f"{name}[]"] = _Range()

    def sql_types(self) -> dict[str, str]:
        """Return the DuckDB type of every column, two for each fact."""
        found = {}
        for name, kind in self.types.items():
            found[name] = _sql_type(kind)
            found[f"{name}?"] = "BOOLEAN"
        return found

    def row(self, facts: Facts) -> tuple[dict[str, Any], str] | None:
        """Return the row of some facts, ready for JSON, and its currency; None if it can't be
        held. The currency is that of its amounts and of the context, "" without any.
        """
        currencies: set[str] = set()
        if facts.context.currency is not None:
            currencies.add(facts.context.currency)
        found: dict[str, Any] = {}
        try:
            for name, kind in self.types.items():
                given = facts.get(name)
                value = settled(kind, name, given)
                found[name] = self._value(name, kind, value, currencies)
                held = presence(given, name)
                found[f"{name}?"] = None if type(held) is Unknown else held
        except _Unfit:
            return None
        return (found, next(iter(currencies), "")) if len(currencies) < 2 else None

    def _value(self, name: str, kind: Type, value: Any, currencies: set[str]) -> Any:
        if type(value) is Unknown:
            return None
        if kind.item is None:
            return self._scalar(self._ranges[name], kind, value, currencies)
        if len(value) > MAX_LISTED:
            raise _Unfit
        ranges = self._ranges[name]
        ranges.longest = max(ranges.longest, len(value))
        if kind.item.kind == "record":
            return [self._record(name, kind.item, row, currencies) for row in value]
        inner = self._ranges[f"{name}[]"]
        return [
            None if type(each) is Unknown else self._scalar(inner, kind.item, each, currencies)
            for each in value
        ]

    def _record(self, name: str, kind: Type, row: Any, currencies: set[str]) -> Any:
        if type(row) is Unknown:
            return None
        found: dict[str, Any] = {}
        for inner, each in kind.fields:
            value = field_of(row, inner, each)
            ranges = self._ranges[f"{name}[].{inner}"]
            found[inner] = (
                None if type(value) is Unknown else self._scalar(ranges, each, value, currencies)
            )
            held = presence(row[0].get(inner), inner)
            found[f"{inner}?"] = None if type(held) is Unknown else held
        return found

    def _scalar(self, ranges: _Range, kind: Type, value: Any, currencies: set[str]) -> Any:
        match kind.kind:
            case "bool":
                return value
            case "int" | "days" | "rate":
                return ranges.figure(value)
            case "date":
                return ranges.figure(value.toordinal())
            case "money":
                currencies.add(value.currency)
                return ranges.figure(value.minor)
            case "dec":
                return ranges.figure(_scaled(value))
            case "period":
                return {"s": value.start.toordinal(), "e": value.end.toordinal()}
        return ranges.text(value)

    def ranges_to_json(self) -> dict[str, list[Any]]:
        """Return how far the values go, to be kept with the file of the rows."""
        return {name: each.to_json() for name, each in self._ranges.items()}

    def widen(self, ranges: Mapping[str, list[Any]]) -> None:
        """Take in how far the values of another file go."""
        for name, other in ranges.items():
            if name in self._ranges:
                self._ranges[name].widen(other)

    def stock(self, called: Callable[[str], str] = str) -> dict[str, Column]:
        """Return what an expression may read; `called` is how the column of a name is called."""
        found = {}
        for name, kind in self.types.items():
            text, has = quoted(called(name)), quoted(called(f"{name}?"))
            if kind.item is None:
                found[name] = self._column(name, kind, text, has)
                continue
            inner = kind.item
            if inner.kind == "record":
                item = Column(
                    "", "record",
                    fields={
                        each: self._column(
                            f"{name}[].{each}", of,
                            f"struct_extract({{row}}, {_text(each)})",
                            f"struct_extract({{row}}, {_text(f'{each}?')})",
                        )
                        for each, of in inner.fields
                    },
                )  # fmt: skip
            else:
                item = self._column(f"{name}[]", inner, "", "")
            longest = self._ranges[name].longest
            found[name] = Column(text, "list", has=has, longest=longest, item=item)
        return found

    def _column(self, name: str, kind: Type, text: str, has: str) -> Column:
        ranges = self._ranges[name]
        return Column(
            text,
            "str" if kind.kind == "choice" else kind.kind,
            has=has,
            low=ranges.low or 0,
            high=ranges.high or 0,
            scale=DECIMAL_SCALE if kind.kind == "dec" else 0,
            longest=ranges.longest,
            plain=ranges.plain,
        )


def constants(values: Mapping[str, tuple[Type, Any]]) -> dict[str, Column]:
    """Return constants as columns: the parameters of a playbook on one day; None is missing.

    Raises KeyError for a type without a constant form.
    """
    columns = Columns({name: kind for name, (kind, _) in values.items()})
    found = {}
    for name, (kind, value) in values.items():
        one = columns._ranges[name]
        has = "FALSE" if value is None else "TRUE"
        if value is None:
            found[name] = Column(f"CAST(NULL AS {_sql_type(kind)})", _kind_of(kind), has=has)
            continue
        held = columns._scalar(one, kind, value, set())
        found[name] = Column(
            _text(held) if type(held) is str else f"CAST('{held}' AS {_sql_type(kind)})",
            _kind_of(kind),
            has=has,
            low=held if type(held) is int else 0,
            high=held if type(held) is int else 0,
            scale=DECIMAL_SCALE if kind.kind == "dec" else 0,
            longest=one.longest,
            plain=one.plain,
        )
    return found


def list_constant(values: Iterable[str]) -> Column:
    """Return a list of options as a column."""
    held = tuple(values)
    return Column(
        f"[{', '.join(map(_text, held))}]" if held else "CAST([] AS VARCHAR[])",
        "list",
        has="TRUE",
        longest=len(held),
        item=Column(
            "", "str", longest=max(map(len, held), default=0), plain=all(map(is_plain, held))
        ),
    )


def quoted(name: str) -> str:
    """Return a name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def _text(text: str) -> str:
    """Return a text as SQL."""
    return "'" + text.replace("'", "''") + "'"


def _kind_of(kind: Type) -> str:
    return "str" if kind.kind == "choice" else kind.kind


def _sql_type(kind: Type) -> str:
    """Return the DuckDB type of a fact."""
    if kind.item is not None:
        return f"{_sql_type(kind.item)}[]"
    if kind.kind == "record":
        parts = ", ".join(
            f"{quoted(name)} {_sql_type(each)}, {quoted(f'{name}?')} BOOLEAN"
            for name, each in kind.fields
        )
        return f"STRUCT({parts})"
    return _TYPES.get(kind.kind, "BIGINT")


def _scaled(value: Decimal) -> int:
    """Return a decimal in billionths. Raises _Unfit for one with more places."""
    scaled = Fraction(value) * 10**DECIMAL_SCALE
    if scaled.denominator != 1:
        raise _Unfit
    return int(scaled.numerator)
