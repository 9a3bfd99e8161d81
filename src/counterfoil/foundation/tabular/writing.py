"""The one writer of CSV and XLSX; whatever leaves in a table leaves through here.

A spreadsheet runs a cell that begins like a formula. Text from partners must never do that (OWASP
ASVS 1.2.10), and numbers must stay numbers, so columns are typed.
"""

import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import BinaryIO

import xlsxwriter

Cell = str | int | Decimal | date | None

_FORMULA_STARTS = tuple("=+-@\t\r\n\x00＝＋－＠")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_EXACT_DIGITS_MAX = 15
"""A workbook's number is a binary double: 15 decimal digits are exact, longer ones become text."""

_SHEET_ROWS_MAX = 1_048_576
_CELL_CHARS_MAX = 32_767
_FIXED = datetime(2000, 1, 1)  # noqa: DTZ001 - a constant in the file, so that equal tables are equal bytes


class NotWritable(ValueError):
    """A cell does not fit its column or the format; the message names row and column."""


class ColumnKind(StrEnum):
    """What a column holds: free text, or figures that a spreadsheet may add up."""

    TEXT = "text"
    NUMBER = "number"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table that leaves: its heading and its kind."""

    name: str
    kind: ColumnKind = ColumnKind.TEXT


def guarded(text: str) -> str:
    """Return text that no spreadsheet takes for a formula: a leading apostrophe where needed.

    Blanks and invisible characters before a formula start do not fool the guard.
    """
    first = text.lstrip(" \u00a0\u200b\ufeff\u3000")
    needs_guard = first.startswith(_FORMULA_STARTS) or text.startswith(_FORMULA_STARTS)
    plain = text.replace("\x00", "")
    return f"'{plain}" if needs_guard else plain


def unguarded(text: str) -> str:
    """Return the text that `guarded` was given (NUL aside), for tables that come back."""
    rest = text[1:]
    return rest if text.startswith("'") and guarded(rest) == text else text


def write_csv(
    out: BinaryIO,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    *,
    has_mark: bool = False,
) -> int:
    """This will write a CSV table (RFC 4180, UTF-8) and return its number of rows.

    `has_mark` puts the byte order mark in front that Excel needs to see UTF-8. Text is always
    quoted, so that another delimiter of the reader's country cannot cut it. Raises NotWritable.
    """
    text = io.TextIOWrapper(out, encoding="utf-8-sig" if has_mark else "utf-8", newline="")
    try:
        text.write(",".join(_quoted(guarded(column.name)) for column in columns) + "\r\n")
        count = 0
        for count, row in enumerate(rows, start=1):
            cells = _paired(columns, row, count)
            line = ",".join(_csv_cell(column, value, count) for column, value in cells)
            text.write(line + "\r\n")
        text.flush()
    finally:
        text.detach()
    return count


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook."""

    name: str
    columns: Sequence[Column]
    rows: Iterable[Sequence[Cell]]


def write_xlsx(
    out: BinaryIO,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Cell]],
    *,
    sheet: str = "Table",
) -> int:
    """This will write a workbook with one sheet and return its number of rows.

    Text cells have the string type, whatever they begin with; equal tables give equal bytes.
    Raises NotWritable.
    """
    return write_workbook(out, [Sheet(sheet, columns, rows)])


def write_workbook(out: BinaryIO, sheets: Sequence[Sheet]) -> int:
    """This will write a workbook of several sheets, as `write_xlsx`; it returns all their rows.

    Raises NotWritable.
    """
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "in_memory": True,
    }
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": _FIXED})
        bold = book.add_format({"bold": True})
        return sum(_write_sheet(book, bold, sheet) for sheet in sheets)


def _write_sheet(book: xlsxwriter.Workbook, bold: xlsxwriter.format.Format, sheet: Sheet) -> int:
    page = book.add_worksheet(re.sub(r"[\[\]:*?/\\']", " ", sheet.name)[:31])
    for place, column in enumerate(sheet.columns):
        page.write_string(0, place, _sheet_text(column.name, 0, column), bold)
    page.freeze_panes(1, 0)
    count = 0
    for count, row in enumerate(sheet.rows, start=1):
        if count >= _SHEET_ROWS_MAX:
            raise NotWritable(f"a sheet holds {_SHEET_ROWS_MAX} rows; write a CSV file instead")
        for place, (column, value) in enumerate(_paired(sheet.columns, row, count)):
            _write_sheet_cell(page, count, place, column, value)
    return count


def _paired(
    columns: Sequence[Column], row: Sequence[Cell], number: int
) -> list[tuple[Column, Cell]]:
    """Return the cells with their columns. Raises NotWritable for a row of another width."""
    if len(row) != len(columns):
        raise NotWritable(f"row {number} has {len(row)} cells for {len(columns)} columns")
    return list(zip(columns, row, strict=True))


def _csv_cell(column: Column, value: Cell, number: int) -> str:
    """Return the cell as it stands in the file: figures bare, text quoted (RFC 4180, 2.5-2.7)."""
    if column.kind is ColumnKind.NUMBER:
        return _digits(column, value, number)
    return _quoted(guarded(_plain(column, value, number)))


def _quoted(text: str) -> str:
    """Return text in double quotes, those inside doubled."""
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


def _write_sheet_cell(page: object, row: int, place: int, column: Column, value: Cell) -> None:
    """Write one cell with an explicit type."""
    sheet: xlsxwriter.worksheet.Worksheet = page
    if column.kind is ColumnKind.NUMBER:
        digits = _digits(column, value, row)
        if digits and len(re.sub(r"\D", "", digits).lstrip("0")) <= _EXACT_DIGITS_MAX:
            sheet.write_number(row, place, Decimal(digits))
        elif digits:
            sheet.write_string(row, place, digits)
        return
    text = _sheet_text(_plain(column, value, row), row, column)
    if text:
        sheet.write_string(row, place, text)


def _sheet_text(text: str, row: int, column: Column) -> str:
    """Return text that fits a cell of a workbook. Raises NotWritable."""
    if len(text) > _CELL_CHARS_MAX:
        raise NotWritable(
            f"row {row}, column {column.name!r}: {len(text)} characters, a cell holds "
            f"{_CELL_CHARS_MAX}"
        )
    return text.replace("\x00", "")


def _digits(column: Column, value: Cell, number: int) -> str:
    """Return a figure as plain digits, or "" for none. Raises NotWritable for anything else.

    A figure may arrive as text ("-12.50" from an amount), but only as digits: a formula in a
    number column is refused, not written.
    """
    if value is None or value == "":
        return ""
    is_figure = isinstance(value, int | Decimal | str) and not isinstance(value, bool)
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if not is_figure or not _NUMBER.fullmatch(text) or not text.isascii():
        raise NotWritable(
            f"row {number}, column {column.name!r}: {str(value)[:40]!r} is no plain number; give "
            "a whole number, a Decimal, or digits with a point"
        )
    return text


def _plain(column: Column, value: Cell, number: int) -> str:
    """Return a text cell as text. Raises NotWritable for floats and other types."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    raise NotWritable(
        f"row {number}, column {column.name!r}: {type(value).__name__} is not written; give text, "
        "a whole number, a Decimal or a date"
    )
