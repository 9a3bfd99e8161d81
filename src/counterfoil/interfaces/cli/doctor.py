"""`counterfoil doctor`: what is wrong with this installation, and what to do about it."""

import shutil
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer
from django.conf import settings

from counterfoil.apps.audit.errors import SigningKeyMissing, SigningKeyUnsafe
from counterfoil.apps.payouts.errors import BoxUnusable
from counterfoil.apps.payouts.selectors import payout_standing
from counterfoil.apps.payouts.services import outside_differences
from counterfoil.foundation import embedded
from counterfoil.foundation.acting import acting_as, staff
from counterfoil.foundation.adapters import adapter
from counterfoil.foundation.embedded import KNOWN_NAMES
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
        _secret_key,
        _home,
        _keys,
        _free_space,
        _programs,
        _static_files,
        _server,
    )
    findings = [check() for check in checks]
    if findings[-1].is_good:
        # Looking changes nothing: a database that is not there yet is not made for it.
        findings.append(_database())
        if findings[-1].is_good:
            findings.append(_payouts())
    if as_json:
        put_json([asdict(finding) for finding in findings])
    for finding in findings if not as_json else []:
        tell = say if finding.is_good else say_error
        tell(f"{'ok  ' if finding.is_good else 'BAD '} {finding.what}: {finding.detail}")
        if not finding.is_good and finding.remedy:
            say(f"     -> {finding.remedy.strip()}")
    bad = sum(not finding.is_good for finding in findings)
    if bad:
        raise Refused(f"{bad} of {len(findings)} checks found something to mend.")


def _good(what: str, detail: str) -> Finding:
    return Finding(what, is_good=True, detail=detail)


def _bad(what: str, detail: str, remedy: str) -> Finding:
    return Finding(what, is_good=False, detail=detail, remedy=remedy)


def _secret_key() -> Finding:
    is_demo_key = settings.SECRET_KEY == settings.DEMO_SECRET_KEY
    if is_demo_key and not settings.DEMO:
        return _bad(
            "secret key",
            "the public demo key is in use",
            "Run `counterfoil keys init`, or set SECRET_KEY to 50 random characters." + _if_demo(),
        )
    return _good("secret key", "demo key, demo mode" if is_demo_key else "set")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _home() -> Finding:
    home: Path = settings.HOME
    if not home.exists():
        return _good("data folder", f"{home} will be made at the first start")
    if not home.is_dir():
        return _bad(
            "data folder",
            f"{home} is a file, not a folder",
            "Move it away, or choose another folder with COUNTERFOIL_HOME.",
        )
    evidence = home / "evidence"
    if evidence.exists() and _mode(evidence) & 0o077:
        return _bad(
            "data folder",
            f"{evidence} can be read by others ({_mode(evidence):o})",
            f"chmod 700 {evidence}",
        )
    return _good("data folder", str(home))


def _keys() -> Finding:
    folder: Path = settings.KEYS_FOLDER
    try:
        open_files = [p.name for p in folder.iterdir() if _mode(p) & 0o077]
        is_open = bool(_mode(folder) & 0o077)
    except FileNotFoundError:
        open_files, is_open = [], False
    except OSError as error:
        return _bad(
            "keys", f"{folder} can't be read ({error.strerror})", "It must be a folder of yours."
        )
    if open_files or is_open:
        return _bad(
            "keys",
            f"{', '.join(open_files) or folder} can be read by others",
            f"chmod 700 {folder}; chmod 600 {folder}/*",
        )
    try:
        name = adapter("signing_key").key.name
    except SigningKeyMissing:
        return _bad(
            "keys",
            f"no signing key in {folder}: the audit log is not signed",
            "Run `counterfoil keys init`. If there was a key, restore it from the backup instead.",
        )
    except SigningKeyUnsafe as error:
        return _bad("keys", str(error), "See `docs/how-to/keep-keys.md`." + _if_demo())
    return _good("keys", f"{folder}; the audit log is signed as {name}")


def _if_demo() -> str:
    is_demo_folder = (settings.HOME / "demo-is-complete").exists() and not settings.DEMO
    return " This is the demo's data folder: set COUNTERFOIL_DEMO=1." if is_demo_folder else ""


def _server() -> Finding:
    server = settings.EMBEDDED
    if server is None:
        return _good("database server", "your own, by DATABASE_URL")
    try:
        embedded.binaries()
        embedded.refuse_unfit_folder(server)
    except embedded.EmbeddedDatabaseRefused as error:
        return _bad("database server", error.problem, error.remedy)
    if not (server.data / "PG_VERSION").exists():
        return _bad(
            "database server",
            f"embedded, never started: {server.data} holds no database",
            "`counterfoil db migrate` makes it, and so does the first `counterfoil serve`.",
        )
    strangers = sorted(p.name for p in server.base.iterdir() if p.name not in KNOWN_NAMES)
    if strangers:
        # The wheel widens the folder's rights for its own account, so nothing else may lie there.
        return _bad(
            "database server",
            f"{server.base} holds other files: {', '.join(strangers)}",
            "Move them away; the folder belongs to the embedded database alone.",
        )
    if _mode(server.data) & 0o077:
        return _bad(
            "database server",
            f"{server.data} is open to others ({_mode(server.data):o})",
            f"chmod 700 {server.data}",
        )
    state = (
        f"running as process {embedded.server_pid(server)}"
        if embedded.is_running(server)
        else "not running, so started for this check"
    )
    return _good("database server", f"embedded, {state}; its socket is in {server.socket}")


def _free_space() -> Finding:
    place = settings.HOME if settings.HOME.exists() else Path.cwd()
    free = shutil.disk_usage(place).free
    if free < _FREE_BYTES_MIN:
        return _bad("disk", f"{free // 1_000_000} MB left", "Free some space.")
    return _good("disk", f"{free // 1_000_000_000} GB left")


def _programs() -> Finding:
    if shutil.which("tesseract") is None:
        return _good(
            "reading scans",
            "scans are shown but not read (apt-get install tesseract-ocr)",
        )
    return _good("reading scans", "tesseract is there")


def _static_files() -> Finding:
    from django.contrib.staticfiles import finders

    if finders.find("vendor/htmx.min.js") is None:
        return _bad("page assets", "htmx is missing", "Run `make assets`.")
    return _good("page assets", "there")


def _database() -> Finding:
    try:
        with running_database(is_preparing=False):
            return _good("database", "roles, policies and grants are as declared")
    except Refused as refused:
        return _bad("database", refused.problem, refused.remedy)


def _payouts() -> Finding:
    """Whether anything can be paid: the key of bank details, the lock, the folder for the bank."""
    with running_database(is_preparing=False), acting_as(staff()):
        standing = payout_standing()
        if standing is None:
            return _good("payouts", "no bank account of ours is entered")
        folder = adapter("bank_folder")
        ahead = outside_differences(folder.files(), mark=folder.mark())
    if standing.is_locked or ahead:
        return _bad(
            "payouts",
            standing.lock_reason or ahead[0].words,
            "Compare and unlock, as in `docs/how-to/run-payment-files.md`.",
        )
    try:
        adapter("secret_box").fingerprint("")
    except BoxUnusable as error:
        return _bad("payouts", str(error), "See `docs/how-to/keep-keys.md`.")
    return _good(
        "payouts", f"open; the next batch is {standing.next_seq} of epoch {standing.epoch}"
    )
