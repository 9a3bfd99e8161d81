"""What a payment file says when somebody reads it who did not write it."""

from dataclasses import dataclass
from datetime import date


class BadPaymentFile(ValueError):
    """The bytes are no payment file that adds up; the message says where."""


@dataclass(frozen=True, slots=True)
class SaidPayment:
    """One payment as the bytes say it; `account` is an IBAN or routing:account."""

    end_to_end_id: str
    name: str
    account: str
    minor: int
    currency: str
    remittance: str
    trace_number: str = ""


@dataclass(frozen=True, slots=True)
class SaidFile:
    """A whole file as its bytes say it; count and sum are recomputed and equal the stated ones."""

    message_id: str
    execute_on: date
    debtor_account: str
    payments: tuple[SaidPayment, ...]

    @property
    def count(self) -> int:
        """Return the number of payments."""
        return len(self.payments)

    @property
    def total_minor(self) -> int:
        """Return the sum of the payments in minor units."""
        return sum(payment.minor for payment in self.payments)
