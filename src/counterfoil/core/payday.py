"""When a bank can execute a file: after its cut-off the day counts no more, holidays never do."""

from datetime import date, datetime, time, timedelta

from counterfoil.core.calendars import Calendar, CalendarError, add_business_days


class BadCutOff(ValueError):
    """The cut-off is no time of a day."""


def cut_off_time(text: str) -> time:
    """Return the time of "14:00". Raises BadCutOff."""
    hours, colon, minutes = text.partition(":")
    if not (colon and len(hours) == len(minutes) == 2 and (hours + minutes).isdigit()):
        raise BadCutOff(f"{text!r} is no time of a day; write it like 14:00")
    try:
        return time(int(hours), int(minutes))
    except ValueError:
        raise BadCutOff(f"{text!r} is no time of a day; write it like 14:00") from None


def earliest_execution(calendar: Calendar, *, at: datetime, cut_off: str, lead_days: int) -> date:
    """Return the first bank day on which a file handed over at `at` (aware) can be executed.

    A file counts for the bank day of `at` until the cut-off in the calendar's zone, after it (or
    on a holiday) for the next; `lead_days` bank days follow. Raises BadCutOff, CalendarError.
    """
    local = at.astimezone(calendar.zone)
    day = local.date()
    if local.time().replace(tzinfo=None) > cut_off_time(cut_off):
        day += timedelta(days=1)
    for _ in range(366):
        if calendar.is_business_day(day):
            return add_business_days(calendar, day, lead_days) if lead_days else day
        day += timedelta(days=1)
    raise CalendarError("the bank's calendar has no working day within a year")
