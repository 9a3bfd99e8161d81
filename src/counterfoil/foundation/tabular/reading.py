"""The strict reader: every record with its line, every fault with its place and its remedy."""

import csv
import io
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from counterfoil.foundation.tabular.delimiters import CANDIDATES, NAMES, delimiter_of
from counterfoil.foundation.tabular.encodings import encoding_of
from counterfoil.foundation.tabular.problems import Row, TableLimits, TableProblem, TableRefused
from counterfoil.foundation.tabular.workbooks import sheet_rows

_SAMPLE_LINES = 30
_ZIP = b"PK\x03\x04"
# Leading bytes of what people upload instead of a table.
_OTHER_FILES = ((b"%PDF-", "a PDF"), (b"\xd0\xcf\x11\xe0", "an Excel file of the old .xls format"))


@dataclass(frozen=True, slots=True)
class Table:
    """An opened table: its header, and its rows each time `rows` is called.

    `header` is () for a table without one. `width` is the number of cells that a row must have.
    `codec` and `delimiter` are "" for workbooks.
    """

    name: str
    header: tuple[str, ...]
    width: int
    codec: str
    delimiter: str
    limits: TableLimits
    source: bytes | Path
    sheet: str | None = None

    def rows(self) -> Iterator[Row | TableProblem]:
        """This will yield each record below the header, or the problem in its place.

        Blank lines are skipped. A record that cannot be cut into cells ends the iteration with a
        problem, because nothing after it can be trusted; every other problem costs its row only.
        """
        with _stream(self.source) as stream:
            records = self._records(stream)
            if self.header:
                next(records, None)
            for count, record in enumerate(records):
                if count >= self.limits.rows_max:
                    yield self._problem(
                        record.line,
                        f"the file has more than {self.limits.rows_max} rows",
                        "split it into several files",
                    )
                    return
                yield self._checked(record) if isinstance(record, Row) else record

    def _records(self, stream: BinaryIO) -> Iterator[Row | TableProblem]:
        """Yield every record of the file, the header included."""
        if self.codec:
            return _csv_records(self, stream)
        return sheet_rows(self.source, self.name, self.sheet, self.limits)

    def _checked(self, row: Row) -> Row | TableProblem:
        """Return the row, or its first problem."""
        found = len(row.cells)
        if found != self.width:
            return self._problem(
                row.line,
                f"the row has {found} cells, the header {self.width}"
                if self.header
                else f"the row has {found} cells, the first row {self.width}",
                "put cells that contain the delimiter or a line break in double quotes",
            )
        for number, cell in enumerate(row.cells, start=1):
            if len(cell) > self.limits.cell_chars_max:
                return self._problem(
                    row.line,
                    f"the cell has {len(cell)} characters",
                    f"shorten it to {self.limits.cell_chars_max}",
                    column=number,
                )
        return row

    def _problem(
        self, line: int, message: str, hint: str, *, column: int | None = None
    ) -> TableProblem:
        """Return a problem of this file."""
        field = self.header[column - 1] if column and self.header else None
        return TableProblem(self.name, line, column, field, message, hint)


def open_table(
    source: bytes | Path,
    *,
    name: str,
    has_header: bool = True,
    delimiter: str | None = None,
    sheet: str | None = None,
    limits: TableLimits | None = None,
) -> Table:
    """This will open a CSV or XLSX table, found by its content, and read its header.

    `name` is the file's name for messages. Without `delimiter` it is found from the first lines
    (comma, semicolon, bar or tab). `sheet` is needed only when a workbook has several with data.
    Raises TableRefused when the file as a whole is no table.
    """
    bounds = limits or TableLimits()
    size = source.stat().st_size if isinstance(source, Path) else len(source)
    if size > bounds.file_bytes_max:
        raise _refused(
            name,
            1,
            f"the file has {size} bytes",
            f"split it into files of at most {bounds.file_bytes_max} bytes",
        )
    with _stream(source) as stream:
        start = stream.read(8)
        stream.seek(0)
        for magic, words in _OTHER_FILES:
            if start.startswith(magic):
                raise _refused(name, 1, f"this is {words}, not a table", "save it as CSV or XLSX")
        if start.startswith(_ZIP):
            draft = Table(name, (), 0, "", "", bounds, source, sheet)
        else:
            codec = _codec(stream, name)
            draft = Table(
                name, (), 0, codec, delimiter or _delimiter(stream, codec, name), bounds, source
            )
        stream.seek(0)
        first = next(draft._records(stream), None)
    if first is None:
        raise _refused(name, 1, "the file is empty", "export it again, with its header line")
    if isinstance(first, TableProblem):
        raise TableRefused(first)
    header = _header(first, name, bounds) if has_header else ()
    return Table(
        name, header, len(first.cells), draft.codec, draft.delimiter, bounds, source, sheet
    )


def _codec(stream: BinaryIO, name: str) -> str:
    """Return the codec of a text file. Raises TableRefused."""
    found = encoding_of(stream)
    stream.seek(0)
    if not found.codec:
        raise _refused(name, found.line, found.message, found.hint)
    return found.codec


def _delimiter(stream: BinaryIO, codec: str, name: str) -> str:
    """Return the delimiter of a text file. Raises TableRefused."""
    text = io.TextIOWrapper(stream, encoding=codec, newline="")
    try:
        lines = [line for line in itertools.islice(_bounded(text), _SAMPLE_LINES) if line.strip()]
    finally:
        text.detach()
    delimiter = delimiter_of(lines)
    if delimiter is None:
        choices = ", ".join(NAMES[candidate] for candidate in CANDIDATES)
        raise _refused(
            name, 1, "the delimiter is not clear", f"name it when you import: {choices}"
        )
    return delimiter


def _bounded(text: io.TextIOWrapper, chars_max: int = 65_536) -> Iterator[str]:
    """Yield lines, long ones cut: they serve only to find the delimiter."""
    while line := text.readline(chars_max):
        yield line


def _csv_records(table: Table, stream: BinaryIO) -> Iterator[Row | TableProblem]:
    """Yield the records of a CSV file (RFC 4180, any of the four delimiters)."""
    text = io.TextIOWrapper(stream, encoding=table.codec, newline="")
    lines = _Lines(text, table.limits.row_chars_max)
    reader = csv.reader(lines, delimiter=table.delimiter, strict=True)
    try:
        while True:
            begins_on = lines.number + 1
            lines.record_chars = 0
            try:
                cells = next(reader)
            except StopIteration:
                return
            except (csv.Error, _BadLine) as error:
                yield _structural(table.name, begins_on, lines.number, str(error))
                return
            if not cells or (len(cells) == 1 and not cells[0].strip()):
                continue
            yield Row(begins_on, tuple(cells))
    finally:
        text.detach()


class _BadLine(Exception):
    """A line that no record may contain."""


class _Lines:
    """Lines of a text with their number; refuses NUL and endless records."""

    def __init__(self, text: io.TextIOWrapper, record_chars_max: int) -> None:
        """Begin before the first line."""
        self.text, self.record_chars_max = text, record_chars_max
        self.number, self.record_chars = 0, 0

    def __iter__(self) -> "_Lines":
        """Return itself."""
        return self

    def __next__(self) -> str:
        """Return the next line. Raises _BadLine."""
        line = self.text.readline(self.record_chars_max + 1)
        if not line:
            raise StopIteration
        self.number += 1
        self.record_chars += len(line)
        if self.record_chars > self.record_chars_max:
            raise _BadLine("record too long")
        if "\x00" in line:
            raise _BadLine("NUL")
        return line


def _structural(file: str, begins_on: int, ends_on: int, error: str) -> TableProblem:
    """Return the problem of a record that cannot be cut into cells."""
    if "NUL" in error:
        message, hint = "the line contains a NUL character", "export the file again as text"
    elif "unexpected end of data" in error:
        message, hint = "a double quote opened here is never closed", 'close it, or write "" for "'
    elif "expected after" in error:
        message = "text follows a closing double quote"
        hint = 'write "" for a double quote inside a cell'
    elif "too long" in error or "field larger" in error:
        message = f"the record that begins here is too long (it still runs on line {ends_on})"
        hint = "look for a double quote that is never closed"
    elif "new-line character" in error:
        message, hint = "a lone carriage return stands in the line", "end lines with LF or CR LF"
    else:
        message, hint = f"the line cannot be read ({error})", "export the file again as CSV"
    line = ends_on if "NUL" in error else begins_on
    return TableProblem(file, line, None, None, message, hint)


def _header(first: Row, name: str, limits: TableLimits) -> tuple[str, ...]:
    """Return the header's names. Raises TableRefused for missing, long or repeated ones."""
    names = tuple(" ".join(cell.split()) for cell in first.cells)
    if len(names) > limits.columns_max:
        raise _refused(
            name,
            first.line,
            f"the header has {len(names)} columns",
            f"keep the ones that are needed, at most {limits.columns_max}",
        )
    seen: dict[str, int] = {}
    for number, column in enumerate(names, start=1):
        if not column:
            raise _refused(
                name, first.line, "the column has no name", "name or remove it", column=number
            )
        if column.casefold() in seen:
            raise _refused(
                name,
                first.line,
                f"column {seen[column.casefold()]} has the same name, {column!r}",
                "rename one of the two",
                column=number,
            )
        seen[column.casefold()] = number
    return names


def _refused(
    file: str, line: int, message: str, hint: str, *, column: int | None = None
) -> TableRefused:
    """Return the refusal of a whole file."""
    return TableRefused(TableProblem(file, line, column, None, message, hint))


@contextmanager
def _stream(source: bytes | Path) -> Iterator[BinaryIO]:
    """Open bytes or a path for reading."""
    with source.open("rb") if isinstance(source, Path) else io.BytesIO(source) as stream:
        yield stream
