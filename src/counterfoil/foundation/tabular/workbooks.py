"""XLSX workbooks: checked against bombs first, then read as text by python-calamine."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import python_calamine

from counterfoil.foundation.tabular.problems import Row, TableLimits, TableProblem, TableRefused

_CHUNK = 1 << 18
_CELL = re.compile(rb'<(?:\w+:)?c\b[^>]{0,200}?\br="([A-Z]{1,3})(\d{1,7})"')
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)


def sheet_rows(
    source: bytes | Path, name: str, sheet: str | None, limits: TableLimits
) -> Iterator[Row | TableProblem]:
    """This will yield the records of one sheet with their row numbers; blank rows are skipped.

    Raises TableRefused for what is no workbook, too large, or has several sheets with data.
    """
    _expect_harmless(source, name, limits)
    for number, values in enumerate(_values(source, name, sheet), start=1):
        cells = tuple(_as_text(value) for value in values)
        if any(cell.strip() for cell in cells):
            yield Row(number, cells)


def _values(source: bytes | Path, name: str, sheet: str | None) -> list[list[Any]]:
    """Return the cells of the sheet. Raises TableRefused."""
    try:
        data = source if isinstance(source, bytes) else source.read_bytes()
        with python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            if sheet is not None and sheet not in book.sheet_names:
                listed = ", ".join(repr(item) for item in book.sheet_names[:20])
                raise _refused(name, f"there is no sheet {sheet!r}", f"name one of {listed}")
            if sheet is not None:
                return _rows_of(book, sheet)
            filled = [(title, _rows_of(book, title)) for title in book.sheet_names]
            filled = [(title, rows) for title, rows in filled if rows]
    except (python_calamine.CalamineError, ValueError, OSError) as error:
        raise _refused(name, "the workbook is damaged", "open and save it again") from error
    if len(filled) > 1:
        listed = ", ".join(repr(title) for title, _ in filled[:20])
        raise _refused(
            name, f"several sheets hold data: {listed}", "name the one to import, or keep only it"
        )
    return filled[0][1] if filled else []


def _rows_of(book: Any, title: str) -> list[list[Any]]:
    """Return the rows of a sheet, empty leading ones included so that numbers are right."""
    rows: list[list[Any]] = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
    return rows


def _as_text(value: object) -> str:
    """Return a cell as people typed it: whole numbers without a point, dates in ISO 8601."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return (value.date() if value.time() == time() else value).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return "" if value is None else str(value)


def _expect_harmless(source: bytes | Path, name: str, limits: TableLimits) -> None:
    """Refuse a workbook that unpacks too large or spans too many cells. Raises TableRefused.

    The reader allocates the whole rectangle from the first to the last cell, so one cell in the
    last corner of a sheet would ask for 17 billion; corners are found by streaming.
    """
    stream = source.open("rb") if isinstance(source, Path) else io.BytesIO(source)
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    try:
        with stream, zipfile.ZipFile(stream) as archive:
            parts = archive.infolist()
            declared = sum(part.file_size for part in parts)
            if (
                declared > limits.unpacked_bytes_max
                or declared // max(size, 1) > limits.unpacked_ratio_max
                or len(parts) > 10_000
            ):
                raise _refused(
                    name,
                    f"the workbook unpacks to {declared >> 20} MB",
                    "save only the sheet that is needed, or save it as CSV",
                )
            for part in parts:
                _expect_plain(archive, part, name, limits)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError) as error:
        raise _refused(name, "the workbook is damaged", "open and save it again") from error


def _expect_plain(
    archive: zipfile.ZipFile, part: zipfile.ZipInfo, name: str, limits: TableLimits
) -> None:
    """Refuse a part that lies about its size, or a sheet with a far corner. Raises."""
    is_sheet = _SHEET.fullmatch(part.filename) is not None
    count, columns, rows, rest = 0, 1, 1, b""
    with archive.open(part) as stream:
        while chunk := stream.read(_CHUNK):
            count += len(chunk)
            if count > part.file_size:
                raise zipfile.BadZipFile("a part is larger than declared")
            if not is_sheet:
                continue
            block = rest + chunk
            for match in _CELL.finditer(block):
                columns = max(columns, _column_number(match[1]))
                rows = max(rows, int(match[2]))
            rest = block[-256:]
            if columns * rows > limits.sheet_cells_max:
                raise _refused(
                    name,
                    f"a sheet reaches to row {rows} and column {columns}",
                    "delete stray cells far from the table, or save it as CSV",
                )


def _column_number(letters: bytes) -> int:
    """Return 1 for A, 27 for AA."""
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _refused(file: str, message: str, hint: str) -> TableRefused:
    """Return the refusal of a workbook."""
    return TableRefused(TableProblem(file, 1, None, None, message, hint))
