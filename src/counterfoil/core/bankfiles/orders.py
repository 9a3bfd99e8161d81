"""What a payment file is written from: our account, the day, and one credit transfer a payment."""

from dataclasses import dataclass
from datetime import date, datetime

from counterfoil.core.bankaccounts import Account
from counterfoil.core.currencies import exponent
from counterfoil.core.money import Money

ID_MAX = 35
NAME_MAX = 70
TEXT_MAX = 140


class BadOrder(ValueError):
    """The order can't be written; `payment` is its end-to-end id, `field` what is wrong."""

    def __init__(self, payment: str, field: str, message: str) -> None:
        super().__init__(f"{payment}, {field}: {message}" if payment else f"{field}: {message}")
        self.payment, self.field = payment, field


@dataclass(frozen=True, slots=True)
class Debtor:
    """Whose account is debited; `company_id` and `bank_name` are for NACHA."""

    name: str
    account: Account
    bank_name: str = ""
    company_id: str = ""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment: whom, how much, and what it is for."""

    end_to_end_id: str
    amount: Money
    name: str
    account: Account
    remittance: str


@dataclass(frozen=True, slots=True)
class TransferFile:
    """Everything that a file says; the same value gives the same bytes.

    `created_at` is the moment of the seal, `number` the running number of the batch.
    """

    message_id: str
    number: int
    created_at: datetime
    execute_on: date
    debtor: Debtor
    transfers: tuple[Transfer, ...]
    is_sepa: bool = False

    @property
    def total(self) -> Money:
        """Return the control sum. Raises CurrencyMismatch for two currencies."""
        first, *others = (transfer.amount for transfer in self.transfers)
        return sum(others, first)


def check_ids(file: TransferFile) -> None:
    """Refuse ids that are too long or used twice, and amounts that are not above zero.

    Raises BadOrder.
    """
    if not file.transfers:
        raise BadOrder("", "payments", "a file has one payment at least")
    if not 0 < len(file.message_id) <= ID_MAX:
        raise BadOrder("", "message id", f"has 1 to {ID_MAX} characters")
    seen = set()
    for transfer in file.transfers:
        known = transfer.end_to_end_id
        if not 0 < len(known) <= ID_MAX or known in seen:
            raise BadOrder(known, "end-to-end id", f"is unique and has 1 to {ID_MAX} characters")
        seen.add(known)
        if not transfer.amount.is_positive:
            raise BadOrder(known, "amount", f"{transfer.amount} is not above zero")
        if transfer.amount.currency != file.transfers[0].amount.currency:
            raise BadOrder(known, "currency", "all payments of a file have one currency")


def plain_amount(minor: int, currency: str) -> str:
    """Return an amount with a point and the currency's own decimals: 1001 JPY, 1.001 KWD."""
    decimals = exponent(currency)
    digits = str(minor).rjust(decimals + 1, "0")
    return f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
