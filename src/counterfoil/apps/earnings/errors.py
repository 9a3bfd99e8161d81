"""The refusals of plans and runs."""

from collections.abc import Sequence

from counterfoil.core.playbooks.problems import Problem


class EarningsError(ValueError):
    """A refusal about plans or runs; the message is for the person who asked."""


class UnknownPlan(EarningsError):
    """There is no such plan, version or use of it."""


class EngineMissing(EarningsError):
    """The engine asked for is an extra that is not installed; the message says how to."""


class PlanNotPublishable(EarningsError):
    """The plan's text has problems; each names its place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(f"The plan has {len(self.problems)} problems.")


class SamePerson(EarningsError):
    """Who made it can't approve, publish or post it."""


class WrongState(EarningsError):
    """The version or run is not in a state that allows this."""


class UnknownRun(EarningsError):
    """There is no such run, or no such line in it."""


class UnknownAdjustment(EarningsError):
    """There is no such adjustment."""


class NotApproved(EarningsError):
    """A region or the center has not approved exactly these results."""


class UnknownStatement(EarningsError):
    """There is no such statement of this partner, or no such figure or line in it."""


class UnknownQuestion(EarningsError):
    """There is no such question of this partner."""


class QuestionChanged(EarningsError):
    """Somebody else acted on the question in the meantime."""
