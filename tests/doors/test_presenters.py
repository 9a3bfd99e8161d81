"""Money, dates, clocks and words, as the screen shows them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.config.messages import compile_messages
from counterfoil.core.money import EXPONENTS, Money
from counterfoil.core.states import ReviewOutcome, State, Turn
from counterfoil.interfaces.web import presenters as show

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
CODES = st.sampled_from(["EUR", "JPY", "USD", "KWD", "CLF"])
HOUR = 3600


@given(minor=st.integers(-(10**15), 10**15), code=CODES)
def test_every_figure_reads_back_as_the_amount(minor: int, code: str) -> None:
    figure = show.show_money(Money(minor, code)).figure

    plain = figure.replace(",", "").replace("\u2212", "-")
    whole, _, rest = plain.partition(".")
    assert len(rest) == EXPONENTS[code]
    assert int(whole + rest) == minor
    assert "-" not in figure


@pytest.mark.parametrize(
    ("minor", "code", "words"),
    [
        (620000, "EUR", "6,200.00 EUR"),
        (-338010, "EUR", "\u22123,380.10 EUR"),
        (1240000, "JPY", "1,240,000 JPY"),
        (0, "EUR", "0.00 EUR"),
        (5, "USD", "0.05 USD"),
    ],
)
def test_money_has_all_its_minor_units_and_a_true_minus(minor: int, code: str, words: str) -> None:
    assert str(show.show_money(Money(minor, code))) == words


@pytest.fixture
def _catalogs() -> None:
    compile_messages()


@pytest.mark.usefixtures("_catalogs")
def test_german_figures_have_german_marks() -> None:
    with override("de"):
        assert str(show.show_money(Money(620000, "EUR"))) == "6.200,00 EUR"
        assert show.format_day(date(2026, 11, 20)) == "20. Nov. 2026"


def test_a_moment_names_weekday_zone_and_iso() -> None:
    moment = show.show_moment(NOON, "Europe/Berlin")

    assert moment.text == "Fri, Nov 20, 2026, 13:00 CET"
    assert moment.iso == "2026-11-20T13:00+01:00"


def test_a_zone_without_letters_is_written_as_its_offset() -> None:
    assert show.show_moment(NOON, "America/Sao_Paulo").text.endswith("09:00 UTC-03:00")


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        show.show_moment(NOON.replace(tzinfo=None), "UTC")


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2026, 10, 13), date(2026, 10, 14), "Oct 13-14, 2026"),
        (date(2026, 9, 28), date(2026, 10, 14), "Sep 28-Oct 14, 2026"),
        (date(2025, 12, 30), date(2026, 1, 2), "Dec 30, 2025-Jan 2, 2026"),
        (date(2026, 10, 13), date(2026, 10, 13), "Oct 13, 2026"),
    ],
)
def test_a_period_names_month_and_year_once(first: date, last: date, words: str) -> None:
    assert show.format_period(first, last) == words


@pytest.mark.parametrize(
    ("hours", "tone", "word"),
    [
        (1, "mute", "23h 00m left"),
        (19, "mute", "5h 00m left"),
        (20, "warn", "4h 00m left"),
        (24, "warn", "0m left"),
        (25, "bad", "1h 00m late"),
    ],
)
def test_a_clock_warns_from_four_fifths_and_is_late_after_all(
    hours: int, tone: str, word: str
) -> None:
    clock = show.show_clock(elapsed=timedelta(hours=hours), limit=24 * HOUR)

    assert (clock.tone, clock.word) == (tone, word)


@pytest.mark.parametrize(
    ("past_due", "word"),
    [
        (timedelta(hours=47), "120h 00m late"),
        (timedelta(days=2), "2 days late"),
        (timedelta(days=21, hours=23), "21 days late"),
    ],
)
def test_a_clock_that_is_days_late_says_so_by_the_calendar(past_due: timedelta, word: str) -> None:
    clock = show.show_clock(elapsed=144 * HOUR, limit=24 * HOUR, past_due=past_due)

    assert clock.word == word


def test_a_paused_clock_says_where_it_stands() -> None:
    clock = show.show_clock(elapsed=9 * HOUR + 1800, limit=24 * HOUR, is_paused=True)

    assert (clock.word, clock.tone, clock.icon) == ("Paused at 9h 30m", "theirs", "pause")


@given(parts=st.lists(st.integers(0, 10**12), min_size=1, max_size=6))
def test_a_bar_never_leaves_its_width(parts: list[int]) -> None:
    named = [(f"f-{index}", amount) for index, amount in enumerate(parts)]

    segments = show.bar_segments(named, total=sum(parts))

    ends = [float(each.x) + float(each.width) for each in segments]
    assert all(end <= 1000 for end in ends)
    assert len(segments) == sum(1 for amount in parts if amount)


@given(cuts=st.lists(st.integers(-(10**6), 10**4), max_size=6), asked=st.integers(0, 10**8))
def test_the_last_step_is_the_sum_of_all_steps(cuts: list[int], asked: int) -> None:
    adjustments = [("A cut", "CODE", Money(cut, "EUR")) for cut in cuts]

    steps = show.amount_steps(
        requested=Money(asked, "EUR"), adjustments=adjustments, labels=("Requested", "To pay")
    )

    assert steps[-1].money == show.show_money(Money(asked + sum(cuts), "EUR"))


def test_every_state_outcome_and_turn_of_the_core_has_its_word() -> None:
    assert set(show.REVIEW_STATES) == {state.value for state in State}
    assert set(show.OUTCOMES) == {outcome.value for outcome in ReviewOutcome}
    assert {turn.value for turn in Turn} <= set(show.TURNS)


def test_a_state_that_nobody_named_is_an_error_and_no_word() -> None:
    with pytest.raises(KeyError):
        show.status_of(show.REVIEW_STATES, "pending")


@pytest.mark.parametrize(
    ("ppm", "words"), [(500000, "50%"), (21250, "2.125%"), (0, "0%"), (1, "0.0001%")]
)
def test_a_share_has_no_decimals_that_say_nothing(ppm: int, words: str) -> None:
    assert show.format_share(ppm) == words


@pytest.mark.parametrize(
    ("size", "words"), [(640, "640 bytes"), (12400, "12.4 kB"), (20_000_000, "20 MB")]
)
def test_file_sizes_are_read_at_a_glance(size: int, words: str) -> None:
    assert show.format_size(size) == words


def test_initials_and_hashes_are_short() -> None:
    assert show.initials("Dana van der Whitfield") == "DW"
    assert show.short_hash("sha256:5f0c91b72ad484c9") == "5f0c…84c9"


def test_a_day_that_is_none_stays_readable():
    assert show.FieldPart("day", "Day", kind="date", value="2026-07-01").input_type == "date"
    assert show.FieldPart("day", "Day", kind="date").input_type == "date"
    assert show.FieldPart("day", "Day", kind="date", value="1.7.2026").input_type == "text"
