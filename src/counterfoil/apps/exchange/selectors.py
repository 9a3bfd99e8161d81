"""Reads of exchange."""

from counterfoil.apps.exchange import models
from counterfoil.apps.exchange.errors import UnknownMapping, UnknownRun
from counterfoil.apps.exchange.types import MappingView, ProblemView, RunView


def list_mappings() -> tuple[MappingView, ...]:
    """This will list the saved mappings by title."""
    return tuple(_mapping(row) for row in models.Mapping.objects.order_by("title", "pk")[:200])


def get_mapping(*, code: str) -> MappingView:
    """This will return a mapping. Raises UnknownMapping."""
    row = models.Mapping.objects.filter(code=code).first()
    if row is None:
        raise UnknownMapping(f"No mapping is called {code!r}.")
    return _mapping(row)


def list_runs(*, limit: int = 50, before: int | None = None) -> tuple[RunView, ...]:
    """This will list imports, newest first."""
    rows = models.ImportRun.objects.select_related("mapping").order_by("-pk")
    if before is not None:
        rows = rows.filter(pk__lt=before)
    return tuple(_run(row) for row in rows[:limit])


def get_run(*, run_id: str) -> RunView:
    """This will return one import. Raises UnknownRun."""
    row = models.ImportRun.objects.select_related("mapping").filter(public_id=run_id).first()
    if row is None:
        raise UnknownRun(f"No import is called {run_id!r}.")
    return _run(row)


def find_taken_run(*, sha256: str, mapping_code: str) -> RunView | None:
    """This will return an earlier import of the same bytes by the same mapping, if any."""
    row = (
        models.ImportRun.objects.select_related("mapping")
        .filter(sha256=sha256, mapping__code=mapping_code, state="taken")
        .order_by("pk")
        .first()
    )
    return None if row is None else _run(row)


def list_problems(
    *, run_id: str, limit: int = 200, after_line: int = 0
) -> tuple[ProblemView, ...]:
    """This will list the refused rows of an import, by line."""
    rows = models.ImportProblem.objects.filter(
        run__public_id=run_id, line__gt=after_line
    ).order_by("line", "column", "pk")
    return tuple(
        ProblemView(
            row.line,
            row.column,
            row.field,
            row.code,
            row.message,
            row.hint,
            tuple(row.row),
            row.is_notice,
        )
        for row in rows[:limit]
    )


def _mapping(row: models.Mapping) -> MappingView:
    return MappingView(
        row.code, row.title, row.record_type, row.source, row.columns, row.saved_by, row.saved_at
    )


def _run(row: models.ImportRun) -> RunView:
    return RunView(
        public_id=row.public_id,
        mapping_code=row.mapping.code,
        mapping_title=row.mapping.title,
        record_type=row.mapping.record_type,
        file_name=row.file_name,
        sha256=row.sha256,
        state=row.state,
        rows=row.rows,
        created=row.created,
        changed=row.changed,
        unchanged=row.unchanged,
        refused=row.refused,
        notices=row.notices,
        skip_bad_rows=row.skip_bad_rows,
        started_by=row.started_by,
        started_at=row.started_at,
        finished_at=row.finished_at,
        cursor=row.pk,
    )
