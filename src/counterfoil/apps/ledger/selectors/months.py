"""Accounting months: which are closed, and what moved in them."""

from datetime import date

from django.db.models import (
    Count,
    Q,
    Sum,
)
from django.db.models.functions import TruncMonth

from counterfoil.apps.ledger.models import Entry, Leg, Period
from counterfoil.apps.ledger.types import (
    MonthInfo,
    MonthTotal,
    PeriodInfo,
)
from counterfoil.core.calendars import month_days
from counterfoil.core.money import Money


def list_periods() -> tuple[PeriodInfo, ...]:
    """This will list the accounting months, oldest first."""
    return tuple(
        PeriodInfo(row.code, row.starts_on, row.ends_on, row.closed_at)
        for row in Period.objects.order_by("starts_on")
    )


def list_months() -> tuple[MonthInfo, ...]:
    """This will list the months with entries and the closed ones, newest first; two queries."""
    found = {
        f"{row['month']:%Y-%m}": row["count"]
        for row in Entry.objects.annotate(month=TruncMonth("effective_on"))
        .values("month")
        .annotate(count=Count("id"))
        .order_by()
    }
    known = {row.code: row for row in Period.objects.all()}
    months = []
    for code in sorted({*found, *known}, reverse=True):
        row = known.get(code)
        first, last = month_days(code)
        months.append(
            MonthInfo(
                code, first, last, found.get(code, 0),
                row.closed_at if row else None, row.closed_by if row else "",
            )
        )  # fmt: skip
    return tuple(months)


def month_totals(*, first: date, last: date) -> tuple[MonthTotal, ...]:
    """This will sum the legs of the days, both included, by kind of account and currency."""
    rows = (
        Leg.objects.filter(entry__effective_on__range=(first, last))
        .values("account__kind", "account__is_memo", "currency")
        .annotate(
            debit=Sum("amount_minor", filter=Q(amount_minor__gt=0), default=0),
            credit=-Sum("amount_minor", filter=Q(amount_minor__lt=0), default=0),
        )
        .order_by("account__is_memo", "account__kind", "currency")
    )
    return tuple(
        MonthTotal(
            row["account__kind"],
            row["account__is_memo"],
            Money(int(row["debit"]), row["currency"]),
            Money(int(row["credit"]), row["currency"]),
        )
        for row in rows
    )


def is_closed_on(*, on: date) -> bool:
    """This will tell whether the day belongs to a closed period."""
    return Period.objects.filter(
        starts_on__lte=on, ends_on__gte=on, closed_at__isnull=False
    ).exists()
