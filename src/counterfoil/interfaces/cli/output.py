"""How the command line speaks: data to stdout, words to stderr, refusals in one sentence."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

human = Console(stderr=True, highlight=False, soft_wrap=True)


class Refused(Exception):
    """The program refuses; the message says why and what would be right. Exit code 1."""


def say(text: str) -> None:
    """This will tell a person something, on stderr."""
    human.print(text, markup=False)


def say_error(text: str) -> None:
    """This will tell a person what was refused, on stderr."""
    human.print(text, style="bold red", markup=False)


def put_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """This will write data for another program, on stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def progress() -> Progress:
    """This will make a progress bar on stderr that vanishes when it is done."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=human,
        transient=True,
    )
