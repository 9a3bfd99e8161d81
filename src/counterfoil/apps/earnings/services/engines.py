"""A plan run by an engine: DuckDB over a Parquet file, or PostgreSQL over temporary tables.

Both run the text that `core.plans` compiles; the reference evaluator is the third, in plain
Python, and Spark, an extra, the fourth (`spark.py`). All give the same integers.
"""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
from psycopg import Connection, Cursor
from psycopg.sql import SQL, Identifier

from counterfoil.core.plans import (
    DUCKDB,
    EARLIER_COLUMNS,
    POSTGRES,
    Earlier,
    Given,
    LineResult,
    MonthResult,
    Plan,
    PlanLine,
    Results,
    Widths,
    Window,
    check_input,
    conversion_statements,
    converted,
    given_columns,
    input_columns,
    prelude,
    statements,
    window_of,
)


def input_rows(lines: Sequence[PlanLine]) -> list[tuple[int | str, ...]]:
    """This will lay the lines out as rows of cf_input, in order of id."""
    return [
        (
            line.id, line.partner, line.day, window_of(Window.MONTH, line.day),
            window_of(Window.QUARTER, line.day), window_of(Window.YEAR, line.day), line.minor,
            line.original, *line.attributes,
        )
        for line in sorted(lines, key=lambda line: line.id)
    ]  # fmt: skip


def given_rows(plan: Plan, lines: Sequence[PlanLine]) -> list[tuple[int | str, ...]]:
    """This will lay the lines out as rows of cf_given, in order of id."""
    found: list[tuple[int | str, ...]] = []
    for line in sorted(lines, key=lambda line: line.id):
        given = line.given or Given(plan.currency, line.minor, 1, 1)
        found.append(
            (
                line.id, line.partner, line.day, window_of(Window.MONTH, line.day),
                window_of(Window.QUARTER, line.day), window_of(Window.YEAR, line.day),
                line.original, *line.attributes, given.currency, given.minor, given.n, given.d,
            )
        )  # fmt: skip
    return found


def lines_table(
    plan: Plan, lines: Sequence[PlanLine]
) -> tuple[str, dict[str, str], list[tuple[int | str, ...]]]:
    """This will name the table that an engine begins with: its columns and its rows."""
    if plan.conversion is None:
        return "cf_input", input_columns(plan), input_rows(lines)
    return "cf_given", given_columns(plan), given_rows(plan, lines)


def earlier_rows(earlier: Sequence[Earlier]) -> list[tuple[int, ...]]:
    """This will lay the refunded lines of earlier months out as rows of cf_earlier."""
    return sorted(
        (e.line, e.component, e.partner, e.minor, e.commission, e.refunded) for e in earlier
    )


def write_snapshot(
    plan: Plan, lines: Sequence[PlanLine], earlier: Sequence[Earlier]
) -> tuple[bytes, bytes]:
    """This will write lines and refunded earlier lines as Parquet files, in order of id.

    All columns are BIGINT, INTEGER or text: Parquet of DuckDB has no wider integer.
    """
    with duckdb.connect(":memory:") as engine, TemporaryDirectory() as folder:
        first, columns, rows = lines_table(plan, lines)
        _fill(engine, first, columns, rows)
        _fill(engine, "cf_earlier", EARLIER_COLUMNS, earlier_rows(earlier))
        files = []
        for table, order in ((first, "id"), ("cf_earlier", "line, component")):
            path = Path(folder) / f"{table}.parquet"
            engine.table(table).order(order).write_parquet(str(path))
            files.append(path.read_bytes())
    return files[0], files[1]


def read_snapshot(
    plan: Plan, lines: bytes, earlier: bytes
) -> tuple[tuple[PlanLine, ...], tuple[Earlier, ...]]:
    """This will read back what `write_snapshot` wrote."""
    with duckdb.connect(":memory:") as engine, TemporaryDirectory() as folder:
        found = []
        for name, content in (("lines", lines), ("earlier", earlier)):
            path = Path(folder) / f"{name}.parquet"
            path.write_bytes(content)
            found.append(engine.read_parquet(str(path)).fetchall())
    read = _read_line if plan.conversion is None else _read_given
    return tuple(read(plan, row) for row in found[0]), tuple(Earlier(*row) for row in found[1])


def _read_line(plan: Plan, row: Sequence[Any]) -> PlanLine:
    id_, partner, day, _, _, _, minor, original, *carried = row
    return PlanLine(
        id_, partner, day, minor, tuple(carried), is_refund=original > 0, original=original
    )


def _read_given(plan: Plan, row: Sequence[Any]) -> PlanLine:
    id_, partner, day, _, _, _, original, *carried, currency, minor, n, d = row
    given = None if currency == plan.currency else Given(currency, minor, n, d)
    return PlanLine(
        id_, partner, day, minor if given is None else converted(given, plan.rounding),
        tuple(carried), is_refund=original > 0, original=original, given=given,
    )  # fmt: skip


def compute_duckdb(
    plan: Plan, lines: Sequence[PlanLine], earlier: Sequence[Earlier] = ()
) -> Results:
    """This will run the plan on DuckDB in memory. Raises BadInput, TooLarge."""
    check_input(plan, lines, earlier)
    with duckdb.connect(":memory:") as engine:
        _fill(engine, *lines_table(plan, lines))
        _fill(engine, "cf_earlier", EARLIER_COLUMNS, earlier_rows(earlier))
        run_duckdb(engine, plan)
        return Results(
            tuple(line_result(row) for row in engine.execute(_LINES).fetchall()),
            tuple(month_result(row) for row in engine.execute(_MONTHS).fetchall()),
        )


def run_duckdb(engine: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """This will make cf_line and cf_month out of cf_input (or cf_given) and cf_earlier.

    The largest values of the lines are looked up first (Parquet keeps them beside its columns),
    so that the window sorts the narrowest rows.
    """
    engine.execute(prelude(plan, DUCKDB))
    for statement in conversion_statements(plan, DUCKDB):
        engine.execute(statement)
    found = engine.execute("SELECT max(id), max(partner), max(minor) FROM cf_input").fetchone()
    most = [int(each) if each is not None else 0 for each in found or (0, 0, 0)]
    for statement in statements(plan, DUCKDB, Widths(*most)):
        engine.execute(statement)


def compute_postgres(
    connection: Connection[tuple[int, ...]],
    plan: Plan,
    lines: Sequence[PlanLine],
    earlier: Sequence[Earlier] = (),
) -> Results:
    """This will run the plan on PostgreSQL, in a transaction that leaves nothing behind.

    The connection's role needs the right to make temporary tables, which the roles of the running
    system lack. Raises BadInput, TooLarge.
    """
    check_input(plan, lines, earlier)
    with connection.transaction(force_rollback=True), connection.cursor() as cursor:
        for name, columns, rows in (
            lines_table(plan, lines),
            ("cf_earlier", EARLIER_COLUMNS, earlier_rows(earlier)),
        ):
            _table(cursor, name, columns)
            with cursor.copy(SQL("COPY {} FROM STDIN").format(Identifier(name))) as copy:
                for row in rows:
                    copy.write_row(row)
        run_postgres(cursor, plan)
        cursor.execute(_LINES)
        found = tuple(line_result(row) for row in cursor.fetchall())
        cursor.execute(_MONTHS)
        return Results(found, tuple(month_result(row) for row in cursor.fetchall()))


def run_postgres(cursor: Cursor[tuple[int, ...]], plan: Plan) -> None:
    """This will make cf_line and cf_month out of cf_input and cf_earlier."""
    cursor.execute(prelude(plan, POSTGRES).encode())
    for statement in (*conversion_statements(plan, POSTGRES), *statements(plan, POSTGRES)):
        cursor.execute(statement.encode())


def _table(cursor: Cursor[tuple[int, ...]], name: str, columns: dict[str, str]) -> None:
    listed = ", ".join(f'"{column}" {kind}' for column, kind in columns.items())
    cursor.execute(f"CREATE TEMPORARY TABLE {name} ({listed})".encode())


_LINES = "SELECT * FROM cf_line ORDER BY component NULLS FIRST, line NULLS FIRST"
_MONTHS = (
    "SELECT * FROM cf_month ORDER BY component NULLS FIRST, partner NULLS FIRST, month NULLS FIRST"
)


def _fill(
    engine: duckdb.DuckDBPyConnection,
    table: str,
    columns: dict[str, str],
    rows: Sequence[Sequence[int | str]],
) -> None:
    """This will make a table of whole columns at once."""
    listed = ", ".join(f"{name} {kind}" for name, kind in columns.items())
    engine.execute(f"CREATE TABLE {table} ({listed})")
    if not rows:
        return
    cells = ", ".join(f"unnest(CAST(? AS {kind}[])) AS {name}" for name, kind in columns.items())
    engine.execute(
        f"INSERT INTO {table} SELECT {cells}",  # names and types are constants of core.plans
        [list(column) for column in zip(*rows, strict=True)],
    )


def line_result(row: Sequence[int]) -> LineResult:
    """This will read a row of cf_line."""
    cells = [int(cell) for cell in row]
    component, line, partner, month, before, after, rate, raw, commission, *parts = cells
    return LineResult(
        component, line, partner, month, before, after, rate, raw, commission, tuple(parts)
    )


def month_result(row: Sequence[int]) -> MonthResult:
    """This will read a row of cf_month."""
    cells = [int(cell) for cell in row]
    component, partner, month, lines, base, commission, top_up, *parts = cells
    return MonthResult(component, partner, month, lines, base, commission, top_up, tuple(parts))


def totals_by_partner(results: Results, *, month: int) -> dict[int, tuple[int, ...]]:
    """This will sum each partner's parts of one month over the components."""
    chosen = sorted(
        (m for m in results.months if m.month == month), key=lambda m: (m.partner, m.component)
    )
    return {
        partner: tuple(map(sum, zip(*(m.parts for m in members), strict=True)))
        for partner, members in groupby(chosen, key=lambda m: m.partner)
    }
