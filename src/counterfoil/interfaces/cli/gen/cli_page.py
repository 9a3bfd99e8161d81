"""The page of commands, read from the commands themselves."""

from pathlib import Path
from typing import Any

from typer.core import TyperArgument, TyperGroup

_HEAD = """\
# Command line

Generated from the commands by `counterfoil gen`; `counterfoil COMMAND --help` says the same.

Data goes to stdout, words to stderr. `--json` answers as JSON, `--dry-run` writes nothing, `-` is
stdin or stdout. A command that writes names its person with `--as` and a mail address: the
[permissions](permissions.md) of that person apply. Exit status: 0 done, 1 refused (the reason is
one sentence), 2 misuse.
"""


def cli_page(program: Any) -> str:
    """This will return the Markdown of docs/reference/cli.md."""
    parts = [_HEAD]
    for words, command in commands(program, ("counterfoil",)):
        parts.append(_section(" ".join(words), command))
    return "\n".join(parts)


def commands(command: Any, words: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    """This will list every command that does something, with the words that call it."""
    if not isinstance(command, TyperGroup):
        return [(words, command)]
    found: list[tuple[tuple[str, ...], Any]] = []
    for name, inner in command.commands.items():
        found += commands(inner, (*words, name))
    return found


def _section(words: str, command: Any) -> str:
    arguments = [p for p in command.params if isinstance(p, TyperArgument)]
    options = [p for p in command.params if not isinstance(p, TyperArgument) and not p.hidden]
    call = " ".join([words, *(_bracket(a) for a in arguments)])
    lines = [f"## `{call}`", "", _first(command.help), ""]
    rows = [f"| `{_bracket(a)}` | {_clean(getattr(a, 'help', ''))} | |" for a in arguments]
    rows += [
        f"| {_names(o)} | {_clean(getattr(o, 'help', ''))} | {_default(o)} |" for o in options
    ]
    if rows:
        lines += ["| | what it is | default |", "|---|---|---|", *rows, ""]
    return "\n".join(lines)


def _bracket(argument: Any) -> str:
    name = (argument.metavar or argument.name).upper()
    return name if argument.required else f"[{name}]"


def _names(option: Any) -> str:
    return ", ".join(f"`{name}`" for name in option.opts)


def _default(option: Any) -> str:
    if option.required:
        return "needed"
    value = option.default
    if callable(value) or value in (None, "", False) or isinstance(value, Path):
        return ""
    return f"`{getattr(value, 'value', value)}`"


def _first(text: str | None) -> str:
    return " ".join((text or "").split())


def _clean(text: str | None) -> str:
    return _first(text).replace("|", "\\|")
