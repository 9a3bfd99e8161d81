"""Where the commissions of each plan stand: every figure is a sum of legs, none is stored."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce

from counterfoil.apps.ledger.models import Leg
from counterfoil.apps.ledger.selectors.sums import SENT, act_is, sum_of
from counterfoil.apps.ledger.types import PlanPosition
from counterfoil.core.accounts import AccountKind
from counterfoil.core.journal import EntryKind
from counterfoil.core.money import Money

PLAN_PREFIX = "pln_"
"""The ids under which plans stand in the part `fund` of an account."""

_OWED = (AccountKind.PAYABLE, AccountKind.PAYABLE_BILLED)


def _figures() -> dict[str, Any]:
    """This will return each stage of a plan as a filtered sum of legs."""
    back = act_is(EntryKind.COMMISSION_TAKEN_BACK)
    moved = act_is(EntryKind.COMMISSION_TAKEN_BACK, EntryKind.COMMISSION_RELEASED)
    return {
        "earned": sum_of(AccountKind.ACCRUED_COMMISSION, sign=-1, where=~moved),
        "taken_back": sum_of(
            AccountKind.ACCRUED_COMMISSION, AccountKind.RECEIVABLE_CLAWBACK, where=back
        ),
        "held": sum_of(AccountKind.ACCRUED_COMMISSION, sign=-1),
        "approved": sum_of(*_OWED, sign=-1),
        "paid": sum_of(AccountKind.PAYABLE_BILLED, where=act_is(EntryKind.BILL_PAID))
        + sum_of(AccountKind.PAYABLE, AccountKind.RECEIVABLE_CLAWBACK, where=SENT),
        "owed_back": sum_of(AccountKind.RECEIVABLE_CLAWBACK),
        "entry_count": Count("entry_id", distinct=True),
    }


def plan_rows(
    *,
    plans: Sequence[str] | None = None,
    partner_id: int | None = None,
    is_by_partner: bool = False,
) -> tuple[PlanPosition, ...]:
    """This will give one row for each plan, month and currency (and partner), by one query.

    `plans` are public ids of plans in their programs (None: all); `partner_id` confines to one
    partner's legs and implies `is_by_partner`. Rows are in the order of month, plan, partner and
    currency.
    """
    legs = Leg.objects.filter(account__fund__startswith=PLAN_PREFIX)
    if plans is not None:
        legs = legs.filter(account__fund__in=list(plans))
    keys = ["account__period", "account__fund", "account__currency"]
    if partner_id is not None:
        legs = legs.filter(account__partner_id=partner_id)
    elif is_by_partner:
        legs = legs.filter(account__partner_id__gt=0)
    if is_by_partner or partner_id is not None:
        keys.insert(2, "account__partner_id")
    rows = (
        legs.annotate(act=Coalesce(F("entry__reverses__kind"), F("entry__kind")))
        .filter(~Q(account__kind=str(AccountKind.EXPENSE_COMMISSION)))
        .values(*keys)
        .annotate(**_figures())
        .order_by(*keys)
    )
    return tuple(_position(row) for row in rows)


def _position(row: dict[str, Any]) -> PlanPosition:
    currency = row["account__currency"]
    figures = {
        name: Money(int(row[name]), currency) for name in _figures() if name != "entry_count"
    }
    return PlanPosition(
        plan=row["account__fund"],
        period=row["account__period"],
        partner_id=row.get("account__partner_id", 0),
        currency=currency,
        entry_count=row["entry_count"],
        **figures,
    )
