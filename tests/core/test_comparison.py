"""A stated value beside the document: confirmed with its quote, different, or not to be said."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.comparison import (
    Confirmed,
    Difference,
    Document,
    compare_line,
    confirm_days,
)
from counterfoil.core.criteria import Period
from counterfoil.core.money import Money
from tests.submission_stock import INVOICE

STATED = {
    "supplier": "Hall & Stage Ltd",
    "number": "HS-2026-118",
    "date": date(2026, 4, 22),
    "supplied": Period(date(2026, 4, 20), date(2026, 4, 21)),
    "net": Money(120_000, "USD"),
    "tax": Money(0, "USD"),
}
DOCUMENT = Document("evi_1", "invoice.pdf", (INVOICE,))


def names(found, kind):
    return {item.name for item in found if isinstance(item, kind)}


def test_a_faithful_line_is_confirmed_word_for_word():
    found = compare_line(STATED, [DOCUMENT], currency="USD")

    assert names(found, Confirmed) >= {"supplier", "number", "date", "net", "supplied"}
    assert names(found, Difference) == set()
    for item in found:
        page = DOCUMENT.pages[item.quote.page - 1]
        assert page[item.quote.start : item.quote.end] == item.quote.text


def test_what_the_document_contradicts_is_a_difference():
    found = compare_line(
        {**STATED, "date": date(2026, 5, 1), "net": Money(130_000, "USD")},
        [DOCUMENT],
        currency="USD",
    )

    assert names(found, Difference) == {"date", "net"}


def test_a_part_of_an_invoice_is_no_difference():
    found = compare_line({**STATED, "net": Money(5_000, "USD")}, [DOCUMENT], currency="USD")

    assert "net" not in names(found, Difference) | names(found, Confirmed)


def test_the_document_with_the_number_is_the_one_that_counts():
    other = Document("evi_2", "other.pdf", (INVOICE.replace("HS-2026-118", "HS-2026-119"),))

    found = compare_line(STATED, [other, DOCUMENT], currency="USD")

    assert {item.document for item in found} == {"evi_1"}


def test_without_text_or_with_two_candidates_nothing_is_said():
    scans = [Document("evi_3", "scan.png", ("",))]
    strangers = [Document(f"evi_{n}", "x.pdf", ("Some text",)) for n in range(2)]

    assert compare_line(STATED, scans, currency="USD") == ()
    assert compare_line(STATED, strangers, currency="USD") == ()


def test_days_and_names_of_the_activity_are_confirmed_from_proof():
    invitation = Document("evi_4", "i.pdf", ("Alpine Summit, 20 April 2026, Munich",))
    stated = {
        "activity_start": date(2026, 4, 20),
        "activity_end": date(2026, 4, 21),
        "activity_name": "Alpine Summit",
    }

    found = confirm_days(stated, [invitation])

    assert {item.name for item in found} == {"activity_start", "activity_name"}


@given(st.lists(st.text(max_size=200), max_size=3))
def test_any_text_is_compared_without_an_error_and_quotes_are_verbatim(pages):
    for item in compare_line(STATED, [Document("evi_5", "x", tuple(pages))], currency="USD"):
        page = pages[item.quote.page - 1]
        assert page[item.quote.start : item.quote.end] == item.quote.text
