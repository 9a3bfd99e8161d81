"""Decisions frozen as columns, so that a draft is tried on a million of them in seconds.

A folder for each playbook holds Parquet files, a part for every refresh, and a manifest that names
them with their digests; it is written last, so a refresh that is cut off leaves nothing behind.
The columns only sort out what a draft can't change (`core.sieve`). They are derived from the
decisions' records and can be thrown away: what they do not hold, or hold otherwise than the
database, is judged from the record.
"""

import fcntl
import json
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date
from hashlib import sha256
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from django.conf import settings

from counterfoil.apps.playbooks.errors import UnknownPlaybook
from counterfoil.apps.playbooks.selectors import version_by_sha256
from counterfoil.apps.service_levels.selectors import find_calendar
from counterfoil.apps.submissions.selectors.decisions import (
    decided_after,
    fingerprint_of_decisions,
    newer_decisions,
)
from counterfoil.apps.submissions.types import DecidedRow
from counterfoil.core import sieve
from counterfoil.core.adjudication import NotAValue, case_from_json
from counterfoil.core.calendars import add_business_days
from counterfoil.core.criteria import ENGINE_VERSION
from counterfoil.core.criteria.columns import Columns
from counterfoil.core.decisions import remembered_days
from counterfoil.core.playbooks import Binding, Level, Playbook, Provenance
from counterfoil.core.sieve import columns_of, row_of, said_column, terms
from counterfoil.core.whatif import Days

FORMAT = 1
PART = 20_000
"""Decisions in a part; a refresh that is cut off has lost no more than one."""
BATCH = 500
MEMORY = "1GB"
Views = Mapping[Provenance | None, Columns]


@dataclass(frozen=True, slots=True)
class FrozenInfo:
    """What is frozen of a playbook: decisions, those that no column can hold, and bytes."""

    decisions: int
    unfit: int
    added: int
    parts: int
    size: int


@dataclass(frozen=True, slots=True)
class Sifted:
    """What the columns say of a draft.

    `asked` is the number of standing decisions that were asked; `rows` are those that must be
    judged one by one, newer decisions among them; `reasons` says for how many, and why, the
    columns could not tell.
    """

    asked: int
    rows: tuple[int, ...]
    reasons: tuple[tuple[str, int], ...]
    frozen: int
    manifest_sha256: str


def days_of(record: Mapping[str, Any]) -> Days:
    """This will return a counter of business days: as a decision record remembers them, else by
    the calendar that it names.
    """
    remembered = remembered_days(record["judged"]["calendar_days"])
    name, _, _ = str(record["judged"]["adjudication"]["case"]["calendar"]).rpartition("@")

    def count(on: date, days: int) -> date:
        try:
            return remembered(on, days)
        except LookupError:
            calendar = find_calendar(code=name) if name else None
            if calendar is None:
                raise
            return add_business_days(calendar, on, days)

    return count


def freeze_decisions(
    *, playbook_code: str, progress: Callable[[int], None] | None = None, part: int = PART
) -> FrozenInfo:
    """This will add the decisions made since the last refresh to the columns of a playbook.

    `progress` is told how many were added. A manifest that does not agree with its files, or with
    the decisions in the database, is thrown away and everything is frozen anew.
    """
    folder = _folder(playbook_code)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _freeze(folder, playbook_code, progress, part)


def _freeze(
    folder: Path, playbook_code: str, progress: Callable[[int], None] | None, part: int
) -> FrozenInfo:
    """Freeze what is new while nobody else does."""
    manifest = _manifest(folder)
    if manifest is None or not _agrees(manifest, playbook_code):
        (folder / "manifest.json").unlink(missing_ok=True)
        for path in folder.glob("*.parquet"):
            path.unlink()
        manifest = {"format": FORMAT, "engine": ENGINE_VERSION, "last": 0, "parts": []}
    added = 0
    while True:
        rows = _next(playbook_code, manifest["last"], part)
        if not rows:
            break
        number = len(manifest["parts"]) + 1
        manifest["parts"].append(_freeze_part(folder, number, rows))
        manifest["last"] = rows[-1].at.row
        _write_manifest(folder, manifest)
        added += len(rows)
        if progress is not None:
            progress(added)
    return FrozenInfo(
        decisions=sum(each["decisions"] for each in manifest["parts"]),
        unfit=sum(each["unfit"] for each in manifest["parts"]),
        added=added,
        parts=len(manifest["parts"]),
        size=sum(path.stat().st_size for path in folder.glob("*.parquet")),
    )


def sift(*, playbook_code: str, draft: Playbook, since: date | None = None) -> Sifted | None:
    """This will sort the standing decisions into those that a draft can't change and the rest.

    `since` leaves out what was decided before that day (UTC). None when nothing is frozen, or what
    is frozen does not agree with its manifest or with the database.
    """
    folder = _folder(playbook_code)
    try:
        lock = (folder / "lock").open()
    except OSError:
        return None
    with lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        return _sift(folder, playbook_code, draft, since)


def _sift(folder: Path, playbook_code: str, draft: Playbook, since: date | None) -> Sifted | None:
    """Sort the decisions while nobody writes the columns."""
    manifest = _manifest(folder)
    if manifest is None or not manifest["parts"] or not _agrees(manifest, playbook_code):
        return None
    newer = newer_decisions(playbook_code=playbook_code, after=manifest["last"])
    latest = {each.submission: each for each in newer}
    for each in newer:
        if each.revision > latest[each.submission].revision:
            latest[each.submission] = each
    fresh = [
        each.row
        for each in latest.values()
        if since is None or each.decided_at.astimezone(UTC).date() >= since
    ]
    with closing(duckdb.connect(":memory:")) as engine:
        engine.execute(f"SET memory_limit = '{MEMORY}'")
        asked = _standing(engine, folder, manifest, latest, since)
        rows, reasons = _candidates(engine, folder, manifest, draft)
    return Sifted(
        asked=asked + len(fresh),
        rows=tuple(sorted([*rows, *fresh])),
        reasons=tuple(sorted(reasons.items())),
        frozen=sum(each["decisions"] for each in manifest["parts"]),
        manifest_sha256=sha256((folder / "manifest.json").read_bytes()).hexdigest(),
    )


# Files


def _folder(playbook_code: str) -> Path:
    return Path(settings.HOME) / "frozen" / playbook_code


def _manifest(folder: Path) -> dict[str, Any] | None:
    """Return the manifest when it can be read, is of this format and its files are its own."""
    try:
        text = (folder / "manifest.json").read_text(encoding="utf-8")
        found: dict[str, Any] = json.loads(text)
        if (found["format"], found["engine"]) != (FORMAT, ENGINE_VERSION):
            return None
        for part in found["parts"]:
            for name, digest in part["files"].items():
                if _digest(folder / name) != digest:
                    return None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return found


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _agrees(manifest: Mapping[str, Any], playbook_code: str) -> bool:
    """Return whether the database holds just the decisions that were frozen."""
    count, total = fingerprint_of_decisions(playbook_code=playbook_code, up_to=manifest["last"])
    parts = manifest["parts"]
    return (count, total) == (
        sum(each["decisions"] for each in parts),
        sum(each["total"] for each in parts),
    )


def _write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    new = folder / "manifest.new"
    new.write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
    new.replace(folder / "manifest.json")


def _next(playbook_code: str, last: int, part: int) -> list[DecidedRow]:
    rows: list[DecidedRow] = []
    while len(rows) < part:
        after = rows[-1].at.row if rows else last
        limit = min(BATCH, part - len(rows))
        found = decided_after(playbook_code=playbook_code, after=after, limit=limit)
        if not found:
            break
        rows += found
    return rows


# Freezing


class _Version:
    """The rows of one version in one part, and how far their values go."""

    def __init__(self, playbook: Playbook) -> None:
        self.playbook = playbook
        self.rows: Views = columns_of(playbook, Level.SUBMISSION)
        self.lines: Views = columns_of(playbook, Level.LINE)
        self.row_texts: list[str] = []
        self.line_texts: list[str] = []

    def add(self, number: int, case: Any, then: Mapping[str, Any]) -> str | None:
        """Return the currency of the decision, or None when its values can't be held."""
        binding = Binding(self.playbook, case, on=date.fromisoformat(then["terms_on"]))
        made = row_of(binding, None, self.rows)
        if made is None:
            return None
        row, currency = made
        said: dict[tuple[str, str], int] = {
            (each["id"], each.get("line") or ""): sieve.CLASSES[each["result"]]
            for each in then["results"]
        }
        lines = []
        for line in case.lines:
            values = row_of(binding, line, self.lines)
            if values is None or (values[1] and values[1] != currency):
                return None
            told = self._said(said, Level.LINE, line.id)
            lines.append(json.dumps({"row": number, **values[0], **told}))
        row |= self._said(said, Level.SUBMISSION, "")
        self.row_texts.append(json.dumps({"row": number, **row}))
        self.line_texts += lines
        return currency

    def _said(
        self, said: Mapping[tuple[str, str], int], level: Level, line: str
    ) -> dict[str, int]:
        return {
            said_column(each.id): said.get((each.id, line), sieve.HARMLESS)
            for each in self.playbook.criteria
            if each.level is level
        }

    def types(self, level: Level) -> dict[str, str]:
        """Return the columns of a file with their types."""
        found = {"row": "BIGINT"}
        views = self.rows if level is Level.SUBMISSION else self.lines
        for floor, columns in views.items():
            for name, kind in columns.sql_types().items():
                found[sieve.prefixed(name, floor)] = kind
        for each in self.playbook.criteria:
            if each.level is level:
                found[said_column(each.id)] = "TINYINT"
        return found


_INDEX = {
    "row": "BIGINT", "submission": "BIGINT", "revision": "BIGINT", "decided": "BIGINT",
    "terms": "BIGINT", "version": "VARCHAR", "currency": "VARCHAR", "fit": "BOOLEAN",
}  # fmt: skip


def _freeze_part(folder: Path, number: int, rows: list[DecidedRow]) -> dict[str, Any]:
    """Write the files of a part and return its entry in the manifest."""
    versions: dict[str, _Version | None] = {}
    index, unfit, total = [], 0, 0
    for each in rows:
        version, terms_on, currency = _frozen_row(each, versions)
        unfit += currency is None
        total += int(each.stored.sha256[:12], 16)
        decided = each.at.decided_at.astimezone(UTC).date().toordinal()
        index.append(
            json.dumps(
                {
                    "row": each.at.row, "submission": each.at.submission,
                    "revision": each.at.revision, "decided": decided, "terms": terms_on,
                    "version": version, "currency": currency or "", "fit": currency is not None,
                }
            )
        )  # fmt: skip
    name = f"{number:05d}"
    files = {f"{name}.index.parquet": (index, dict(_INDEX))}
    ranges: dict[str, Any] = {}
    for digest, held in versions.items():
        if held is None or not held.row_texts:
            continue
        short = digest[:16]
        files[f"{name}.{short}.rows.parquet"] = (held.row_texts, held.types(Level.SUBMISSION))
        if held.line_texts:
            files[f"{name}.{short}.lines.parquet"] = (held.line_texts, held.types(Level.LINE))
        ranges[digest] = {
            level.value: {_word(floor): each.ranges_to_json() for floor, each in views.items()}
            for level, views in ((Level.SUBMISSION, held.rows), (Level.LINE, held.lines))
        }
    with closing(duckdb.connect(":memory:")) as engine, TemporaryDirectory(dir=folder) as made:
        engine.execute(f"SET memory_limit = '{MEMORY}'")
        for file, (texts, types) in files.items():
            source = Path(made) / "rows.json"
            source.write_text("\n".join(texts) + "\n", encoding="utf-8")
            _to_parquet(engine, source, types, folder / file)
    return {
        "decisions": len(rows), "unfit": unfit, "total": total, "ranges": ranges,
        "files": {file: _digest(folder / file) for file in files},
    }  # fmt: skip


def _frozen_row(
    row: DecidedRow, versions: dict[str, _Version | None]
) -> tuple[str, int, str | None]:
    """Enter a decision in the rows of its version: the version, the day of its terms, the currency
    (None when only its record can tell).
    """
    try:
        record = json.loads(row.stored.record)
        then = record["judged"]["adjudication"]
        digest = str(then["playbook"]["sha256"])
        terms_on = date.fromisoformat(then["terms_on"]).toordinal()
        if digest not in versions:
            versions[digest] = _version(digest)
        version = versions[digest]
        if version is None or then["engine"] != ENGINE_VERSION:
            return digest, terms_on, None
        case = case_from_json(then["case"], add_business_days=days_of(record))
        return digest, terms_on, version.add(row.at.row, case, then)
    except (ValueError, KeyError, TypeError, NotAValue):
        return "", 1, None


def _version(digest: str) -> _Version | None:
    """Return the columns of a version; None for one that is unknown, or whose names differ only in
    their capitals, which DuckDB does not tell apart.
    """
    try:
        version = _Version(version_by_sha256(digest).playbook)
    except UnknownPlaybook:
        return None
    names = [*version.types(Level.SUBMISSION), *version.types(Level.LINE)]
    return version if len({name.lower() for name in names}) == len(names) - 1 else None


def _to_parquet(
    engine: duckdb.DuckDBPyConnection, source: Path, types: Mapping[str, str], target: Path
) -> None:
    """Write rows of JSON as a Parquet file, in the order of their rows."""
    columns = ", ".join(f"{_text(name)}: {_text(kind)}" for name, kind in types.items())
    new = target.with_suffix(".new")
    engine.execute(
        f"COPY (SELECT * FROM read_json({_text(str(source))}, format='newline_delimited', "
        f"columns={{{columns}}}) ORDER BY row) TO {_text(str(new))} "
        "(FORMAT parquet, COMPRESSION zstd)"
    )
    new.replace(target)


# Asking


def _standing(
    engine: duckdb.DuckDBPyConnection,
    folder: Path,
    manifest: Mapping[str, Any],
    newer: Iterable[int],
    since: date | None,
) -> int:
    """Make the table of the decisions that stand, and return how many there are."""
    files = [
        str(folder / file)
        for part in manifest["parts"]
        for file in part["files"]
        if file.endswith(".index.parquet")
    ]
    listed = ", ".join(map(_text, files))
    engine.execute("CREATE TABLE newer (submission BIGINT)")
    engine.execute("INSERT INTO newer SELECT unnest(?::BIGINT[])", [list(newer)])
    engine.execute(
        f"CREATE TABLE standing AS SELECT * FROM read_parquet([{listed}]) "
        "WHERE submission NOT IN (SELECT submission FROM newer) "
        "QUALIFY row_number() OVER (PARTITION BY submission ORDER BY revision DESC) = 1"
    )
    if since is not None:
        engine.execute("DELETE FROM standing WHERE decided < ?", [since.toordinal()])
    return _one(engine, "SELECT count(*) FROM standing")


def _candidates(
    engine: duckdb.DuckDBPyConnection,
    folder: Path,
    manifest: Mapping[str, Any],
    draft: Playbook,
) -> tuple[list[int], dict[str, int]]:
    """Return the rows that must be judged one by one, and for how many the columns can't tell."""
    reasons: dict[str, int] = {}
    unfit = [row for (row,) in _all(engine, "SELECT row FROM standing WHERE NOT fit")]
    if unfit:
        reasons["their values are not held in columns"] = len(unfit)
    found = set(unfit)
    groups = _all(
        engine,
        "SELECT DISTINCT version, currency, terms FROM standing WHERE fit ORDER BY ALL",
    )
    for (digest, currency), days in groupby(groups, key=lambda each: (each[0], each[1])):
        past = version_by_sha256(digest).playbook
        views = _views(manifest, digest, past)
        alike: dict[str, tuple[list[int], Any, Any]] = {}
        for _, _, day in days:
            was = terms(past, date.fromordinal(day))
            now = terms(draft, max(date.fromordinal(day), draft.effective_from))
            alike.setdefault(repr((was, now)), ([], was, now))[0].append(day)
        for on, was, now in alike.values():
            asked = sieve.ask(
                past, draft, was=was, now=now, currency=currency,
                rows=views[Level.SUBMISSION], lines=views[Level.LINE],
            )  # fmt: skip
            if asked.is_nothing:
                continue
            listed = ", ".join(map(str, on))
            of = (
                f"version = {_text(digest)} AND currency = {_text(currency)} AND fit "
                f"AND terms IN ({listed})"
            )
            if asked.everything:
                rows = [row for (row,) in _all(engine, f"SELECT row FROM standing WHERE {of}")]
                reasons[asked.everything] = reasons.get(asked.everything, 0) + len(rows)
                found.update(rows)
                continue
            for query in _queries(folder, manifest, digest, of, asked):
                found.update(row for (row,) in _all(engine, query))
    return sorted(found), reasons


def _queries(
    folder: Path, manifest: Mapping[str, Any], digest: str, of: str, asked: sieve.Asked
) -> list[str]:
    """Return the queries that name the rows where a criterion says something else."""
    rows = _files(folder, manifest, digest, "rows")
    lines = _files(folder, manifest, digest, "lines")
    found = []
    if asked.rows and rows:
        found.append(
            f"SELECT row FROM read_parquet([{rows}]) AS whole SEMI JOIN "
            f"(SELECT row FROM standing WHERE {of}) USING (row) WHERE {asked.rows}"
        )
    if asked.lines and lines:
        found.append(
            f"SELECT DISTINCT row FROM read_parquet([{lines}]) AS part "
            f"JOIN read_parquet([{rows}]) AS whole "
            f"USING (row) SEMI JOIN (SELECT row FROM standing WHERE {of}) USING (row) "
            f"WHERE {asked.lines}"
        )
    return found


def _files(folder: Path, manifest: Mapping[str, Any], digest: str, kind: str) -> str:
    return ", ".join(
        _text(str(folder / file))
        for part in manifest["parts"]
        for file in part["files"]
        if file.endswith(f".{digest[:16]}.{kind}.parquet")
    )


def _views(manifest: Mapping[str, Any], digest: str, past: Playbook) -> dict[Level, Views]:
    """Return the columns of a version with the bounds of all parts."""
    found: dict[Level, Views] = {}
    for level in (Level.SUBMISSION, Level.LINE):
        views = columns_of(past, level)
        for part in manifest["parts"]:
            ranges = part["ranges"].get(digest, {}).get(level.value, {})
            for floor, columns in views.items():
                columns.widen(ranges.get(_word(floor), {}))
        found[level] = views
    return found


def _word(floor: Provenance | None) -> str:
    return "" if floor is None else floor.word


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _all(engine: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return engine.execute(query).fetchall()


def _one(engine: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(_all(engine, query)[0][0])
