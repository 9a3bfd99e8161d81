"""Running a piece of the product in a process of its own that dies at a named point."""

import os
import signal
import subprocess
import sys
import textwrap

from tests.conftest import ROOT

PREAMBLE = """
import django
django.setup()
from counterfoil.foundation import database
database.use_database({name!r})
from counterfoil.foundation.acting import acting_as, portal, staff, worker
"""


def die_at(point: str, *, database: str, code: str) -> None:
    """This will run `code` in another process, which must be killed at the named point."""
    done = subprocess.run(
        [sys.executable, "-c", PREAMBLE.format(name=database) + textwrap.dedent(code)],
        env={**os.environ, "COUNTERFOIL_CRASH_AT": point},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, f"{point} was not reached: {done.stderr[-2000:]}"
