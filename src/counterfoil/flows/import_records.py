"""The journey of a file: staged and checked row by row, then taken whole, or without its bad rows.

Staging writes no business data: the file is kept by its hash, every row is read and compared with
what is stored, and the person sees what would happen. Taking reads the very same bytes again and
writes in one transaction; a crash leaves the run staged, and the same file again changes nothing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from django.db import transaction

from counterfoil.apps.earnings.selectors import stored_rates
from counterfoil.apps.earnings.services import record_rates
from counterfoil.apps.exchange import selectors as exchange
from counterfoil.apps.exchange.errors import BadRows, MappingDoesNotFit, RunIsOver
from counterfoil.apps.exchange.services import close_run, open_run, record_check
from counterfoil.apps.exchange.types import Counts, MappingView, ProblemView
from counterfoil.apps.partners.selectors import partner_ids_by_key, record_digests_by_key
from counterfoil.apps.partners.services import import_partners
from counterfoil.apps.programs.selectors import recorded_sales
from counterfoil.apps.programs.services import record_sales_lines, sales_line_sha256
from counterfoil.apps.programs.types import SalesLineDraft
from counterfoil.apps.submissions.ports import EvidenceStore
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.bankfiles.statement_csv import RECORD_TYPE
from counterfoil.core.currencies import EXPONENTS
from counterfoil.core.money import Money
from counterfoil.core.plans import Rate, day_number, parse_rate
from counterfoil.core.records import (
    LATE_AFTER_DAYS,
    RECORD_TYPES,
    RowReader,
    Value,
    mapping_problems,
    read_sources,
    record_digest,
)
from counterfoil.foundation.crash import point
from counterfoil.foundation.tabular import Table, TableProblem, TableRefused, open_table

Progress = Callable[[int, int], None]
_PROGRESS_EVERY = 500


@dataclass(frozen=True, slots=True)
class Staged:
    """What a file would do if it were taken."""

    run_id: str
    counts: Counts
    problems: tuple[ProblemView, ...]
    unused_columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Good:
    line: int
    cells: tuple[str, ...]
    record: dict[str, Value]


@dataclass(slots=True)
class _Checked:
    """The rows of a file, told apart."""

    partners: list[tuple[str, str, dict[str, str | None]]]
    sales: list[SalesLineDraft]
    rates: list[Rate]
    problems: list[ProblemView]
    counts: Counts


def stage_import(
    *,
    mapping_code: str,
    file_name: str,
    content: bytes | Path,
    store: EvidenceStore,
    by: Actor,
    at: datetime,
    progress: Progress | None = None,
) -> Staged:
    """This will keep the file, check every row and tell what taking it would do.

    Raises NotAllowed, UnknownMapping, MappingDoesNotFit, TableRefused (the file is no table).
    """
    require(by, "imports.run")
    mapping = exchange.get_mapping(code=mapping_code)
    table, unused = _open(mapping, content, file_name)
    sha256 = store.put(content).sha256
    point("import.after_keep")
    checked = _check(mapping, table, at, progress)
    with transaction.atomic():
        run_id = open_run(
            mapping_code=mapping_code, file_name=file_name, sha256=sha256, by=by, at=at
        )
        record_check(run_id=run_id, counts=checked.counts, problems=checked.problems)
    return Staged(run_id, checked.counts, tuple(checked.problems), unused)


@transaction.atomic
def take_import(
    *,
    run_id: str,
    skip_bad_rows: bool,
    store: EvidenceStore,
    by: Actor,
    at: datetime,
    progress: Progress | None = None,
) -> Counts:
    """This will write a staged file, all of it or all but its bad rows as the person chose.

    Raises NotAllowed, UnknownRun, RunIsOver, BadRows (bad rows, and `skip_bad_rows` is false; the
    run stays staged), FileNotFoundError when the kept file is gone.
    """
    require(by, "imports.run")
    run = exchange.get_run(run_id=run_id)
    if run.state != "staged":
        raise RunIsOver(f"This import is already {run.state}.")
    mapping = exchange.get_mapping(code=run.mapping_code)
    table, _ = _open(mapping, store.path(run.sha256), run.file_name)
    checked = _check(mapping, table, at, progress)
    if checked.counts.refused and not skip_bad_rows:
        raise BadRows(checked.counts.refused)
    _write(mapping, checked, run_id, by, at)
    point("import.before_close")
    counts = checked.counts
    state = "taken" if counts.created or counts.changed or counts.unchanged else "empty"
    close_run(run_id=run_id, state=state, counts=counts, skip_bad_rows=skip_bad_rows, by=by, at=at)
    return counts


@transaction.atomic
def discard_import(*, run_id: str, by: Actor, at: datetime) -> None:
    """This will end a staged import without taking anything. Raises NotAllowed, RunIsOver."""
    require(by, "imports.run")
    run = exchange.get_run(run_id=run_id)
    counts = Counts(rows=run.rows, refused=run.refused)
    close_run(run_id=run_id, state="refused", counts=counts, skip_bad_rows=False, by=by, at=at)


def _open(
    mapping: MappingView, content: bytes | Path, file_name: str
) -> tuple[Table, tuple[str, ...]]:
    if mapping.record_type == RECORD_TYPE:
        raise MappingDoesNotFit(
            [f"{file_name}: bank lines are no import. Read the file among the bank's."]
        )
    table = open_table(content, name=file_name)
    sources = read_sources(mapping.columns)
    found = mapping_problems(RECORD_TYPES[mapping.record_type], sources, table.header)
    if found:
        raise MappingDoesNotFit([f"{file_name}: {p.message} {p.hint}" for p in found])
    used = {column for source in sources.values() for column in source.columns}
    return table, tuple(column for column in table.header if column not in used)


def _check(
    mapping: MappingView, table: Table, at: datetime, progress: Progress | None
) -> _Checked:
    problems: list[ProblemView] = []
    good = _once(_readable(mapping, table, problems, progress), problems)
    checked = _Checked([], [], [], problems, Counts())
    if mapping.record_type == "partners":
        counts = _check_partners(mapping, good, checked)
    elif mapping.record_type == "rates":
        counts = _check_rates(mapping, good, checked)
    else:
        counts = _check_sales(mapping, good, checked, at.date())
    refused = {p.line for p in problems if not p.is_notice}
    checked.problems.sort(key=lambda p: (p.line, p.column))
    checked.counts = Counts(
        rows=sum(counts) + len(refused),
        created=counts[0],
        changed=counts[1],
        unchanged=counts[2],
        refused=len(refused),
        notices=sum(p.is_notice for p in problems),
    )
    return checked


def _readable(
    mapping: MappingView,
    table: Table,
    problems: list[ProblemView],
    progress: Progress | None,
) -> Iterator[_Good]:
    """Yield rows that read as records; put the others among the problems."""
    reader = RowReader.of(
        RECORD_TYPES[mapping.record_type], read_sources(mapping.columns), table.header
    )
    for number, row in enumerate(table.rows(), start=1):
        if progress is not None and number % _PROGRESS_EVERY == 0:
            progress(number, 0)
        if isinstance(row, TableProblem):
            problems.append(
                ProblemView(
                    row.line, row.column or 0, row.field or "", "UNREADABLE", row.message,
                    row.hint, (),
                )
            )  # fmt: skip
            continue
        record = reader.read(row.cells)
        if isinstance(record, dict):
            yield _Good(row.line, row.cells, record)
            continue
        problems += [
            ProblemView(row.line, p.column, p.field, p.code, p.message, p.hint, row.cells)
            for p in record
        ]


def _once(rows: Iterator[_Good], problems: list[ProblemView]) -> list[_Good]:
    """Keep the first row of each key; a second one in the same file is a problem."""
    kept: dict[str, _Good] = {}
    for row in rows:
        key = str(row.record["key"])
        first = kept.setdefault(key, row)
        if first is not row:
            problems.append(
                _problem(
                    row, "key", "KEY_TWICE", f"The key {key!r} stands in line {first.line} too.",
                    "Leave one of the two lines out.",
                )
            )  # fmt: skip
    return list(kept.values())


def _problem(
    row: _Good, field: str, code: str, message: str, hint: str, *, is_notice: bool = False
) -> ProblemView:
    return ProblemView(row.line, 0, field, code, message, hint, row.cells, is_notice)


def _check_partners(
    mapping: MappingView, rows: Sequence[_Good], checked: _Checked
) -> tuple[int, int, int]:
    known = record_digests_by_key(source=mapping.source)
    created = changed = unchanged = 0
    for row in rows:
        key, digest = str(row.record["key"]), record_digest(row.record)
        if key not in known:
            created += 1
        elif known[key] == digest:
            unchanged += 1
        else:
            changed += 1
        fields = {
            name: None if value is None else str(value)
            for name, value in row.record.items()
            if name not in {"key", "tags"} and name in mapping.columns
        }
        checked.partners.append((key, digest, fields))
    return created, changed, unchanged


def _check_sales(
    mapping: MappingView, rows: Sequence[_Good], checked: _Checked, today: date
) -> tuple[int, int, int]:
    partners = partner_ids_by_key(source=mapping.source)
    known = recorded_sales(source=mapping.source, keys=[str(row.record["key"]) for row in rows])
    created = unchanged = 0
    for row in rows:
        partner_id = partners.get(str(row.record["partner_key"]))
        if partner_id is None:
            checked.problems.append(
                _problem(
                    row, "partner_key", "UNKNOWN_PARTNER",
                    f"{mapping.source} has no partner with the key {row.record['partner_key']!r}.",
                    "Import the partner first, or correct the key.",
                )
            )  # fmt: skip
            continue
        draft = _draft(row, partner_id, today)
        if isinstance(draft, ProblemView):
            checked.problems.append(draft)
            continue
        stored = known.get(draft.source_key)
        if stored is None:
            created += 1
            checked.problems += _notices(row, draft)
        elif stored == sales_line_sha256(mapping.source, draft):
            unchanged += 1
        else:
            checked.problems.append(
                _problem(
                    row, "key", "CHANGED_LINE",
                    f"The line {draft.source_key!r} was imported before with other values.",
                    "A correction is a further line with a key of its own.",
                )
            )  # fmt: skip
            continue
        checked.sales.append(draft)
    return created, 0, unchanged


def _check_rates(
    mapping: MappingView, rows: Sequence[_Good], checked: _Checked
) -> tuple[int, int, int]:
    known = {
        (rate.currency, rate.into, rate.day): (rate.numerator, rate.decimals)
        for rate in stored_rates(source=mapping.source)
    }
    before = set(known)
    created = unchanged = 0
    for row in rows:
        rate = _rate(row)
        if isinstance(rate, ProblemView):
            checked.problems.append(rate)
            continue
        place, worth = (rate.currency, rate.into, rate.day), (rate.numerator, rate.decimals)
        stored = known.setdefault(place, worth)
        if stored != worth:
            checked.problems.append(
                _problem(
                    row, "rate", "CHANGED_RATE",
                    f"{mapping.source} gave another rate of {rate.currency} in {rate.into} for "
                    "this day before.",
                    "A stored rate stays. Bring corrected rates under a source of their own.",
                )
            )  # fmt: skip
        elif place in before:
            unchanged += 1
        else:
            before.add(place)
            created += 1
            checked.rates.append(rate)
    return created, 0, unchanged


def _rate(row: _Good) -> Rate | ProblemView:
    record = row.record
    currency, into = str(record["currency"]).upper(), str(record["into"]).upper()
    on = record["on"]
    assert isinstance(on, date)
    for name, code in (("currency", currency), ("into", into)):
        if code not in EXPONENTS:
            return _problem(
                row, name, "UNKNOWN_CURRENCY", f"{code!r} is not a currency that can be paid in.",
                "Write the ISO 4217 code, such as USD.",
            )  # fmt: skip
    if currency == into:
        return _problem(
            row, "into", "SAME_CURRENCY", f"Both currencies are {into}.",
            "Leave the line out: a currency is worth itself.",
        )  # fmt: skip
    return Rate(0, currency, into, day_number(on), *parse_rate(str(record["rate"])))


def _draft(row: _Good, partner_id: int, today: date) -> SalesLineDraft | ProblemView:
    record = row.record
    sold_on, received = record["sold_on"], record.get("received_on")
    amount, quantity = record["amount"], record["quantity"]
    assert isinstance(sold_on, date)
    assert isinstance(amount, Money)
    assert isinstance(quantity, int)
    kind = str(record.get("kind") or "sale")
    if amount.is_negative:
        return _problem(
            row, "amount", "NEGATIVE_AMOUNT", f"{amount.format_plain()} is below zero.",
            "Write a refund as kind refund with an amount above zero.",
        )  # fmt: skip
    if record.get("original_key") and kind != "refund":
        return _problem(
            row, "original_key", "ORIGINAL_OF_A_SALE", "Only a refund names an original line.",
            "Leave the cell empty, or write the line as kind refund.",
        )  # fmt: skip
    if sold_on > today:
        return _problem(
            row, "sold_on", "DATE_IN_FUTURE", f"{sold_on.isoformat()} lies in the future.",
            "Check the date.",
        )  # fmt: skip
    received_on = received if isinstance(received, date) else sold_on
    if received_on < sold_on:
        return _problem(
            row, "received_on", "RECEIVED_BEFORE_SOLD",
            "The line was received before the sale was made.", "Check both dates.",
        )  # fmt: skip
    return SalesLineDraft(
        partner_id=partner_id,
        source_key=str(record["key"]),
        order_number=str(record["order_number"]),
        sold_on=sold_on,
        received_on=received_on,
        quantity=quantity,
        amount=amount,
        kind=kind,
        product=str(record.get("product") or ""),
        category=str(record.get("category") or ""),
        original_key=str(record.get("original_key") or ""),
    )


def _notices(row: _Good, draft: SalesLineDraft) -> list[ProblemView]:
    found = []
    if (draft.received_on - draft.sold_on).days > LATE_AFTER_DAYS:
        found.append(
            _problem(
                row, "received_on", "LATE_LINE",
                f"Sold on {draft.sold_on.isoformat()}, heard of on "
                f"{draft.received_on.isoformat()}.",
                "Taken; it counts in the next computation of its quarter.", is_notice=True,
            )
        )  # fmt: skip
    if draft.kind == "refund":
        found.append(
            _problem(
                row, "kind", "REFUND", f"A refund of {draft.amount.format_plain()}.",
                "Taken; it lowers what the partner earns in that quarter.", is_notice=True,
            )
        )  # fmt: skip
    return found


def _write(mapping: MappingView, checked: _Checked, run_id: str, by: Actor, at: datetime) -> None:
    if checked.partners:
        import_partners(source=mapping.source, rows=checked.partners, run_id=run_id, by=by, at=at)
    if checked.rates:
        record_rates(source=mapping.source, rates=checked.rates, import_run=run_id, by=by, at=at)
    if checked.sales:
        record_sales_lines(
            source=mapping.source, lines=checked.sales, import_run=run_id, by=by, at=at
        )


__all__ = [
    "Staged",
    "TableRefused",
    "discard_import",
    "stage_import",
    "take_import",
]
