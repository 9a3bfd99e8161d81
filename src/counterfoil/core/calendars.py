"""Business calendars: when an office is open, in its own zone, exact over daylight saving time.

Instants are aware datetimes; intervals are half-open; the grain is a microsecond. Holidays are
rows of the calendar's version, never read from a library here, so that an update cannot change
history.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

DAY_SECONDS = 86_400
SEARCH_DAYS_MAX = 366 * 20
"""How far an addition looks before it says that the calendar never opens again."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class CalendarError(ValueError):
    """A refusal about a calendar or a time."""


class NaiveTime(CalendarError):
    """A datetime came without its zone."""


class NeverOpen(CalendarError):
    """The calendar does not open for as long as was asked within twenty years."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Open hours of one local day, in seconds after local midnight; `closes` 86400 is its end."""

    opens: int
    closes: int

    def __post_init__(self) -> None:
        """Refuse hours outside the day or turned round. Raises CalendarError."""
        if not 0 <= self.opens < self.closes <= DAY_SECONDS:
            raise CalendarError(
                f"open hours run forward within a day, not {self.opens} to {self.closes} seconds"
            )

    @classmethod
    def parse(cls, text: str) -> "Span":
        """Read "09:00-12:30"; "24:00" is the end of the day. Raises CalendarError."""
        try:
            ends = [[int(part) for part in end.split(":")] for end in text.split("-")]
            (open_hour, open_minute), (close_hour, close_minute) = ends
        except ValueError:
            raise CalendarError(f"{text!r} is not open hours; write 09:00-17:00") from None
        if not (0 <= open_minute < 60 and 0 <= close_minute < 60):
            raise CalendarError(f"{text!r} has minutes beyond 59")
        return cls(open_hour * 3600 + open_minute * 60, close_hour * 3600 + close_minute * 60)


@dataclass(frozen=True, slots=True)
class Holiday:
    """A date with hours of its own: closed all day, or open for `spans` only (Christmas Eve)."""

    on: date
    name: str
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class Calendar:
    """One version of an office's hours: `weekly` by weekday (Monday is 0), holidays by date."""

    calendar_id: str
    version: int
    zone: ZoneInfo
    weekly: Mapping[int, tuple[Span, ...]]
    holidays: tuple[Holiday, ...] = ()
    _by_date: Mapping[date, Holiday] = field(init=False, repr=False, compare=False)
    _seen: dict[date, tuple[tuple[int, int], ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        """Refuse hours that overlap, doubled holidays and a week that never opens.

        Raises CalendarError.
        """
        for day, spans in self.weekly.items():
            if day not in range(7):
                raise CalendarError(f"weekdays are 0 (Monday) to 6, not {day!r}")
            _check_apart(spans, f"weekday {day}")
        if not any(self.weekly.values()):
            raise CalendarError("a calendar opens on one day of the week at least")
        by_date = {holiday.on: holiday for holiday in self.holidays}
        if len(by_date) != len(self.holidays):
            raise CalendarError("a date stands twice among the holidays")
        for holiday in self.holidays:
            _check_apart(holiday.spans, holiday.on.isoformat())
        object.__setattr__(self, "weekly", MappingProxyType(dict(self.weekly)))
        object.__setattr__(self, "_by_date", by_date)

    def __hash__(self) -> int:
        """Hash by identity of the version."""
        return hash((self.calendar_id, self.version))

    def spans_on(self, on: date) -> tuple[Span, ...]:
        """Return the open hours of a local date; empty when closed."""
        holiday = self._by_date.get(on)
        return holiday.spans if holiday is not None else self.weekly.get(on.weekday(), ())

    def is_business_day(self, on: date) -> bool:
        """Return whether the office opens at all on a local date."""
        return bool(self.spans_on(on))

    def local_date(self, at: datetime) -> date:
        """Return the local date of an instant. Raises NaiveTime."""
        return _aware(at).astimezone(self.zone).date()

    def day_start(self, on: date) -> datetime:
        """Return the instant, in UTC, at which a local date begins."""
        return from_us(self._instant(on, 0))

    def open_us(self, on: date) -> tuple[tuple[int, int], ...]:
        """Return the open intervals of a local date in microseconds since 1970, half-open, UTC."""
        known = self._seen.get(on)
        if known is None:
            pairs = (
                (self._instant(on, span.opens), self._instant(on, span.closes))
                for span in self.spans_on(on)
            )
            known = tuple((start, end) for start, end in pairs if start < end)
            self._seen[on] = known
        return known

    def _instant(self, on: date, seconds: int) -> int:
        """Return the instant of a wall time.

        A wall time that occurs twice (the clock goes back) is its first occurrence; one that does
        not occur (the clock goes forward) is the moment of the change. Both keep adjoining spans
        adjoining, so a day has its true length (PEP 495 names the two cases fold and gap).
        """
        midnight = datetime(on.year, on.month, on.day, tzinfo=self.zone)
        wall = midnight + timedelta(seconds=seconds)
        early, late = to_us(wall.replace(fold=1)), to_us(wall.replace(fold=0))
        if late <= early:
            return late
        offset_before = from_us(early).astimezone(self.zone).utcoffset()
        while late - early > 1:
            middle = (early + late) // 2
            if from_us(middle).astimezone(self.zone).utcoffset() == offset_before:
                early = middle
            else:
                late = middle
        return late


def to_us(at: datetime) -> int:
    """Return an instant as microseconds since 1970 in UTC. Raises NaiveTime."""
    return (_aware(at) - _EPOCH) // _MICROSECOND


def from_us(us: int) -> datetime:
    """Return the aware UTC datetime of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=us)


def business_us(calendar: Calendar, start_us: int, end_us: int) -> int:
    """Return the open microseconds in [start, end); zero when end is not after start."""
    if end_us <= start_us:
        return 0
    last = calendar.local_date(from_us(end_us))
    total = 0
    for on in _days_from(calendar.local_date(from_us(start_us)) - timedelta(days=1)):
        if on > last:
            break
        for opens, closes in calendar.open_us(on):
            total += max(0, min(closes, end_us) - max(opens, start_us))
    return total


def business_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """Return the open time in [start, end), exact to the microsecond. Raises NaiveTime."""
    return timedelta(microseconds=business_us(calendar, to_us(start), to_us(end)))


def business_seconds(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Return the whole open seconds in [start, end), rounded down. Raises NaiveTime."""
    return business_us(calendar, to_us(start), to_us(end)) // 1_000_000


def add_business_us(calendar: Calendar, start_us: int, amount_us: int) -> int:
    """Return the first instant by which `amount_us` open microseconds have passed since start.

    Raises NeverOpen, and CalendarError for a negative amount.
    """
    if amount_us < 0:
        raise CalendarError("business time is added forward only")
    if amount_us == 0:
        return start_us
    left = amount_us
    first = calendar.local_date(from_us(start_us)) - timedelta(days=1)
    for passed, on in enumerate(_days_from(first)):
        for opens, closes in calendar.open_us(on):
            begin = max(opens, start_us)
            if closes - begin >= left:
                return begin + left
            left -= max(0, closes - begin)
        if passed > SEARCH_DAYS_MAX:
            break
    raise NeverOpen(f"{calendar.calendar_id} does not open for that long within twenty years")


def add_business_time(calendar: Calendar, start: datetime, amount: timedelta) -> datetime:
    """Return the first instant, in UTC, by which `amount` of open time has passed since `start`.

    Raises NaiveTime, NeverOpen, and CalendarError for a negative amount.
    """
    return from_us(add_business_us(calendar, to_us(start), amount // _MICROSECOND))


def add_business_days(calendar: Calendar, on: date, days: int) -> date:
    """Return the local date `days` business days after (or, if negative, before) `on`.

    Zero days is `on` itself or, when closed, the next business day. Raises NeverOpen.
    """
    step = timedelta(days=-1 if days < 0 else 1)
    left, current = abs(days), on
    for _ in range(SEARCH_DAYS_MAX):
        if left == 0 and calendar.is_business_day(current):
            return current
        current += step
        if left > 0 and calendar.is_business_day(current):
            left -= 1
    raise NeverOpen(f"{calendar.calendar_id} has not that many business days in twenty years")


def business_days_between(calendar: Calendar, start: date, end: date) -> int:
    """Return the number of business days in [start, end); negative when end is before start."""
    if end < start:
        return -business_days_between(calendar, end, start)
    days = (start + timedelta(days=passed) for passed in range((end - start).days))
    return sum(calendar.is_business_day(on) for on in days)


def month_days(code: str) -> tuple[date, date]:
    """Return the first and last day of a month written YYYY-MM. Raises CalendarError."""
    try:
        first = date.fromisoformat(f"{code}-01")
    except ValueError:
        raise CalendarError(f"{code!r} is not a month; write it like 2026-04") from None
    after = (first + timedelta(days=31)).replace(day=1)
    return first, after - timedelta(days=1)


def months_between(first: str, last: str) -> list[str]:
    """Return the months from `first` to `last`, both included; none when `last` is earlier.

    Raises CalendarError.
    """
    day, end = month_days(first)[0], month_days(last)[0]
    found = []
    while day <= end:
        found.append(f"{day:%Y-%m}")
        day = month_days(found[-1])[1] + timedelta(days=1)
    return found


def _aware(at: datetime) -> datetime:
    """Return the datetime, which has a zone. Raises NaiveTime."""
    if at.tzinfo is None or at.utcoffset() is None:
        raise NaiveTime("a time needs its zone; pass an aware datetime")
    return at


def _days_from(first: date) -> Iterator[date]:
    """Return the dates from `first` on."""
    current = first
    while True:
        yield current
        current += timedelta(days=1)


def _check_apart(spans: Iterable[Span], where: str) -> None:
    """Refuse hours that overlap or stand out of order. Raises CalendarError."""
    ends = [point for span in spans for point in (span.opens, span.closes)]
    if ends != sorted(ends):
        raise CalendarError(f"the open hours of {where} overlap or stand out of order")
