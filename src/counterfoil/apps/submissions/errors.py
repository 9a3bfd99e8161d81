"""Refusals of submissions; each message is for the person who asked, with what would be right."""

from collections.abc import Sequence


class SubmissionRefused(Exception):
    """A submission can't be what was asked; the message says why and what to do."""


class UnknownSubmission(SubmissionRefused):
    """There is no such submission for the one who asks."""


class SubmissionChanged(SubmissionRefused):
    """Somebody changed the submission since the page was loaded; nothing was saved."""


class StateRefused(SubmissionRefused):
    """The act does not exist in this state; the message says what is possible."""


class NotEditable(SubmissionRefused):
    """Something was changed that the return did not name; `names` lists it."""

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            f"Only what we asked about can be changed. Left as it was: {', '.join(names)}."
        )
        self.names = tuple(names)


class NothingChanged(SubmissionRefused):
    """An answer to a return changes or explains something."""


class ReasonMissing(SubmissionRefused):
    """This act needs a reason in words, for the record."""


class NoApprovedRequest(SubmissionRefused):
    """A claim draws on an approved request of the same partner."""


class NothingLeft(SubmissionRefused):
    """Nothing is left of the pre-approval that the claim would draw on."""


class FundClosed(SubmissionRefused):
    """The fund takes no submission of this kind on this day."""


class TooMany(SubmissionRefused):
    """More lines or files than the playbook takes."""


class UnknownDetail(SubmissionRefused):
    """The playbook has no detail, line, evidence or piece of this name."""


class FileRefused(SubmissionRefused):
    """A file was not taken; `code` is stable, the message says what would be right."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class AppealRefused(SubmissionRefused):
    """A decision can't be appealed: it is no refusal, the time is over, or it was done before."""


class ScreeningStale(SubmissionRefused):
    """The page shows another screening than the one that stands; look again, then decide."""


class NotScreened(SubmissionRefused):
    """Nothing was screened yet, so nothing can be decided."""


class NotApprovable(SubmissionRefused):
    """The criteria do not allow an approval; return, verify or do not approve."""


class SameApprover(SubmissionRefused):
    """Who entered, sent or approved before can't approve."""


class NotYourTurn(SubmissionRefused):
    """The playbook names another role for this step."""


class UnknownCode(SubmissionRefused):
    """The playbook has no such reason code."""


class NoRoundsLeft(SubmissionRefused):
    """The submission was returned as often as the playbook allows."""


class NotConfirmed(SubmissionRefused):
    """The partner has not confirmed what operations entered for them."""


class NothingWaiting(SubmissionRefused):
    """Nobody's turn has come: the queue has nothing to take."""


class UnknownLink(SubmissionRefused):
    """This link is not one of ours, or it was cut off."""


class LinkClosed(SubmissionRefused):
    """This link answers nothing any more; `standing` says why."""

    def __init__(self, standing: str, message: str) -> None:
        super().__init__(message)
        self.standing = standing


class AlreadyAsked(SubmissionRefused):
    """This person was asked already, and the question is open."""


class AddressRefused(SubmissionRefused):
    """Nobody at this mail address may be asked; the message says which addresses may."""


class PassedTooOften(SubmissionRefused):
    """The question was passed on as often as it may be."""


class BlindWaiting(SubmissionRefused):
    """This was drawn for a blind second review, and nothing moves until it is given."""


class NotBlind(SubmissionRefused):
    """Who reviewed, verified or noted something here can't be its blind second reviewer."""


class BlindUnsettled(SubmissionRefused):
    """Two blind reviewers differ, or this is not what they agreed on: a third person settles."""


class NothingStopped(SubmissionRefused):
    """Automatic approvals of this playbook are not stopped."""
