"""The one shape of what a bank answers, whatever format it came in.

Readers of this package turn bytes into these values; nothing here reads or stores.
"""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from counterfoil.core.canonical import digest
from counterfoil.core.money import Money

FILE_BYTES_MAX = 256 << 20
"""The largest file that any reader takes."""
ENTRIES_MAX = 1_000_000
UNKNOWN_MAX = 200
"""How many unknown parts of a statement are named; further ones only count."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a bank's file and what is wrong there; `hint` says what would be right."""

    file: str
    line: int
    message: str
    hint: str

    def __str__(self) -> str:
        """Return "file:line: message; hint"."""
        return f"{self.file}:{self.line}: {self.message}; {self.hint}"


class BankFileRefused(ValueError):
    """The file is not taken, not even in part; `place` names file, line, reason and remedy."""

    def __init__(self, place: Place) -> None:
        super().__init__(str(place))
        self.place = place


class StatementKind(StrEnum):
    """What a statement is good for: only a statement of booked entries is reconciled.

    `statement` is the account's record (camt.053, MT940, BAI2 of the day before, CSV); `report`
    is intraday (camt.052), `notice` tells details of entries that a statement books (camt.054).
    """

    STATEMENT = "statement"
    REPORT = "report"
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class Balance:
    """What the account stood at; plus is credit. `code` is the bank's own word for it."""

    code: str
    amount: Money
    on: date
    line: int


@dataclass(frozen=True, slots=True)
class Detail:
    """One payment inside an entry, as the bank knows it; unknown texts are empty.

    `amount` is signed like its entry and None where the bank gave none; `instructed` is what was
    ordered where that was another currency; `return_code` is ISO's or Nacha's reason.
    """

    end_to_end_id: str = ""
    amount: Money | None = None
    instructed: Money | None = None
    charges: Money | None = None
    instruction_id: str = ""
    payment_info_id: str = ""
    message_id: str = ""
    bank_reference: str = ""
    party: str = ""
    party_account: str = ""
    text: str = ""
    return_code: str = ""
    return_text: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the account; plus is money in, minus is money out.

    `number` counts from 1 within the statement. `is_reversal` says that the bank undoes an
    earlier entry; the sign of the amount already tells the direction. `status` is booked, pending
    or information; only booked entries count into the balance.
    """

    number: int
    amount: Money
    status: str
    booked_on: date
    valued_on: date
    reference: str = ""
    entry_reference: str = ""
    code: str = ""
    text: str = ""
    is_reversal: bool = False
    batch_count: int | None = None
    batch_message_id: str = ""
    batch_payment_info_id: str = ""
    charges: Money | None = None
    details: tuple[Detail, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Statement:
    """The account between two balances.

    `ties` is true only when opening balance plus booked entries is the closing balance, and every
    count and sum that the file gives of itself is right; `review` says, place by place, why not.
    `unknown_parts` lists what stands in the file and was not understood.
    """

    kind: StatementKind
    account: str
    number: str
    id: str
    currency: str
    opening: Balance | None
    closing: Balance | None
    entries: tuple[Entry, ...]
    balances: tuple[Balance, ...] = ()
    from_on: date | None = None
    to_on: date | None = None
    owner: str = ""
    bank: str = ""
    unknown_parts: tuple[Place, ...] = ()
    unknown_count: int = 0
    review: tuple[Place, ...] = ()
    line: int = 0

    @property
    def ties(self) -> bool:
        """Whether the statement proves itself."""
        return not self.review

    @property
    def details(self) -> tuple[tuple[Entry, Detail], ...]:
        """Every payment that the entries name."""
        return tuple((entry, detail) for entry in self.entries for detail in entry.details)


@dataclass(frozen=True, slots=True)
class StatementFile:
    """A file of statements: its format ("camt.053.001.08", "MT940", "BAI2", "CSV")."""

    format: str
    message_id: str
    statements: tuple[Statement, ...]
    created: str = ""


@dataclass(frozen=True, slots=True)
class PaymentStatus:
    """What the bank says of one payment of a file that we sent; `status` is an ISO code."""

    end_to_end_id: str
    status: str
    payment_info_id: str = ""
    instruction_id: str = ""
    code: str = ""
    text: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class StatusReport:
    """A pain.002: what became of a whole file, of its parts and of single payments.

    `group_status` and a part's status are "" where the bank gave none. The key of an inbox row is
    (sender, message_id, group_status).
    """

    format: str
    sender: str
    message_id: str
    created: str
    original_message_id: str
    original_message_name: str
    group_status: str
    group_code: str = ""
    group_text: str = ""
    parts: tuple[PaymentStatus, ...] = ()
    payments: tuple[PaymentStatus, ...] = ()
    unknown_parts: tuple[Place, ...] = ()
    unknown_count: int = 0


@dataclass(frozen=True, slots=True)
class ReturnedItem:
    """A returned (R-code) or corrected (C-code) entry of ours, by the trace number that we gave.

    `amount` is what came back; `corrected` is the new value of a notification of change.
    """

    code: str
    original_trace: str
    trace: str
    amount: Money
    is_correction: bool
    name: str
    identification: str
    account: str
    original_bank: str
    text: str = ""
    corrected: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class ReturnFile:
    """A NACHA file of returns and notifications of change; both lists in the file's order."""

    format: str
    origin: str
    destination: str
    created_on: date
    items: tuple[ReturnedItem, ...]
    unknown_parts: tuple[Place, ...] = field(default=())


BankAnswer = StatementFile | StatusReport | ReturnFile


def entry_key(statement: Statement, entry: Entry) -> str:
    """Return what makes a bank line the same line again, whichever file brings it.

    It is the digest of account, statement, bank references, days and amount, and of the place in
    the statement, since a bank may book two equal lines a day. The file's name, its message id and
    the order of its statements don't count.
    """
    return digest(
        {
            "kind": statement.kind.value,
            "account": statement.account,
            "statement": statement.id or statement.number,
            "number": entry.number,
            "entry": [entry.reference, entry.entry_reference],
            "booked_on": entry.booked_on.isoformat(),
            "minor": entry.amount.minor,
            "currency": entry.amount.currency,
        }
    )


def likeness(account: str, entry: Entry) -> str:
    """Return what two lines share when one is suspected to repeat the other: no place, no file."""
    ids = sorted(detail.end_to_end_id for detail in entry.details if detail.end_to_end_id)
    return digest(
        {
            "account": account,
            "ids": ids,
            "reference": entry.reference,
            "minor": entry.amount.minor,
            "currency": entry.amount.currency,
            "valued_on": entry.valued_on.isoformat(),
        }
    )
