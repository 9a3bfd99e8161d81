"""Money month by month: what became owed, what went out, what was on its way at the end."""

from collections import defaultdict
from typing import Any

from django.db.models import F
from django.db.models.functions import Coalesce, TruncMonth

from counterfoil.apps.ledger.models import Leg
from counterfoil.apps.ledger.selectors.sums import SENT, act_is, sum_of
from counterfoil.apps.ledger.types import BurnMonth, MoneyMonth
from counterfoil.core.accounts import AccountKind
from counterfoil.core.calendars import month_days, months_between
from counterfoil.core.journal import EntryKind
from counterfoil.core.money import Money

_FLOWS = ("accrued", "paid")
_STANDING = ("in_transit", "billed", "pre_approved")


def money_months(*, first: str, last: str) -> tuple[MoneyMonth, ...]:
    """This will tell each month of each currency from `first` to `last`, such as "2026-09".

    One query. Currencies are in the order of their codes; each has every month, quiet ones too.
    """
    moved: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    for row in _by_month(last).values("month", "currency").annotate(**_figures()).order_by():
        moved[row["currency"]][f"{row['month']:%Y-%m}"] = row
    return tuple(
        month
        for currency in sorted(moved)
        for month in _months(moved[currency], currency, first, last)
    )


def budget_burn(*, fund: str, last: str) -> tuple[BurnMonth, ...]:
    """This will tell how far a fund period's budget was used at the end of each of its months.

    One query. The months run from the first one with an entry to `last`, or to its last entry.
    """
    names = ("authorized", "allocated", "committed", "claimed", "returned")
    figures = {
        "authorized": sum_of(AccountKind.BUDGET_AUTHORIZED, sign=-1),
        "allocated": sum_of(AccountKind.ALLOC_AVAILABLE),
        "committed": sum_of(AccountKind.ALLOC_COMMITTED),
        "claimed": sum_of(AccountKind.ALLOC_CONSUMED),
        "returned": sum_of(AccountKind.BUDGET_RETURNED),
    }
    legs = _by_month(last).filter(account__fund=fund)
    rows = {
        (f"{row['month']:%Y-%m}", row["currency"]): row
        for row in legs.values("month", "currency").annotate(**figures).order_by()
    }
    if not rows:
        return ()
    currency = min(rows)[1]
    held, months = dict.fromkeys(names, 0), []
    for month in months_between(min(rows)[0], max(rows)[0]):
        row = rows.get((month, currency), {})
        held = {name: held[name] + int(row.get(name, 0)) for name in names}
        months.append(BurnMonth(month, **{n: Money(held[n], currency) for n in names}))
    return tuple(months)


def _by_month(last: str) -> Any:
    return Leg.objects.filter(entry__effective_on__lte=month_days(last)[1]).annotate(
        month=TruncMonth("entry__effective_on"),
        act=Coalesce(F("entry__reverses__kind"), F("entry__kind")),
    )


def _figures() -> dict[str, Any]:
    owed = (AccountKind.PAYABLE, AccountKind.RECEIVABLE_CLAWBACK)
    return {
        "accrued": sum_of(AccountKind.EXPENSE_MDF, AccountKind.EXPENSE_COMMISSION),
        "paid": sum_of(AccountKind.PAYABLE_BILLED, where=act_is(EntryKind.BILL_PAID))
        + sum_of(*owed, where=SENT),
        "in_transit": sum_of(AccountKind.CASH_IN_TRANSIT, sign=-1),
        "billed": sum_of(AccountKind.PAYABLE_BILLED, sign=-1),
        "pre_approved": sum_of(AccountKind.ALLOC_COMMITTED),
    }


def _months(rows: dict[str, Any], currency: str, first: str, last: str) -> list[MoneyMonth]:
    held = dict.fromkeys(_STANDING, 0)
    for month in rows:
        if month < first:
            held = {name: held[name] + int(rows[month][name]) for name in _STANDING}
    found = []
    for month in months_between(first, last):
        row = rows.get(month, {})
        held = {name: held[name] + int(row.get(name, 0)) for name in _STANDING}
        flows = {name: Money(int(row.get(name, 0)), currency) for name in _FLOWS}
        standing = {name: Money(held[name], currency) for name in _STANDING}
        found.append(MoneyMonth(month, currency, **flows, **standing))
    return found
