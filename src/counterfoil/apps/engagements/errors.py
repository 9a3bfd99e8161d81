"""Refusals of engagements."""


class EngagementRefused(ValueError):
    """A refusal about an engagement; the message is for the person who asked.

    `field` names the field of a form that it is about, if one.
    """

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


class UnknownEngagement(EngagementRefused):
    """There is no such engagement, paper, request, finding or refinement."""


class EngagementClosed(EngagementRefused):
    """A closed engagement takes nothing more."""


class NotInOrder(EngagementRefused):
    """A step comes before the one that it rests on, or a second time."""


class OwnDecision(EngagementRefused):
    """Who decided or approved something does not audit it."""


class NotComplete(EngagementRefused):
    """Something that is needed was left out; the message says what would be right."""
