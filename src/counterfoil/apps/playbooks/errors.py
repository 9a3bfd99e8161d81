"""Refusals of playbooks."""

from collections.abc import Sequence

from counterfoil.core.playbooks import Problem


class PlaybookRefused(Exception):
    """A playbook can't be what was asked; the message says why and what to do."""


class UnknownPlaybook(PlaybookRefused):
    """There is no such version."""


class NoPlaybookInForce(PlaybookRefused):
    """No published version of this playbook holds on the day."""


class NotADraft(PlaybookRefused):
    """A published version never changes; write a new one."""


class SameAuthor(PlaybookRefused):
    """Who wrote a version can't publish it."""


class TooManyDecisions(PlaybookRefused):
    """More decisions than somebody waits for on a page."""


class NotSignedOff(PlaybookRefused):
    """A role's word is lacking, or can't be given so."""


class NotPublishable(PlaybookRefused):
    """The draft has problems; `problems` lists each with its place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        count = len(problems)
        super().__init__(
            f"{count} problem{'s' if count != 1 else ''} keep this draft from being published."
        )
        self.problems = tuple(problems)
