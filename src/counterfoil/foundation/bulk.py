"""Many rows by one statement, past row-level security's refusal of COPY.

PostgreSQL does not let a role that row-level security binds use COPY FROM. Here each column goes
to the database as one array, which it unnests side by side: one statement, whatever the number of
rows, so statement triggers see them all.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection

_QUOTED = str.maketrans({"\\": "\\\\", '"': '\\"'})


def array_literal(values: Sequence[object]) -> str:
    """This will write an array as PostgreSQL reads it; None is NULL, all else is taken as text."""
    if not values:
        return "{}"
    kinds = set(map(type, values))
    if kinds == {int}:
        return "{" + ",".join(map(str, values)) + "}"
    if kinds == {str}:
        joined = '","'.join(values)  # type: ignore[arg-type]  # all of them are text
        if "\\" not in joined and joined.count('"') == 2 * (len(values) - 1):
            return '{"' + joined + '"}'
    return "{" + ",".join([_item(value) for value in values]) + "}"


def _item(value: object) -> str:
    if value is None:
        return "NULL"
    return '"' + str(value).translate(_QUOTED) + '"'


def unnest_sql(columns: Mapping[str, str]) -> str:
    """This will write "unnest(%s::text::bigint[], …) AS rows(a, …)" for columns and types."""
    arrays = ", ".join(f"%s::text::{kind}[]" for kind in columns.values())
    return f"unnest({arrays}) AS rows({', '.join(columns)})"


def column_arrays(width: int, rows: Sequence[Sequence[object]]) -> list[str]:
    """This will turn rows into one array literal a column, the parameters of `unnest_sql`."""
    if not rows:
        return ["{}"] * width
    return [array_literal(column) for column in zip(*rows, strict=True)]


def insert_rows(
    table: str, columns: Mapping[str, str], rows: Sequence[Sequence[object]], *, suffix: str = ""
) -> list[tuple[Any, ...]]:
    """This will insert all rows by one statement and return what a RETURNING in `suffix` gives.

    `columns` maps each column to its type. Table, columns, types and suffix are constants of the
    caller, never a person's text; all values are parameters.
    """
    if not rows:
        return []
    names = ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} ({names}) SELECT {names} FROM {unnest_sql(columns)} {suffix}",  # noqa: S608  # constants of the caller
            column_arrays(len(columns), rows),
        )
        return cursor.fetchall() if cursor.description else []
