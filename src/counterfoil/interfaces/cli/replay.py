"""`counterfoil replay`: every decision again, from its record alone."""

from typing import Annotated

import typer

from counterfoil.flows.replay import replay_all
from counterfoil.foundation.acting import worker
from counterfoil.interfaces.cli.acting import DryRun, Json, read_day, system_writing
from counterfoil.interfaces.cli.output import Refused, plain, progress, put_json, say


def replay(
    since: Annotated[str, typer.Option(help="Only decisions from this day on.")] = "",
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Compute every decision again and name those that differ; a difference is a finding."""
    day = read_day(since, "--since") if since else None
    with system_writing(worker(), dry_run=dry_run) as acting, progress() as bar:
        task = bar.add_task("Replaying", total=None)
        report = replay_all(
            by=acting.by,
            at=acting.at,
            since=day,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if as_json:
        put_json(plain(report))
    if report.differing:
        listed = "\n".join(
            f"  {row.number}: {'; '.join(row.differences)}" for row in report.differing
        )
        raise Refused(f"{len(report.differing)} of {report.checked} decisions differ:\n{listed}")
    say(f"{report.checked} decisions replay: the same details give the same decisions.")
