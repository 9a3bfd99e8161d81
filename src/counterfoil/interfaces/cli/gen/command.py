"""`counterfoil gen`: write the generated reference pages, or say which of them are old."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from counterfoil.core.authority_page import permissions_page
from counterfoil.core.playbooks import json_schema
from counterfoil.foundation.tables_page import tables_page
from counterfoil.interfaces.cli.gen.cli_page import cli_page
from counterfoil.interfaces.cli.gen.errors_page import errors_page
from counterfoil.interfaces.cli.gen.settings_page import settings_page
from counterfoil.interfaces.cli.gen.states_page import states_page
from counterfoil.interfaces.cli.output import Refused, say

_ROOT = Path(__file__).resolve().parents[5]


def gen(
    context: typer.Context,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; refuse when a page is old.")
    ] = False,
    folder: Annotated[Path, typer.Option(help="The reference folder.")] = (
        _ROOT / "docs" / "reference"
    ),
) -> None:
    """Write the reference pages that come from the code: permissions, states, settings, …"""
    if not folder.is_dir():
        raise Refused(f"There is no folder {folder}; run this in a checkout, or name --folder.")
    written = pages(context.find_root().command)
    old = [
        name
        for name, text in written.items()
        if not (folder / name).is_file() or (folder / name).read_text(encoding="utf-8") != text
    ]
    if check and old:
        raise Refused(f"Old pages: {', '.join(old)}. Run `counterfoil gen`.")
    for name in old:
        (folder / name).write_text(written[name], encoding="utf-8")
    say(f"Written: {', '.join(old)}." if old else "Every page is as the code says.")


def pages(program: Any) -> dict[str, str]:
    """This will return every generated page by file name; `program` is the whole command."""
    return {
        "permissions.md": permissions_page(),
        "states.md": states_page(),
        "cli.md": cli_page(program),
        "settings.md": settings_page(),
        "errors.md": errors_page(),
        "tables.md": tables_page(),
        "playbook.schema.json": json.dumps(
            json_schema(), ensure_ascii=False, indent=1, sort_keys=True
        )
        + "\n",
    }
