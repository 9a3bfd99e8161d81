"""Getting a database under a command: the embedded one is started, made and migrated on demand."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from django.conf import settings
from django.db import OperationalError, connections

from counterfoil.foundation import database, embedded
from counterfoil.interfaces.cli.output import Refused, say


@contextmanager
def running_database(*, keep: bool = False, is_migrating: bool = False) -> Iterator[None]:
    """This will run the block with a database that fits, and stop what it started itself.

    `keep` leaves an embedded server running; `is_migrating` brings tables, policies and grants of
    the embedded one up even where no migration is pending, as after a start that was killed.
    Raises Refused with what to do when the server, its version, roles or tables do not fit.
    """
    started = False
    try:
        if settings.EMBEDDED is not None:
            started = embedded.start(settings.EMBEDDED)
            _prepare_embedded(is_migrating=is_migrating)
        _refuse_unfit()
        yield
    except embedded.EmbeddedDatabaseRefused as error:
        raise Refused(str(error)) from error
    finally:
        connections.close_all()
        if started and not keep and settings.EMBEDDED is not None:
            embedded.stop(settings.EMBEDDED)


def _prepare_embedded(*, is_migrating: bool) -> None:
    name = settings.DATABASES["default"]["NAME"]
    with psycopg.connect(settings.ADMIN_URL, autocommit=True) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        is_new = known.fetchone() is None
    if is_new:
        say("Making the database …")
        database.initialize(settings.ADMIN_URL, name=name)
        database.migrate()
    elif is_migrating or database.pending_migrations():
        say("Bringing the database up to this version …")
        database.migrate()


def _refuse_unfit() -> None:
    try:
        pending = database.pending_migrations()
        reasons = [] if pending else database.refusals()
    except OperationalError as error:
        raise Refused(
            f"The database does not answer: {str(error).strip()}\n"
            "Check DATABASE_URL (it names the role cf_app), or run `counterfoil db init` first."
        ) from error
    if pending:
        raise Refused(
            f"The database lacks {len(pending)} migrations (first: {pending[0]}). "
            "Run `counterfoil db migrate` with DATABASE_OWNER_URL set."
        )
    if reasons:
        raise Refused(
            "This database must not be used:\n  "
            + "\n  ".join(reasons)
            + "\n`counterfoil db migrate` puts policies and grants back as declared."
        )
