"""Calendars: stored as rows, seeded from the `holidays` library, never changed afterwards."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import holidays as holiday_library
from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.service_levels.models import CalendarVersion
from counterfoil.apps.service_levels.selectors import calendar_of
from counterfoil.apps.service_levels.types import CalendarRef
from counterfoil.core.actors import Actor

OFFICE_WEEK = {str(day): [["09:00", "17:00"]] for day in range(5)}
# code: title, country of the library, its subdivision, time zone
SEEDS: dict[str, tuple[str, str, str, str]] = {
    "DE": ("Germany", "DE", "", "Europe/Berlin"),
    "US": ("United States", "US", "", "America/New_York"),
    "GB": ("United Kingdom", "GB", "ENG", "Europe/London"),
    "FR": ("France", "FR", "", "Europe/Paris"),
    "CA": ("Canada", "CA", "ON", "America/Toronto"),
    "AU": ("Australia", "AU", "NSW", "Australia/Sydney"),
    "AT": ("Austria", "AT", "", "Europe/Vienna"),
    "CH": ("Switzerland", "CH", "ZH", "Europe/Zurich"),
    "NL": ("Netherlands", "NL", "", "Europe/Amsterdam"),
    "ES": ("Spain", "ES", "", "Europe/Madrid"),
    "IT": ("Italy", "IT", "", "Europe/Rome"),
    "JP": ("Japan", "JP", "", "Asia/Tokyo"),
}
YEARS_BACK, YEARS_AHEAD = 3, 5


def store_calendar(
    *,
    code: str,
    title: str,
    zone: str,
    weekly: Mapping[str, list[list[str]]],
    holidays: list[list[str]],
    source: str,
    by: Actor,
    at: datetime,
) -> CalendarRef:
    """This will store a calendar; the same content again adds no version.

    `weekly` maps "0" (Monday) to "6" to lists of [open, close] as HH:MM; `holidays` are
    [ISO date, name]. Raises core.calendars.CalendarError when it never opens or hours overlap.
    """
    with transaction.atomic():
        last = CalendarVersion.objects.filter(code=code).order_by("-version").first()
        content = (zone, dict(weekly), holidays)
        if last is not None and (last.zone, last.weekly, last.holidays) == content:
            return CalendarRef(last.code, last.version, last.title, last.zone)
        row = CalendarVersion(
            code=code,
            version=1 if last is None else last.version + 1,
            title=title,
            zone=zone,
            weekly=dict(weekly),
            holidays=holidays,
            source=source,
            created_at=at,
        )
        calendar_of(row)
        row.save(force_insert=True)
        record_event(
            by=by, at=at, action="calendar.stored", object_type="calendar", object_id=code,
            data={
                "version": row.version, "zone": zone, "source": source, "holidays": len(holidays),
            },
        )  # fmt: skip
        return CalendarRef(row.code, row.version, row.title, row.zone)


def seed_calendars(
    *, by: Actor, at: datetime, codes: Iterable[str] = tuple(SEEDS)
) -> tuple[CalendarRef, ...]:
    """This will store office calendars of countries, 9 to 17 on working days, with holidays.

    Reaches from YEARS_BACK years before `at` to YEARS_AHEAD after it. A later seeding with other
    content, a new year among it, stores a new version; clocks that run keep theirs. Raises
    KeyError for a code that is not among SEEDS.
    """
    years = range(at.year - YEARS_BACK, at.year + YEARS_AHEAD + 1)
    found = []
    for code in codes:
        title, country, part, zone = SEEDS[code]
        days = holiday_library.country_holidays(
            country, subdiv=part or None, years=years, language="en_US"
        )
        found.append(
            store_calendar(
                code=code,
                title=title,
                zone=zone,
                weekly=OFFICE_WEEK,
                holidays=[[on.isoformat(), name] for on, name in sorted(days.items())],
                source=f"holidays {holiday_library.__version__}, {country} {part}".strip(),
                by=by,
                at=at,
            )
        )
    return tuple(found)
