"""A compiled expression, and the one way to make one."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from counterfoil.core.criteria.checker import Checked, check, steps
from counterfoil.core.criteria.compiler import Compiled, compile_step
from counterfoil.core.criteria.env import BUDGET, Env, Run
from counterfoil.core.criteria.errors import Refusal
from counterfoil.core.criteria.facts import (
    Facts,
    Outcome,
    Reason,
    Unknown,
    Verdict,
    unknown,
)
from counterfoil.core.criteria.operations import Exact
from counterfoil.core.criteria.parser import parse
from counterfoil.core.criteria.trace import TraceNode, show_money, trace
from counterfoil.core.criteria.tree import Node
from counterfoil.core.criteria.types import BOOL, Schema, Type
from counterfoil.core.money import MINOR_MAX, Money, Rounding, divide

ENGINE_VERSION = 1
"""The semantics number that decisions cite. It changes when any expression could answer
differently for the same facts; the evaluator of every cited number stays importable."""

_PASSED = Verdict(Outcome.PASS)
_FAILED = Verdict(Outcome.FAIL)


@dataclass(frozen=True, slots=True)
class Program:
    """An expression that was parsed, checked and compiled against a schema.

    `names` are the facts it may read; `tree` and `checked` are for other back ends.
    """

    source: str
    tree: Node
    checked: Checked
    schema: Schema = field(compare=False, repr=False)
    compiled: Compiled = field(compare=False, repr=False)
    run: Run = field(compare=False, repr=False)
    names: frozenset[str]
    engine_version: int = ENGINE_VERSION

    @property
    def type(self) -> Type:
        """Return the static type of the result."""
        return self.checked.type

    def evaluate(self, facts: Facts) -> Verdict:
        """Return pass, fail or unknown with the missing facts. Raises TypeError if not yes/no.

        The TypeError is a mistake of the caller's code, never of the facts.
        """
        value = self.run(Env(facts))
        return _PASSED if value is True else _verdict(value)

    def value(self, facts: Facts, *, rounding: Rounding | None = None) -> Any:
        """Return the value of an expression of any type, or Unknown with the blame.

        Money is a `core.money.Money`; an amount that is no whole number of minor units is rounded
        once by `rounding`, and without one it is Unknown. A percentage is parts per million, a
        span a number of days; a list has Unknown for values that are missing.
        """
        value = self.run(Env(facts))
        if isinstance(value, Exact):
            return _settled_money(value, facts, rounding, self.source)
        if isinstance(value, list):
            return [
                _settled_money(each, facts, rounding, self.source)
                if isinstance(each, Exact)
                else each
                for each in value
            ]
        return value

    def trace(self, facts: Facts, *, full: bool = False) -> TraceNode:
        """Return the trace; operands of what passed are left out unless `full`."""
        return trace(self.compiled, self.source, facts, full=full)


def _verdict(value: Any) -> Verdict:
    """Return the verdict of a value. Raises TypeError for what is no truth value."""
    if value is True:
        return _PASSED
    if value is False:
        return _FAILED
    if type(value) is Unknown:
        return Verdict(Outcome.UNKNOWN, value.missing)
    raise TypeError("the expression is not yes/no; ask value(), not evaluate()")


def compile_expression(
    source: str,
    *,
    schema: Schema,
    expect: Type | None = BOOL,
    line: int = 1,
    column: int = 1,
) -> Program:
    """Return the program of an expression.

    `expect` is the type it must give, None for any; `line` and `column` say where the expression
    begins in its file, so that errors point there. Raises CriteriaError.
    """
    try:
        tree = parse(source)
        checked = check(tree, schema, expect)
    except Refusal as refusal:
        raise refusal.placed(source, line, column) from None
    names = frozenset(step.data for step in steps(checked) if step.op in ("fact", "has_fact"))
    compiled = compile_step(checked, source)
    return Program(source, tree, checked, schema, compiled, compiled.run, names)


def evaluate_all(programs: Iterable[Program], facts: Facts) -> list[Verdict]:
    """Return the verdict of each program over the same facts, as `evaluate` gives it, but faster.

    Lists are read once for all; each program has the whole budget. Raises TypeError.
    """
    env = Env(facts)
    verdicts = []
    for program in programs:
        value = program.run(env)
        verdicts.append(_PASSED if value is True else _verdict(value))
        env.budget = BUDGET
    return verdicts


def parse_expression(source: str, *, line: int = 1, column: int = 1) -> Node:
    """Return the tree of an expression, unchecked. Raises CriteriaError."""
    try:
        return parse(source)
    except Refusal as refusal:
        raise refusal.placed(source, line, column) from None


def judge(criterion: Program, facts: Facts, *, when: Program | None = None) -> Verdict:
    """Return the verdict of a criterion that applies only when another expression holds.

    `when` false gives not_applicable; `when` unknown gives unknown with its blame, for nobody can
    say yet whether the criterion applies.
    """
    if when is not None:
        applies = when.evaluate(facts)
        if applies.outcome is Outcome.FAIL:
            return Verdict(Outcome.NOT_APPLICABLE)
        if applies.outcome is Outcome.UNKNOWN:
            return applies
    return criterion.evaluate(facts)


def _settled_money(amount: Exact, facts: Facts, mode: Rounding | None, text: str) -> Any:
    """Return an amount as Money, rounded once if a mode is named, or Unknown."""
    currency = amount.currency or facts.context.currency
    if currency is None:
        return unknown("currency", Reason.NO_CURRENCY, "a sum of no rows has no currency")
    minor = amount.minor
    if not isinstance(minor, int):
        if mode is None:
            detail = f"{show_money(amount)} is no whole number of minor units"
            return unknown(text, Reason.NEEDS_ROUNDING, detail)
        minor = divide(minor.numerator, minor.denominator, mode)
    if abs(minor) > MINOR_MAX:
        return unknown(text, Reason.OUT_OF_RANGE, "the amount does not fit 64 bits")
    return Money(minor, currency)
