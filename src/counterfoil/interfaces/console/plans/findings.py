"""What a plan's text says: problems with their places, what its examples earn, its points."""

from collections.abc import Sequence
from dataclasses import dataclass

from counterfoil.core.money import Money
from counterfoil.core.plans import BadInput, Plan, run_example
from counterfoil.core.plans.words import Point, plan_points
from counterfoil.core.playbooks import Problem
from counterfoil.interfaces.console.playbooks.findings import ProblemPart, problem_part


@dataclass(frozen=True, slots=True)
class ExamplePart:
    """An example: what its lines should earn for each party, and what they earn."""

    name: str
    wanted: str
    given: str
    is_bad: bool


@dataclass(frozen=True, slots=True)
class PlanFindings:
    """All that stands beside a plan's text."""

    problems: Sequence[ProblemPart]
    examples: Sequence[ExamplePart] = ()
    points: Sequence[Point] = ()
    is_readable: bool = False

    @property
    def wrong(self) -> list[ExamplePart]:
        """Return the examples that don't earn what they should."""
        return [each for each in self.examples if each.is_bad]

    @property
    def right(self) -> list[ExamplePart]:
        """Return the examples that earn what they should."""
        return [each for each in self.examples if not each.is_bad]


def findings_of(plan: Plan | None, problems: Sequence[Problem]) -> PlanFindings:
    """This will present a text's problems, run its examples and say the plan in words."""
    shown = [problem_part(each) for each in problems]
    if plan is None:
        return PlanFindings(shown)
    points = [point for point in plan_points(plan) if not point.about.startswith("Example")]
    return PlanFindings(shown, _examples(plan), points, is_readable=True)


def _examples(plan: Plan) -> list[ExamplePart]:
    parts = []
    for example in plan.examples:
        wanted = dict(example.earned)
        try:
            given = run_example(plan, example)
        except BadInput as error:
            parts.append(ExamplePart(example.name, _said(plan, wanted), str(error), is_bad=True))
            continue
        full = {party: wanted.get(party, 0) for party in given}
        parts.append(
            ExamplePart(
                example.name, _said(plan, full), _said(plan, given), is_bad=full != given
            )
        )  # fmt: skip
    return parts


def _said(plan: Plan, earned: dict[str, int]) -> str:
    return ", ".join(
        f"{party} {Money(minor, plan.currency).format_plain()}"
        for party, minor in sorted(earned.items())
    )
