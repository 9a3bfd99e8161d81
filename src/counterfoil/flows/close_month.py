"""Closing an accounting month: looked at first, closed by Finance, opened again with a reason.

The database refuses every entry whose day falls into a closed month (`ledger_entry_guard`); what
comes late is posted into an open one and names where it came from.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db import transaction

from counterfoil.apps.ledger.errors import MonthNotOver
from counterfoil.apps.ledger.selectors import list_months, month_totals
from counterfoil.apps.ledger.services import close_period, open_period
from counterfoil.apps.ledger.types import MonthTotal, PeriodInfo
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.calendars import CalendarError, month_days

NOON = time(12)


@dataclass(frozen=True, slots=True)
class MonthReport:
    """What a month holds: entries, and debits and credits by kind of account and currency."""

    code: str
    entries: int
    totals: tuple[MonthTotal, ...]


def preview_close(*, code: str, by: Actor, at: datetime) -> MonthReport:
    """This will tell what `close_month` would close; it writes nothing.

    Raises NotAllowed, MonthNotOver.
    """
    require(by, "months.close")
    first, last = _days(code)
    if at < datetime.combine(last, NOON, UTC) + timedelta(days=1):
        raise MonthNotOver(
            f"{code} lasts until {last.isoformat()}. It can be closed from noon UTC of the day "
            "after, when that day is over in every time zone."
        )
    months = list_months()
    held = next((month for month in months if month.code == code), None)
    if held is not None and held.closed_at is not None:
        raise MonthNotOver(f"{code} is closed already.")
    before = [each.code for each in months if each.code < code and each.closed_at is None]
    if before:
        raise MonthNotOver(f"Close {before[-1]} first: months close in their order.")
    return MonthReport(code, held.entries if held else 0, month_totals(first=first, last=last))


def close_month(*, code: str, by: Actor, at: datetime) -> PeriodInfo:
    """This will close an accounting month; its totals stand in the audit event.

    Raises NotAllowed, MonthNotOver.
    """
    with transaction.atomic():
        preview_close(code=code, by=by, at=at)
        open_period(code=code, by=by, at=at)
        return close_period(code=code, by=by, at=at)


def reopen_month(*, code: str, by: Actor, at: datetime, reason: str) -> PeriodInfo:
    """This will open the last closed month again, with a reason that the audit log keeps.

    Raises NotAllowed, MonthNotOver.
    """
    require(by, "months.close")
    _days(code)
    if not reason.strip():
        raise MonthNotOver("Say why the month is opened again.")
    with transaction.atomic():
        closed = [month.code for month in list_months() if month.closed_at is not None]
        if code not in closed:
            raise MonthNotOver(f"{code} is open.")
        if code != closed[0]:
            raise MonthNotOver(f"Open {closed[0]} first: months open in turn, the last one first.")
        return open_period(code=code, by=by, at=at, reason=reason.strip())


def _days(code: str) -> tuple[date, date]:
    try:
        return month_days(code)
    except CalendarError as error:
        raise MonthNotOver(str(error)) from None
