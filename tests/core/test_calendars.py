"""Business calendars: exact open time, over holidays and both changes of the clock."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.core.calendars import (
    Calendar,
    CalendarError,
    Holiday,
    NaiveTime,
    NeverOpen,
    Span,
    add_business_days,
    add_business_time,
    business_days_between,
    business_seconds,
    business_time,
)

BERLIN = ZoneInfo("Europe/Berlin")
HOURS = (Span.parse("09:00-12:00"), Span.parse("13:00-17:00"))
ALL_DAY = (Span.parse("00:00-24:00"),)
OFFICE = Calendar(
    "cal_berlin",
    1,
    BERLIN,
    dict.fromkeys(range(5), HOURS),
    (
        Holiday(date(2026, 5, 1), "Labor Day"),
        Holiday(date(2026, 12, 24), "Christmas Eve", (Span.parse("09:00-12:00"),)),
    ),
)
ALWAYS = Calendar("cal_always", 1, BERLIN, dict.fromkeys(range(7), ALL_DAY))
HOUR = timedelta(hours=1)


def _berlin(*parts, fold=0):
    return datetime(*parts, tzinfo=BERLIN, fold=fold)


def test_sixteen_hours_from_thursday_afternoon_over_may_day_end_on_wednesday_at_ten():
    due = add_business_time(OFFICE, _berlin(2026, 4, 30, 16), 16 * HOUR)

    assert due == _berlin(2026, 5, 6, 10)
    assert business_seconds(OFFICE, _berlin(2026, 4, 30, 16), due) == 16 * 3600


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ((2026, 5, 4, 9), (2026, 5, 4, 17), 7),
        ((2026, 5, 4, 12), (2026, 5, 4, 13), 0),
        ((2026, 5, 4, 11, 30), (2026, 5, 4, 13, 30), 1),
        ((2026, 5, 1, 0), (2026, 5, 4, 0), 0),
        ((2026, 12, 24, 0), (2026, 12, 25, 0), 3),
        ((2026, 5, 4, 0), (2026, 5, 11, 0), 35),
        ((2026, 5, 4, 17), (2026, 5, 4, 9), 0),
    ],
    ids=["a day", "lunch", "over lunch", "holiday weekend", "half day", "a week", "backward"],
)
def test_open_time_is_what_the_door_sign_says(start, end, hours):
    assert business_time(OFFICE, _berlin(*start), _berlin(*end)) == hours * HOUR


@pytest.mark.parametrize(
    ("on", "hours"),
    [((2026, 3, 29), 23), ((2026, 10, 25), 25), ((2026, 6, 1), 24)],
    ids=["forward", "back", "plain"],
)
def test_a_day_has_its_true_length_when_the_clock_changes(on, hours):
    start = ALWAYS.day_start(date(*on))
    end = ALWAYS.day_start(date(*on) + timedelta(days=1))

    assert end - start == hours * HOUR
    assert business_time(ALWAYS, start, end) == hours * HOUR
    assert add_business_time(ALWAYS, start, hours * HOUR) == end


@pytest.mark.parametrize(
    ("text", "on", "length"),
    [
        ("01:00-05:00", (2026, 3, 29), 3 * HOUR),
        ("02:00-03:00", (2026, 3, 29), timedelta()),
        ("02:30-03:30", (2026, 3, 29), HOUR / 2),
        ("02:30-03:15", (2026, 3, 29), HOUR / 4),
        ("01:00-05:00", (2026, 10, 25), 5 * HOUR),
        ("02:00-03:00", (2026, 10, 25), 2 * HOUR),
        ("00:00-02:30", (2026, 10, 25), 2.5 * HOUR),
    ],
)
def test_hours_that_a_change_of_the_clock_cuts_or_doubles_are_counted_exactly(text, on, length):
    calendar = Calendar("cal", 1, BERLIN, dict.fromkeys(range(7), (Span.parse(text),)))
    start, end = calendar.day_start(date(*on)), calendar.day_start(date(*on) + timedelta(days=1))

    assert business_time(calendar, start, end) == length


@given(
    st.integers(0, 86_399),
    st.integers(1, 86_400),
    st.sampled_from([date(2026, 3, 29), date(2026, 10, 25)]),
)
@settings(max_examples=100)
def test_adjoining_hours_stay_adjoining_over_a_change_of_the_clock(cut, width, on):
    low, high = max(0, cut - width), min(86_400, cut + width)
    if not low < cut < high:
        return
    whole = Calendar("cal", 1, BERLIN, dict.fromkeys(range(7), (Span(low, high),)))
    parts = Calendar("cal", 2, BERLIN, dict.fromkeys(range(7), (Span(low, cut), Span(cut, high))))
    start, end = whole.day_start(on), whole.day_start(on + timedelta(days=1))

    assert business_time(whole, start, end) == business_time(parts, start, end)


MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))
SPANS = st.timedeltas(timedelta(), timedelta(days=20))


@given(MOMENTS, SPANS)
@settings(max_examples=100)
def test_what_is_added_is_what_is_measured(start, amount):
    end = add_business_time(OFFICE, start, amount)

    assert business_time(OFFICE, start, end) == amount
    if amount:
        earlier = end - timedelta(microseconds=1)
        assert business_time(OFFICE, start, earlier) < amount


@given(MOMENTS, SPANS, SPANS)
@settings(max_examples=100)
def test_open_time_adds_up_over_any_cut(start, one, two):
    middle, end = start + one, start + one + two

    assert business_time(OFFICE, start, end) == (
        business_time(OFFICE, start, middle) + business_time(OFFICE, middle, end)
    )


@given(MOMENTS, st.integers(0, 6000))
@settings(max_examples=25)
def test_open_time_agrees_with_looking_at_the_clock_every_minute(start, minutes):
    start = start.replace(second=0, microsecond=0)
    counted = 0
    for passed in range(minutes):
        wall = (start + timedelta(minutes=passed)).astimezone(BERLIN)
        spans = OFFICE.spans_on(wall.date())
        second = wall.hour * 3600 + wall.minute * 60
        counted += any(span.opens <= second < span.closes for span in spans)

    end = start + timedelta(minutes=minutes)
    assert business_time(OFFICE, start, end) == timedelta(minutes=counted)


def test_business_days_skip_weekends_and_holidays():
    assert add_business_days(OFFICE, date(2026, 4, 30), 1) == date(2026, 5, 4)
    assert add_business_days(OFFICE, date(2026, 5, 4), -1) == date(2026, 4, 30)
    assert add_business_days(OFFICE, date(2026, 5, 1), 0) == date(2026, 5, 4)
    assert add_business_days(OFFICE, date(2026, 5, 1), -1) == date(2026, 4, 30)
    assert business_days_between(OFFICE, date(2026, 4, 30), date(2026, 5, 6)) == 3
    assert business_days_between(OFFICE, date(2026, 5, 6), date(2026, 4, 30)) == -3


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.integers(0, 60))
@settings(max_examples=100)
def test_business_days_forward_are_counted_back(on, days):
    start = add_business_days(OFFICE, on, 0)

    assert business_days_between(OFFICE, start, add_business_days(OFFICE, start, days)) == days


def test_a_day_that_a_zone_skipped_is_closed():
    samoa = Calendar("cal", 1, ZoneInfo("Pacific/Apia"), dict.fromkeys(range(7), ALL_DAY))
    start = samoa.day_start(date(2011, 12, 29))

    assert business_time(samoa, start, samoa.day_start(date(2011, 12, 31))) == 24 * HOUR


def test_a_naive_time_is_refused():
    with pytest.raises(NaiveTime):
        business_seconds(OFFICE, datetime(2026, 1, 1), _berlin(2026, 1, 2))


def test_a_calendar_that_closed_for_good_says_so_instead_of_searching_for_ever():
    closed = tuple(
        Holiday(date(2026, 1, 1) + timedelta(days=day), "closed") for day in range(8000)
    )
    calendar = Calendar("cal_closed", 1, BERLIN, {0: HOURS}, closed)

    with pytest.raises(NeverOpen):
        add_business_time(calendar, _berlin(2026, 1, 1), HOUR)
    with pytest.raises(NeverOpen):
        add_business_days(calendar, date(2026, 1, 1), 1)
    with pytest.raises(CalendarError):
        add_business_time(OFFICE, _berlin(2026, 1, 1), -HOUR)


@pytest.mark.parametrize(
    "text", ["", "9", "09:00", "09:00-08:00", "09:00-25:00", "09:61-12:00", "a-b", "09:00-09:00"]
)
def test_hours_that_are_none_are_refused(text):
    with pytest.raises(CalendarError):
        Span.parse(text)


@pytest.mark.parametrize(
    ("weekly", "holidays"),
    [
        ({}, ()),
        ({7: HOURS}, ()),
        ({0: tuple(reversed(HOURS))}, ()),
        ({0: (Span(0, 10), Span(5, 20))}, ()),
        ({0: HOURS}, (Holiday(date(2026, 1, 1), "a"), Holiday(date(2026, 1, 1), "b"))),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(weekly, holidays):
    with pytest.raises(CalendarError):
        Calendar("cal", 1, BERLIN, weekly, holidays)


def test_a_later_version_does_not_change_what_an_earlier_one_says():
    later = Calendar("cal_berlin", 2, BERLIN, OFFICE.weekly, ())
    start = datetime.combine(date(2026, 4, 30), time(16), BERLIN)

    assert add_business_time(OFFICE, start, 2 * HOUR) == _berlin(2026, 5, 4, 10)
    assert add_business_time(later, start, 2 * HOUR) == _berlin(2026, 5, 1, 10)
