"""What payouts hands out."""

from dataclasses import dataclass
from datetime import date, datetime

from counterfoil.core.money import Money
from counterfoil.foundation.tabular import TableProblem


@dataclass(frozen=True, slots=True)
class PayeeInfo:
    """Who is paid for a partner in a currency; `status` is pending, ready or on_hold."""

    id: int
    public_id: str
    partner_id: int
    legal_name: str
    erp_vendor_number: str
    country: str
    currency: str
    route: str
    tax_recoverable: bool
    status: str
    entered_by: str
    entered_at: datetime
    checked_by: str
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReadyRow:
    """A payable on its way to a bill; `blocks` says in words what keeps it from being paid."""

    payable_ref: str
    entry_id: str
    claim_number: str
    title: str
    partner_id: int
    partner_public_id: str
    partner_name: str
    fund: str
    fund_name: str
    period: str
    program: str
    cost_center: str
    amount: Money
    approved_on: date
    payee: PayeeInfo | None
    bill_number: str
    blocks: tuple[str, ...]

    @property
    def is_ready(self) -> bool:
        """Whether nothing keeps it from being paid."""
        return not self.blocks


@dataclass(frozen=True, slots=True)
class BatchInfo:
    """A vendor-bill file: sealed, then released by another person, or void."""

    public_id: str
    number: str
    state: str
    file_name: str
    sha256: str
    count: int
    totals: tuple[Money, ...]
    sealed_by: str
    sealed_at: datetime
    released_by: str
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class BatchFile:
    """The bytes of a batch, exactly as sealed."""

    file_name: str
    content: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class BillInfo:
    """One vendor bill; `state` is billed, paid, rejected or void."""

    public_id: str
    number: str
    batch: str
    batch_state: str
    partner_id: int
    partner_name: str
    payee_id: int
    payable_ref: str
    amount: Money
    is_live: bool
    state: str
    paid_on: date | None
    paid_reference: str
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class PaidLine:
    """A line of the ERP's paid list that fits a released bill."""

    line: int
    bill: BillInfo
    paid_on: date
    reference: str


@dataclass(frozen=True, slots=True)
class PaidCheck:
    """A paid list as checked: what is new, what was known, and what is wrong, by line."""

    fresh: tuple[PaidLine, ...]
    unchanged: tuple[PaidLine, ...]
    problems: tuple[TableProblem, ...]


@dataclass(frozen=True, slots=True)
class MailTarget:
    """Whom a partner's mail about money goes to."""

    name: str
    email: str
    language: str
