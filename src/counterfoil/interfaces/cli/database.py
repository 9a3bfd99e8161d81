"""`counterfoil db`: make, migrate and check the database."""

from contextlib import nullcontext
from typing import Annotated

import psycopg
import typer
from django.conf import settings
from django.db import OperationalError

from counterfoil.foundation import database, embedded
from counterfoil.interfaces.cli.boot import running_database
from counterfoil.interfaces.cli.output import Refused, put_json, say

app = typer.Typer(help="Make, migrate and check the database.", no_args_is_help=True)


@app.command("init")
def init(
    admin_url: Annotated[
        str, typer.Option(help="Address of the server's administrator; once, never kept.")
    ] = "",
    name: Annotated[str, typer.Option(help="Name of the database.")] = "counterfoil",
    app_password: Annotated[str, typer.Option(help="Password of the role cf_app.")] = "",
    owner_password: Annotated[str, typer.Option(help="Password of the role cf_owner.")] = "",
) -> None:
    """Make the roles and an empty database on a PostgreSQL server of your own."""
    url = admin_url or settings.ADMIN_URL
    if not url:
        raise Refused("Name the server's administrator with --admin-url.")
    server = None if admin_url else settings.EMBEDDED
    try:
        with nullcontext() if server is None else embedded.using(server):
            database.initialize(
                url,
                name=name,
                app_password=app_password or None,
                owner_password=owner_password or None,
            )
    except embedded.EmbeddedDatabaseRefused as error:
        raise Refused(error.problem, error.remedy.strip()) from error
    except psycopg.OperationalError as error:
        raise Refused(
            f"The server's administrator can't be reached: {str(error).strip()}",
            "Check that the server runs, and the address given with --admin-url.",
        ) from error
    say(f"Roles and database {name!r} are there. Next: counterfoil db migrate")


@app.command("migrate")
def migrate() -> None:
    """Bring tables, policies and grants to this version, as cf_owner."""
    if settings.EMBEDDED is not None:
        with running_database(is_migrating=True):
            say("The database is up to date.")
        return
    if "owner" not in settings.DATABASES:
        raise Refused("Set DATABASE_OWNER_URL to the address of the role cf_owner.")
    try:
        database.migrate(verbosity=1)
    except OperationalError as error:
        raise Refused(
            f"The database does not answer: {str(error).strip()}",
            "Check that the server runs, and DATABASE_OWNER_URL; `counterfoil db init` makes "
            "the database.",
        ) from error
    say("The database is up to date.")


@app.command("check")
def check(
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Say whether the product may run on this database."""
    with running_database():
        if as_json:
            put_json({"fit": True, "reasons": []})
        else:
            say("The database fits: roles, policies and grants are as declared.")
