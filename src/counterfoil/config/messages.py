"""Compile the message catalogs: `python -m counterfoil.config.messages`, that is `make messages`.

Babel does it, so no gettext tools are needed; the .mo files are built and never committed.
"""

import sys
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

INTERFACES = Path(__file__).resolve().parents[1] / "interfaces"


def compile_messages(*, folder: Path = INTERFACES) -> list[Path]:
    """Compile every catalog below `folder` into the .mo beside it; return the files written."""
    written = []
    for source in sorted(folder.glob("**/locale/*/LC_MESSAGES/*.po")):
        with source.open("rb") as stream:
            catalog = read_po(stream, locale=source.parents[1].name)
        target = source.with_suffix(".mo")
        with target.open("wb") as stream:
            write_mo(stream, catalog)
        written.append(target)
    return written


if __name__ == "__main__":
    sys.exit(0 if compile_messages() else 1)
