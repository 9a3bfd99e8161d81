"""Writes of exchange: mappings, runs and their problems."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.exchange import models
from counterfoil.apps.exchange.errors import RunIsOver, UnknownMapping, UnknownRun
from counterfoil.apps.exchange.types import Counts, ProblemView
from counterfoil.core.actors import Actor
from counterfoil.core.records import RECORD_TYPES, read_sources
from counterfoil.foundation.ids import new_id

PROBLEMS_MAX = 5_000


@transaction.atomic
def save_mapping(
    *,
    code: str,
    title: str,
    record_type: str,
    source: str,
    columns: Mapping[str, Any],
    by: Actor,
    at: datetime,
) -> None:
    """This will save a mapping under its code, replacing an earlier one.

    Raises ValueError when a column's description is not understood, KeyError for an unknown
    record type.
    """
    assert RECORD_TYPES[record_type]
    read_sources(columns)
    models.Mapping.objects.update_or_create(
        code=code,
        defaults={
            "title": title,
            "record_type": record_type,
            "source": source,
            "columns": dict(columns),
            "saved_by": by.id,
            "saved_at": at,
        },
    )
    record_event(
        by=by,
        at=at,
        action="mapping.saved",
        object_type="mapping",
        object_id=code,
        data={"record_type": record_type, "source": source, "columns": dict(columns)},
    )


@transaction.atomic
def open_run(*, mapping_code: str, file_name: str, sha256: str, by: Actor, at: datetime) -> str:
    """This will begin a staged import and return its id. Raises UnknownMapping."""
    mapping = models.Mapping.objects.filter(code=mapping_code).first()
    if mapping is None:
        raise UnknownMapping(f"No mapping is called {mapping_code!r}.")
    run = models.ImportRun.objects.create(
        public_id=new_id("imp"),
        mapping=mapping,
        file_name=file_name[:200],
        sha256=sha256,
        started_by=by.id,
        started_at=at,
    )
    return run.public_id


@transaction.atomic
def record_check(*, run_id: str, counts: Counts, problems: Iterable[ProblemView]) -> None:
    """This will keep what the check of a staged file found; the first 5,000 problems in full."""
    run = _staged(run_id)
    run.rows, run.created, run.changed = counts.rows, counts.created, counts.changed
    run.unchanged, run.refused, run.notices = counts.unchanged, counts.refused, counts.notices
    run.save()
    models.ImportProblem.objects.bulk_create(
        models.ImportProblem(
            run=run,
            line=problem.line,
            column=problem.column,
            field=problem.field,
            code=problem.code,
            message=problem.message,
            hint=problem.hint,
            row=list(problem.row),
            is_notice=problem.is_notice,
        )
        for _, problem in zip(range(PROBLEMS_MAX), problems, strict=False)
    )


@transaction.atomic
def close_run(
    *, run_id: str, state: str, counts: Counts, skip_bad_rows: bool, by: Actor, at: datetime
) -> None:
    """This will end a staged import as `taken`, `refused` or `empty`. Raises RunIsOver."""
    run = _staged(run_id)
    run.state, run.skip_bad_rows, run.finished_at = state, skip_bad_rows, at
    run.rows, run.created, run.changed = counts.rows, counts.created, counts.changed
    run.unchanged, run.refused, run.notices = counts.unchanged, counts.refused, counts.notices
    run.save()
    record_event(
        by=by,
        at=at,
        action=f"import.{state}",
        object_type="import",
        object_id=run_id,
        data={
            "file": run.file_name,
            "sha256": run.sha256,
            "rows": counts.rows,
            "created": counts.created,
            "changed": counts.changed,
            "unchanged": counts.unchanged,
            "refused": counts.refused,
            "notices": counts.notices,
            "skip_bad_rows": skip_bad_rows,
        },
    )


def _staged(run_id: str) -> models.ImportRun:
    run = models.ImportRun.objects.select_for_update().filter(public_id=run_id).first()
    if run is None:
        raise UnknownRun(f"No import is called {run_id!r}.")
    if run.state != "staged":
        raise RunIsOver(f"This import is already {run.state}.")
    return run
