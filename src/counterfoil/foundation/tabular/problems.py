"""What a reader of tables yields: rows, and problems that name their place."""

from dataclasses import dataclass

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class TableLimits:
    """How large a table may be; sizes in bytes, lengths in characters."""

    file_bytes_max: int = 256 * MIB
    row_chars_max: int = 1 * MIB
    cell_chars_max: int = 32_767
    columns_max: int = 500
    rows_max: int = 5_000_000
    sheet_cells_max: int = 20_000_000
    unpacked_bytes_max: int = 1024 * MIB
    unpacked_ratio_max: int = 300


@dataclass(frozen=True, slots=True)
class Row:
    """One record: the line it begins on (1 is the first of the file) and its cells as text."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableProblem:
    """What is wrong and where; `column` counts from 1, and `hint` says what would be right."""

    file: str
    line: int
    column: int | None
    field: str | None
    message: str
    hint: str

    def __str__(self) -> str:
        """Return "file:line:column field: message; hint" with what is known of it."""
        place = f"{self.file}:{self.line}" + (f":{self.column}" if self.column else "")
        field = f" {self.field}" if self.field else ""
        return f"{place}{field}: {self.message}; {self.hint}"


class TableRefused(Exception):
    """The file as a whole cannot be read as a table; `problem` says why."""

    def __init__(self, problem: TableProblem) -> None:
        super().__init__(str(problem))
        self.problem = problem
