"""Which small mistakes in its rules a playbook's own examples would not show.

A mutant of a criterion is caught when one of the criterion's examples gives another outcome than
it states. What survives is either the same rule in other words, or a place that no example looks
at: an author then adds one.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from counterfoil.core.criteria import BOOL, CriteriaError, compile_expression, unparse
from counterfoil.core.criteria.mutants import mutants
from counterfoil.core.money import Money
from counterfoil.core.playbooks.examples import run_example
from counterfoil.core.playbooks.model import Criterion, Expression, Playbook


@dataclass(frozen=True, slots=True)
class Survivor:
    """A mistake that no example of its criterion shows; `text` is the rule as it would read."""

    criterion: str
    what: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Strength:
    """How many mistakes were tried and which of them no example shows."""

    tried: int
    survivors: tuple[Survivor, ...]


def strength_of(playbook: Playbook) -> Strength:
    """Return what the playbook's examples do not show of its rules' near misses."""
    tried, survivors = 0, []
    for criterion in playbook.criteria:
        for what, text, book, changed in _mutated(playbook, criterion):
            tried += 1
            if all(run_example(book, changed, each).holds for each in criterion.examples):
                survivors.append(Survivor(criterion.id, what, text, criterion.passes.line))
    return Strength(tried, tuple(survivors))


def _mutated(
    playbook: Playbook, criterion: Criterion
) -> Iterator[tuple[str, str, Playbook, Criterion]]:
    """Yield each mistake with its words, the playbook and the criterion that have it."""
    for what, expression in _expressions(criterion.passes):
        changed = replace(criterion, passes=expression)
        yield f"pass: {what}", expression.source, playbook, changed
    if criterion.when is not None:
        for what, expression in _expressions(criterion.when):
            changed = replace(criterion, when=expression)
            yield f"when: {what}", expression.source, playbook, changed
        yield "when: dropped", criterion.passes.source, playbook, replace(criterion, when=None)
    names = criterion.passes.names | (criterion.when.names if criterion.when else frozenset())
    for parameter in playbook.parameters:
        if parameter.name not in names:
            continue
        for step in (1, -1):
            values = tuple(
                replace(each, value=_shifted(each.value, step)) for each in parameter.values
            )
            book = replace(
                playbook,
                parameters=tuple(
                    replace(parameter, values=values) if each is parameter else each
                    for each in playbook.parameters
                ),
            )
            what = f"{parameter.name} {step:+d}"
            yield what, criterion.passes.source, book, criterion


def _expressions(expression: Expression) -> Iterator[tuple[str, Expression]]:
    """Yield the well-typed mutants, each text once, but for the expression itself."""
    seen = {unparse(expression.program.tree)}
    for what, tree in mutants(expression.program.tree):
        text = unparse(tree)
        if text in seen:
            continue
        seen.add(text)
        try:
            program = compile_expression(text, schema=expression.program.schema, expect=BOOL)
        except CriteriaError:
            continue
        yield what, replace(expression, source=text, program=program, names=program.names)


def _shifted(value: Any, step: int) -> Any:
    """Return a parameter's value one smallest step up or down."""
    if isinstance(value, Money):
        return Money(value.minor + step, value.currency)
    if isinstance(value, int):
        return value + step
    return value + timedelta(step)
