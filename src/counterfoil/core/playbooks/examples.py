"""Runs the examples of a playbook: each is a small case, judged by its criterion exactly as a real
one would be.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from counterfoil.core.criteria import Known, Outcome
from counterfoil.core.playbooks.bind import Binding
from counterfoil.core.playbooks.cases import Case, Fact, Line, Proof
from counterfoil.core.playbooks.judge import CriterionResult, judge_one
from counterfoil.core.playbooks.model import (
    Criterion,
    Example,
    ExampleEvidence,
    ExampleValue,
    Level,
    Playbook,
)
from counterfoil.core.playbooks.values import value_to_json

EXAMPLE_LINE = "example"
_NOT_A_WEEKDAY = 5


@dataclass(frozen=True, slots=True)
class ExampleRun:
    """What an example gave; `seen` are the details that its criterion read, in words."""

    criterion: Criterion
    example: Example
    result: CriterionResult
    seen: tuple[tuple[str, str], ...]

    @property
    def holds(self) -> bool:
        """Return whether the outcome is the stated one."""
        return self.result.outcome.value == self.example.expected.value


def run_examples(playbook: Playbook) -> tuple[ExampleRun, ...]:
    """Return a run of every example, in the order of the file."""
    return tuple(
        run_example(playbook, criterion, example)
        for criterion in playbook.criteria
        for example in criterion.examples
    )


def run_example(playbook: Playbook, criterion: Criterion, example: Example) -> ExampleRun:
    """Return what an example gives, with the parameters of its own day or of the first day in
    force.
    """
    case = _case(example, criterion.level)
    binding = Binding(playbook, case, on=example.on or playbook.effective_from)
    line = case.lines[0] if criterion.level is Level.LINE else None
    result = judge_one(binding, criterion, line)
    view = binding.judging(line, floor=criterion.floor)
    names = criterion.passes.names | (criterion.when.names if criterion.when else frozenset())
    seen = []
    for name in sorted(names):
        found = view.get(name)
        if isinstance(found, Known) and not isinstance(found.value, list):
            seen.append((name, _words(found.value)))
    return ExampleRun(criterion, example, result, tuple(seen))


def weekdays_only(on: date, days: int) -> date:
    """Return the day that is so many weekdays on; examples know no holidays, so that they hold
    anywhere.
    """
    step = timedelta(days=1 if days >= 0 else -1)
    for _ in range(abs(days)):
        on += step
        while on.weekday() >= _NOT_A_WEEKDAY:
            on += step
    return on


def _case(example: Example, level: Level) -> Case:
    own = {name: value for name, value in example.facts if not name.startswith("line.")}
    of_line = tuple((name, value) for name, value in example.facts if name.startswith("line."))
    rows = (of_line,) if level is Level.LINE else example.lines
    ids = [EXAMPLE_LINE] if level is Level.LINE else [str(index) for index in range(len(rows))]
    return Case(
        facts={name: Fact(value.value, value.provenance) for name, value in own.items()},
        lines=tuple(Line(line_id, _line(row)) for line_id, row in zip(ids, rows, strict=True)),
        evidence=tuple(_proof(item) for item in example.evidence),
        calendar="weekdays",
        add_business_days=weekdays_only,
    )


def _line(row: tuple[tuple[str, ExampleValue], ...]) -> dict[str, Fact]:
    return {name.removeprefix("line."): Fact(value.value, value.provenance) for name, value in row}


def _proof(item: ExampleEvidence) -> Proof:
    link = f"example:{item.piece}" if item.is_link else None
    return Proof(kind=item.kind, piece=item.piece, not_qualifying=item.not_qualifying, link=link)


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    shape = value_to_json(value)
    return str(value) if isinstance(shape, dict) else str(shape)


def outcome_word(outcome: Outcome) -> str:
    """Return how a message says an outcome: `passes`, `is unknown`."""
    return {
        Outcome.PASS: "passes",
        Outcome.FAIL: "fails",
        Outcome.UNKNOWN: "is unknown",
        Outcome.NOT_APPLICABLE: "is not applicable",
    }[outcome]
