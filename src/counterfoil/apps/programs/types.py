"""What programs hands out and takes in."""

from dataclasses import dataclass
from datetime import date, datetime

from counterfoil.core.money import Money, Rounding


@dataclass(frozen=True, slots=True)
class ProgramInfo:
    """A partner program; `zone` is an IANA name, `calendar` the code of its working calendar."""

    id: int
    code: str
    name: str
    currency: str
    legal_entity: str
    zone: str
    calendar: str


@dataclass(frozen=True, slots=True)
class TierInfo:
    """A tier of a program; rank 1 is the lowest."""

    id: int
    program: str
    code: str
    name: str
    rank: int


@dataclass(frozen=True, slots=True)
class FundInfo:
    """One period of a fund; `budget` is what was authorized, everything else is in the ledger."""

    id: int
    public_id: str
    program: str
    program_name: str
    code: str
    name: str
    period: str
    currency: str
    budget: Money
    earn_rate_ppm: int
    earn_rounding: Rounding
    starts_on: date
    ends_on: date
    claims_until: date
    cost_center: str
    earns_from: date
    earns_to: date


@dataclass(frozen=True, slots=True)
class EnrollmentInfo:
    """A partner's place in a program; `tier` is the code of its tier or empty."""

    partner_id: int
    program: str
    tier: str
    since_on: date
    ended_on: date | None


@dataclass(frozen=True, slots=True)
class SalesLineDraft:
    """A sale or refund as another system reported it.

    `amount` is never negative: `kind` ("sale" or "refund") carries the sign. `source_key` is the
    other system's own key of the line and stands once per source for ever.
    """

    partner_id: int
    source_key: str
    order_number: str
    sold_on: date
    received_on: date
    quantity: int
    amount: Money
    kind: str = "sale"
    product: str = ""
    category: str = ""
    original_key: str = ""


@dataclass(frozen=True, slots=True)
class SalesRecorded:
    """How many lines were new, and how many stood there word for word."""

    new: int
    unchanged: int


@dataclass(frozen=True, slots=True)
class SalesTotal:
    """A partner's sales less refunds in a span of days, with the hash of the rows that make it."""

    partner_id: int
    partner_public_id: str
    base_minor: int
    line_count: int
    lines_sha256: str


@dataclass(frozen=True, slots=True)
class OtherCurrency:
    """Sales lines that a fund of another currency leaves out."""

    currency: str
    line_count: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class StatementInfo:
    """How a version of a partner's allocation was computed, and what it posted."""

    id: str
    fund: str
    partner_id: int
    version: int
    base: Money
    line_count: int
    lines_sha256: str
    rate_ppm: int
    rounding: Rounding
    earned: Money
    posted: Money
    computed_at: datetime


@dataclass(frozen=True, slots=True)
class StatementDraft:
    """A statement to record; amounts are in the fund's currency."""

    id: str
    partner_id: int
    version: int
    base_minor: int
    line_count: int
    lines_sha256: str
    rate_ppm: int
    rounding: Rounding
    earned_minor: int
    posted_minor: int


@dataclass(frozen=True, slots=True)
class EarningLine:
    """A sales line as a commission run freezes it, with what its partner is.

    `amount_minor` is never negative; `original_key` is empty where the refund names no line.
    """

    pk: int
    partner_id: int
    source: str
    source_key: str
    order_number: str
    product: str
    category: str
    sold_on: date
    received_on: date
    amount_minor: int
    currency: str
    is_refund: bool
    original_key: str
    row_sha256: str
    country: str
    region: str
    segment: str
    kind: str
