"""Running a piece of the product in a process of its own that dies at a named point.

The process is forked from the test's: it has the program loaded, but connections, adapters and
transactions of its own. Nothing of it is cleaned up, for it is killed as by `kill -9`. What makes
PDF files keeps threads that no fork has; it starts from nothing.
"""

import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import traceback

from tests.conftest import ROOT

SECONDS = 120
PREAMBLE = """
import django
django.setup()
from counterfoil.foundation import database
database.use_database({name!r})
from counterfoil.foundation.acting import acting_as, portal, staff, worker
"""


def die_at(point: str, *, database: str, code: str, is_forked: bool = True) -> None:
    """This will run `code` in another process, which must be killed at the named point."""
    if not is_forked:
        done = subprocess.run(
            [sys.executable, "-c", PREAMBLE.format(name=database) + textwrap.dedent(code)],
            env={**os.environ, "COUNTERFOIL_CRASH_AT": point},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == -signal.SIGKILL, f"{point} not reached: {done.stderr[-2000:]}"
        return
    with tempfile.TemporaryFile() as said:
        pid = os.fork()
        if pid == 0:
            _live(point, database, textwrap.dedent(code), said.fileno())
        status = _wait(pid)
        said.seek(0)
        words = said.read().decode(errors="replace")[-2000:]
    is_killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    assert is_killed, f"{point} was not reached: {words}"


def _live(point: str, database_name: str, code: str, said: int) -> None:
    """Run the code to its death, or to an end that the test takes for a failure."""
    try:
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.environ["COUNTERFOIL_CRASH_AT"] = point
        kept = _leave_the_parents_connection()
        from counterfoil.foundation import database
        from counterfoil.foundation.acting import acting_as, portal, staff, worker
        from counterfoil.foundation.adapters import adapter

        adapter.cache_clear()
        database.use_database(database_name)
        given = {"acting_as": acting_as, "portal": portal, "staff": staff, "worker": worker}
        exec(compile(code, "code that dies", "exec"), given)
        os.write(2, f"it ended by itself ({len(kept)})".encode())
    except BaseException:  # a fork must never return into the test
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(1)


def _leave_the_parents_connection() -> list[object]:
    """Give this process connections of its own; the parent's socket is shared and stays open."""
    from django.db import connections

    kept = [connections["default"]]
    del connections["default"]
    return kept


def _wait(pid: int) -> int:
    end = time.monotonic() + SECONDS
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return status
        if time.monotonic() > end:
            os.kill(pid, signal.SIGTERM)
            os.waitpid(pid, 0)
            return 0
        time.sleep(0.005)
