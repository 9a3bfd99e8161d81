"""What exchange hands out."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class MappingView:
    """A saved mapping."""

    code: str
    title: str
    record_type: str
    source: str
    columns: dict[str, Any]
    saved_by: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class RunView:
    """One reading of one file and what came of it."""

    public_id: str
    mapping_code: str
    mapping_title: str
    record_type: str
    file_name: str
    sha256: str
    state: str
    rows: int
    created: int
    changed: int
    unchanged: int
    refused: int
    notices: int
    skip_bad_rows: bool
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    cursor: int = 0


@dataclass(frozen=True, slots=True)
class ProblemView:
    """Why a row was refused, or a notice of a row that was taken."""

    line: int
    column: int
    field: str
    code: str
    message: str
    hint: str
    row: tuple[str, ...]
    is_notice: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """How the rows of a file stand against what is stored."""

    rows: int = 0
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: int = 0
    notices: int = 0
