"""What each table may be used for, and by which role: declared once, beside the model.

`@isolated` registers a table's grants and, where it belongs to a partner, the column that
row-level security compares with the partner of the transaction. `isolation_sql` turns all
declarations into one idempotent script that `counterfoil db migrate` runs after every migration,
and `drift` compares the database with them at start. A model without a declaration is an error.

Grants are written as letters: r SELECT, a INSERT, w UPDATE, d DELETE.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar

from django.apps import apps
from django.db import models
from django.db.backends.utils import CursorWrapper

ROLES = ("cf_portal", "cf_staff", "cf_worker", "cf_app")
_PRIVILEGES = {"r": "SELECT", "a": "INSERT", "w": "UPDATE", "d": "DELETE"}
ModelClass = TypeVar("ModelClass", bound=type[models.Model])


class Undeclared(RuntimeError):
    """A table has no isolation declaration."""


@dataclass(frozen=True, slots=True)
class Isolation:
    """Grants of one table by role, and the partner column where rows belong to a partner."""

    table: str
    by: str | None
    portal: str = ""
    staff: str = ""
    worker: str = ""
    app: str = ""

    def letters(self, role: str) -> str:
        return str(getattr(self, role.removeprefix("cf_")))


_DECLARED: dict[str, Isolation] = {}


def isolated(
    *, by: str | None, portal: str = "", staff: str = "", worker: str = "", app: str = ""
) -> Callable[[ModelClass], ModelClass]:
    """This will register the grants of a model's table and its partner column (`by`), if any."""

    def register(model: ModelClass) -> ModelClass:
        table = model._meta.db_table
        _DECLARED[table] = Isolation(table, by, portal, staff, worker, app)
        return model

    return register


def declare_foreign(table: str, *, staff: str = "", worker: str = "", app: str = "") -> None:
    """This will register the grants of a table that a library of ours owns (sessions, jobs)."""
    _DECLARED[table] = Isolation(table, None, "", staff, worker, app)


def declarations() -> tuple[Isolation, ...]:
    """This will list every declaration, by table; raises Undeclared for a table without one."""
    wanted = {
        m._meta.db_table for m in apps.get_models(include_auto_created=True) if m._meta.managed
    }
    missing = sorted(wanted - set(_DECLARED))
    if missing:
        raise Undeclared(f"tables without an isolation declaration: {', '.join(missing)}")
    return tuple(_DECLARED[name] for name in sorted(_DECLARED))


def _policy_rows(item: Isolation) -> list[tuple[str, str, str]]:
    """(policy name, role, condition) of a partner's table."""
    if item.by is None:
        return []
    own = f"({item.by} = (current_setting('app.partner_id'::text))::bigint)"
    rows = [("cf_owner_all", "cf_owner", "true")]
    if item.portal:
        rows.append(("cf_portal_own", "cf_portal", own))
    rows += [
        (f"{role}_all", role, "true")
        for role in ("cf_staff", "cf_worker", "cf_app")
        if item.letters(role)
    ]
    return rows


def isolation_sql() -> str:
    """This will return the whole idempotent script: policies, row-level security and grants."""
    lines = ["REVOKE ALL ON SCHEMA public FROM PUBLIC;"]
    lines += [f"GRANT USAGE ON SCHEMA public TO {role};" for role in ROLES]
    for item in declarations():
        lines += _table_sql(item)
    return "\n".join(lines)


def _table_sql(item: Isolation) -> Iterable[str]:
    table = f'"{item.table}"'
    yield f"REVOKE ALL ON {table} FROM PUBLIC, {', '.join(ROLES)};"
    for role in ROLES:
        wanted = [_PRIVILEGES[letter] for letter in item.letters(role)]
        if wanted:
            yield f"GRANT {', '.join(wanted)} ON {table} TO {role};"
    if item.by is None:
        return
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY;"
    for name in ("cf_owner_all", "cf_portal_own", "cf_staff_all", "cf_worker_all", "cf_app_all"):
        yield f"DROP POLICY IF EXISTS {name} ON {table};"
    for name, role, condition in _policy_rows(item):
        yield (
            f"CREATE POLICY {name} ON {table} FOR ALL TO {role} "
            f"USING ({condition}) WITH CHECK ({condition});"
        )


def drift(cursor: CursorWrapper) -> list[str]:
    """This will list where the database differs from the declarations; empty means none."""
    found: list[str] = []
    cursor.execute(
        "SELECT c.relname, coalesce(r.rolname, 'PUBLIC'), array_agg(x.privilege_type) "
        "FROM pg_class c, aclexplode(c.relacl) x LEFT JOIN pg_roles r ON r.oid = x.grantee "
        "WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r','p','v','m') "
        "AND (coalesce(r.rolname, 'PUBLIC') IN "
        "('cf_portal','cf_staff','cf_worker','cf_app','PUBLIC') "
        "OR r.rolname = 'cf_jobs' AND c.relname NOT LIKE 'procrastinate%') GROUP BY 1, 2"
    )
    have = {(table, role): set(privileges) for table, role, privileges in cursor.fetchall()}
    security = _row_security(cursor)
    policies = _policies(cursor)
    declared = declarations()
    for item in declared:
        for role in ROLES:
            wanted = {_PRIVILEGES[letter] for letter in item.letters(role)}
            actual = have.pop((item.table, role), set())
            if wanted != actual:
                found.append(f"{item.table}: {role} has {sorted(actual)}, wants {sorted(wanted)}")
        if item.table not in security:
            found.append(f"{item.table}: table is missing, run `counterfoil db migrate`")
            continue
        if (item.by is not None) != security[item.table]:
            found.append(f"{item.table}: row-level security is {security[item.table]}")
        wanted_policies = {(name, role): cond for name, role, cond in _policy_rows(item)}
        if policies.get(item.table, {}) != wanted_policies:
            found.append(f"{item.table}: policies differ from the declaration")
    # What is left was asked for by nobody: PUBLIC on any table, or a table without declaration.
    found += [f"{table}: {role} has rights that nobody declared" for table, role in sorted(have)]
    return found + _column_grants(cursor)


def _column_grants(cursor: CursorWrapper) -> list[str]:
    cursor.execute(
        "SELECT DISTINCT c.relname, coalesce(r.rolname, 'PUBLIC') FROM pg_attribute a "
        "JOIN pg_class c ON c.oid = a.attrelid CROSS JOIN aclexplode(a.attacl) x "
        "LEFT JOIN pg_roles r ON r.oid = x.grantee "
        "WHERE c.relnamespace = 'public'::regnamespace AND coalesce(r.rolname, 'PUBLIC') IN "
        "('cf_portal','cf_staff','cf_worker','cf_app','cf_jobs','PUBLIC') ORDER BY 1, 2"
    )
    return [f"{table}: {role} has rights on single columns" for table, role in cursor.fetchall()]


def _row_security(cursor: CursorWrapper) -> dict[str, bool]:
    cursor.execute(
        "SELECT relname, relrowsecurity AND relforcerowsecurity FROM pg_class "
        "WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
    )
    return {str(name): bool(on) for name, on in cursor.fetchall()}


def _policies(cursor: CursorWrapper) -> dict[str, dict[tuple[str, str], Any]]:
    cursor.execute(
        "SELECT tablename, policyname, array_to_string(roles, ','), qual, with_check, cmd, "
        "permissive FROM pg_policies WHERE schemaname = 'public'"
    )
    found: dict[str, dict[tuple[str, str], Any]] = {}
    for table, name, role, condition, check, command, permissive in cursor.fetchall():
        is_as_made = (check, command, permissive) == (condition, "ALL", "PERMISSIVE")
        seen = condition if is_as_made else (condition, check, command, permissive)
        found.setdefault(str(table), {})[(str(name), str(role))] = seen
    return found
