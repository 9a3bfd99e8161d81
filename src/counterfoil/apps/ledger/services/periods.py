"""Accounting periods: nothing is posted into a closed one (the database refuses as well)."""

from calendar import monthrange
from datetime import date, datetime

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.ledger.errors import PeriodOverlaps, UnknownPeriod
from counterfoil.apps.ledger.models import Period
from counterfoil.apps.ledger.types import PeriodInfo
from counterfoil.core.actors import Actor


def open_period(*, code: str, by: Actor, at: datetime) -> PeriodInfo:
    """This will make the accounting month `code` (YYYY-MM), or open it again when it is closed.

    Days without a period are open. Raises PeriodOverlaps when the code is not a month.
    """
    starts_on, ends_on = _month(code)
    with transaction.atomic():
        period, is_new = Period.objects.get_or_create(
            code=code, defaults={"starts_on": starts_on, "ends_on": ends_on}
        )
        if is_new or period.closed_at is not None:
            Period.objects.filter(code=code).update(closed_at=None, closed_by="")
            _record("period.opened", code, by=by, at=at)
    return PeriodInfo(code, period.starts_on, period.ends_on, None)


def close_period(*, code: str, by: Actor, at: datetime) -> PeriodInfo:
    """This will close the month `code`, after all postings that are under way have ended.

    Closing it twice changes nothing. Raises UnknownPeriod when it was never opened.
    """
    with transaction.atomic():
        period = Period.objects.select_for_update().filter(code=code).first()
        if period is None:
            raise UnknownPeriod(f"There is no period {code}; open it first.")
        if period.closed_at is None:
            Period.objects.filter(code=code).update(closed_at=at, closed_by=by.id)
            _record("period.closed", code, by=by, at=at)
    return PeriodInfo(code, period.starts_on, period.ends_on, period.closed_at or at)


def _month(code: str) -> tuple[date, date]:
    """This will return the first and last day of YYYY-MM; raises PeriodOverlaps."""
    try:
        first = date.fromisoformat(f"{code}-01")
    except ValueError:
        raise PeriodOverlaps(f"{code!r} is not a month; write it like 2026-04.") from None
    return first, first.replace(day=monthrange(first.year, first.month)[1])


def _record(action: str, code: str, *, by: Actor, at: datetime) -> None:
    record_event(by=by, at=at, action=action, object_type="ledger_period", object_id=code, data={})
