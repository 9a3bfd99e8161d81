"""Operators over values: exact arithmetic, comparison, Kleene logic.

S. C. Kleene, Introduction to Metamathematics (1952), section 64: the strong three-valued tables.
Every step here takes steps and returns a step; none raises.
"""

import operator
from collections.abc import Callable
from datetime import timedelta
from decimal import Context as Precision
from decimal import Decimal, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from typing import Any

from counterfoil.core.criteria.env import Env, Run
from counterfoil.core.criteria.facts import Reason, Unknown, merge, unknown
from counterfoil.core.criteria.lexer import INT_MAX, MAX_DIGITS
from counterfoil.core.money import PPM, Rate, exponent

_EXACT = Precision(prec=MAX_DIGITS, traps=[Inexact, InvalidOperation, Overflow])
"""38 digits, as DECIMAL(38) of the bulk back ends; what does not fit is unknown, never rounded."""

_LIMIT = 10**MAX_DIGITS
MAX_JOINED = 10_000
"""The longest text that + may build."""

ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class Exact:
    """A computed amount: a whole number or a fraction of minor units, nothing rounded yet.

    `currency` is None for the sum of no rows, which is nothing in every currency.
    """

    __slots__ = ("currency", "minor")

    def __init__(self, minor: int | Fraction, currency: str | None) -> None:
        self.minor, self.currency = minor, currency


def strict(left: Run, right: Run, apply: Callable[[Any, Any], Any]) -> Run:
    """Return the step that applies a function to two known values."""

    def run(env: Env) -> Any:
        one, other = left(env), right(env)
        if type(one) is Unknown or type(other) is Unknown:
            return merge(one, other)
        return apply(one, other)

    return run


def strict_in(left: Run, right: Run, apply: Callable[[Env, Any, Any], Any]) -> Run:
    """Return the step that applies a function that needs the context to two known values."""

    def run(env: Env) -> Any:
        one, other = left(env), right(env)
        if type(one) is Unknown or type(other) is Unknown:
            return merge(one, other)
        return apply(env, one, other)

    return run


def mapped(inner: Run, apply: Callable[[Any], Any]) -> Run:
    """Return the step that applies a function to one known value."""

    def run(env: Env) -> Any:
        value = inner(env)
        return value if type(value) is Unknown else apply(value)

    return run


# Kleene logic


def conjunction(clauses: tuple[Run, ...]) -> Run:
    """Return `&&`: false if any clause is, unknown if any other is, otherwise true."""
    if len(clauses) == 2:
        return _both(*clauses)

    def run(env: Env) -> Any:
        blame: Any = True
        for clause in clauses:
            value = clause(env)
            if value is True:
                continue
            if value is False:
                return False
            blame = merge(blame, value)
        return blame

    return run


def _both(first: Run, second: Run) -> Run:
    """Return `&&` of two clauses, the commonest, without a loop."""

    def run(env: Env) -> Any:
        one = first(env)
        if one is False:
            return False
        other = second(env)
        if one is True or other is False:
            return other
        return one if other is True else merge(one, other)

    return run


def disjunction(clauses: tuple[Run, ...]) -> Run:
    """Return `||`: true if any clause is, unknown if any other is, otherwise false."""
    if len(clauses) == 2:
        return _either(*clauses)

    def run(env: Env) -> Any:
        blame: Any = False
        for clause in clauses:
            value = clause(env)
            if value is True:
                return True
            if value is not False:
                blame = merge(blame, value)
        return blame

    return run


def _either(first: Run, second: Run) -> Run:
    """Return `||` of two clauses, the commonest, without a loop."""

    def run(env: Env) -> Any:
        one = first(env)
        if one is True:
            return True
        other = second(env)
        if one is False or other is True:
            return other
        return one if other is False else merge(one, other)

    return run


def conditional(condition: Run, then: Run, otherwise: Run) -> Run:
    """Return `?:`; an unknown condition is unknown, whatever the branches are."""

    def run(env: Env) -> Any:
        value = condition(env)
        if type(value) is Unknown:
            return value
        return then(env) if value else otherwise(env)

    return run


# Arithmetic


def _out_of_range(what: str) -> Unknown:
    """Return the unknown of a result that does not fit."""
    return unknown(what, Reason.OUT_OF_RANGE, "the result is too large or too precise")


def arithmetic(op: str, left: str, right: str, text: str) -> Callable[[Env, Any, Any], Any]:
    """Return the operation of the table for two kinds; `text` is its source, for the blame."""
    if "money" in (left, right):
        if op == "*":
            return _times_amount(left, right, text)
        sign = 1 if op == "+" else -1
        return lambda env, one, other: add_money(env, one, other, sign, text)
    if "date" in (left, right):
        return _on_dates(op, left, right, text)
    if left == "str":
        return lambda env, one, other: (
            one + other if len(one) + len(other) <= MAX_JOINED else _out_of_range(text)
        )
    if "dec" in (left, right):
        return _on_decimals(op, left, right, text)
    act = {"+": operator.add, "-": operator.sub, "*": operator.mul}[op]

    def whole(env: Env, one: int, other: int) -> Any:
        result = act(one, other)
        return result if -INT_MAX - 1 <= result <= INT_MAX else _out_of_range(text)

    return whole


def _on_decimals(op: str, left: str, right: str, text: str) -> Callable[[Env, Any, Any], Any]:
    """Return + - * of decimals; a percentage counts as ppm / 1,000,000."""
    act = {"+": _EXACT.add, "-": _EXACT.subtract, "*": _EXACT.multiply}[op]

    def exact(env: Env, one: Any, other: Any) -> Any:
        one = Decimal(one).scaleb(-6) if left == "rate" else one
        other = Decimal(other).scaleb(-6) if right == "rate" else other
        try:
            return act(one, other)
        except (Inexact, InvalidOperation, Overflow):
            return _out_of_range(text)

    return exact


def _on_dates(op: str, left: str, right: str, text: str) -> Callable[[Env, Any, Any], Any]:
    """Return date + days, date - days and date - date."""
    if (left, right) == ("date", "date"):
        return lambda env, one, other: (one - other).days

    def shift(env: Env, one: Any, other: Any) -> Any:
        day, days = (one, other) if left == "date" else (other, one)
        try:
            return day - timedelta(days) if op == "-" else day + timedelta(days)
        except OverflowError:
            return _out_of_range(text)

    return shift


def _times_amount(left: str, right: str, text: str) -> Callable[[Env, Any, Any], Any]:
    """Return money times a number or a percentage, in either order, exactly."""
    kind = right if left == "money" else left

    def times_whole(env: Env, one: Any, other: Any) -> Any:
        amount, factor = (one, other) if left == "money" else (other, one)
        return bounded(amount.minor * factor, amount.currency, text)

    def times(env: Env, one: Any, other: Any) -> Any:
        amount, factor = (one, other) if left == "money" else (other, one)
        factor = Fraction(factor, PPM) if kind == "rate" else Fraction(factor)
        return bounded(amount.minor * factor, amount.currency, text)

    return times_whole if kind == "int" else times


def bounded(minor: int | Fraction, currency: str | None, text: str) -> Any:
    """Return the amount, whole where it is whole; Unknown beyond 38 digits."""
    if type(minor) is int and -_LIMIT < minor < _LIMIT:
        return Exact(minor, currency)
    if type(minor) is Fraction:
        if minor.denominator == 1:
            minor = minor.numerator
        elif minor.denominator > _LIMIT:
            return _out_of_range(text)
    if not -_LIMIT < minor < _LIMIT:
        return _out_of_range(text)
    return Exact(minor, currency)


def negative(kind: str, text: str) -> Callable[[Any], Any]:
    """Return unary minus of a kind."""
    if kind == "money":
        return lambda value: Exact(-value.minor, value.currency)
    if kind == "dec":
        return lambda value: value.copy_negate() if value else value

    def whole(value: int) -> Any:
        return -value if -value <= INT_MAX else _out_of_range(text)

    return whole


# Money of several currencies


def rate_between(env: Env, one: str, other: str) -> Rate | Unknown:
    """Return the stored rate between two currencies, asked for in the order of the alphabet.

    One order for both directions: a < b and b > a are then decided by the same rate.
    """
    first, second = sorted((one, other))
    lookup = env.context.exchange_rate
    rate = lookup(first, second) if lookup is not None else None
    if rate is None or {rate.base, rate.quote} != {one, other}:
        return unknown(
            f"exchange_rate.{first}.{second}", Reason.NO_RATE, f"no rate of {first} and {second}"
        )
    return rate


def converted(env: Env, amount: Any, to: str) -> Any:
    """Return the amount in another currency, as an exact fraction, or Unknown without a rate."""
    source = amount.currency
    if source == to or source is None:
        return Exact(amount.minor, to)
    rate = rate_between(env, source, to)
    if type(rate) is Unknown:
        return rate
    assert isinstance(rate, Rate)
    factor = Fraction(rate.numerator, 10**rate.scale)
    if rate.quote == source:
        factor = 1 / factor
    scale = Fraction(10 ** exponent(to), 10 ** exponent(source))
    return bounded(amount.minor * factor * scale, to, f"{source} in {to}")


def add_money(env: Env, one: Any, other: Any, sign: int, text: str) -> Any:
    """Return the sum or difference in the currency of the left amount."""
    if one.currency is None:
        return Exact(sign * other.minor + one.minor, other.currency)
    if other.currency != one.currency:
        other = converted(env, other, one.currency)
        if type(other) is Unknown:
            return other
    return bounded(one.minor + sign * other.minor, one.currency, text)


def compared_money(act: Callable[[Any, Any], Any]) -> Callable[[Env, Any, Any], Any]:
    """Return a comparison of amounts; other currencies by the stored rate, or unknown."""

    def compare(env: Env, one: Any, other: Any) -> Any:
        if one.currency == other.currency or one.currency is None or other.currency is None:
            return act(one.minor, other.minor)
        other = converted(env, other, one.currency)
        return other if type(other) is Unknown else act(one.minor, other.minor)

    return compare


# Comparison


def comparison(op: str, kind: str, left: Run, right: Run) -> Run:
    """Return the step of a comparison of two values of one kind."""
    act = ORDER[op]
    if kind == "money":
        return strict_in(left, right, compared_money(act))
    if kind == "list":
        return _lists(op, left, right)
    return strict(left, right, act)


def _lists(op: str, left: Run, right: Run) -> Run:
    """Return equality of lists: value by value, a Kleene conjunction."""

    def run(env: Env) -> Any:
        one, other = left(env), right(env)
        if type(one) is Unknown or type(other) is Unknown:
            return merge(one, other)
        result = _same_values(env, one, other)
        return result if type(result) is Unknown else result is (op == "==")

    return run


def _same_values(env: Env, one: list[Any], other: list[Any]) -> Any:
    """Return whether two lists hold the same values in the same order, or Unknown."""
    if len(one) != len(other):
        return False
    blame: Any = True
    for each, every in zip(one, other, strict=True):
        same = same_value(env, each, every)
        if same is False:
            return False
        if same is not True:
            blame = merge(blame, same)
    return blame


def same_value(env: Env, one: Any, other: Any) -> Any:
    """Return whether two values are equal, or Unknown."""
    if type(one) is Unknown or type(other) is Unknown:
        return merge(one, other)
    if hasattr(one, "minor"):
        return compared_money(operator.eq)(env, one, other)
    return one == other


def membership(left: Run, right: Run) -> Run:
    """Return `x in list`: a Kleene disjunction of equalities."""

    def run(env: Env) -> Any:
        one, rows = left(env), right(env)
        if type(one) is Unknown or type(rows) is Unknown:
            return merge(one, rows)
        blame: Any = False
        for each in rows:
            same = same_value(env, one, each)
            if same is True:
                return True
            if same is not False:
                blame = merge(blame, same)
        return blame

    return run
