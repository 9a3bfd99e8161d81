"""What partners are owed on kinds of accounts: before a span of days, in it, and at its end."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.db.models import Q, QuerySet, Sum

from counterfoil.apps.ledger.models import Leg
from counterfoil.apps.ledger.types import OwedBalance, OwedMovement
from counterfoil.core.accounts import AccountKind
from counterfoil.core.money import Money


def owed_balances(
    *,
    funds: Sequence[str],
    kinds: Iterable[AccountKind],
    first: date,
    last: date,
    partner_id: int | None = None,
) -> tuple[OwedBalance, ...]:
    """This will sum what partners are owed on kinds of accounts before a span of days and at its
    end, by partner, currency and kind. One query.
    """
    legs = _legs_owed(funds, kinds, last, partner_id)
    rows = (
        legs.values("account__partner_id", "account__currency", "account__kind")
        .annotate(
            before=-Sum("amount_minor", filter=Q(entry__effective_on__lt=first), default=0),
            after=-Sum("amount_minor", default=0),
        )
        .order_by("account__partner_id", "account__currency", "account__kind")
    )
    return tuple(
        OwedBalance(
            row["account__partner_id"], row["account__currency"], row["account__kind"],
            int(row["before"]), int(row["after"]),
        )
        for row in rows
    )  # fmt: skip


def owed_movements(
    *,
    funds: Sequence[str],
    kinds: Iterable[AccountKind],
    first: date,
    last: date,
    partner_id: int | None = None,
) -> tuple[OwedMovement, ...]:
    """This will list what entries of a span of days changed of what partners are owed.

    One row for each entry, fund, period and currency, in the order of posting; what an entry only
    moves between these accounts sums to zero. One query.
    """
    rows = (
        _legs_owed(funds, kinds, last, partner_id)
        .filter(entry__effective_on__gte=first)
        .values(
            "entry_id", "entry__public_id", "entry__kind", "entry__reverses__kind",
            "entry__effective_on", "entry__source_ref", "entry__reason", "account__partner_id",
            "account__fund", "account__period", "account__currency",
        )
        .annotate(moved=-Sum("amount_minor"))
        .order_by("entry_id", "account__fund", "account__period", "account__currency")
    )  # fmt: skip
    return tuple(
        OwedMovement(
            partner_id=row["account__partner_id"],
            entry_id=row["entry__public_id"],
            kind=row["entry__reverses__kind"] or row["entry__kind"],
            is_reversal=row["entry__reverses__kind"] is not None,
            effective_on=row["entry__effective_on"],
            source_ref=row["entry__source_ref"],
            reason=row["entry__reason"],
            fund=row["account__fund"],
            period=row["account__period"],
            amount=Money(int(row["moved"]), row["account__currency"]),
        )
        for row in rows
    )


def _legs_owed(
    funds: Sequence[str], kinds: Iterable[AccountKind], last: date, partner_id: int | None
) -> QuerySet[Leg]:
    legs = Leg.objects.filter(
        account__kind__in=[str(kind) for kind in kinds],
        account__fund__in=list(funds),
        entry__effective_on__lte=last,
    )
    return legs if partner_id is None else legs.filter(account__partner_id=partner_id)
