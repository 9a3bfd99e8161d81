"""`counterfoil keys`: the keys that lie outside the database."""

import os
import secrets

import typer
from django.conf import settings

from counterfoil.apps.audit.errors import SigningKeyMissing
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.output import say

app = typer.Typer(help="Keys outside the database.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Keys outside the database."""


@app.command("init")
def init() -> None:
    """Make the secret key, the log's signing key and the key of bank details, where missing."""
    folder = settings.KEYS_FOLDER
    folder.mkdir(parents=True, mode=0o700, exist_ok=True)
    secret = folder / "secret_key"
    if not secret.exists():
        descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(50))
        say(f"The secret key is in {secret}. Keep a copy apart from the database's backup.")
    ensure_keys()
    say(f"Keys are in {folder}.")


def ensure_keys() -> None:
    """This will make the signing key and the key of bank details where there is none.

    The demo's signing key is marked as such.
    """
    adapter("secret_box").create()
    key = adapter("signing_key")
    try:
        assert key.key
    except SigningKeyMissing:
        name = "counterfoil.example/demo" if settings.DEMO else "counterfoil/log"
        key.create(name=name, is_demo=settings.DEMO)
