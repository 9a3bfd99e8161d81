"""What the API answers with. Amounts are decimal text with all digits of their currency."""

from datetime import date, datetime

from ninja import Field, Schema

from counterfoil.core.money import Money


class Amount(Schema):
    """An amount: `value` is decimal text such as "1200.00", `currency` its ISO 4217 code."""

    value: str = Field(examples=["1200.00"])
    currency: str = Field(examples=["EUR"])


class PartnerRef(Schema):
    """A partner, by id and name."""

    id: str
    name: str


class FundStage(Schema):
    """Where a fund period stands, as a whole or for one partner; every figure is a sum of legs."""

    fund: str
    code: str
    name: str
    program: str
    period: str
    partner: PartnerRef | None
    budget: Amount
    allocated: Amount
    available: Amount
    pre_approved: Amount
    claimed: Amount
    approved: Amount
    paid: Amount
    reversed: Amount
    expired: Amount
    entries: int


class PlanStage(Schema):
    """Where a plan's month stands, as a whole or for one partner."""

    plan: str
    code: str
    program: str
    period: str
    partner: PartnerRef | None
    earned: Amount
    taken_back: Amount
    held: Amount
    approved: Amount
    paid: Amount
    owed_back: Amount
    entries: int


class MonthOfMoney(Schema):
    """A month of one currency; the last three are as of the end of its last day."""

    month: str = Field(examples=["2026-09"])
    accrued: Amount
    paid: Amount
    in_transit: Amount
    billed: Amount
    pre_approved: Amount


class OpenItem(Schema):
    """What a clearing account still holds, and since when."""

    account: str
    kind: str
    fund: str
    period: str
    partner: PartnerRef | None
    amount: Amount
    since: date
    days: int


class LegOut(Schema):
    """One leg of an entry: plus is debit, minus is credit."""

    account: str
    amount: Amount


class EntryOut(Schema):
    """A ledger entry with its legs."""

    id: str
    kind: str
    effective_on: date
    posted_at: datetime
    source: str
    partner: PartnerRef | None
    reason: str
    origin_period: str
    reverses: str
    reversed_by: str
    legs: list[LegOut]


class FundStages(Schema):
    """A page of fund stages; `next` is the cursor of the following page, empty at the end."""

    items: list[FundStage]
    next: str


class PlanStages(Schema):
    """A page of plan stages; `next` is the cursor of the following page, empty at the end."""

    items: list[PlanStage]
    next: str


class Months(Schema):
    """Months of money, by currency and month."""

    items: list[MonthOfMoney]


class OpenItems(Schema):
    """A page of open amounts, the oldest first."""

    items: list[OpenItem]
    next: str


class Entries(Schema):
    """A page of ledger entries, the newest first."""

    items: list[EntryOut]
    next: str


def amount(money: Money) -> Amount:
    """This will turn an amount into its decimal text and currency."""
    return Amount(value=money.format_number(), currency=money.currency)
