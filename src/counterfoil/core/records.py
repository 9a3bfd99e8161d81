"""Rows of an imported file as typed records: which fields a record has, and what a cell may say.

A mapping says which column feeds which field; this module turns one row into one record or into
problems that name the field, the column and what would be right. Nothing is guessed: a date in
another order than the mapping says, or an amount with too many decimals, is refused.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from counterfoil.core.canonical import digest
from counterfoil.core.currencies import UnknownCurrency
from counterfoil.core.money import Money, MoneyError
from counterfoil.core.plans.convert import NotARate, parse_rate

Kind = Literal["text", "whole_number", "money", "date", "choice", "list", "rate"]
Value = str | int | dt.date | Money | tuple[str, ...] | None
DATE_FORMATS = {
    "YYYY-MM-DD": "%Y-%m-%d",
    "DD.MM.YYYY": "%d.%m.%Y",
    "MM/DD/YYYY": "%m/%d/%Y",
    "DD/MM/YYYY": "%d/%m/%Y",
}
LATE_AFTER_DAYS = 45
"""A sale that we hear of more than this many days after it was made is reported as late."""
_CONTROL = re.compile("[\x00-\x1f]")
_ISO_DAY = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
EMPTY_WORDS = frozenset({"", "NULL", "null", "N/A", "n/a", "-"})


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One field of a record type."""

    name: str
    kind: Kind = "text"
    is_required: bool = False
    choices: tuple[str, ...] = ()
    length_max: int = 200


@dataclass(frozen=True, slots=True)
class RecordType:
    """A kind of record that files can bring, with its fields and its natural key."""

    name: str
    title: str
    fields: tuple[FieldSpec, ...]

    def field(self, name: str) -> FieldSpec:
        """This will return the field; raises KeyError when the record type has none so named."""
        return next(spec for spec in self.fields if spec.name == name)


RECORD_TYPES: dict[str, RecordType] = {
    "partners": RecordType(
        "partners",
        "Partners",
        (
            FieldSpec("key", is_required=True, length_max=120),
            FieldSpec("name", is_required=True),
            FieldSpec("legal_name"),
            FieldSpec("kind", length_max=60),
            FieldSpec("segment", length_max=60),
            FieldSpec("region", length_max=60),
            FieldSpec("country", length_max=60),
            FieldSpec("city", length_max=100),
            FieldSpec("tax_id", length_max=40),
            FieldSpec("tags", kind="list"),
        ),
    ),
    "sales": RecordType(
        "sales",
        "Sales lines",
        (
            FieldSpec("key", is_required=True, length_max=120),
            FieldSpec("partner_key", is_required=True, length_max=120),
            FieldSpec("order_number", is_required=True, length_max=60),
            FieldSpec("sold_on", kind="date", is_required=True),
            FieldSpec("received_on", kind="date"),
            FieldSpec("product", length_max=60),
            FieldSpec("category", length_max=60),
            FieldSpec("original_key", length_max=120),
            FieldSpec("quantity", kind="whole_number", is_required=True),
            FieldSpec("amount", kind="money", is_required=True),
            FieldSpec("currency", is_required=True, length_max=3),
            FieldSpec("kind", kind="choice", choices=("sale", "refund")),
        ),
    ),
    "rates": RecordType(
        "rates",
        "Exchange rates",
        (
            FieldSpec("key", is_required=True, length_max=120),
            FieldSpec("currency", is_required=True, length_max=3),
            FieldSpec("into", is_required=True, length_max=3),
            FieldSpec("on", kind="date", is_required=True),
            FieldSpec("rate", kind="rate", is_required=True),
        ),
    ),
    "bank_lines": RecordType(
        "bank_lines",
        "Bank lines",
        (
            FieldSpec("account", is_required=True, length_max=40),
            FieldSpec("booked_on", kind="date", is_required=True),
            FieldSpec("valued_on", kind="date"),
            FieldSpec("amount", kind="money", is_required=True),
            FieldSpec("currency", is_required=True, length_max=3),
            FieldSpec("direction", kind="choice", choices=("credit", "debit")),
            FieldSpec("balance", kind="money"),
            FieldSpec("end_to_end_id", length_max=60),
            FieldSpec("reference", length_max=60),
            FieldSpec("party"),
            FieldSpec("party_account", length_max=60),
            FieldSpec("text", length_max=500),
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a field comes from: columns of the file (joined by `/`) or a fixed value."""

    columns: tuple[str, ...] = ()
    value: str = ""
    date_format: str = "YYYY-MM-DD"
    translate: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FieldProblem:
    """Why a cell or a row can't be taken; `column` counts from 1, 0 means the whole row."""

    field: str
    column: int
    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class MappingProblem:
    """Why a mapping does not fit a record type or a file's heading."""

    message: str
    hint: str


def read_sources(columns: Mapping[str, Any]) -> dict[str, Source]:
    """This will read the `columns` of a saved mapping; raises ValueError for an unknown key."""
    sources: dict[str, Source] = {}
    for name, given in columns.items():
        unknown = set(given) - {"column", "columns", "value", "date_format", "translate"}
        if unknown:
            raise ValueError(f"{name}: unknown key {sorted(unknown)[0]!r}")
        joined = given.get("columns") or ([given["column"]] if "column" in given else [])
        date_format = given.get("date_format", "YYYY-MM-DD")
        if date_format not in DATE_FORMATS:
            raise ValueError(f"{name}: date_format must be one of {', '.join(DATE_FORMATS)}")
        sources[name] = Source(
            columns=tuple(joined),
            value=str(given.get("value", "")),
            date_format=date_format,
            translate=dict(given.get("translate", {})),
        )
    return sources


def mapping_problems(
    record: RecordType, sources: Mapping[str, Source], heading: Sequence[str]
) -> list[MappingProblem]:
    """This will list what keeps a mapping from reading a file with this heading."""
    found = []
    known = {spec.name for spec in record.fields}
    for name in sources:
        if name not in known:
            found.append(
                MappingProblem(
                    f"{record.title} have no field {name!r}.",
                    f"Fields are: {', '.join(sorted(known))}.",
                )
            )
    for spec in record.fields:
        if spec.is_required and spec.name not in sources:
            found.append(
                MappingProblem(
                    f"The mapping feeds no {spec.name!r}, which {record.title.lower()} need.",
                    f"Add a column or a fixed value for {spec.name!r}.",
                )
            )
    have = set(heading)
    for name, source in sources.items():
        for column in source.columns:
            if column not in have:
                found.append(
                    MappingProblem(
                        f"The file has no column {column!r}, which feeds {name!r}.",
                        f"Its columns are: {', '.join(heading)}.",
                    )
                )
    return found


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads rows of one file: a record type, its sources and the file's heading."""

    record: RecordType
    sources: Mapping[str, Source]
    positions: Mapping[str, int]

    @classmethod
    def of(
        cls, record: RecordType, sources: Mapping[str, Source], heading: Sequence[str]
    ) -> "RowReader":
        """This will bind sources to columns; the mapping must have no problems."""
        assert not mapping_problems(record, sources, heading)
        return cls(record, sources, {name: index for index, name in enumerate(heading)})

    def read(self, cells: Sequence[str]) -> dict[str, Value] | list[FieldProblem]:
        """This will return the typed record, or every problem of the row."""
        record: dict[str, Value] = {}
        problems: list[FieldProblem] = []
        raw: dict[str, tuple[str, int, Source]] = {}
        for name, source in self.sources.items():
            raw[name] = (*self._text(source, cells), source)
        currency = raw["currency"][0].upper() if "currency" in raw else ""
        for spec in self.record.fields:
            text, column, source = raw.get(spec.name, ("", 0, Source()))
            value = _value(spec, text, column, source, currency)
            if isinstance(value, FieldProblem):
                problems.append(value)
            else:
                record[spec.name] = value
        return problems or record

    def _text(self, source: Source, cells: Sequence[str]) -> tuple[str, int]:
        if not source.columns:
            return source.value, 0
        parts = [cells[self.positions[column]].strip() for column in source.columns]
        empty = all(part in EMPTY_WORDS for part in parts)
        text = "" if empty else "/".join(parts)
        return source.translate.get(text, text), self.positions[source.columns[0]] + 1


def _value(
    spec: FieldSpec, text: str, column: int, source: Source, currency: str
) -> Value | FieldProblem:
    if text == "":
        if spec.is_required:
            return FieldProblem(
                spec.name, column, "MISSING", f"{spec.name} is empty.", f"Give a {spec.name}."
            )
        return () if spec.kind == "list" else None
    if spec.kind == "money":
        return _money(spec, text, column, currency)
    if spec.kind == "date":
        return _date(spec, text, column, source)
    if spec.kind == "rate":
        return _rate(spec, text, column)
    if spec.kind == "whole_number":
        return _whole_number(spec, text, column)
    if spec.kind == "choice" and text not in spec.choices:
        return FieldProblem(
            spec.name, column, "NOT_A_CHOICE", f"{text!r} is not a {spec.name}.",
            f"Write one of: {', '.join(spec.choices)}.",
        )  # fmt: skip
    if spec.kind == "list":
        return tuple(part.strip() for part in text.split(";") if part.strip())
    return _plain(spec, text, column)


def _plain(spec: FieldSpec, text: str, column: int) -> str | FieldProblem:
    if len(text) > spec.length_max:
        return FieldProblem(
            spec.name, column, "TOO_LONG", f"{spec.name} has {len(text)} characters.",
            f"At most {spec.length_max} fit.",
        )  # fmt: skip
    if _CONTROL.search(text):
        return FieldProblem(
            spec.name, column, "CONTROL_CHARACTER", f"{spec.name} holds a control character.",
            "Write it as plain text in one line.",
        )  # fmt: skip
    return text


def _money(spec: FieldSpec, text: str, column: int, currency: str) -> Money | FieldProblem:
    try:
        return Money.parse(text, currency)
    except UnknownCurrency:
        return FieldProblem(
            spec.name,
            column,
            "UNKNOWN_CURRENCY",
            f"{currency!r} is not a currency that can be paid in.",
            "Write the ISO 4217 code, such as USD.",
        )
    except MoneyError as error:
        code = "".join(f"_{c}" if c.isupper() else c for c in type(error).__name__).strip("_")
        return FieldProblem(
            spec.name, column, code.upper(), str(error),
            f"Write an amount of {currency or 'a known currency'} such as 1250.00.",
        )  # fmt: skip


def _date(spec: FieldSpec, text: str, column: int, source: Source) -> dt.date | FieldProblem:
    try:
        found = _day_of(text, source.date_format)
    except ValueError:
        return FieldProblem(
            spec.name,
            column,
            "NOT_A_DATE",
            f"{text!r} is not a date.",
            f"Write it as {source.date_format}.",
        )
    if not 1990 <= found.year <= 2100:
        return FieldProblem(
            spec.name, column, "DATE_OUT_OF_RANGE", f"{text!r} lies outside 1990 to 2100.",
            "Check the year.",
        )  # fmt: skip
    return found


def _day_of(text: str, date_format: str) -> dt.date:
    """Read a day of the calendar, which has no time zone. Raises ValueError."""
    if date_format == "YYYY-MM-DD" and _ISO_DAY.fullmatch(text):
        return dt.date.fromisoformat(text)
    return dt.datetime.strptime(text, DATE_FORMATS[date_format]).date()  # noqa: DTZ007  a day


def _whole_number(spec: FieldSpec, text: str, column: int) -> int | FieldProblem:
    body = text.removeprefix("-")
    if not (body.isascii() and body.isdigit() and len(body) <= 9):
        return FieldProblem(
            spec.name, column, "NOT_A_WHOLE_NUMBER", f"{text!r} is not a whole number.",
            "Write digits only, such as 12.",
        )  # fmt: skip
    return int(text)


def _rate(spec: FieldSpec, text: str, column: int) -> str | FieldProblem:
    try:
        parse_rate(text)
    except NotARate as error:
        return FieldProblem(
            spec.name, column, "NOT_A_RATE", str(error),
            "Write what one unit is worth, above zero, such as 1.0334849.",
        )  # fmt: skip
    return text


def record_digest(record: Mapping[str, Value]) -> str:
    """This will return the SHA-256 of a record's canonical form: same values, same digest."""
    return digest({name: _canonical(value) for name, value in record.items()})


def _canonical(value: Value) -> Any:
    if isinstance(value, Money):
        return value.to_json()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, tuple):
        return list(value)
    return value
