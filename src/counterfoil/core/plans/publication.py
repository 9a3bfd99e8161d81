"""What a plan must pass before a second person may publish it."""

from counterfoil.core.money import Money
from counterfoil.core.plans.evaluate import BadInput, evaluate, parties, takes, unmatched_refunds
from counterfoil.core.plans.model import Component, Example, Plan, day_number
from counterfoil.core.plans.sql import TooLarge, prove
from counterfoil.core.playbooks.problems import Problem


def run_example(plan: Plan, example: Example) -> dict[str, int]:
    """Return what each party earns by an example's lines. Raises BadInput."""
    results = evaluate(plan, example.lines)
    return {
        party: sum(month.parts[i] for month in results.months)
        for i, party in enumerate(parties(plan))
    }


def check_publishable(plan: Plan) -> list[Problem]:
    """Return what keeps the plan from being published: figures too large for an engine, rate rows
    and components that nothing reaches, and examples that are missing or come out otherwise.
    """
    problems: list[Problem] = []
    try:
        prove(plan)
    except TooLarge as error:
        problems.append(_problem(plan, "bounds", str(error), "Lower the bounds or the rates."))
    for index, component in enumerate(plan.components):
        problems += _unreachable(plan, component, f"components[{index}]")
    if not plan.examples:
        problems.append(
            _problem(plan, "examples", "There is no example.", "Add one with what it must earn.")
        )
    for index, example in enumerate(plan.examples):
        problems += _check_example(plan, example, f"examples[{index}]")
    problems += _uncovered(plan)
    return sorted(problems)


def _unreachable(plan: Plan, component: Component, path: str) -> list[Problem]:
    """Return rows of the rate table that an earlier row always takes the lines of."""
    problems = []
    for index, row in enumerate(component.rates):
        for above in component.rates[:index]:
            is_wider = set(above.when) <= set(row.when)
            if is_wider and above.from_day <= row.from_day and row.until_day <= above.until_day:
                problems.append(
                    _problem(
                        plan, f"{path}.rates.table[{index}]",
                        "No line reaches this row: a row above it fits first.",
                        "Move it up, or remove it.",
                    )
                )  # fmt: skip
                break
    return problems


def _check_example(plan: Plan, example: Example, path: str) -> list[Problem]:
    starts = day_number(plan.effective_from)
    if any(line.day < starts for line in example.lines):
        return [_problem(plan, path, "A line is sold before the plan is in effect.")]
    try:
        found = run_example(plan, example)
    except BadInput as error:
        return [_problem(plan, path, str(error), "Change the line.")]
    if unmatched_refunds(example.lines, ()):
        return [_problem(plan, path, "A refund names a line that is not in the example.")]
    wanted = dict(example.earned)
    return [
        _problem(
            plan, f"{path}.earned" if party not in wanted else f"{path}.earned.{party}",
            f"{example.name!r} earns {_said(plan, found[party])} for the {party}, "
            f"not {_said(plan, wanted.get(party, 0))}.",
            "Correct the plan or the example.",
        )
        for party in parties(plan)
        if found[party] != wanted.get(party, 0)
    ]  # fmt: skip


def _uncovered(plan: Plan) -> list[Problem]:
    """Return components that no example's line reaches."""
    lines = [line for example in plan.examples for line in example.lines if not line.is_refund]
    return [
        _problem(
            plan, f"components[{index}]", f"No example has a line that {component.id} counts.",
            "Add one.",
        )
        for index, component in enumerate(plan.components)
        if plan.examples and not any(takes(plan, component, line) for line in lines)
    ]  # fmt: skip


def _said(plan: Plan, minor: int) -> str:
    return Money(minor, plan.currency).format_plain()


def _problem(plan: Plan, path: str, message: str, hint: str = "") -> Problem:
    line, column = plan.places.get(path, (1, 1))
    return Problem(plan.file, line, column, path, message, hint)
