"""A second evaluator, slow and plain, written from the tables and not from the compiler.

It walks the untyped tree and knows nothing of closures. Unknown is the Python object `OPEN`.
"""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from counterfoil.core.criteria import Known, Missing, Period
from counterfoil.core.criteria.tree import (
    Binary,
    Call,
    Conditional,
    Each,
    Has,
    ListOf,
    Literal,
    Logic,
    Name,
    Node,
    Unary,
)
from counterfoil.core.money import Money
from tests.core.criteria.support import FACTS, LINE, RATES, add_weekdays

OPEN = object()
NAMED = {"rate", "days"}


class Amount:
    """Minor units as a fraction, and a currency."""

    def __init__(self, minor: Fraction, currency: str) -> None:
        self.minor, self.currency = Fraction(minor), currency

    def into(self, currency: str) -> "Amount":
        if self.currency == currency:
            return self
        rate = RATES[("EUR", "USD")]
        factor = Fraction(rate.numerator, 10**rate.scale)
        return Amount(self.minor * (factor if currency == "USD" else 1 / factor), currency)


class Percent:
    """A percentage as a fraction."""

    def __init__(self, ppm: int) -> None:
        self.part = Fraction(ppm, 1_000_000)


def _lift(kind: str, value: Any) -> Any:
    if isinstance(value, Known):
        value = value.value
    if value is None or isinstance(value, Missing):
        return OPEN
    if isinstance(value, Money):
        return Amount(Fraction(value.minor), value.currency)
    if kind == "rate":
        return Percent(value)
    if kind == "days":
        return timedelta(days=value)
    return Fraction(value) if isinstance(value, Decimal) else value


def answer(node: Node, facts: dict[str, Any], rows: dict[str, Any] | None = None) -> Any:
    """This will return True, False, a value or OPEN."""
    rows = rows or {}

    def of(each: Node) -> Any:
        return answer(each, facts, rows)

    match node:
        case Literal(kind=kind, value=value):
            return _lift(kind, value)
        case Name(path=path):
            return _name(path, facts, rows)
        case Has(path=path):
            found = facts.get(path)
            return OPEN if isinstance(found, Missing) else found is not None
        case Unary(op="!", operand=operand):
            value = of(operand)
            return value if value is OPEN else not value
        case Unary(operand=operand):
            return _minus(of(operand))
        case Logic(op=op, items=items):
            return _logic([of(each) for each in items], decisive=op == "||")
        case Conditional(condition=condition, then=then, otherwise=otherwise):
            value = of(condition)
            return OPEN if value is OPEN else of(then if value else otherwise)
        case Binary(op="in", left=left, right=ListOf(items=items)):
            one, others = of(left), [of(each) for each in items]
            return _logic([_binary("==", one, other) for other in others], decisive=True)
        case Binary(op=op, left=left, right=right):
            return _binary(op, of(left), of(right))
        case Call(function=function, arguments=arguments):
            values = [of(each) for each in arguments]
            if function == "sum" and values[0] == []:
                return Amount(Fraction(0), "EUR") if _is_money(arguments[0]) else 0
            return _call(function, values)
        case Each():
            return _each(node, facts, rows)
    raise AssertionError(node)


def _is_money(node: Node) -> bool:
    """Whether an expression gives money, or a list of it: a sum of no rows cannot tell."""
    match node:
        case Literal(kind=kind):
            return kind == "money"
        case Name(path=path):
            each = FACTS.get(path) or LINE.field_type(path.rpartition(".")[2])
            return each.kind == "money"
        case Each(body=inner) | Conditional(then=inner) | Unary(operand=inner):
            return _is_money(inner)
        case Binary(left=left, right=right):
            return _is_money(left) or _is_money(right)
        case Call(function="sum" | "min" | "max", arguments=(first, *_)):
            return _is_money(first)
    return False


def _name(path: str, facts: dict[str, Any], rows: dict[str, Any]) -> Any:
    root, _, rest = path.partition(".")
    if root in rows:
        return _lift(LINE.field_type(rest).kind, rows[root].get(rest))
    if root == "lines" and rest:
        lines = facts.get("lines")
        if lines is None or isinstance(lines, Missing):
            return OPEN
        return [_lift(LINE.field_type(rest).kind, line.get(rest)) for line in lines]
    return _lift(FACTS[path].kind, facts.get(path))


def _minus(value: Any) -> Any:
    if isinstance(value, Amount):
        return Amount(-value.minor, value.currency)
    if isinstance(value, Percent):
        return _percent(-value.part)
    return value if value is OPEN else -value


def _percent(part: Fraction) -> Percent:
    made = Percent(0)
    made.part = part
    return made


def _logic(values: list[Any], *, decisive: bool) -> Any:
    if decisive in [value for value in values if value is not OPEN]:
        return decisive
    return OPEN if OPEN in values else not decisive


def _binary(op: str, one: Any, other: Any) -> Any:
    if one is OPEN or other is OPEN:
        return OPEN
    if op == "in":
        return other.start <= one <= other.end
    if op in ("+", "-", "*"):
        return _arithmetic(op, one, other)
    if isinstance(one, Amount):
        one, other = one.minor, other.into(one.currency).minor
    if isinstance(one, Percent):
        one, other = one.part, other.part
    return {
        "==": one == other,
        "!=": one != other,
        "<": None if one is None else one < other,
        "<=": one <= other,
        ">": one > other,
        ">=": one >= other,
    }[op]


def _arithmetic(op: str, one: Any, other: Any) -> Any:
    if op == "*":
        one, other = (each.part if isinstance(each, Percent) else each for each in (one, other))
        if isinstance(one, Amount):
            return Amount(one.minor * other, one.currency)
        if isinstance(other, Amount):
            return Amount(other.minor * one, other.currency)
        return one * other
    sign = 1 if op == "+" else -1
    if isinstance(one, Amount):
        return Amount(one.minor + sign * other.into(one.currency).minor, one.currency)
    if isinstance(one, Percent):
        return _percent(one.part + sign * other.part)
    if isinstance(one, date) and isinstance(other, date):
        return one - other
    return one + other if op == "+" else one - other


def _call(function: str, values: list[Any]) -> Any:
    if OPEN in values:
        return OPEN
    first = values[0]
    match function:
        case "overlaps":
            if values[2] < values[1]:
                return OPEN
            return first.start <= values[2] and values[1] <= first.end
        case "period":
            return OPEN if values[1] < first else Period(first, values[1])
        case "business_days":
            return add_weekdays(first, values[1])
        case "contains":
            return values[1] in first
        case "startsWith":
            return first[: len(values[1])] == values[1]
        case "endsWith":
            return not values[1] or first[-len(values[1]) :] == values[1]
        case "lower":
            return first.lower()
        case "size":
            return len(first)
        case "count":
            return OPEN if OPEN in first else first.count(True)
        case "sum":
            return _sum(first)
    best = first
    for value in values[1:]:
        if _binary("<" if function == "min" else ">", value, best):
            best = value
    return best


def _sum(values: list[Any]) -> Any:
    if OPEN in values:
        return OPEN
    amounts = [value for value in values if isinstance(value, Amount)]
    if not amounts:
        return sum(values) if values else 0
    currencies = {amount.currency for amount in amounts}
    to = currencies.pop() if len(currencies) == 1 else "EUR"
    return Amount(sum(amount.into(to).minor for amount in amounts), to)


def _each(node: Each, facts: dict[str, Any], rows: dict[str, Any]) -> Any:
    if isinstance(node.source, Each):
        kept = _each(node.source, facts, rows)
        lines = kept if kept is OPEN else [line for line, _ in kept]
    else:
        lines = facts.get("lines", OPEN)
    if lines is OPEN or isinstance(lines, Missing):
        return OPEN
    values = [answer(node.body, facts, {**rows, node.variable: line}) for line in lines]
    match node.kind:
        case "map":
            return values
        case "filter":
            kept = [
                (line, True) for line, value in zip(lines, values, strict=True) if value is True
            ]
            return OPEN if OPEN in values else kept
        case "exists_one":
            return OPEN if OPEN in values else values.count(True) == 1
    return _logic(values, decisive=node.kind == "exists")
