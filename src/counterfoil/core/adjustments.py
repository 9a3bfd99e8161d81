"""What a person may add to a partner's commission by hand, or take from it, and for which reasons.

An adjustment corrects a month, a bonus rewards; neither is computed by a plan. Who may propose and
approve one stands in `core.authority`.
"""

from enum import StrEnum
from types import MappingProxyType
from typing import Final

from counterfoil.core.money import Money


class AdjustmentKind(StrEnum):
    """Why money moves without a sales line."""

    ADJUSTMENT = "adjustment"
    BONUS = "bonus"


class Reason(StrEnum):
    """The code that reports group by; the sentence beside it says the rest."""

    MISSING_SALE = "missing_sale"
    WRONG_PARTNER = "wrong_partner"
    WRONG_RATE = "wrong_rate"
    ANSWERED_QUESTION = "answered_question"
    GOODWILL = "goodwill"
    PAID_TOO_MUCH = "paid_too_much"
    CONTRACT_TERM = "contract_term"
    SALES_CONTEST = "sales_contest"
    TARGET_REACHED = "target_reached"
    PRODUCT_LAUNCH = "product_launch"
    CERTIFICATION = "certification"


REASONS: Final = MappingProxyType(
    {
        AdjustmentKind.ADJUSTMENT: (
            Reason.MISSING_SALE,
            Reason.WRONG_PARTNER,
            Reason.WRONG_RATE,
            Reason.ANSWERED_QUESTION,
            Reason.GOODWILL,
            Reason.PAID_TOO_MUCH,
            Reason.CONTRACT_TERM,
        ),
        AdjustmentKind.BONUS: (
            Reason.SALES_CONTEST,
            Reason.TARGET_REACHED,
            Reason.PRODUCT_LAUNCH,
            Reason.CERTIFICATION,
        ),
    }
)
"""Which reasons go with which kind."""
ONLY_ABOVE_ZERO = frozenset({Reason.MISSING_SALE, Reason.GOODWILL})
ONLY_BELOW_ZERO = frozenset({Reason.PAID_TOO_MUCH})


class BadAdjustment(ValueError):
    """The kind, the reason and the amount do not go together."""


def check_adjustment(kind: AdjustmentKind, reason: Reason, amount: Money) -> None:
    """Return when kind, reason and amount go together. Raises BadAdjustment."""
    if reason not in REASONS[kind]:
        known = ", ".join(REASONS[kind])
        raise BadAdjustment(f"{reason} is no reason of an {kind}; known here: {known}.")
    if amount.is_zero:
        raise BadAdjustment("An amount of zero changes nothing.")
    if amount.is_negative and (kind is AdjustmentKind.BONUS or reason in ONLY_ABOVE_ZERO):
        raise BadAdjustment(f"For {reason} the amount is above zero.")
    if amount.is_positive and reason in ONLY_BELOW_ZERO:
        raise BadAdjustment(f"For {reason} the amount is below zero.")
