"""What the ledger hands out: frozen values, amounts as Money on the account's normal side."""

from dataclasses import dataclass
from datetime import date, datetime

from counterfoil.core.accounts import AccountKey
from counterfoil.core.money import Money


@dataclass(frozen=True, slots=True)
class Posted:
    """An entry of the journal; `is_new` is False when the same key and payload stood there."""

    public_id: str
    is_new: bool


@dataclass(frozen=True, slots=True)
class AccountBalance:
    """The balance of one account on its normal side, and how many legs make it."""

    account: AccountKey
    partner_id: int
    balance: Money
    leg_count: int


@dataclass(frozen=True, slots=True)
class FundPosition:
    """Where a fund period stands, for one partner (`partner_id` > 0) or for all of them (0).

    Every figure is a sum of legs. `authorized`, `unallocated` and `returned` belong to the fund as
    a whole and are zero on a partner's row; `allocated` is what was earned less what was taken
    back; `claimed` is all that approved claims consumed, of which `approved` is not yet paid and
    `paid` is; `billed` is the part of `approved` that stands on a released vendor bill; `reversed`
    is what was approved once and undone; `expired` lapsed unused. Allocated is always available +
    committed + claimed + expired.
    """

    fund: str
    period: str
    partner_id: int
    currency: str
    authorized: Money
    unallocated: Money
    returned: Money
    allocated: Money
    available: Money
    committed: Money
    claimed: Money
    approved: Money
    billed: Money
    paid: Money
    reversed: Money
    expired: Money
    entry_count: int


@dataclass(frozen=True, slots=True)
class PlanPosition:
    """Where the commissions of a plan's month stand, for one partner or for all of them (0).

    Every figure is a sum of legs. `earned` is what runs and adjustments added, `taken_back` what
    refunds and corrections took; `held` waits for the end of its hold or for the minimum payout;
    `approved` is owed and not paid, `paid` went out less what was kept back of it, and `owed_back`
    is what the partner still owes. Earned less taken back is always held + approved + paid less
    owed back.
    """

    plan: str
    period: str
    partner_id: int
    currency: str
    earned: Money
    taken_back: Money
    held: Money
    approved: Money
    paid: Money
    owed_back: Money
    entry_count: int

    @property
    def difference(self) -> Money:
        """Return how far the row is from tying; zero is right."""
        stands = self.held + self.approved + self.paid - self.owed_back
        return self.earned - self.taken_back - stands


@dataclass(frozen=True, slots=True)
class MoneyMonth:
    """A month of one currency: what became owed and what went out in it, what was left at its end.

    `in_transit` is on its way through the bank, `billed` stands on vendor bills that the ERP has
    not paid, `pre_approved` is committed and not claimed: each at the end of the month's last day.
    """

    month: str
    currency: str
    accrued: Money
    paid: Money
    in_transit: Money
    billed: Money
    pre_approved: Money


@dataclass(frozen=True, slots=True)
class PostedApproval:
    """What the entries of one decision posted as approved, less what was reversed of it."""

    source_ref: str
    amount: Money
    entries: tuple[str, ...]
    is_reversed: bool


@dataclass(frozen=True, slots=True)
class BurnMonth:
    """How far the budget of a fund period was used at the end of a month."""

    month: str
    authorized: Money
    allocated: Money
    committed: Money
    claimed: Money
    returned: Money


@dataclass(frozen=True, slots=True)
class LegRow:
    """One leg: signed minor units (plus debit, minus credit) on an account."""

    account_code: str
    kind: str
    amount: Money


@dataclass(frozen=True, slots=True)
class EntryRow:
    """A journal entry with its legs."""

    cursor: int
    public_id: str
    kind: str
    effective_on: date
    posted_at: datetime
    source_ref: str
    partner_id: int
    actor_id: str
    reason: str
    origin_period: str
    reverses: str
    reversed_by: str
    legs: tuple[LegRow, ...]


@dataclass(frozen=True, slots=True)
class EntryPage:
    """A page of entries, newest first; pass `next_cursor` for the following one (None: last)."""

    items: tuple[EntryRow, ...]
    next_cursor: int | None


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A leg of one account, and the account's balance after it (normal side)."""

    cursor: int
    entry_id: str
    kind: str
    effective_on: date
    posted_at: datetime
    source_ref: str
    amount: Money
    balance: Money


@dataclass(frozen=True, slots=True)
class AccountPage:
    """A page of an account's lines, newest first."""

    account_code: str
    items: tuple[AccountLine, ...]
    next_cursor: int | None


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One leg with its entry, as the journal lists it: plus is debit, minus is credit."""

    entry_id: str
    effective_on: date
    posted_at: datetime
    kind: str
    source_ref: str
    reason: str
    origin_period: str
    reverses: str
    account_code: str
    amount: Money


@dataclass(frozen=True, slots=True)
class PayableDue:
    """What is owed to a partner for one source (a claim) and not yet on a released bill."""

    payable_ref: str
    entry_id: str
    partner_id: int
    partner_public_id: str
    fund: str
    period: str
    amount: Money
    effective_on: date
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class OwedBalance:
    """What a partner is owed on one kind of account, before a span of days and at its end.

    In minor units, positive where it is owed to the partner.
    """

    partner_id: int
    currency: str
    kind: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class OwedMovement:
    """What an entry changed of what a partner is owed, on accounts of one fund and period.

    `kind` is the entry's; of a reversal that of the entry that it reverses.
    """

    partner_id: int
    entry_id: str
    kind: str
    is_reversal: bool
    effective_on: date
    source_ref: str
    reason: str
    fund: str
    period: str
    amount: Money


@dataclass(frozen=True, slots=True)
class TrialBalanceRow:
    """The debits and credits of an account up to a day, in minor units of the currency."""

    account_code: str
    kind: str
    is_memo: bool
    currency: str
    debit_minor: int
    credit_minor: int


@dataclass(frozen=True, slots=True)
class OpenAmount:
    """What is not cleared on an account that must come to zero.

    `since` is the day of the oldest increase that no later decrease has used up, first in, first
    out; `days` are whole days from it to the day asked for. `fund` is empty where the account
    carries none, `partner_id` 0 where it is the vendor's own.
    """

    account_code: str
    kind: str
    fund: str
    period: str
    partner_id: int
    amount: Money
    since: date
    days: int


@dataclass(frozen=True, slots=True)
class OpenAge:
    """What is open on one kind of account in one currency, by age: one sum for each bound."""

    kind: str
    count: int
    total: Money
    by_age: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class PeriodInfo:
    """An accounting month; `closed_at` is None while it is open."""

    code: str
    starts_on: date
    ends_on: date
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class MonthTotal:
    """What an accounting month holds on one kind of account, in one currency."""

    kind: str
    is_memo: bool
    debit: Money
    credit: Money


@dataclass(frozen=True, slots=True)
class MonthInfo:
    """An accounting month that has entries, or was closed; `closed_at` is None while open."""

    code: str
    starts_on: date
    ends_on: date
    entries: int
    closed_at: datetime | None
    closed_by: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the ledger that must not be: which check, on what, seen and expected."""

    check: str
    subject: str
    message: str
