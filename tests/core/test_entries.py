"""What people write reads to one value or is refused with what would be right."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.criteria import Period
from counterfoil.core.entries import (
    NotReadable,
    read_bool,
    read_date,
    read_entries,
    read_entry,
    read_money,
    read_period,
)
from counterfoil.core.money import Money
from counterfoil.core.playbooks.model import (
    Ask,
    Field,
    Floor,
    OptionList,
    Provenance,
    Text,
    ValueType,
)

FEB9 = date(2026, 2, 9)
OPTIONS = OptionList(
    "activities",
    (
        ("event", Text((("en", "Customer event"), ("de", "Kundenveranstaltung")))),
        ("print_ad", Text((("en", "Print advertisement"),))),
    ),
)


def field(kind, **given):
    return Field(
        name="it",
        type=kind,
        ask=Ask.PARTNER,
        required=True,
        floor=Floor(Provenance.PARTNER_DECLARED),
        title=Text((("en", "It"),)),
        **given,
    )


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-09",
        "2026/2/9",
        "9.2.2026",
        "09.02.2026",
        "Feb 9, 2026",
        "February 9 2026",
        "9 Feb 2026",
        "9. Februar 2026",
        " 2026-02-09 ",
        "9th February 2026",
    ],
)
def test_a_day_reads_in_many_forms(text):
    assert read_date(text) == FEB9


@pytest.mark.parametrize(
    "text", ["", "9.2.26", "2026-02-30", "0226-02-09", "tomorrow", "2026-02", "32.1.2026", "1/1"]
)
def test_what_is_no_day_is_refused_with_an_example(text):
    with pytest.raises(NotReadable) as refusal:
        read_date(text)
    assert "2026-02-09" in refusal.value.right


def test_a_day_that_reads_two_ways_is_never_guessed():
    with pytest.raises(NotReadable) as refusal:
        read_date("02/09/2026")
    assert "2026-02-09 or 2026-09-02" in str(refusal.value)
    assert read_date("02/25/2026") == date(2026, 2, 25)
    assert read_date("05/05/2026") == date(2026, 5, 5)


@given(st.dates(date(1990, 1, 1), date(2099, 12, 31)))
def test_every_day_reads_back_from_the_forms_we_write(day):
    assert read_date(day.isoformat()) == day
    assert read_date(f"{day.day}.{day.month}.{day.year}") == day
    assert read_date(f"{day:%b} {day.day}, {day.year}") == day


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2026-02-09/2026-02-10", FEB9, date(2026, 2, 10)),
        ("Feb 9, 2026 to Feb 10, 2026", FEB9, date(2026, 2, 10)),
        ("9.2.2026 – 10.2.2026", FEB9, date(2026, 2, 10)),
        ("9.2.2026 bis 10.2.2026", FEB9, date(2026, 2, 10)),
        ("2026-02-09", FEB9, FEB9),
        ("February 2026", date(2026, 2, 1), date(2026, 2, 28)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
    ],
)
def test_a_period_reads(text, start, end):
    assert read_period(text) == Period(start, end)


def test_a_period_that_ends_before_it_starts_is_refused():
    with pytest.raises(NotReadable, match="ends before"):
        read_period("2026-02-10 to 2026-02-09")


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("6,200.00", "en", Money(620_000, "USD")),
        ("6200", "en", Money(620_000, "USD")),
        ("USD 6200.5", "en", Money(620_050, "USD")),
        ("100 GBP", "en", Money(10_000, "GBP")),
        ("€ 12", "en", Money(1_200, "EUR")),
        ("6.200,00", "de", Money(620_000, "USD")),
        ("6,200.00", "de", Money(620_000, "USD")),
        ("6200.00", "de", Money(620_000, "USD")),
        ("12,5", "de", Money(1_250, "USD")),
    ],
)
def test_an_amount_reads(text, language, expected):
    assert read_money(text, currency="USD", language=language) == expected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("1.234,56", "en"),
        ("12,345", "de"),
        ("12.345", "en"),
        ("about 5", "en"),
        ("5 XXQ", "en"),
        ("١٢", "en"),
        ("1e5", "en"),
        ("", "en"),
        ("NaN", "en"),
        ("5 EUR USD", "en"),
    ],
)
def test_what_is_no_amount_is_refused_with_an_example(text, language):
    with pytest.raises(NotReadable) as refusal:
        read_money(text, currency="USD", language=language)
    assert refusal.value.right


@given(st.integers(0, 10**12))
def test_every_amount_reads_back_from_the_forms_we_write(minor):
    amount = Money(minor, "USD")
    assert read_money(amount.format_plain(), currency="EUR") == amount
    assert (
        read_money(
            f"{minor / 100:,.2f}" if minor < 10**9 else amount.format_number(), currency="USD"
        )
        == amount
    )


def test_yes_and_no_read_in_both_languages():
    assert [read_bool(word) for word in ("Yes", "ja", "TRUE", "1", "on")] == [True] * 5
    assert [read_bool(word) for word in ("no", "Nein", "false", "0")] == [False] * 4
    with pytest.raises(NotReadable):
        read_bool("maybe")


def test_a_choice_reads_by_its_key_and_by_its_title_in_any_language():
    kind = field(ValueType.CHOICE, options="activities")
    for text in ("event", "Customer event", "KUNDENVERANSTALTUNG"):
        assert read_entry(text, field=kind, currency="USD", options=OPTIONS) == "event"
    with pytest.raises(NotReadable) as refusal:
        read_entry("party", field=kind, currency="USD", options=OPTIONS)
    assert "Customer event, Print advertisement" in refusal.value.right


def test_numbers_and_texts_read():
    assert read_entry("1,234", field=field(ValueType.WHOLE_NUMBER), currency="USD") == 1234
    assert read_entry("12.5", field=field(ValueType.DECIMAL), currency="USD") == Decimal("12.5")
    assert read_entry("  hi ", field=field(ValueType.TEXT), currency="USD") == "hi"
    assert read_entry("   ", field=field(ValueType.TEXT), currency="USD") is None
    with pytest.raises(NotReadable):
        read_entry("x" * 11, field=field(ValueType.TEXT, max_length=10), currency="USD")
    with pytest.raises(NotReadable):
        read_entry("1.5", field=field(ValueType.WHOLE_NUMBER), currency="USD")


@pytest.mark.parametrize("hidden", ["\u202e", "\u2066", "\u200b", "\ufeff", "\u2060"])
def test_a_text_that_reads_other_than_it_is_stored_is_refused(hidden):
    with pytest.raises(NotReadable, match=f"U\\+{ord(hidden):04X}"):
        read_entry(f"Pay {hidden}100.00 EUR", field=field(ValueType.TEXT), currency="USD")
    with pytest.raises(NotReadable):
        read_entry(hidden + hidden, field=field(ValueType.TEXT), currency="USD")


@pytest.mark.parametrize("text", ["نوروز \u200cها", "👩\u200d💻 day", "שלום", "مرحبا"])
def test_scripts_and_emoji_with_joiners_are_texts(text):
    assert read_entry(text, field=field(ValueType.TEXT), currency="USD") == text


def test_one_bad_entry_leaves_the_others_read():
    values, problems = read_entries(
        {"it": "never", "else": "ignored"},
        fields=[field(ValueType.DATE)],
        lists={},
        currency="USD",
        prefix="lines[0].",
    )

    assert values == {"it": None}
    assert [problem.field for problem in problems] == ["lines[0].it"]


@given(st.text(max_size=40), st.sampled_from(list(ValueType)), st.sampled_from(["en", "de", "fr"]))
def test_junk_is_read_or_refused_and_nothing_else(text, kind, language):
    refusal = None
    try:
        read_entry(
            text,
            field=field(kind, options="activities"),
            currency="USD",
            options=OPTIONS,
            language=language,
        )
    except NotReadable as found:
        refusal = found
    assert refusal is None or (refusal.message and refusal.right)
