"""Sharing one server: commands come and go beside each other, and the last one stops it.

A command that is killed leaves the server running; whoever uses it next takes over the duty to
stop it. A server that was started by `start` alone belongs to its starter and is left running.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from counterfoil.foundation.embedded.fitness import refuse_unfit_folder
from counterfoil.foundation.embedded.place import Embedded, EmbeddedDatabaseRefused
from counterfoil.foundation.embedded.server import start, stop


@contextmanager
def using(server: Embedded) -> Iterator[None]:
    """This will run the block with the server started, and stop it when nobody else uses it.

    Raises EmbeddedDatabaseRefused when it can't be started.
    """
    refuse_unfit_folder(server)
    try:
        server.base.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EmbeddedDatabaseRefused(
            f"The data folder {server.base} can't be used ({error.strerror}).",
            "Choose another folder with COUNTERFOIL_HOME, or set DATABASE_URL.",
        ) from error
    with server.users.open("w") as seat:
        with _alone(server.joining):
            fcntl.flock(seat, fcntl.LOCK_SH)
            _start_to_be_stopped(server)
        try:
            yield
        finally:
            with _alone(server.joining):
                if server.stop_when_unused.exists() and _is_last(seat.fileno()):
                    stop(server)
                    server.stop_when_unused.unlink(missing_ok=True)


def revive(server: Embedded) -> None:
    """This will start a server again that ended under those who use it."""
    with _alone(server.joining):
        _start_to_be_stopped(server)


def _start_to_be_stopped(server: Embedded) -> None:
    if start(server):
        server.stop_when_unused.touch()


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_last(seat: int) -> bool:
    # The kernel gives locks back when their holder dies, so a killed command counts no more.
    try:
        fcntl.flock(seat, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
