"""`counterfoil doctor`: what is wrong with this installation, and what to do about it."""

import shutil
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from django.conf import settings

from counterfoil.foundation import database, embedded
from counterfoil.interfaces.cli.boot import running_database
from counterfoil.interfaces.cli.output import Refused, put_json, say, say_error

_FREE_BYTES_MIN = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at."""

    what: str
    is_good: bool
    detail: str
    remedy: str = ""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Tell what is wrong with this installation; exit 1 when something is."""
    checks: tuple[Callable[[], Finding], ...] = (
        _secret_key, _home, _keys, _embedded_folder, _free_space, _programs, _static_files, _database,
    )  # fmt: skip
    findings = [check() for check in checks]
    if as_json:
        put_json([asdict(finding) for finding in findings])
    for finding in findings if not as_json else []:
        tell = say if finding.is_good else say_error
        tell(f"{'ok  ' if finding.is_good else 'BAD '} {finding.what}: {finding.detail}")
        if not finding.is_good:
            say(f"     -> {finding.remedy}")
    bad = sum(not finding.is_good for finding in findings)
    if bad:
        raise Refused(f"{bad} of {len(findings)} checks found something to mend.")


def _secret_key() -> Finding:
    is_demo_key = settings.SECRET_KEY == settings.DEMO_SECRET_KEY
    if is_demo_key and not settings.DEMO:
        return Finding(
            "secret key", False, "the public demo key is in use",
            "Run `counterfoil keys init`, or set SECRET_KEY to 50 random characters.",
        )  # fmt: skip
    return Finding("secret key", True, "demo key, demo mode" if is_demo_key else "set")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _home() -> Finding:
    home: Path = settings.HOME
    if not home.exists():
        return Finding("data folder", True, f"{home} will be made at the first start")
    evidence = home / "evidence"
    if evidence.exists() and _mode(evidence) & 0o077:
        return Finding(
            "data folder", False, f"{evidence} can be read by others ({_mode(evidence):o})",
            f"chmod 700 {evidence}",
        )  # fmt: skip
    return Finding("data folder", True, str(home))


def _keys() -> Finding:
    folder: Path = settings.KEYS_FOLDER
    if not folder.exists():
        return Finding("keys", True, f"{folder} will be made at the first start")
    open_files = [p.name for p in folder.iterdir() if _mode(p) & 0o077] if folder.is_dir() else []
    if open_files or _mode(folder) & 0o077:
        return Finding(
            "keys", False, f"{', '.join(open_files) or folder} can be read by others",
            f"chmod 700 {folder}; chmod 600 {folder}/*",
        )  # fmt: skip
    return Finding("keys", True, str(folder))


def _embedded_folder() -> Finding:
    server = settings.EMBEDDED
    if server is None:
        return Finding("database server", True, "your own, by DATABASE_URL")
    base = server.data.parent
    if not base.exists():
        return Finding("database server", True, "embedded, not started yet")
    strangers = sorted(p.name for p in base.iterdir() if p.name not in {"data", "run", "server.log"})
    if strangers:
        # The wheel widens the folder's rights for its own account, so nothing else may lie there.
        return Finding(
            "database server", False, f"{base} holds other files: {', '.join(strangers)}",
            "Move them away; the folder belongs to the embedded database alone.",
        )  # fmt: skip
    if server.data.exists() and _mode(server.data) & 0o077:
        return Finding(
            "database server", False, f"{server.data} is open to others ({_mode(server.data):o})",
            f"chmod 700 {server.data}",
        )  # fmt: skip
    try:
        embedded.binaries()
    except embedded.EmbeddedDatabaseRefused as error:
        return Finding("database server", False, "no embedded build here", str(error))
    return Finding("database server", True, f"embedded, in {base}")


def _free_space() -> Finding:
    place = settings.HOME if settings.HOME.exists() else Path.cwd()
    free = shutil.disk_usage(place).free
    if free < _FREE_BYTES_MIN:
        return Finding("disk", False, f"{free // 1_000_000} MB left", "Free some space.")
    return Finding("disk", True, f"{free // 1_000_000_000} GB left")


def _programs() -> Finding:
    if shutil.which("tesseract") is None:
        return Finding(
            "reading scans", True,
            "tesseract is not installed: scans are shown but not read (apt-get install tesseract-ocr)",
        )  # fmt: skip
    return Finding("reading scans", True, "tesseract is there")


def _static_files() -> Finding:
    from django.contrib.staticfiles import finders

    if finders.find("vendor/htmx.min.js") is None:
        return Finding("page assets", False, "htmx is missing", "Run `make assets`.")
    return Finding("page assets", True, "there")


def _database() -> Finding:
    try:
        with running_database():
            reasons = database.refusals()
    except Refused as refused:
        return Finding("database", False, str(refused), "See the message.")
    except psycopg.OperationalError as error:
        return Finding("database", False, str(error).strip(), "Check DATABASE_URL.")
    if reasons:
        return Finding("database", False, "; ".join(reasons), "Run `counterfoil db migrate`.")
    return Finding("database", True, "roles, policies and grants are as declared")
