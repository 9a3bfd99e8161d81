"""What is owed to partners, by what it is owed for."""

from collections.abc import Sequence

from django.db.models import (
    Min,
    Sum,
)

from counterfoil.apps.ledger.models import Entry, Leg
from counterfoil.apps.ledger.types import (
    PayableDue,
)
from counterfoil.apps.partners.models import Organization
from counterfoil.core.accounts import AccountKind
from counterfoil.core.money import Money


def payables_due(
    *,
    partner_id: int | None = None,
    funds: Sequence[str] | None = None,
    currency: str | None = None,
) -> tuple[PayableDue, ...]:
    """This will list what is owed and not on a released bill, oldest first, by three queries."""
    return _open_payables(
        AccountKind.PAYABLE, partner_id=partner_id, funds=funds, currency=currency
    )


def open_payables_of(*, payable_refs: Sequence[str]) -> tuple[PayableDue, ...]:
    """This will list what is owed for the given sources and not on a released bill."""
    return _open_payables(AccountKind.PAYABLE, payable_refs=payable_refs)


def billed_payables_of(*, payable_refs: Sequence[str]) -> tuple[PayableDue, ...]:
    """This will list what stands on released bills for the given sources and is not paid yet."""
    return _open_payables(AccountKind.PAYABLE_BILLED, payable_refs=payable_refs)


def _open_payables(
    kind: AccountKind,
    *,
    partner_id: int | None = None,
    funds: Sequence[str] | None = None,
    currency: str | None = None,
    payable_refs: Sequence[str] | None = None,
) -> tuple[PayableDue, ...]:
    legs = Leg.objects.filter(account__kind=str(kind))
    if partner_id is not None:
        legs = legs.filter(account__partner_id=partner_id)
    if funds is not None:
        legs = legs.filter(account__fund__in=list(funds))
    if currency is not None:
        legs = legs.filter(currency=currency)
    if payable_refs is not None:
        legs = legs.filter(entry__source_ref__in=list(payable_refs))
    rows = list(
        legs.values(
            "entry__source_ref",
            "account__partner_id",
            "account__fund",
            "account__period",
            "currency",
        )
        .annotate(open=-Sum("amount_minor"), first=Min("entry_id"))
        .filter(open__gt=0)
        .order_by("first", "account__fund")
    )
    entries = Entry.objects.in_bulk([row["first"] for row in rows])
    partners = dict(
        Organization.objects.filter(
            pk__in={row["account__partner_id"] for row in rows}
        ).values_list("pk", "public_id")
    )
    return tuple(
        PayableDue(
            payable_ref=row["entry__source_ref"],
            entry_id=entries[row["first"]].public_id,
            partner_id=row["account__partner_id"],
            partner_public_id=partners[row["account__partner_id"]],
            fund=row["account__fund"],
            period=row["account__period"],
            amount=Money(int(row["open"]), row["currency"]),
            effective_on=entries[row["first"]].effective_on,
            posted_at=entries[row["first"]].posted_at,
        )
        for row in rows
    )
