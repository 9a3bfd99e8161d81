"""Judges the criteria of a playbook for a bound case, one result for each criterion and line."""

from dataclasses import dataclass

from counterfoil.core.criteria import Facts, Missing, Outcome, Program, Reason, judge
from counterfoil.core.playbooks.bind import Binding
from counterfoil.core.playbooks.cases import Line
from counterfoil.core.playbooks.model import Ask, Criterion, Level


@dataclass(frozen=True, slots=True)
class CriterionResult:
    """What one criterion says, for a line where it looks at lines. `code` is set for fail and
    unknown.

    `waits_for` says who must act on an unknown: the partner for what is missing, a reviewer for
    what must be verified, the system for what it has not established.
    """

    criterion: Criterion
    line: str | None
    outcome: Outcome
    missing: tuple[Missing, ...]
    code: str | None
    waits_for: Ask | None
    trace: dict[str, object]

    @property
    def needs_verification(self) -> bool:
        """Return whether a person has to confirm what is already there."""
        return any(item.reason == Reason.BELOW_FLOOR for item in self.missing)


def judge_all(binding: Binding) -> tuple[CriterionResult, ...]:
    """Return the results in the order of the file, line criteria by line."""
    results = []
    for criterion in binding.playbook.criteria:
        lines = binding.case.lines if criterion.level is Level.LINE else (None,)
        results += [judge_one(binding, criterion, line) for line in lines]
    return tuple(results)


def judge_one(binding: Binding, criterion: Criterion, line: Line | None) -> CriterionResult:
    """Return what a criterion says about the case, or about one of its lines."""
    facts = binding.judging(line, floor=criterion.floor)
    when = criterion.when.program if criterion.when is not None else None
    verdict = judge(criterion.passes.program, facts, when=when)
    code = waits_for = None
    if verdict.outcome is Outcome.FAIL:
        code = criterion.fail.code
    elif verdict.outcome is Outcome.UNKNOWN:
        code = criterion.unknown.code
        waits_for = _waits_for(binding, verdict.missing)
    return CriterionResult(
        criterion=criterion,
        line=line.id if line is not None else None,
        outcome=verdict.outcome,
        missing=verdict.missing,
        code=code,
        waits_for=waits_for,
        trace=_trace(criterion.passes.program, when, facts, verdict.outcome),
    )


def _trace(
    program: Program, when: Program | None, facts: Facts, outcome: Outcome
) -> dict[str, object]:
    """Return the traces of the condition and of the rule; a rule that does not apply has none."""
    shape: dict[str, object] = {}
    if when is not None:
        shape["when"] = when.trace(facts).to_json()
    if outcome is not Outcome.NOT_APPLICABLE:
        shape["pass"] = program.trace(facts).to_json()
    return shape


def _waits_for(binding: Binding, missing: tuple[Missing, ...]) -> Ask:
    """Return whose turn it is: the partner's as soon as anything is missing that only the partner
    has.
    """
    found = {owner_of(binding, item) for item in missing}
    for owner in (Ask.PARTNER, Ask.REVIEWER):
        if owner in found:
            return owner
    return Ask.SYSTEM


def owner_of(binding: Binding, missing: Missing) -> Ask:
    if missing.reason == Reason.BELOW_FLOOR:
        return Ask.REVIEWER
    head, _, tail = missing.name.partition(".")
    if head == "line" or head.startswith("lines["):
        field = binding.field(tail, of_line=True)
        # The currency of a line is read from its amounts, so the partner supplies it.
        return (
            field.ask if field is not None else Ask.PARTNER if tail == "currency" else Ask.SYSTEM
        )
    field = binding.field(missing.name, of_line=False)
    return field.ask if field is not None else Ask.SYSTEM
