"""Where an embedded server lies in a data folder, and how its refusals speak."""

import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

# The kernel's limit for a socket path is 107 bytes; PostgreSQL adds "/.s.PGSQL.5432".
_SOCKET_FOLDER_MAX = 107 - len("/.s.PGSQL.5432")


class EmbeddedDatabaseRefused(RuntimeError):
    """The embedded server can't run: `problem` says why, `remedy` what to do."""

    def __init__(self, problem: str, remedy: str = "") -> None:
        """This will keep both apart; as text they follow each other."""
        super().__init__(f"{problem} {remedy}".strip())
        self.problem = problem
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Embedded:
    """Where an embedded server lives: data folder, socket folder, log; all alone in `base`."""

    data: Path
    socket: Path
    log: Path

    @property
    def base(self) -> Path:
        """The folder that holds everything of the server."""
        return self.data.parent

    @property
    def unfinished(self) -> Path:
        """Where a new cluster is made, before it gets its name in one step."""
        return self.base / "data.unfinished"

    @property
    def preparing(self) -> Path:
        """Marks a database whose tables, policies and grants are being made."""
        return self.base / "preparing"

    @property
    def stop_when_unused(self) -> Path:
        """Marks a running server that the last command to use it stops."""
        return self.base / "stop-when-unused"

    @property
    def joining(self) -> Path:
        """Locked by one command at a time, while it starts or stops the server."""
        return self.base / "joining.lock"

    @property
    def users(self) -> Path:
        """Locked, side by side, by every command that uses the server."""
        return self.base / "users.lock"


def embedded_at(home: Path) -> Embedded:
    """This will lay out the server of a data folder: it is alone in `home/postgresql`."""
    base = home.resolve() / "postgresql"
    socket = base / "run"
    if len(str(socket)) > _SOCKET_FOLDER_MAX:
        short = sha256(str(base).encode()).hexdigest()[:12]
        socket = Path(tempfile.gettempdir()) / f"counterfoil-{short}"
    return Embedded(data=base / "data", socket=socket, log=base / "server.log")


_LAYOUT = embedded_at(Path("/"))
KNOWN_NAMES = frozenset(
    path.name
    for path in (
        _LAYOUT.data, _LAYOUT.socket, _LAYOUT.log, _LAYOUT.unfinished, _LAYOUT.preparing,
        _LAYOUT.stop_when_unused, _LAYOUT.joining, _LAYOUT.users,
    )
)  # fmt: skip
"""Every name that belongs in the server's folder."""
