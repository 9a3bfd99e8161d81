"""What messaging needs from outside: something that takes a mail."""

from enum import StrEnum
from typing import Protocol

from counterfoil.apps.messaging.types import Mail


class Delivery(StrEnum):
    """What became of a mail: handed to a server, or kept here for people to read."""

    SENT = "sent"
    KEPT = "kept"


class MailPort(Protocol):
    """Takes one mail at a time."""

    def send(self, mail: Mail) -> Delivery:
        """Hand the mail over. Raises MailRefused for good, MailUnavailable for now."""
        ...
