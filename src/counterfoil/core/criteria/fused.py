"""Short cuts for the commonest steps: comparing a fact or a field with a constant or another fact.

Each takes the general step as `slow` and hands over to it whenever a value is not plainly there
(missing, below its floor, of another type or currency), so it can only be faster, never different.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from counterfoil.core.criteria.checker import Checked
from counterfoil.core.criteria.env import Env, Run
from counterfoil.core.criteria.facts import Unknown
from counterfoil.core.criteria.lexer import INT_MAX
from counterfoil.core.criteria.operations import ORDER, Exact
from counterfoil.core.criteria.types import STR
from counterfoil.core.money import Money

_EXACT: dict[str, type] = {"str": str, "date": date, "bool": bool}
_HASHED = frozenset(("str", "choice", "int", "days", "rate", "date", "bool"))

_LAST_DAY = date.max.toordinal()
MAX_SHIFT = 4_000_000
_SAFE = 2**31
"""Two factors below this stay in 64 bits, and one of them with 64 bits below 38 digits."""

Act = Callable[[Any, Any], Any]


def comparison(step: Checked, slow: Run) -> Run:
    """Return a faster step for a comparison, or `slow` itself where there is none."""
    op, kind = step.data
    left, right = step.operands
    act = ORDER[op]
    shape = (left.op, right.op)
    if not all(each.op == "literal" or each.type.options is None for each in step.operands):
        return slow
    if shape == ("fact", "fact"):
        return _two_facts(kind, left.data, right.data, act, slow)
    if shape == ("fact", "literal"):
        return _fact_and_constant(kind, left.data, right.data, act, slow)
    if shape == ("field", "literal"):
        return _field_and_constant(kind, left.data, right.data, act, slow)
    return slow


def _two_facts(kind: str, one_name: str, other_name: str, act: Act, slow: Run) -> Run:
    """Return the comparison of two facts."""
    exact = _EXACT.get(kind)

    def plain(env: Env) -> Any:
        values = env.values
        one, other = values.get(one_name), values.get(other_name)
        if type(one) is exact and type(other) is exact:
            return act(one, other)
        return slow(env)

    def money(env: Env) -> Any:
        values = env.values
        one, other = values.get(one_name), values.get(other_name)
        if type(one) is Money and type(other) is Money and one.currency == other.currency:
            return act(one.minor, other.minor)
        return slow(env)

    return money if kind == "money" else plain if exact is not None else slow


def _fact_and_constant(kind: str, name: str, constant: Any, act: Act, slow: Run) -> Run:
    """Return the comparison of a fact with a constant."""
    exact = _EXACT.get(kind)

    def plain(env: Env) -> Any:
        value = env.values.get(name)
        return act(value, constant) if type(value) is exact else slow(env)

    def whole(env: Env) -> Any:
        value = env.values.get(name)
        if type(value) is int and -INT_MAX <= value <= INT_MAX:
            return act(value, constant)
        return slow(env)

    if kind in ("int", "days", "rate"):
        return whole
    if kind == "money":
        return _amount_and_constant(name, constant, act, slow)
    return plain if exact is not None else slow


def _amount_and_constant(name: str, constant: Money, act: Act, slow: Run) -> Run:
    """Return the comparison of an amount with a constant."""
    minor, currency = constant.minor, constant.currency

    def money(env: Env) -> Any:
        value = env.values.get(name)
        if type(value) is Money and value.currency == currency:
            return act(value.minor, minor)
        return slow(env)

    return money


def _field_and_constant(
    kind: str, place: tuple[int, str], constant: Any, act: Act, slow: Run
) -> Run:
    """Return the comparison of a field of a row with a constant."""
    slot, name = place
    exact = _EXACT.get(kind)
    minor = constant.minor if kind == "money" else None
    currency = constant.currency if kind == "money" else None

    def plain(env: Env) -> Any:
        row = env.items[slot]
        value = row[0].get(name) if type(row) is tuple else None
        return act(value, constant) if type(value) is exact else slow(env)

    def money(env: Env) -> Any:
        row = env.items[slot]
        value = row[0].get(name) if type(row) is tuple else None
        if type(value) is Money and value.currency == currency:
            return act(value.minor, minor)
        return slow(env)

    return money if kind == "money" else plain if exact is not None else slow


def membership(step: Checked, inner: Run, slow: Run) -> Run:
    """Return a faster step for `x in [constants]`, or `slow` itself where there is none."""
    rows = step.operands[1]
    is_constant = rows.op == "list" and all(each.op == "literal" for each in rows.operands)
    if not is_constant or step.data not in _HASHED:
        return slow
    options = frozenset(each.data for each in rows.operands)

    def run(env: Env) -> Any:
        value = inner(env)
        return value if type(value) is Unknown else value in options

    def of_field(env: Env) -> Any:
        row = env.items[slot]
        value = row[0].get(name) if type(row) is tuple else None
        return value in options if type(value) is str else run(env)

    def of_fact(env: Env) -> Any:
        value = env.values.get(name)
        return value in options if type(value) is str else run(env)

    left = step.operands[0]
    if left.type != STR or left.op not in ("fact", "field"):
        return run
    if left.op == "fact":
        name = left.data
        return of_fact
    slot, name = left.data
    return of_field


def negation(step: Checked, slow: Run) -> Run:
    """Return a faster step for `!fact`, or `slow` itself."""
    inner = step.operands[0]
    if inner.op != "fact":
        return slow
    name = inner.data

    def run(env: Env) -> Any:
        value = env.values.get(name)
        if value is False:
            return True
        return False if value is True else slow(env)

    return run


def whole_times(step: Checked, slow: Run) -> Run:
    """Return a faster step for `amount * n` and `number * n` with a constant n, or `slow`."""
    left, right = step.operands
    op, kind, other = step.data
    if (op, left.op, right.op, other) != ("*", "fact", "literal", "int"):
        return slow
    name, factor = left.data, right.data

    def number(env: Env) -> Any:
        value = env.values.get(name)
        if type(value) is int and -_SAFE < value < _SAFE:
            return value * factor
        return slow(env)

    def money(env: Env) -> Any:
        value = env.values.get(name)
        if type(value) is Money:
            return Exact(value.minor * factor, value.currency)
        return slow(env)

    if not -_SAFE < factor < _SAFE:
        return slow
    return {"int": number, "money": money}.get(kind, slow)


def arithmetic(step: Checked, slow: Run) -> Run:
    """Return a faster step for two facts `date + days`, a fact times a constant, or `slow`."""
    left, right = step.operands
    if step.data[0] == "*":
        return whole_times(step, slow)
    if step.data[1:] != ("date", "days") or (left.op, right.op) != ("fact", "fact"):
        return slow
    sign = 1 if step.data[0] == "+" else -1
    day_name, days_name = left.data, right.data

    def run(env: Env) -> Any:
        values = env.values
        day, days = values.get(day_name), values.get(days_name)
        if type(day) is date and type(days) is int and -MAX_SHIFT < days < MAX_SHIFT:
            ordinal = day.toordinal() + sign * days
            if 0 < ordinal <= _LAST_DAY:
                return date.fromordinal(ordinal)
        return slow(env)

    return run
