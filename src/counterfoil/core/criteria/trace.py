"""The trace: the typed tree with what every step gave, as canonical JSON for decision records.

By default a step that passed is kept without its operands: they can be derived again. Under a
negation and under a condition everything is kept, for there a pass may be the reason of a fail.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

from counterfoil.core.criteria.compiler import Compiled, text_of
from counterfoil.core.criteria.env import BUDGET, Env
from counterfoil.core.criteria.facts import Facts, Known, Missing, Period, Unknown
from counterfoil.core.criteria.functions import label
from counterfoil.core.criteria.operations import Exact
from counterfoil.core.criteria.tree import decimal_text, rate_text
from counterfoil.core.criteria.types import Type
from counterfoil.core.money import Money, Rate, exponent

MAX_ROWS_SHOWN = 20
MAX_VALUES_SHOWN = 20


@dataclass(frozen=True, slots=True)
class TraceNode:
    """What one step gave: `result` is pass, fail, unknown, or "value" with `value` beside it.

    `at` are the offsets in the expression, `row` names the row of a loop, `ref` the fact the
    value comes from, `note` the exchange rate of a comparison.
    """

    text: str
    at: tuple[int, int]
    result: str
    value: Any = None
    ref: str | None = None
    row: str | None = None
    note: str | None = None
    missing: tuple[Missing, ...] = ()
    operands: tuple["TraceNode", ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return the node for `core.canonical`: texts, whole numbers, lists and maps only."""
        shape: dict[str, Any] = {"at": list(self.at), "text": self.text, "result": self.result}
        if self.result == "value":
            shape["value"] = self.value
        for key in ("ref", "row", "note"):
            if getattr(self, key) is not None:
                shape["fact" if key == "ref" else key] = getattr(self, key)
        if self.missing:
            shape["missing"] = [each.to_json() for each in self.missing]
        if self.operands:
            shape["operands"] = [each.to_json() for each in self.operands]
        return shape


def trace(compiled: Compiled, source: str, facts: Facts, *, full: bool) -> TraceNode:
    """Return the trace of one evaluation; `full` keeps the operands of what passed as well."""
    return _Tracer(source, facts).node(compiled, full=full)


def show(kind: Type, value: Any) -> Any:
    """Return a value as canonical JSON: "6200.00 EUR", "2026-01-31", "30 days", "50%", 3, true."""
    if type(value) is Unknown:
        return None
    if isinstance(value, Money | Exact):
        return show_money(value)
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Period):
        return str(value)
    if isinstance(value, list):
        return _show_list(kind, value)
    if kind.kind == "rate":
        return rate_text(value)
    return f"{value} days" if kind.kind == "days" else value


def show_money(amount: Money | Exact) -> str:
    """Return an amount in full: "6200.00 EUR", "33.335 EUR", "1/3 of 0.01 EUR"; no rounding."""
    if isinstance(amount, Money):
        return amount.format_plain()
    if amount.currency is None:
        return str(amount.minor)
    if isinstance(amount.minor, Fraction):
        return _show_fraction(amount.minor, amount.currency)
    sign, places = "-" if amount.minor < 0 else "", exponent(amount.currency)
    digits = str(abs(amount.minor)).rjust(places + 1, "0")
    body = f"{digits[:-places]}.{digits[-places:]}" if places else digits
    return f"{sign}{body} {amount.currency}"


def _show_fraction(minor: Fraction, currency: str) -> str:
    """Return a fraction of minor units as a decimal where it is one, otherwise as a fraction."""
    value = minor / 10 ** exponent(currency)
    rest, places = value.denominator, 0
    while places < 40 and 10**places % rest:
        places += 1
    if 10**places % rest:
        return f"{value.numerator}/{value.denominator} {currency}"
    digits = str(abs(value.numerator) * (10**places // rest)).rjust(places + 1, "0")
    return f"{'-' if value < 0 else ''}{digits[:-places]}.{digits[-places:]} {currency}"


def _show_list(kind: Type, values: list[Any]) -> Any:
    """Return the values of a short list, or how many rows there are."""
    if len(values) > MAX_VALUES_SHOWN or any(type(each) is tuple for each in values):
        return f"{len(values)} rows"
    return [show(kind.element, each) for each in values]


class _Tracer:
    """One walk over one compiled tree; each step is run by its own closure.

    The budget bounds the rows that are looked through for the ones to show, not the results.
    """

    def __init__(self, source: str, facts: Facts) -> None:
        self.source, self.facts = source, facts
        self.items: list[Any] = [None, None]
        self.budget = 2 * BUDGET

    def value(self, compiled: Compiled) -> Any:
        """Return what a step gives, with the rows that are bound at this point."""
        env = Env(self.facts)
        env.items = list(self.items)
        found = compiled.run(env)
        self.budget -= BUDGET - env.budget
        return found

    def node(self, compiled: Compiled, *, full: bool, row: str | None = None) -> TraceNode:
        """Return the trace of a step."""
        step, value = compiled.step, self.value(compiled)
        result = _result(step.type, value)
        keeps_all = full or step.op in ("not", "conditional")
        operands: tuple[TraceNode, ...] = ()
        if result != "pass" or keeps_all:
            if step.op.startswith("loop_"):
                operands = self.loop(compiled, value, full=keeps_all)
            else:
                operands = tuple(self.node(each, full=keeps_all) for each in compiled.operands)
        return TraceNode(
            text=text_of(step, self.source),
            at=step.node.at,
            result=result,
            value=show(step.type, value) if result == "value" else None,
            ref=self.ref(compiled),
            row=row,
            note=self.note(compiled) if step.op in ("order", "equal") else None,
            missing=value.missing if type(value) is Unknown else (),
            operands=operands,
        )

    def ref(self, compiled: Compiled) -> str | None:
        """Return the id of the fact that a name read."""
        found: Any = None
        if compiled.step.op in ("fact", "has_fact"):
            found = self.facts.get(compiled.step.data)
        elif compiled.step.op in ("field", "has_field"):
            slot, name = compiled.step.data
            row = self.items[slot]
            found = row[0].get(name) if type(row) is tuple else None
        return found.ref if isinstance(found, Known) else None

    def note(self, compiled: Compiled) -> str | None:
        """Return the exchange rate by which two amounts were compared."""
        if compiled.step.data[1] != "money":
            return None
        one, other = (self.value(each) for each in compiled.operands)
        if type(one) is Unknown or type(other) is Unknown:
            return None
        lookup = self.facts.context.exchange_rate
        if None in (one.currency, other.currency, lookup) or one.currency == other.currency:
            return None
        assert lookup is not None
        rate = lookup(*sorted((one.currency, other.currency)))
        return None if rate is None else _show_rate(rate)

    def loop(self, compiled: Compiled, value: Any, *, full: bool) -> tuple[TraceNode, ...]:
        """Return the list of a loop and the rows that explain its result, at most 20."""
        source, body = compiled.operands
        slot = compiled.step.data[0]
        nodes = [self.node(source, full=full)]
        rows = self.value(source)
        if type(rows) is Unknown:
            return tuple(nodes)
        for index, row in enumerate(rows):
            if len(nodes) > MAX_ROWS_SHOWN or self.budget < 0:
                break
            self.items[slot] = row
            found = self.value(body)
            if full or not _is_idle(compiled.step.op, value, found):
                nodes.append(self.node(body, full=full, row=label(row, index)))
        self.items[slot] = None
        return tuple(nodes)


def _is_idle(op: str, value: Any, found: Any) -> bool:
    """Return whether a row says nothing about why a loop gave what it gave."""
    if type(value) is Unknown:
        return type(found) is not Unknown
    return op == "loop_all" and found is True


def _show_rate(rate: Rate) -> str:
    """Return "1 EUR = 1.0834 USD (ecb_daily, 2026-02-09)"."""
    digits = str(rate.numerator).rjust(rate.scale + 1, "0")
    number = f"{digits[: -rate.scale]}.{digits[-rate.scale :]}" if rate.scale else digits
    return f"1 {rate.base} = {number} {rate.quote} ({rate.source}, {rate.on.isoformat()})"


def _result(kind: Type, value: Any) -> str:
    """Return the word for what a step gave."""
    if type(value) is Unknown:
        return "unknown"
    if kind.kind != "bool":
        return "value"
    return "pass" if value else "fail"
