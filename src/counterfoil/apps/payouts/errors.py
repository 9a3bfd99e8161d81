"""The refusals of payouts."""

from collections.abc import Sequence

from counterfoil.foundation.tabular import TableProblem


class PayoutsError(ValueError):
    """A refusal of payouts; the message is for the person who asked."""


class UnknownPayee(PayoutsError):
    """There is no such payee, or another one has replaced it."""


class BadPayee(PayoutsError):
    """A payee's data cannot be right; the message names the field."""


class SamePerson(PayoutsError):
    """The second person is the first one."""


class UnknownBatch(PayoutsError):
    """There is no such batch of bills."""


class NothingToBill(PayoutsError):
    """No payable of the program and currency is ready to be billed."""


class NotReady(PayoutsError):
    """A payable that was asked for is not ready to be paid; the message says why."""


class WrongState(PayoutsError):
    """The batch is past the state in which this is possible."""


class BatchChanged(PayoutsError):
    """What the batch says is no longer so; void it and seal again."""


class PaidListRefused(PayoutsError):
    """The paid list has bad lines (or cannot be read), and nothing of it was taken."""

    def __init__(self, problems: Sequence[TableProblem]) -> None:
        first = f"; the first: {problems[0]}" if problems else ""
        super().__init__(f"{len(problems)} problem(s), nothing was taken{first}")
        self.problems = tuple(problems)
