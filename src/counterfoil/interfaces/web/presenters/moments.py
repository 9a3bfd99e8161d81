"""Dates, moments, periods, spans of business time and clocks, as the screen shows them.

A moment is stored in UTC and shown in a named zone; the `<time>` element carries ISO 8601.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import dateformat
from django.utils.translation import gettext, ngettext, pgettext

DAYS_FROM = 2
WARN_FROM_PERCENT = 80  # design reference, Color and status: `warn` from 80% of the clock


@dataclass(frozen=True)
class MomentText:
    """A date or moment for the screen: `text` for people, `iso` for the datetime attribute."""

    text: str
    iso: str

    def __str__(self) -> str:
        """Return the text."""
        return self.text


@dataclass(frozen=True)
class ClockText:
    """A clock for the screen: words first, then how much of it is used (0 to 100)."""

    word: str
    icon: str
    tone: str
    percent: int
    due: MomentText | None


def format_day(on: date, *, year: bool = True) -> str:
    """Return `Nov 20, 2026`, or `Nov 20` where the year stands in the same line."""
    if year:
        return dateformat.format(on, pgettext("day with year", "M j, Y"))
    return dateformat.format(on, pgettext("day without year", "M j"))


def show_day(on: date) -> MomentText:
    """Return the date with its ISO form."""
    return MomentText(format_day(on), on.isoformat())


def format_period(first: date, last: date) -> str:
    """Return `Oct 13-14, 2026`, with month and year named once where they are the same."""
    if first == last:
        return format_day(first)
    if (first.year, first.month) == (last.year, last.month):
        return dateformat.format(
            last, pgettext("period within a month; {0} is the first day", "M {0}-j, Y")
        ).replace("{0}", str(first.day))
    return f"{format_day(first, year=first.year != last.year)}-{format_day(last)}"


def show_moment(at: datetime, zone: ZoneInfo | str, *, weekday: bool = True) -> MomentText:
    """Return `Fri, Nov 20, 2026, 13:00 CET` for a moment in a zone.

    Raises ValueError when `at` is naive: a moment without a zone is a defect, not a display.
    """
    if at.tzinfo is None:
        message = "A moment needs a time zone."
        raise ValueError(message)
    local = at.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)
    words = pgettext("moment with weekday", "D, M j, Y, H:i")
    if not weekday:
        words = pgettext("moment without weekday", "M j, Y, H:i")
    text = f"{dateformat.format(local, words)} {_zone_word(local)}"
    return MomentText(text, local.isoformat(timespec="minutes"))


def format_span(seconds: int) -> str:
    """Return a span of business time as `10h 12m`, `45m` or `1h 05m`; never as days."""
    minutes = abs(seconds) // 60
    hours, rest = divmod(minutes, 60)
    return f"{hours}h {rest:02d}m" if hours else f"{rest}m"


def show_clock(
    *,
    elapsed: int | timedelta,
    limit: int | timedelta,
    is_paused: bool = False,
    is_stopped: bool = False,
    due: MomentText | None = None,
    past_due: timedelta | None = None,
) -> ClockText:
    """Return the clock in words with its tone: gray, `warn` from 80% of the limit, `bad` after it.

    `elapsed` and `limit` are business time in seconds or as timedelta; `due` is the moment that
    the time left stands for. A stopped clock says how much it took. `past_due` is the time by the
    calendar since that moment: two days and more are said in days.
    """
    used, whole = _seconds(elapsed), max(_seconds(limit), 1)
    percent = min(100, used * 100 // whole)
    span = format_span(used if is_paused or is_stopped else whole - used)
    if is_stopped:
        return ClockText(gettext("Done after %s") % span, "pass", "mute", percent, due)
    if is_paused:
        return ClockText(gettext("Paused at %s") % span, "pause", "theirs", percent, due)
    if used > whole:
        return ClockText(_late_words(span, past_due), "late", "bad", 100, due)
    tone = "warn" if used * 100 >= whole * WARN_FROM_PERCENT else "mute"
    return ClockText(gettext("%s left") % span, "clock", tone, percent, due)


def _late_words(span: str, past_due: timedelta | None) -> str:
    if past_due is None or past_due.days < DAYS_FROM:
        return gettext("%s late") % span
    return ngettext("%d day late", "%d days late", past_due.days) % past_due.days


def _seconds(span: int | timedelta) -> int:
    return span if isinstance(span, int) else span // timedelta(seconds=1)


def _zone_word(local: datetime) -> str:
    word = local.tzname() or ""
    if word[:1] not in "+-":
        return word
    offset = local.utcoffset() or timedelta()
    minutes = abs(offset) // timedelta(minutes=1)
    return f"UTC{'-' if offset < timedelta() else '+'}{minutes // 60:02d}:{minutes % 60:02d}"
