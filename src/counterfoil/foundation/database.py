"""Making, migrating and checking a database: what `counterfoil db` and the test suite call.

Connections here are made by hand, as the administrator of the server or as `cf_owner`; the running
product uses Django's connection as `cf_app` only.
"""

import psycopg
from django.conf import settings
from django.core.management import call_command
from django.db import connections
from psycopg import sql

from counterfoil.foundation import crash
from counterfoil.foundation.isolation import drift, isolation_sql
from counterfoil.foundation.roles import OWNER_ROLE, roles_sql, startup_refusals


def initialize(
    admin: str, *, name: str, app_password: str | None = None, owner_password: str | None = None
) -> None:
    """This will make roles and an empty database `name`, as the administrator `admin` (a URL).

    Running it again changes nothing but the passwords given.
    """
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(roles_sql())
        for role, password in (("cf_app", app_password), (OWNER_ROLE, owner_password)):
            if password is not None:
                connection.execute(
                    sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                        sql.Identifier(role), sql.Literal(password)
                    )
                )
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if known.fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(name), sql.Identifier(OWNER_ROLE)
                )
            )
        connection.execute(
            sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(
                sql.Identifier(name)
            )
        )
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO cf_app").format(sql.Identifier(name))
        )


def migrate(*, verbosity: int = 0) -> None:
    """This will run all migrations and then the isolation script, as `cf_owner`."""
    call_command("migrate", database="owner", interactive=False, verbosity=verbosity)
    crash.point("migrate.before_grants")
    apply_isolation()


def apply_isolation() -> None:
    """This will bring policies and grants to what the models declare, in one transaction."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(isolation_sql())
        cursor.execute(_jobs_sql())
        cursor.execute("COMMIT")


def _jobs_sql() -> str:
    # A job is queued inside a partner's or a person's transaction, whose role may not read the
    # queue: the one function that queues runs with its owner's rights, the rest is the worker's.
    return """
    DO $$ DECLARE f record; t record; BEGIN
      FOR f IN SELECT oid::regprocedure AS name FROM pg_proc
               WHERE proname LIKE 'procrastinate_defer_jobs%' LOOP
        EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = public', f.name);
      END LOOP;
      FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public'
               AND tablename LIKE 'procrastinate_%' LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO cf_jobs', t.tablename);
      END LOOP;
      GRANT USAGE ON SCHEMA public TO cf_jobs;
      GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO cf_jobs;
    END $$;
    """


def refusals() -> list[str]:
    """This will list why the product must not start on the connected database."""
    with connections["default"].cursor() as cursor:
        found = startup_refusals(cursor)
        if not found:
            found = drift(cursor)
    return found


def pending_migrations(alias: str = "default") -> list[str]:
    """This will list the migrations that the database has not seen yet, as a connection of ours.

    Raises ProgrammingError where that role may not read which it has seen.
    """
    from django.db.migrations.executor import MigrationExecutor  # needs the app registry

    executor = MigrationExecutor(connections[alias])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def clone(admin: str, *, source: str, target: str) -> None:
    """This will make `target` a copy of `source`; nobody may be connected to `source`."""
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}").format(
                sql.Identifier(target), sql.Identifier(OWNER_ROLE), sql.Identifier(source)
            )
        )
        connection.execute(
            sql.SQL("REVOKE CONNECT, TEMPORARY ON DATABASE {} FROM PUBLIC").format(
                sql.Identifier(target)
            )
        )
        connection.execute(
            sql.SQL("GRANT CONNECT ON DATABASE {} TO cf_app").format(sql.Identifier(target))
        )


def drop(admin: str, *, name: str) -> None:
    """This will drop the database `name` if it exists, ending its connections."""
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def use_database(name: str) -> None:
    """This will point Django's connections at another database of the same server."""
    for alias in ("default", "owner"):
        if alias in connections.databases:
            connections[alias].close()
            connections.databases[alias]["NAME"] = name
            connections[alias].settings_dict["NAME"] = name
            settings.DATABASES[alias]["NAME"] = name
