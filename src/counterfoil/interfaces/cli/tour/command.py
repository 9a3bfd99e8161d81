"""`counterfoil tour`: play a program on a scratch installation and report what held."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from counterfoil.interfaces.cli.boot import running_database
from counterfoil.interfaces.cli.output import Refused, progress, put_json, say
from counterfoil.interfaces.cli.setup_keys import ensure_keys
from counterfoil.interfaces.cli.tour.adventureworks import Part, play_adventureworks, tell

app = typer.Typer(help="Play a whole program on an empty installation.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Play a whole program on an empty installation."""


@app.command("adventureworks")
def adventureworks(
    folder: Annotated[Path, typer.Argument(help="Folder with AdventureWorks' CSV files.")],
    part: Annotated[
        Part, typer.Option(help="Play all of it, its funds or its commissions.")
    ] = Part.ALL,
    submissions: Annotated[
        int, typer.Option(help="How many requests and claims.", min=24)
    ] = 2_000,
    seed: Annotated[int, typer.Option(help="The same seed plays the same tour.")] = 1,
    quarters: Annotated[
        int, typer.Option(help="How many quarters, from 2017-Q3.", min=1, max=12)
    ] = 12,
    months: Annotated[
        int, typer.Option(help="How many months of commissions, from 2017-07.", min=1, max=35)
    ] = 35,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Play the channel's funds and claims and 35 months of commissions; check every statement."""
    with running_database():
        ensure_keys()
        with progress() as bar:
            tasks: dict[str, object] = {}

            def show(label: str, done: int, total: int) -> None:
                if label not in tasks:
                    tasks[label] = bar.add_task(label, total=total)
                bar.update(tasks[label], completed=done, total=total)  # type: ignore[arg-type]  # rich's own id type

            played = play_adventureworks(
                folder, part=part, submissions=submissions, seed=seed, quarter_count=quarters,
                months=months, progress=show,
            )  # fmt: skip
    if as_json:
        put_json(
            {
                "statements": [asdict(s) for s in played.statements],
                "figures": played.figures,
            }
        )
    tell(played)
    if not played.is_good:
        raise Refused("A statement of the tour is not true.")
    say("Every statement is true. The report stands in the console under Reports.")
