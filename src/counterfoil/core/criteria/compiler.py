"""The typed tree to closures: one Python call per step, no interpretation at run time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from counterfoil.core.criteria import env as reading
from counterfoil.core.criteria import functions, fused, operations
from counterfoil.core.criteria.checker import Checked, steps
from counterfoil.core.criteria.env import Run


@dataclass(frozen=True, slots=True)
class Compiled:
    """A step with its closure and the compiled steps that feed it."""

    run: Run
    step: Checked
    operands: tuple["Compiled", ...]


def compile_step(step: Checked, source: str) -> Compiled:
    """Return a typed tree compiled; `source` is the expression, for blames to quote."""
    operands = tuple(compile_step(each, source) for each in step.operands)
    runs = tuple(each.run for each in operands)
    return Compiled(_build(step, runs, text_of(step, source)), step, operands)


def text_of(step: Checked, source: str) -> str:
    """Return the part of the source that a step was read from; a fact is called by its name."""
    if step.op == "fact":
        return str(step.data)
    start, end = step.node.at
    return source[start:end]


def _build(step: Checked, runs: tuple[Run, ...], text: str) -> Run:
    """Return the closure of a step over the closures of its operands."""
    if step.op.startswith("loop_"):
        return _loop(step, runs, text)
    if step.op.startswith("neg_"):
        return operations.mapped(runs[0], operations.negative(step.type.kind, text))
    return _BUILDERS[step.op](step, runs, text)


Builder = Callable[[Checked, tuple[Run, ...], str], Run]


def _constant(step: Checked, runs: tuple[Run, ...], text: str) -> Run:
    """Return the closure of a literal."""
    value: Any = step.data
    return lambda env: value


def _negation(step: Checked, runs: tuple[Run, ...], text: str) -> Run:
    """Return the closure of `!`."""
    return fused.negation(step, operations.mapped(runs[0], lambda value: not value))


def _text(step: Checked, runs: tuple[Run, ...], text: str) -> Run:
    """Return the closure of contains, startsWith and endsWith."""
    return operations.strict(runs[0], runs[1], functions.TEXT[step.op])


def _extreme(step: Checked, runs: tuple[Run, ...], text: str) -> Run:
    """Return the closure of min and max."""
    function, kind, is_list = step.data
    return functions.extreme(runs, function, kind, text, is_list=is_list)


def _pair(make: Callable[[Run, Run, str], Run]) -> Builder:
    """Return the builder of a step with two operands."""
    return lambda step, runs, text: make(runs[0], runs[1], text)


def _comparison(step: Checked, runs: tuple[Run, ...], text: str) -> Run:
    """Return the closure of a comparison."""
    op, kind = step.data
    return fused.comparison(step, operations.comparison(op, kind, runs[0], runs[1]))


def _arithmetic(step: Checked, runs: tuple[Run, ...], text: str) -> Run:
    """Return the closure of + - *."""
    op, left, right = step.data
    act = operations.arithmetic(op, left, right, text)
    return fused.arithmetic(step, operations.strict_in(runs[0], runs[1], act))


def _field(step: Checked, runs: tuple[Run, ...], text: str) -> Run:
    """Return the closure of a field of a row."""
    slot, name = step.data
    return reading.field(slot, name, step.type)


_BUILDERS: dict[str, Builder] = {
    "literal": _constant,
    "fact": lambda step, runs, text: reading.fact(step.data, step.type),
    "field": _field,
    "item": lambda step, runs, text: reading.item(step.data),
    "has_fact": lambda step, runs, text: reading.has_fact(step.data),
    "has_field": lambda step, runs, text: reading.has_field(*step.data),
    "not": _negation,
    "and": lambda step, runs, text: operations.conjunction(runs),
    "or": lambda step, runs, text: operations.disjunction(runs),
    "conditional": lambda step, runs, text: operations.conditional(runs[0], runs[1], runs[2]),
    "equal": _comparison,
    "order": _comparison,
    "arithmetic": _arithmetic,
    "in_list": lambda step, runs, text: fused.membership(
        step, runs[0], operations.membership(runs[0], runs[1])
    ),
    "in_period": lambda step, runs, text: functions.in_period(runs[0], runs[1]),
    "list": lambda step, runs, text: functions.listed(runs),
    "project": lambda step, runs, text: functions.project(runs[0], step.data, step.type.element),
    "period": _pair(functions.period_of),
    "period_part": lambda step, runs, text: functions.period_part(runs[0], step.data),
    "overlaps": lambda step, runs, text: functions.overlaps(runs[0], runs[1], runs[2], text),
    "business_days": _pair(functions.business_days),
    "contains": _text,
    "startsWith": _text,
    "endsWith": _text,
    "lower": lambda step, runs, text: operations.mapped(runs[0], str.lower),
    "days": lambda step, runs, text: runs[0],
    "size": lambda step, runs, text: functions.size(runs[0]),
    "count_true": lambda step, runs, text: functions.count_true(runs[0]),
    "sum": lambda step, runs, text: functions.total(runs[0], step.type, text),
    "extreme": _extreme,
}


def _loop(step: Checked, runs: tuple[Run, ...], text: str) -> Run:
    """Return the closure of a loop."""
    source, body = runs
    slot = step.data[0]
    cost = len(steps(step.operands[1]))
    match step.op:
        case "loop_all" | "loop_exists":
            decisive = step.op == "loop_exists"
            return functions.quantifier(source, body, slot, cost, text, decisive=decisive)
        case "loop_exists_one":
            return functions.exactly_one(source, body, slot, cost, text)
        case "loop_filter":
            return functions.filter_rows(source, body, slot, cost, text)
    return functions.map_rows(source, body, slot, cost, text)
