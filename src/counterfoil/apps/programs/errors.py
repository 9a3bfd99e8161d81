"""The refusals of programs."""

from collections.abc import Sequence

from counterfoil.core.money import Money


class ProgramsError(ValueError):
    """A refusal of programs; the message is for the person who asked."""


class UnknownProgram(ProgramsError):
    """There is no such program."""


class UnknownTier(ProgramsError):
    """The program has no such tier."""


class UnknownFund(ProgramsError):
    """There is no such fund period."""


class FundExists(ProgramsError):
    """The fund has this period already, with other terms."""


class BadFundTerms(ProgramsError):
    """The dates, rate or budget of a fund do not fit together."""


class FundStillOpen(ProgramsError):
    """Something in the fund period can still be claimed or decided."""


class AlreadyEnrolled(ProgramsError):
    """The partner has an open place in the program, in another tier or since another day."""


class BadSalesLine(ProgramsError):
    """A line cannot be a sale: the message names its key and what would be right."""


class SalesLinesChanged(ProgramsError):
    """Lines under known keys say something else than before; a correction is a further line."""

    def __init__(self, source: str, keys: Sequence[str]) -> None:
        shown = ", ".join(keys[:5]) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")
        super().__init__(
            f"{len(keys)} line(s) of {source} were recorded before with other values: {shown}. "
            "A recorded sale never changes; send the difference as a refund or a further sale."
        )
        self.source, self.keys = source, tuple(keys)


class OverFundBudget(ProgramsError):
    """A run would allocate more than is left of the fund's budget; nothing was posted."""

    def __init__(self, fund: str, *, budget: Money, left: Money, needed: Money) -> None:
        short = Money(needed.minor - left.minor, needed.currency)
        super().__init__(
            f"{fund}: this run needs {needed}, and {left} of the budget of {budget} is left. "
            f"Raise the budget by {short} or more, then run it again; nothing was posted."
        )
        self.fund, self.budget, self.left, self.needed = fund, budget, left, needed
