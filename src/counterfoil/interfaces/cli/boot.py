"""Getting a database under a command: the embedded one is started, made and migrated on demand."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import OperationalError, ProgrammingError, connections

from counterfoil.foundation import database, embedded
from counterfoil.interfaces.cli.output import Refused, say

_PREPARING_LOCK = 77_002
_MIGRATE_MENDS = "`counterfoil db migrate` puts policies and grants back as declared."


@contextmanager
def running_database(*, is_preparing: bool = True, is_migrating: bool = False) -> Iterator[None]:
    """This will run the block with a database that fits, and stop the embedded server after it.

    The server is left running for other commands that use it. `is_preparing` makes the embedded
    database where it lacks, and finishes what a killed start or upgrade began; `is_migrating`
    brings tables, policies and grants up even where nothing is known to be pending.
    Raises Refused with what to do when the server, its version, roles or tables do not fit.
    """
    try:
        with _server(is_preparing=is_preparing, is_migrating=is_migrating):
            try:
                _refuse_unfit()
                yield
            finally:
                connections.close_all()
    except embedded.EmbeddedDatabaseRefused as error:
        raise Refused(error.problem, error.remedy.strip()) from error


@contextmanager
def _server(*, is_preparing: bool, is_migrating: bool) -> Iterator[None]:
    if settings.EMBEDDED is None:
        yield
        return
    with embedded.using(settings.EMBEDDED):
        if is_preparing or is_migrating:
            _prepare_embedded(settings.EMBEDDED, is_migrating=is_migrating)
        yield


def _prepare_embedded(server: embedded.Embedded, *, is_migrating: bool) -> None:
    name = settings.DATABASES["default"]["NAME"]
    with psycopg.connect(settings.ADMIN_URL, autocommit=True) as connection:
        # Two commands may come first at once; the lock is given back when its holder is killed.
        connection.execute("SELECT pg_advisory_lock(%s)", [_PREPARING_LOCK])
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        is_new = known.fetchone() is None
        is_half_made = server.preparing.exists()
        if not (is_new or is_half_made or is_migrating or database.pending_migrations("owner")):
            return
        say("Making the database …" if is_new else "Bringing the database up to this version …")
        server.preparing.touch()
        database.initialize(settings.ADMIN_URL, name=name)
        database.migrate()
        server.preparing.unlink()


def _refuse_unfit() -> None:
    is_embedded = settings.EMBEDDED is not None
    try:
        pending = database.pending_migrations()
        reasons = [] if pending else database.refusals()
    except OperationalError as error:
        raise Refused(
            f"The database does not answer: {str(error).strip()}",
            "`counterfoil db migrate` makes or mends it."
            if is_embedded
            else "Check that the server runs and DATABASE_URL (it names the role cf_app), or run "
            "`counterfoil db init` first.",
        ) from error
    except ProgrammingError as error:
        raise Refused(
            f"This database must not be used: {str(error).strip()}", _MIGRATE_MENDS
        ) from error
    if pending:
        raise Refused(
            f"The database lacks {len(pending)} migrations (first: {pending[0]}).",
            "Run `counterfoil db migrate`"
            + ("." if is_embedded else " with DATABASE_OWNER_URL set."),
        )
    if reasons:
        raise Refused(
            "This database must not be used:\n  " + "\n  ".join(reasons),
            _MIGRATE_MENDS,
        )
