"""Where the money of each fund stands: every figure is a sum of legs, none is stored."""

from collections.abc import Sequence
from typing import Any

from django.db.models import (
    Count,
    F,
    Q,
)
from django.db.models.functions import Coalesce

from counterfoil.apps.ledger.models import Leg
from counterfoil.apps.ledger.selectors.sums import SENT, act_is, sum_of
from counterfoil.apps.ledger.types import (
    FundPosition,
)
from counterfoil.core.accounts import AccountKind
from counterfoil.core.journal import EntryKind
from counterfoil.core.money import Money

_ALLOCATION = (
    AccountKind.ALLOC_AVAILABLE,
    AccountKind.ALLOC_COMMITTED,
    AccountKind.ALLOC_CONSUMED,
)


_OWED = (AccountKind.PAYABLE, AccountKind.PAYABLE_BILLED)


def _figures() -> dict[str, Any]:
    """This will return each column of the tracker as a filtered sum of legs."""
    earned = act_is(EntryKind.ALLOCATION_EARNED, EntryKind.ALLOCATION_REDUCED)
    lapsed = act_is(EntryKind.ALLOCATION_EXPIRED, EntryKind.COMMITMENT_RELEASED)
    undone = Q(entry__kind=str(EntryKind.REVERSAL)) & act_is(EntryKind.CLAIM_APPROVED)
    return {
        "authorized": sum_of(AccountKind.BUDGET_AUTHORIZED, sign=-1),
        "unallocated": sum_of(AccountKind.BUDGET_AVAILABLE),
        "returned": sum_of(AccountKind.BUDGET_RETURNED),
        "allocated": sum_of(*_ALLOCATION, where=earned),
        "available": sum_of(AccountKind.ALLOC_AVAILABLE),
        "committed": sum_of(AccountKind.ALLOC_COMMITTED),
        "claimed": sum_of(AccountKind.ALLOC_CONSUMED),
        "approved": sum_of(*_OWED, sign=-1),
        "billed": sum_of(AccountKind.PAYABLE_BILLED, sign=-1),
        "paid": sum_of(AccountKind.PAYABLE_BILLED, where=act_is(EntryKind.BILL_PAID))
        + sum_of(AccountKind.PAYABLE, where=SENT),
        "reversed": sum_of(AccountKind.PAYABLE, where=undone),
        "expired": sum_of(*_ALLOCATION, sign=-1, where=lapsed),
        "entry_count": Count("entry_id", distinct=True),
    }


def tracker_rows(
    *,
    funds: Sequence[str] | None = None,
    partner_id: int | None = None,
    is_by_partner: bool = False,
) -> tuple[FundPosition, ...]:
    """This will give one row for each fund, period and currency (and partner), by one query.

    `funds` are public ids of funds (None: all); `partner_id` confines to one partner's legs and
    implies `is_by_partner`. Rows are in the order of period, fund, partner and currency.
    """
    legs = Leg.objects.exclude(account__fund="")
    if funds is not None:
        legs = legs.filter(account__fund__in=list(funds))
    if partner_id is not None:
        legs = legs.filter(account__partner_id=partner_id)
    elif is_by_partner:
        legs = legs.filter(account__partner_id__gt=0)
    keys = ["account__period", "account__fund", "account__currency"]
    if is_by_partner or partner_id is not None:
        keys.insert(2, "account__partner_id")
    rows = (
        legs.annotate(act=Coalesce(F("entry__reverses__kind"), F("entry__kind")))
        .values(*keys)
        .annotate(**_figures())
        .order_by(*keys)
    )
    return tuple(_position(row) for row in rows)


def _position(row: dict[str, Any]) -> FundPosition:
    currency = row["account__currency"]
    figures = {
        name: Money(int(row[name]), currency) for name in _figures() if name != "entry_count"
    }
    return FundPosition(
        fund=row["account__fund"],
        period=row["account__period"],
        partner_id=row.get("account__partner_id", 0),
        currency=currency,
        entry_count=row["entry_count"],
        **figures,
    )


def fund_position(
    *, fund: str, period: str, currency: str, partner_id: int | None = None
) -> FundPosition:
    """This will give the standing of one fund period (of one partner); all zero before any leg."""
    for row in tracker_rows(funds=[fund], partner_id=partner_id):
        if (row.period, row.currency) == (period, currency):
            return row
    empty = dict.fromkeys(_figures(), 0)
    keys = {"account__fund": fund, "account__period": period, "account__currency": currency}
    return _position({**empty, **keys, "account__partner_id": partner_id or 0})
