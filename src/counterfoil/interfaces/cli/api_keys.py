"""`counterfoil api-keys`: the API keys of everybody, and the end of one."""

from typing import Annotated

import typer

from counterfoil.apps.access.selectors import get_key, list_keys
from counterfoil.apps.access.services import revoke_key
from counterfoil.interfaces.cli.acting import As, DryRun, Json, reading, writing
from counterfoil.interfaces.cli.output import plain, put_json, put_table, say

app = typer.Typer(
    help="API keys. They are made in the console, by the person whom they read as.",
    no_args_is_help=True,
)


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List API keys, the newest first; the secret of none is known."""
    with reading() as acting:
        rows = list_keys(owner_pk=None, at=acting.at)
    if as_json:
        put_json(plain(rows))
        return
    put_table(
        ("key", "name", "made by", "state", "good until", "used last"),
        [
            (k.id, k.name, k.owner_name, k.state, k.expires_at.isoformat(timespec="minutes"),
             k.last_used_at.isoformat(timespec="minutes") if k.last_used_at else "never")
            for k in rows
        ],
    )  # fmt: skip


@app.command("revoke")
def revoke(
    key: Annotated[str, typer.Argument(help="Id, key_….")],
    email: As,
    dry_run: DryRun = False,
) -> None:
    """End a key at once: one's own, or anybody's for an administrator."""
    with writing(email, dry_run=dry_run) as acting:
        found = get_key(key_id=key, at=acting.at)
        revoke_key(key_id=key, by=acting.by, at=acting.at)
    say(f"The key {found.name} of {found.owner_name} is revoked.")
