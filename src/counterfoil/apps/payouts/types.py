"""What payouts hands out."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

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


@dataclass(frozen=True, slots=True)
class OwnAccountInfo:
    """One of our bank accounts; `calendar` holds its bank's holidays, `cut_off` is HH:MM there."""

    code: str
    holder: str
    currency: str
    format: str
    is_sepa: bool
    account_number: str
    bic: str
    routing: str
    bank_name: str
    company_id: str
    calendar: str
    cut_off: str
    lead_days: int
    channel: str


@dataclass(frozen=True, slots=True)
class BankDetailInfo:
    """A version of a partner's bank details, masked; states as in docs/reference/states.md."""

    id: int
    public_id: str
    partner_id: int
    partner_public_id: str
    partner_name: str
    currency: str
    kind: str
    holder: str
    bank_country: str
    bic: str
    masked: str
    fingerprint: str
    state: str
    reason: str
    proposed_by: str
    proposed_at: datetime
    proposed_via: str
    callback_number: str
    callback_person: str
    callback_note: str
    callback_by: str
    callback_at: datetime | None
    approved_by: str
    approved_at: datetime | None
    cooling_off_until: datetime | None
    active_at: datetime | None
    ended_at: datetime | None
    refused_by: str
    refused_reason: str

    @property
    def is_open(self) -> bool:
        """Whether the change still waits for something."""
        return self.state in {"proposed", "callback_done", "cooling_off"}


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """A paper of the payee checklist."""

    public_id: str
    partner_id: int
    kind: str
    form: str
    reference: str
    expires_on: date | None
    entered_by: str
    checked_by: str


@dataclass(frozen=True, slots=True)
class ChecklistItem:
    """One point of the payee checklist; `words` says what is missing, empty when it is done."""

    name: str
    title: str
    words: str

    @property
    def is_done(self) -> bool:
        """Whether nothing is missing."""
        return not self.words


@dataclass(frozen=True, slots=True)
class HoldInfo:
    """What keeps a payable from being paid; kind is hold, rejected or returned."""

    public_id: str
    partner_id: int
    payable_ref: str
    kind: str
    reason: str
    placed_by: str
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class PayRow:
    """A payable of the bank-file route; `blocks` says in words what keeps it from being paid."""

    payable_ref: str
    entry_id: str
    number: str
    title: str
    partner_id: int
    partner_public_id: str
    partner_name: str
    fund: str
    period: str
    amount: Money
    approved_on: date
    payee: PayeeInfo
    detail: BankDetailInfo | None
    message_id: str
    hold_id: str
    blocks: tuple[str, ...]

    @property
    def is_ready(self) -> bool:
        """Whether nothing keeps it from being paid."""
        return not self.blocks


@dataclass(frozen=True, slots=True)
class PaymentBatchInfo:
    """A payment file without its bytes; states as in docs/reference/states.md."""

    id: int
    public_id: str
    message_id: str
    seq: int
    own_account: str
    own_holder: str
    own_masked: str
    format: str
    execute_on: date
    state: str
    is_unknown: bool
    file_name: str
    sha256: str
    count: int
    total: Money
    sealed_by: str
    sealed_at: datetime
    released_by: str
    released_at: datetime | None
    dispatched_at: datetime | None
    receipt: str
    closed_at: datetime | None
    is_adopted: bool
    close_proof: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PaymentInfo:
    """One payment of a batch, with what the bank answered."""

    public_id: str
    end_to_end_id: str
    trace_number: str
    message_id: str
    batch_id: str
    batch_state: str
    own_account: str
    position: int
    partner_id: int
    partner_public_id: str
    partner_name: str
    payee_name: str
    payable_ref: str
    fund: str
    period: str
    gross: Money
    netted: Money
    amount: Money
    remittance: str
    state: str
    is_live: bool
    detail_id: str
    account_masked: str
    account_fingerprint: str
    execute_on: date
    released_at: datetime | None
    dispatched_at: datetime | None
    settled_on: date | None
    bank_reference: str
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class ApprovalInfo:
    """One person's approval of a file, by its hash."""

    approver: str
    sha256: str
    proof: str
    approved_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class FindingInfo:
    """What the pre-payment check found about a payment, and who cleared it."""

    number: int
    kind: str
    words: str
    end_to_end_id: str
    payee_name: str
    amount: Money
    cleared_by: str
    cleared_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class DispatchInfo:
    """One way of a file out of the house; state is due or done."""

    id: int
    channel: str
    state: str
    place: str
    asked_by: str
    asked_at: datetime
    reason: str
    done_by: str
    done_at: datetime | None
    is_first: bool


@dataclass(frozen=True, slots=True)
class PayoutStanding:
    """Whether payouts are locked, and the number of the next batch."""

    org: str
    epoch: int
    next_seq: int
    is_locked: bool
    lock_reason: str
    locked_at: datetime | None


@dataclass(frozen=True, slots=True)
class LateBatch:
    """A batch that takes too long: why (unknown, unsent, transit), business days, open ones."""

    why: str
    batch: PaymentBatchInfo
    days: int
    waiting: int


@dataclass(frozen=True, slots=True)
class OutsideFile:
    """A payment file as the outbox folder holds it."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class OutsideDifference:
    """One way in which the outside is ahead; `kind` is file, answer, checkpoint or folder."""

    kind: str
    subject: str
    sha256: str
    words: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes it the same finding again."""
        return self.kind, self.subject[:200], self.sha256


@dataclass(frozen=True, slots=True)
class OutsideInfo:
    """A finding that locked payouts, and how somebody accounted for it."""

    public_id: str
    kind: str
    subject: str
    sha256: str
    words: str
    found_at: datetime
    outcome: str
    note: str
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class StatementInfo:
    """A bank statement as it was read; `review` and `unknown_parts` are places in words.

    `kind` is statement, report or notice; `state` is review, taken or set_aside. `waiting` counts
    lines that wait for a person.
    """

    id: int
    public_id: str
    file_id: str
    file_name: str
    format: str
    kind: str
    own_account: str
    account: str
    number: str
    bank_id: str
    currency: str
    opening: Money | None
    closing: Money | None
    opening_on: date | None
    closing_on: date | None
    count: int
    review: tuple[str, ...]
    unknown_parts: tuple[str, ...]
    unknown_count: int
    state: str
    decided_by: str
    decided_at: datetime | None
    decided_reason: str
    read_by: str
    read_at: datetime
    waiting: int = 0

    @property
    def ties(self) -> bool:
        """Whether the statement proves itself."""
        return not self.review


@dataclass(frozen=True, slots=True)
class MatchInfo:
    """What a bank line was found to be, by which rule or person."""

    public_id: str
    kind: str
    rule: str
    payments: tuple[str, ...]
    fee: Money | None
    entries: tuple[str, ...]
    reason: str
    matched_by: str
    matched_at: datetime
    is_undone: bool


@dataclass(frozen=True, slots=True)
class BankLineInfo:
    """One line of a statement; plus is money in. `match` is the live one, if there is one."""

    id: int
    public_id: str
    statement_id: str
    own_account: str
    number: int
    file_line: int
    amount: Money
    instructed: Money | None
    booked_on: date
    valued_on: date
    status: str
    reference: str
    end_to_end_id: str
    party: str
    text: str
    code: str
    return_code: str
    return_text: str
    is_reversal: bool
    has_parts: bool
    is_part: bool
    match: MatchInfo | None = None


@dataclass(frozen=True, slots=True)
class CandidateInfo:
    """A payment that a bank line might be, and why it was not taken by itself."""

    end_to_end_id: str
    why: str
    payee: str
    amount: Money | None
    state: str
    execute_on: date | None


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A bank line that waits for a person; `reason` is a code of core.reconciling.Reason."""

    line: BankLineInfo
    reason: str
    raised_at: datetime
    candidates: tuple[CandidateInfo, ...]


@dataclass(frozen=True, slots=True)
class NoticeInfo:
    """A status report or a return as it was taken; `outcome` says what became of each part."""

    public_id: str
    sender: str
    message_id: str
    status: str
    about: str
    state: str
    outcome: tuple[str, ...]
    received_at: datetime


@dataclass(frozen=True, slots=True)
class TransitRow:
    """A payment that left and was not debited yet, with its age in days."""

    end_to_end_id: str
    message_id: str
    batch_id: str
    own_account: str
    payee: str
    amount: Money
    state: str
    since: date
    age_days: int
