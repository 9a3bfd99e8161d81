"""Keeps each mail in the outbox."""

from counterfoil.apps.messaging.ports import Delivery
from counterfoil.apps.messaging.types import Mail


class KeepInOutbox:
    """Hands nothing over: the row is marked as kept and shown on the mailbox page."""

    def send(self, mail: Mail) -> Delivery:
        """This will leave the mail where it is."""
        return Delivery.KEPT
