"""`counterfoil audit` and `counterfoil verify`: the log, its checkpoints, packs for auditors."""

from datetime import UTC, datetime, time
from pathlib import Path
from typing import Annotated

import typer

from counterfoil.apps.audit.selectors import list_events, log_state
from counterfoil.apps.audit.types import EventFilters
from counterfoil.flows.export_pack import export_pack
from counterfoil.flows.verify_log import sequence_log, sign_log, verify_log
from counterfoil.flows.verify_records import verify_records
from counterfoil.foundation.acting import staff, worker
from counterfoil.foundation.adapters import adapter
from counterfoil.interfaces.cli.acting import (
    As,
    DryRun,
    Json,
    read_day,
    reading,
    system_writing,
    writing,
)
from counterfoil.interfaces.cli.output import Refused, plain, put_json, put_table, say

app = typer.Typer(help="The audit log.", no_args_is_help=True)
Since = Annotated[str, typer.Option(help="From this day (UTC), such as 2026-07-01.")]
Until = Annotated[str, typer.Option(help="Before this day (UTC).")]
Action = Annotated[
    str,
    typer.Option(help="Such as submission.approved, or submission. for all; several with commas."),
]
Object = Annotated[str, typer.Option("--object", help="Id of what it happened to.")]


def verify(dry_run: DryRun = False, as_json: Json = False) -> None:
    """Verify the whole audit log against the checkpoints outside, and the records against it."""
    with system_writing(staff(), dry_run=dry_run) as acting:
        verdict = verify_log(
            by=acting.by,
            at=acting.at,
            key=adapter("signing_key"),
            store=adapter("checkpoint_store"),
        )
        differences = verify_records(by=acting.by, at=acting.at)
    if as_json:
        put_json(
            {
                **plain(verdict),
                "differences": plain(differences),
                "is_sound": verdict.is_sound and not differences,
            }
        )
    else:
        typer.echo(
            f"{verdict.leaves} entries, {verdict.waiting} waiting, "
            f"{verdict.checkpoints} checkpoints, root {verdict.root}"
        )
    if not verdict.is_sound:
        listed = "\n".join(f"  {found.code}: {found.words}" for found in verdict.findings)
        raise Refused(f"The log does not verify:\n{listed}")
    say("The log verifies.")
    if differences:
        listed = "\n".join(
            f"  {each.check}: {each.subject} {each.message}" for each in differences
        )
        raise Refused(f"Records are not what the log says of them:\n{listed}")
    say("The records are what the log says of them, and the ledger balances.")


@app.command("sequence")
def sequence(dry_run: DryRun = False, as_json: Json = False) -> None:
    """Take waiting events into the log."""
    taken = 0
    with system_writing(worker(), dry_run=dry_run) as acting:
        while count := sequence_log(at=acting.at):
            taken += count
    if as_json:
        put_json({"taken": taken})
    say(f"{taken} events taken into the log.")


@app.command("checkpoint")
def checkpoint(dry_run: DryRun = False, as_json: Json = False) -> None:
    """Sign the log as it stands and keep the checkpoint outside the database."""
    if dry_run:
        with reading():
            state = log_state()
        signed_size = 0 if state.checkpoint is None else state.checkpoint.size
        say(f"Dry run: {state.size - signed_size} entries are not signed yet.")
        return
    with system_writing(worker()) as acting:
        signed = sign_log(
            at=acting.at, key=adapter("signing_key"), store=adapter("checkpoint_store")
        )
    if as_json:
        put_json({} if signed is None else plain(signed))
    say("Nothing is new." if signed is None else f"Signed at {signed.size} entries.")


@app.command("events")
def events(
    since: Since = "",
    until: Until = "",
    action: Action = "",
    object_id: Object = "",
    cursor: Annotated[str, typer.Option(help="The page after this one.")] = "",
    limit: Annotated[int, typer.Option(help="Rows a page.", min=1, max=500)] = 50,
    as_json: Json = False,
) -> None:
    """List events, newest first."""
    filters = _filters(since, until, action, object_id)
    with reading():
        page = list_events(filters=filters, cursor=cursor, limit=limit)
    if as_json:
        put_json({"events": plain(page.events), "next_cursor": page.next_cursor})
        return
    put_table(
        ("when", "who", "action", "object", "entry"),
        [(e.recorded_at, e.actor_name, e.action, e.object_id, e.index) for e in page.events],
    )
    if page.next_cursor:
        say(f"More: --cursor {page.next_cursor}")


@app.command("export")
def export(
    path: Annotated[Path, typer.Argument(help="Where to write the zip file, or a folder.")],
    email: As,
    title: Annotated[str, typer.Option(help="What the pack is for.")] = "Audit pack",
    since: Since = "",
    until: Until = "",
    action: Action = "",
    object_id: Object = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Draw a population and export it with proofs, decisions and two verifiers."""
    filters = _filters(since, until, action, object_id)
    with writing(email, dry_run=dry_run) as acting:
        pack = export_pack(
            title=title, filters=filters, by=acting.by, at=acting.at, key=adapter("signing_key")
        )
    target = path / pack.name if path.is_dir() else path
    if not dry_run:
        target.write_bytes(pack.data)
    if as_json:
        put_json(
            {
                "file": str(target),
                "sha256": pack.sha256,
                "events": pack.events,
                "decisions": pack.decisions,
                "left_out": pack.left_out,
            }
        )
    say(f"{target}: {pack.events} events, {pack.decisions} decisions. SHA-256 {pack.sha256}")
    if pack.left_out:
        say(f"{pack.left_out} newer events have no checkpoint yet; export again within the hour.")


def _filters(since: str, until: str, action: str, object_id: str) -> EventFilters:
    return EventFilters(
        action=action,
        object_id=object_id,
        since=_begin(since, "--since"),
        until=_begin(until, "--until"),
    )


def _begin(day: str, option: str) -> datetime | None:
    """Return the first moment of a day in UTC."""
    return datetime.combine(read_day(day, option), time.min, UTC) if day else None
