"""Filtered sums of legs: what every figure of the tracker is made of."""

from typing import Any

from django.db.models import Q, Sum

from counterfoil.core.accounts import AccountKind
from counterfoil.core.journal import EntryKind


def sum_of(*kinds: AccountKind, sign: int = 1, where: Q | None = None) -> Any:
    """This will sum the legs on accounts of `kinds`; sign -1 shows a credit as a plus."""
    condition = Q(account__kind__in=[str(kind) for kind in kinds])
    total = Sum("amount_minor", filter=condition & where if where else condition, default=0)
    return total if sign == 1 else -total


def act_is(*kinds: EntryKind) -> Q:
    """This will confine to entries of `kinds` and their reversals (annotated as `act`)."""
    return Q(act__in=[str(kind) for kind in kinds])


SENT = act_is(EntryKind.PAYMENT_RELEASED, EntryKind.PAYMENT_REJECTED, EntryKind.PAYMENT_RETURNED)
"""The acts by which money leaves on a payment file, or is owed again after it did."""
