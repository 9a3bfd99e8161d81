"""What a prefilled field shows reads to the same value again."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.criteria import Period
from counterfoil.core.entries import read_bool, read_date, read_money, read_period
from counterfoil.core.extraction import extract_invoice
from counterfoil.core.money import Money
from counterfoil.core.typed import as_typed, entries_from_invoice

LANGUAGES = st.sampled_from(["en", "de"])
# A period of up to 900 days must end before 2100, where entries end.
DAYS = st.dates(date(1990, 1, 1), date(2097, 6, 30))


@given(st.integers(-(10**12), 10**12), st.sampled_from(["EUR", "JPY", "KWD"]), LANGUAGES)
def test_an_amount_reads_back(minor, currency, language):
    money = Money(minor, currency)
    text = as_typed(money, currency="USD", language=language)

    assert read_money(text, currency="USD", language=language) == money


@given(DAYS, st.integers(0, 900), LANGUAGES)
def test_days_and_periods_read_back(first, days, language):
    period = Period(first, first + timedelta(days=days))

    assert read_date(as_typed(first, currency="EUR", language=language)) == first
    text = as_typed(period, currency="EUR", language=language)
    assert read_period(text, language=language) == period


@pytest.mark.parametrize("value", [True, False])
def test_yes_and_no_read_back(value):
    assert read_bool(as_typed(value, currency="EUR")) is value


def test_nothing_is_written_for_what_was_not_found():
    assert entries_from_invoice(extract_invoice([""]), currency="EUR") == {}
    assert as_typed(None, currency="EUR") == ""


def test_an_invoice_gives_its_fields_and_no_guess():
    page = (
        "Hall & Stage Ltd\nInvoice number: HS-1\nInvoice date: 03/04/2026\nTotal due 12.00 EUR\n"
    )

    found = entries_from_invoice(extract_invoice([page], currency="EUR"), currency="EUR")

    assert found["number"] == "HS-1"
    assert "date" not in found
