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


class BadBankDetails(PayoutsError):
    """Bank details can't be right; `field` names which part."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class UnknownBankDetail(PayoutsError):
    """There are no such bank details."""


class ChangeUnderWay(PayoutsError):
    """Another change of the same bank details waits for an answer."""


class NoNumberOnFile(PayoutsError):
    """There is no number to call that was on file before the request."""


class UnknownDocument(PayoutsError):
    """There is no such paper of the payee checklist."""


class UnknownOwnAccount(PayoutsError):
    """There is no such bank account of ours."""


class BadOwnAccount(PayoutsError):
    """The data of our bank account can't be right; the message names the field."""


class UnknownPayment(PayoutsError):
    """There is no such payment."""


class UnknownHold(PayoutsError):
    """There is no such open hold."""


class NothingToPay(PayoutsError):
    """No payable is ready to be paid from this account."""


class NotApproved(PayoutsError):
    """The file lacks an approval, or a finding is not cleared by name."""


class PayoutsLocked(PayoutsError):
    """Payouts are locked, because the outside world is ahead of the database."""


class FileRefused(PayoutsError):
    """The file was refused by its schema, its independent reader or a bank's rules."""


class BoxUnusable(PayoutsError):
    """The key of the bank details is missing or unfit, or it did not encrypt this."""


class UnknownStatement(PayoutsError):
    """There is no such bank statement."""


class UnknownBankLine(PayoutsError):
    """There is no such line of a bank statement."""


class AlreadyMatched(PayoutsError):
    """The bank line or the payment is matched already; undo that match first."""


class NotMatchable(PayoutsError):
    """The line can't be this, or not by this payment; the message says why."""


class BankAnswerRefused(PayoutsError):
    """The bank's file is not taken; the message names file, line, reason and remedy."""
