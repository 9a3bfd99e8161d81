"""The functions and loops of the language as compiled steps. None raises; all are bounded."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from counterfoil.core.criteria.env import Env, Run, field_of, label_of
from counterfoil.core.criteria.facts import Period, Reason, Unknown, merge, unknown
from counterfoil.core.criteria.operations import (
    ORDER,
    Exact,
    arithmetic,
    compared_money,
    mapped,
    strict,
)
from counterfoil.core.criteria.types import Type

MAX_BUSINESS_DAYS = 5_000


def overlaps(period: Run, start: Run, end: Run, text: str) -> Run:
    """Return whether a period and the days from start to end share a day."""

    def run(env: Env) -> Any:
        span, first, last = period(env), start(env), end(env)
        if type(span) is Unknown or type(first) is Unknown or type(last) is Unknown:
            return _blame([span, first, last])
        if last < first:
            return unknown(text, Reason.OUT_OF_RANGE, f"{last} is before {first}")
        return span.start <= last and first <= span.end

    return run


def in_period(day: Run, period: Run) -> Run:
    """Return whether a day lies in a period."""
    return strict(day, period, lambda one, span: span.start <= one <= span.end)


def period_of(start: Run, end: Run, text: str) -> Run:
    """Return the period of two days; one that ends before it starts is unknown."""

    def make(first: Any, last: Any) -> Any:
        if last < first:
            return unknown(text, Reason.OUT_OF_RANGE, f"{last} is before {first}")
        return Period(first, last)

    return strict(start, end, make)


def period_part(inner: Run, name: str) -> Run:
    """Return the first or the last day of a period."""
    return mapped(inner, lambda span: span.start if name == "start" else span.end)


def business_days(day: Run, count: Run, text: str) -> Run:
    """Return the day some business days later, on the calendar given with the facts."""

    def run(env: Env) -> Any:
        start, days = day(env), count(env)
        blame = _blame([start, days])
        if blame is not None:
            return blame
        add = env.context.add_business_days
        if add is None:
            return unknown("calendar", Reason.NO_CALENDAR, "no calendar was given")
        if not -MAX_BUSINESS_DAYS <= days <= MAX_BUSINESS_DAYS:
            return unknown(text, Reason.OUT_OF_RANGE, f"at most {MAX_BUSINESS_DAYS} days")
        try:
            return add(start, days)
        except (ValueError, LookupError, OverflowError) as error:
            return unknown("calendar", Reason.NO_CALENDAR, str(error)[:200])

    return run


TEXT: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startsWith": lambda text, part: text.startswith(part),
    "endsWith": lambda text, part: text.endswith(part),
}


def size(inner: Run) -> Run:
    """Return the number of values of a list, or of characters of a text."""
    return mapped(inner, len)


def project(inner: Run, name: str, kind: Type) -> Run:
    """Return one field of every record of a list."""

    def pick(rows: list[Any]) -> list[Any]:
        return [row if type(row) is Unknown else field_of(row, name, kind) for row in rows]

    return mapped(inner, pick)


def listed(items: tuple[Run, ...]) -> Run:
    """Return the list of some values."""
    return lambda env: [item(env) for item in items]


def _blame(values: list[Any]) -> Unknown | None:
    """Return the joint blame of the unknowns among some values, or None."""
    blame: Any = None
    for value in values:
        if type(value) is Unknown:
            blame = merge(blame, value)
    return blame  # type: ignore[no-any-return]  # None or what merge returned


def total(inner: Run, kind: Type, text: str) -> Run:
    """Return the sum of a list; of no rows it is nothing, in the currency of the context."""
    add = arithmetic("+", kind.kind, kind.kind, text)
    nothing: Any = Decimal(0) if kind.kind == "dec" else 0

    def run(env: Env) -> Any:
        values = inner(env)
        if type(values) is Unknown:
            return values
        blame = _blame(values)
        if blame is not None:
            return blame
        if kind.kind == "money":
            return _total_money(env, values, add)
        result = nothing
        for value in values:
            result = add(env, result, value)
            if type(result) is Unknown:
                return result
        return result

    return run


def _total_money(env: Env, values: list[Any], add: Callable[[Env, Any, Any], Any]) -> Any:
    """Return the sum of amounts in one currency: the rows', or for several the context's."""
    currencies = {value.currency for value in values} - {None}
    to = env.context.currency
    if len(currencies) == 1:
        to = currencies.pop()
    elif len(currencies) > 1 and to is None:
        names = ", ".join(sorted(currencies))
        return unknown("currency", Reason.NO_CURRENCY, f"the rows are in {names}")
    result: Any = Exact(0, to)
    for value in values:
        result = add(env, result, value)
        if type(result) is Unknown:
            return result
    return result


def count_true(inner: Run) -> Run:
    """Return how many conditions hold; unknown if any is."""

    def run(env: Env) -> Any:
        values = inner(env)
        if type(values) is Unknown:
            return values
        blame = _blame(values)
        return sum(1 for value in values if value is True) if blame is None else blame

    return run


def strict_order(op: Callable[[Any, Any], Any]) -> Callable[[Env, Any, Any], Any]:
    """Return a comparison that needs no context in the shape of one that does."""
    return lambda env, one, other: op(one, other)


def extreme(
    arguments: tuple[Run, ...], function: str, kind: str, text: str, *, is_list: bool
) -> Run:
    """Return the least or the greatest of some values, or of one list; of none it is unknown."""
    op = ORDER["<" if function == "min" else ">"]
    before: Any = strict_order(op)
    if kind == "money":
        before = compared_money(op)

    def run(env: Env) -> Any:
        values = arguments[0](env) if is_list else [argument(env) for argument in arguments]
        if type(values) is Unknown:
            return values
        blame = _blame(values)
        if blame is not None:
            return blame
        if not values:
            return unknown(text, Reason.EMPTY, "there are no rows")
        best = values[0]
        for value in values[1:]:
            wins = before(env, value, best)
            if type(wins) is Unknown:
                return wins
            if wins:
                best = value
        return best

    return run


def _spent(text: str) -> Unknown:
    """Return the unknown of a loop for which nothing is left of the budget."""
    return unknown(text, Reason.TOO_MANY, "the loop has too many rows")


def quantifier(source: Run, body: Run, slot: int, cost: int, text: str, *, decisive: bool) -> Run:
    """Return `exists` (decisive true) or `all` (decisive false): Kleene folds over the rows."""

    def run(env: Env) -> Any:
        rows = source(env)
        if type(rows) is Unknown:
            return rows
        env.budget -= len(rows) * cost
        if env.budget < 0:
            return _spent(text)
        blame: Any = not decisive
        items = env.items
        for row in rows:
            items[slot] = row
            value = body(env)
            if value is decisive:
                return decisive
            if type(value) is Unknown:
                blame = merge(blame, value)
        return blame

    return run


def exactly_one(source: Run, body: Run, slot: int, cost: int, text: str) -> Run:
    """Return `exists_one`; one unknown row makes it unknown, as CEL's error does."""

    def run(env: Env) -> Any:
        values = _bodies(env, source, body, slot, cost, text)
        if type(values) is Unknown:
            return values
        held = sum(1 for value in values if value is True)
        blame = _blame(values)
        return held == 1 if blame is None else blame

    return run


def _bodies(env: Env, source: Run, body: Run, slot: int, cost: int, text: str) -> Any:
    """Return the value of the body for every row, or Unknown."""
    rows = source(env)
    if type(rows) is Unknown:
        return rows
    env.budget -= len(rows) * cost
    if env.budget < 0:
        return _spent(text)
    values = []
    for row in rows:
        env.items[slot] = row
        values.append(body(env))
    return values


def map_rows(source: Run, body: Run, slot: int, cost: int, text: str) -> Run:
    """Return `map`: the value of the body for every row."""
    return lambda env: _bodies(env, source, body, slot, cost, text)


def filter_rows(source: Run, body: Run, slot: int, cost: int, text: str) -> Run:
    """Return `filter`: the rows for which the body holds; unknown if that is open for any."""

    def run(env: Env) -> Any:
        rows = source(env)
        if type(rows) is Unknown:
            return rows
        values = _bodies(env, lambda _: rows, body, slot, cost, text)
        if type(values) is Unknown:
            return values
        blame = _blame(values)
        if blame is not None:
            return blame
        return [row for row, value in zip(rows, values, strict=True) if value is True]

    return run


def label(value: Any, index: int) -> str:
    """Return how a row of a loop is called in a trace: "lines[2]" or "[2]"."""
    return label_of(value) if type(value) is tuple else f"[{index}]"
