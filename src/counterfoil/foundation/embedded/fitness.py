"""Judging a server's folder before the first byte is written to it."""

import os
import re
from pathlib import Path

from counterfoil.foundation.embedded.place import Embedded, EmbeddedDatabaseRefused
from counterfoil.foundation.embedded.programs import carried_version

_VERSION = re.compile(r"[1-9][0-9]?(\.[0-9])?")
_ANOTHER_PLACE = "Choose another folder with COUNTERFOIL_HOME, or set DATABASE_URL."


def refuse_unfit_folder(server: Embedded) -> None:
    """This will look and write nothing; raises EmbeddedDatabaseRefused for what does not fit.

    Fit are: no folder yet where one can be made, an empty folder, and one with a cluster of the
    version that the program carries.
    """
    try:
        for folder in (server.data, server.socket):
            _refuse_unusable(folder)
        _refuse_other_files(server.data)
    except OSError as error:
        raise EmbeddedDatabaseRefused(
            f"The data folder {server.base} can't be used ({error.strerror}).", _ANOTHER_PLACE
        ) from error
    _refuse_other_version(server.data)


def _refuse_unusable(folder: Path) -> None:
    there = next(place for place in (folder, *folder.parents) if place.exists())
    if not there.is_dir():
        raise EmbeddedDatabaseRefused(
            f"The data folder can't be made: {there} is a file, not a folder.",
            f"Move it away, or: {_ANOTHER_PLACE[0].lower()}{_ANOTHER_PLACE[1:]}",
        )
    if not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        raise EmbeddedDatabaseRefused(
            f"The data folder {folder} can't be used: {there} can't be written.", _ANOTHER_PLACE
        )


def _refuse_other_files(data: Path) -> None:
    if not data.exists() or (data / "PG_VERSION").exists():
        return
    strangers = sorted(path.name for path in data.iterdir())
    if strangers:
        named = ", ".join(strangers[:3]) + (" …" if len(strangers) > 3 else "")
        raise EmbeddedDatabaseRefused(
            f"The folder {data} is not empty and holds no database ({named}).",
            "Move its files away or choose another folder with COUNTERFOIL_HOME.",
        )


def _refuse_other_version(data: Path) -> None:
    marker = data / "PG_VERSION"
    try:
        if not marker.exists():
            return
        have = marker.read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not text"
        raise EmbeddedDatabaseRefused(
            f"{marker}, which names the version of the database, can't be read ({why}).",
            "Restore the folder from a backup, or mend the rights of its files.",
        ) from error
    if _VERSION.fullmatch(have) is None:
        raise EmbeddedDatabaseRefused(
            f"{marker} holds no version of PostgreSQL: the folder is damaged.",
            "Restore it from a backup. If only this file is damaged, write into it the number "
            "of the version that made the folder.",
        )
    carried = carried_version()
    if have != carried:
        raise EmbeddedDatabaseRefused(
            f"The data in {data} was written by PostgreSQL {have}; this program carries "
            f"version {carried}.",
            f"Set DATABASE_URL to a server of version {have} over that data, or export it there "
            "with pg_dump, move the folder aside and restore the dump.",
        )
