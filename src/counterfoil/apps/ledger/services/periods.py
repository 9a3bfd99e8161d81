"""Accounting periods: nothing is posted into a closed one (the database refuses as well)."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.ledger.errors import PeriodOverlaps, UnknownPeriod
from counterfoil.apps.ledger.models import Period
from counterfoil.apps.ledger.selectors import month_totals
from counterfoil.apps.ledger.types import MonthTotal, PeriodInfo
from counterfoil.core.actors import Actor
from counterfoil.core.calendars import CalendarError, month_days


def open_period(*, code: str, by: Actor, at: datetime, reason: str = "") -> PeriodInfo:
    """This will make the accounting month `code` (YYYY-MM), or open it again when it is closed.

    Days without a period are open. Raises PeriodOverlaps when the code is not a month.
    """
    try:
        starts_on, ends_on = month_days(code)
    except CalendarError as error:
        raise PeriodOverlaps(str(error)) from None
    with transaction.atomic():
        period, is_new = Period.objects.get_or_create(
            code=code, defaults={"starts_on": starts_on, "ends_on": ends_on}
        )
        if is_new or period.closed_at is not None:
            Period.objects.filter(code=code).update(closed_at=None, closed_by="")
            _record("period.opened", code, {"reason": reason} if reason else {}, by=by, at=at)
    return PeriodInfo(code, period.starts_on, period.ends_on, None)


def close_period(*, code: str, by: Actor, at: datetime) -> PeriodInfo:
    """This will close the month `code`, after all postings that are under way have ended.

    Its totals go into the audit event. Closing it twice changes nothing. Raises UnknownPeriod
    when it was never opened.
    """
    with transaction.atomic():
        period = Period.objects.select_for_update().filter(code=code).first()
        if period is None:
            raise UnknownPeriod(f"There is no period {code}; open it first.")
        if period.closed_at is None:
            Period.objects.filter(code=code).update(closed_at=at, closed_by=by.id)
            # The lock of the update (ledger_period_guard) has let every other post end.
            totals = month_totals(first=period.starts_on, last=period.ends_on)
            _record("period.closed", code, _said(totals), by=by, at=at)
    return PeriodInfo(code, period.starts_on, period.ends_on, period.closed_at or at)


def _said(totals: Sequence[MonthTotal]) -> dict[str, str]:
    """Return debit and credit by `kind currency`, as an auditor reads them."""
    return {
        f"{row.kind} {row.debit.currency}": f"{row.debit.format_number()} debit, "
        f"{row.credit.format_number()} credit"
        for row in totals
    }


def _record(action: str, code: str, data: Mapping[str, str], *, by: Actor, at: datetime) -> None:
    record_event(
        by=by, at=at, action=action, object_type="ledger_period", object_id=code, data=data
    )
