"""What decisions posted: approved claims and pre-approvals, to tie decisions to money."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date

from django.db.models import Q

from counterfoil.apps.ledger.models import Leg
from counterfoil.apps.ledger.types import PostedApproval
from counterfoil.core.accounts import AccountKind
from counterfoil.core.journal import EntryKind
from counterfoil.core.money import Money

# What was approved stands once in each entry: owed to the partner, or set aside for it.
_SIDES = (
    (EntryKind.CLAIM_APPROVED, AccountKind.PAYABLE, -1),
    (EntryKind.COMMITTED, AccountKind.ALLOC_COMMITTED, 1),
)


def posted_approvals(
    *, funds: Sequence[str], currency: str, first: date, last: date
) -> tuple[PostedApproval, ...]:
    """This will sum what was posted as approved in these days, reversals taken off, by source."""
    sums: dict[str, int] = defaultdict(int)
    entries: dict[str, list[str]] = defaultdict(list)
    reversed_ones: set[str] = set()
    for kind, account, sign in _SIDES:
        legs = Leg.objects.filter(
            Q(entry__kind=kind) | Q(entry__kind=EntryKind.REVERSAL, entry__reverses__kind=kind),
            entry__effective_on__range=(first, last),
            account__kind=account,
            account__fund__in=list(funds),
            currency=currency,
        ).order_by("entry_id", "seq")
        rows = legs.values_list(
            "entry__source_ref", "entry__public_id", "entry__kind", "amount_minor"
        )
        for source, entry, entry_kind, minor in rows:
            sums[source] += sign * minor
            entries[source].append(entry)
            if entry_kind == EntryKind.REVERSAL:
                reversed_ones.add(source)
    return tuple(
        PostedApproval(
            source, Money(minor, currency), tuple(entries[source]), source in reversed_ones
        )
        for source, minor in sorted(sums.items())
    )
