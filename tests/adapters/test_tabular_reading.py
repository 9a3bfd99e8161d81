"""The strict reader of tables: each record with its line, each fault with place and remedy."""

import csv
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.foundation.tabular import (
    Column,
    ColumnKind,
    Row,
    TableLimits,
    TableProblem,
    TableRefused,
    match_header,
    open_table,
    write_xlsx,
)


def read(data, **options):
    return list(open_table(data, name="sales.csv", **options).rows())


def refusal(data, **options):
    with pytest.raises(TableRefused) as caught:
        read(data, **options)
    return caught.value.problem


def workbook(rows, name="Sales"):
    out = io.BytesIO()
    write_xlsx(out, [Column("Id"), Column("Net", ColumnKind.NUMBER)], rows, sheet=name)
    return out.getvalue()


def test_rows_come_with_the_line_they_begin_on():
    data = b'id,name\n1,"two\nlines"\n\n2,last\n'

    assert read(data) == [Row(2, ("1", "two\nlines")), Row(5, ("2", "last"))]


@pytest.mark.parametrize("delimiter", [",", ";", "|", "\t"])
def test_the_delimiter_is_found(delimiter):
    data = delimiter.join(["id", "name, or; so", "net"]).replace("name, or; so", '"name, or; so"')
    data += "\n" + delimiter.join(["1", "x", "2"]) + "\n"

    table = open_table(data.encode(), name="x.csv")

    assert table.delimiter == delimiter
    assert table.header == ("id", "name, or; so", "net")


def test_an_unclear_delimiter_is_asked_for():
    problem = refusal(b"a,b;c\n1,2;3\n")

    assert "delimiter is not clear" in problem.message
    assert "semicolon" in problem.hint
    assert read(b"a,b;c\n1,2;3\n", delimiter=";") == [Row(2, ("1,2", "3"))]


@pytest.mark.parametrize(
    ("data", "codec"),
    [
        ("id,name\n1,Brückner\n".encode(), "utf-8"),
        ("id,name\n1,Brückner\n".encode("utf-8-sig"), "utf-8-sig"),
        ("id,name\n1,Brückner €\n".encode("cp1252"), "cp1252"),
        (b"id,name\n1,plain\n", "utf-8"),
    ],
)
def test_the_encoding_is_found_and_the_mark_is_no_part_of_the_header(data, codec):
    table = open_table(data, name="x.csv")

    assert table.codec == codec
    assert table.header[0] == "id"


def test_two_encodings_in_one_file_are_refused_with_the_first_bad_line():
    data = "id,name\n1,Brückner\n".encode() + "2,Müller\n".encode("cp1252")

    problem = refusal(data)

    assert problem.line == 3
    assert "mixes UTF-8" in problem.message


def test_the_bad_byte_is_found_on_the_last_of_many_lines():
    data = b"id,name\n" + "1,Ä\n".encode() * 300_000 + b"2,\xfc\n"

    assert refusal(data).line == 300_002


def test_utf_16_and_bytes_of_no_encoding_are_refused():
    assert "UTF-16" in refusal("id,name\n".encode("utf-16")).message
    assert "neither UTF-8 nor Windows-1252" in refusal(b"id\n\x81\x8d\n").message


def test_a_row_of_another_width_is_a_problem_and_costs_only_itself():
    rows = read(b"id,name,net\n1,a,2\n2,b\n3,c,4,5\n4,d,6\n")

    assert [row.line for row in rows] == [2, 3, 4, 5]
    short, long = rows[1], rows[2]
    assert isinstance(short, TableProblem)
    assert short.message == "the row has 2 cells, the header 3"
    assert "double quotes" in short.hint
    assert "4 cells" in long.message
    assert str(short).startswith("sales.csv:3: the row has 2 cells")


def test_a_nul_is_refused_on_its_line():
    *rows, problem = read(b"id,name\n1,a\n2,b\x00c\n3,d\n")

    assert rows == [Row(2, ("1", "a"))]
    assert problem.line == 3
    assert "NUL" in problem.message


def test_a_quote_that_is_never_closed_names_the_line_where_it_opens():
    *rows, problem = read(b'id,name\n1,a\n2,"open\n3,c\n4,d\n')

    assert len(rows) == 1
    assert problem.line == 3
    assert "never closed" in problem.message


def test_an_endless_record_is_stopped_at_its_first_line():
    data = b'id,name\n1,"' + b"x\n" * 900_000

    problem = read(data)[-1]

    assert isinstance(problem, TableProblem)
    assert problem.line == 2
    assert "too long" in problem.message


def test_text_after_a_closing_quote_is_a_problem():
    problem = read(b'id,name\n1,"a"b\n')[-1]

    assert "closing double quote" in problem.message


def test_a_cell_beyond_the_limit_names_its_column():
    problem = read(b"id,name\n1," + b"x" * 40_000 + b"\n")[0]

    assert (problem.line, problem.column, problem.field) == (2, 2, "name")
    assert "40000 characters" in problem.message


def test_too_many_rows_stop_with_a_problem():
    rows = read(b"id\n1\n2\n3\n", limits=TableLimits(rows_max=2))

    assert len(rows) == 3
    assert "more than 2 rows" in rows[-1].message


def test_an_oversized_file_is_refused_before_it_is_read():
    assert "split it" in refusal(b"id\n" * 100, limits=TableLimits(file_bytes_max=99)).hint


@pytest.mark.parametrize(
    ("data", "part"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"id,,net\n1,2,3\n", "no name"),
        (b"id,Net,net\n1,2,3\n", "same name"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old .xls"),
        (b"PK\x03\x04garbage", "damaged"),
    ],
)
def test_what_is_no_table_is_refused_in_words(data, part):
    assert part in refusal(data).message


def test_a_table_without_a_header_takes_its_width_from_the_first_row():
    rows = read(b"1|a\n2|b\n3\n", has_header=False)

    assert rows[0] == Row(1, ("1", "a"))
    assert rows[2].message == "the row has 1 cells, the first row 2"


def test_a_workbook_keeps_text_as_text_and_its_row_numbers():
    table = open_table(workbook([("1.10", "6200"), ("007", "-12.5")]), name="sales.xlsx")

    assert table.header == ("Id", "Net")
    assert list(table.rows()) == [Row(2, ("1.10", "6200")), Row(3, ("007", "-12.5"))]


def test_a_truncated_workbook_is_refused():
    data = workbook([("1", 2)])

    for cut in (10, len(data) // 2, len(data) - 5):
        assert "damaged" in refusal(data[:cut]).message


def bomb(sheet_xml):
    source = zipfile.ZipFile(io.BytesIO(workbook([("1", 2)])))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in source.infolist():
            is_sheet = part.filename == "xl/worksheets/sheet1.xml"
            archive.writestr(part.filename, sheet_xml if is_sheet else source.read(part))
    return out.getvalue()


def test_a_workbook_that_unpacks_to_hundreds_of_megabytes_is_refused():
    data = bomb(b"<worksheet>" + b" " * 400_000_000 + b"</worksheet>")

    assert len(data) < 1_000_000
    assert "unpacks to" in refusal(data).message


def test_a_cell_in_the_last_corner_is_refused_before_it_is_allocated():
    data = bomb(
        b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData></worksheet>'
    )

    assert "reaches to row 1048576" in refusal(data).message
    # The planted fault: with the guard wide open the corner is not refused for its place.
    small = bomb(
        b'<worksheet><sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        b'<row r="3000"><c r="CV3000"><v>1</v></c></row></sheetData></worksheet>'
    )
    assert "reaches to" in refusal(small, limits=TableLimits(sheet_cells_max=1000)).message
    assert open_table(small, name="x.xlsx", has_header=False).width == 100


def test_columns_are_found_by_any_of_their_names():
    table = open_table(b"Order Date,SALES-AMOUNT,Note\n1,2,3\n", name="x.csv")

    match = match_header(
        table, {"ordered_on": ["OrderDate"], "net": ["Sales Amount"]}, required=["net"]
    )

    assert match.places == {"ordered_on": 0, "net": 1}
    assert match.unused == ("Note",)
    assert match.problems == ()
    assert match.record(Row(2, (" 1 ", "2", "3"))) == {"ordered_on": "1", "net": "2"}


def test_a_missing_and_a_doubtful_column_are_problems_with_what_the_file_has():
    table = open_table(b"Amount,Net Amount\n1,2\n", name="x.csv")

    match = match_header(
        table, {"net": ["Amount", "NetAmount"], "day": ["Date"]}, required=["net", "day"]
    )

    doubtful, missing = match.problems
    assert "'Amount', 'Net Amount' all fit" in doubtful.message
    assert missing.field == "day"
    assert "Amount, Net Amount" in missing.hint


@given(
    st.lists(
        st.lists(
            st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=6,
    )
)
def test_any_table_of_text_survives_the_standard_writer_and_our_reader(rows):
    out = io.StringIO(newline="")
    csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["a", "b", "c"], *rows])

    found = read(out.getvalue().encode(), delimiter=",")

    assert [list(row.cells) for row in found] == rows


@given(st.binary(max_size=400))
def test_junk_is_rows_or_problems_and_never_another_error(data):
    try:
        table = open_table(data, name="junk")
    except TableRefused:
        return
    for item in table.rows():
        assert isinstance(item, Row | TableProblem)
