"""The rules by which bank lines and payments find each other, and what is left says why.

The rules are those of reference/money.md 4, in this order; each pass matches a pair only when it
is the only candidate on both sides. `apps.payouts.services.matching` runs them over sets in
PostgreSQL; here stand their words, their limits and what needs no set: sums inside a small group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

RULES_VERSION: Final = 1
"""Raise it whenever the same lines and payments may match otherwise."""
SUBSET_MAX: Final = 16
"""Above this a sum of some payments is almost never the only one (reference/money.md 4)."""


class Rule(StrEnum):
    """Which pass found a match."""

    REFERENCE = "reference"
    RETURN = "return"
    BATCH = "batch"
    NOTICE = "notice"
    ACCOUNT = "account"
    FEE = "fee"
    EXCHANGE = "exchange"
    SUM = "sum"
    PERSON = "person"


class Kind(StrEnum):
    """What a matched line is."""

    PAYMENT = "payment"
    RETURN = "return"
    FEE = "fee"
    DUPLICATE = "duplicate"
    NOT_OURS = "not_ours"


class Reason(StrEnum):
    """Why a line waits for a person."""

    AMBIGUOUS = "ambiguous"
    AMOUNT_DIFFERS = "amount_differs"
    PAID_TWICE = "paid_twice"
    SENT_TWICE = "sent_twice"
    REJECTED = "rejected_but_paid"
    RETURN_UNKNOWN = "return_unknown"
    MONEY_IN = "money_in"
    UNKNOWN = "unknown"


REASON_WORDS: Final[Mapping[Reason, str]] = {
    Reason.AMBIGUOUS: "Several payments fit this line equally well",
    Reason.AMOUNT_DIFFERS: "A payment has this reference and another amount",
    Reason.PAID_TWICE: "The payment with this reference is already settled",
    Reason.SENT_TWICE: "An equal line stands in another statement",
    Reason.REJECTED: "The bank had rejected the payment with this reference",
    Reason.RETURN_UNKNOWN: "A return, and no settled payment fits it",
    Reason.MONEY_IN: "Money came in that returns no payment",
    Reason.UNKNOWN: "No payment of ours fits this line",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What the passes may do; every tolerance has a cap in minor units, by currency.

    A bank that keeps a fee debits up to `fee_max_minor` more than was ordered, or returns that
    much less. An exchange may differ from the stored rate by `exchange_ppm` parts per million.
    `window_days` are business days after execution.
    """

    fee_max_minor: Mapping[str, int] = field(default_factory=dict)
    exchange_ppm: int = 20_000
    window_days: int = 5

    def fee_max(self, currency: str) -> int:
        """Return the largest fee that matches by itself, in minor units."""
        return self.fee_max_minor.get(currency, 0)


@dataclass(frozen=True, slots=True)
class Claim:
    """A payment as the passes see it: amounts in minor units of the bank account's currency.

    `party` is the fingerprint of the payee's account, `from_on` and `to_on` the days on which the
    bank may book it. `expected_minor` is the amount at the stored rate where the account has
    another currency than the payment. `state` is open or settled.
    """

    id: int
    reference: str
    batch: str
    minor: int
    currency: str
    party: str
    from_on: date
    to_on: date
    state: str
    expected_minor: int | None = None
    expected_currency: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A bank line as the passes see it; `minor` is positive, `is_in` says that money came in.

    `instructed_minor` is what the bank says was ordered, where that was another currency.
    """

    id: int
    reference: str
    batch: str
    batch_count: int | None
    minor: int
    currency: str
    party: str
    booked_on: date
    is_in: bool
    return_code: str = ""
    instructed_minor: int | None = None
    instructed_currency: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """A match: one line and its payments, the rule, and the fee that the bank kept (minor)."""

    line: int
    claims: tuple[int, ...]
    rule: Rule
    kind: Kind
    fee_minor: int = 0


@dataclass(frozen=True, slots=True)
class Candidate:
    """A payment that might be meant, and why it is not taken by itself."""

    claim: int
    why: str


@dataclass(frozen=True, slots=True)
class Left:
    """A line that waits for a person."""

    line: int
    reason: Reason
    candidates: tuple[Candidate, ...] = ()


def by_notice(
    lines: Sequence[Line], claims: Sequence[Claim], told: Mapping[int, Sequence[str]]
) -> tuple[Found, ...]:
    """Return matches of batch lines whose payments a notice of the bank names.

    `told` maps lines to the references of the notice with the line's own bank reference and
    amount. A line matches when every reference is an open payment of its currency, the payments
    sum to it, and no other line is told one of them.
    """
    known = {claim.reference: claim for claim in claims if claim.state == "open"}
    said = [reference for references in told.values() for reference in references]
    found = []
    for line in lines:
        references = told.get(line.id, ())
        chosen = [known[each] for each in references if each in known]
        if (
            len(chosen) == len(references) > 0
            and not line.is_in
            and all(said.count(each) == 1 for each in references)
            and all(claim.currency == line.currency for claim in chosen)
            and sum(claim.minor for claim in chosen) == line.minor
        ):
            ids = tuple(claim.id for claim in chosen)
            found.append(Found(line.id, ids, Rule.NOTICE, Kind.PAYMENT))
    return tuple(found)


def only_subset(amounts: Sequence[int], target: int) -> tuple[int, ...] | None:
    """Return the places of the one group of amounts that sums to `target`, or None.

    None as well when there are two such groups, or more than SUBSET_MAX amounts: a sum that
    another choice makes too proves nothing. Amounts and target are positive minor units.
    """
    if not 2 <= len(amounts) <= SUBSET_MAX or target <= 0:
        return None
    found: list[int] = []
    for mask in _masks(amounts, target):
        found.append(mask)
        if len(found) > 1:
            return None
    if not found or found[0].bit_count() < 2:
        return None
    return tuple(place for place in range(len(amounts)) if found[0] >> place & 1)


def _masks(amounts: Sequence[int], target: int) -> list[int]:
    """Return at most two sets of places that sum to the target: meet in the middle."""
    half = len(amounts) // 2
    left, right = _sums(amounts[:half]), _sums(amounts[half:])
    by_sum: dict[int, list[int]] = {}
    for mask, total in enumerate(left):
        kept = by_sum.setdefault(total, [])
        if len(kept) < 2:
            kept.append(mask)
    found: list[int] = []
    for mask, total in enumerate(right):
        for other in by_sum.get(target - total, ()):
            found.append(other | mask << half)
            if len(found) > 1:
                return found
    return found


def _sums(amounts: Sequence[int]) -> list[int]:
    totals = [0]
    for amount in amounts:
        totals += [total + amount for total in totals]
    return totals
