"""How the command line speaks: data to stdout, words to stderr, refusals in one sentence."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from counterfoil.core.money import Money

human = Console(stderr=True, highlight=False, soft_wrap=True)


class Refused(Exception):
    """The program refuses: `problem` says why, `remedy` what would be right. Exit code 1."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        """This will keep both apart; as text the remedy follows on a line of its own."""
        super().__init__(f"{problem}\n{remedy}".strip())
        self.problem = problem
        self.remedy = remedy


def say(text: str) -> None:
    """This will tell a person something, on stderr."""
    human.print(text, markup=False)


def say_error(text: str) -> None:
    """This will tell a person what was refused, on stderr."""
    human.print(text, style="bold red", markup=False)


def count_of(number: int, thing: str) -> str:
    """This will count a thing in words: "1 problem", "2 problems"."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


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


def put_table(heading: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """This will write rows in aligned columns on stdout; without rows it says so on stderr."""
    if not rows:
        say("Nothing there.")
        return
    texts = [list(heading), *([_cell(cell) for cell in row] for row in rows)]
    widths = [max(len(line[place]) for line in texts) for place in range(len(heading))]
    for line in texts:
        padded = [cell.ljust(width) for cell, width in zip(line, widths, strict=True)]
        typer.echo("  ".join(padded).rstrip())


def plain(value: object) -> Any:
    """This will shape what a selector returns for JSON: amounts, times and nested rows.

    Row numbers of the database are left out; public ids stay.
    """
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if is_dataclass(value) and not isinstance(value, type):
        named = ((field.name, getattr(value, field.name)) for field in fields(value))
        return {name: plain(each) for name, each in named if not _is_row_number(name, each)}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    return value


def _is_row_number(name: str, value: object) -> bool:
    if name in {"pk", "cursor"} or name.endswith("_pk"):
        return True
    return isinstance(value, int) and name in {"id", "partner_id", "payee_id"}


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, Money):
        return value.format_plain()
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    return str(value)
