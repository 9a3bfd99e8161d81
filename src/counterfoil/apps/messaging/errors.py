"""Refusals of messaging."""


class MessagingRefused(Exception):
    """Messaging refuses; the message says why."""


class UnknownTemplate(MessagingRefused):
    """No text of this name is shipped."""


class PlaceholderMissing(MessagingRefused):
    """The context lacks a placeholder that the template names."""


class BadAddress(MessagingRefused):
    """The address can't be a mail address."""


class MailRefused(MessagingRefused):
    """The mail server refuses this mail for good; trying again will not help."""


class MailUnavailable(MessagingRefused):
    """The mail server can't be reached or asks to try later."""
