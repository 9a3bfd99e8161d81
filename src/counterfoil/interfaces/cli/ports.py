"""Whether a port can be listened on, and who holds it otherwise."""

import errno
import socket
from pathlib import Path

from counterfoil.interfaces.cli.output import Refused

_PORT_MAX = 65_535
_LISTENING = "0A"


def refuse_taken_port(host: str, port: int) -> None:
    """This will return when the port is free; raises Refused that names it, and its holder."""
    problem = _problem(host, port)
    if problem is None:
        return
    if problem.errno == errno.EADDRINUSE:
        raise Refused(
            f"Port {port} on {host} is taken by {_holder(port)}.",
            f"End that one, or choose another port: --port {_free_port(host, port)}",
        )
    if problem.errno == errno.EACCES:
        raise Refused(
            f"Port {port} on {host} needs rights that you do not have.",
            f"Choose one above 1023: --port {_free_port(host, 7_999)}",
        )
    raise Refused(
        f"The address {host} can't be listened on ({problem.strerror}).",
        "Choose an address of this machine: --host 127.0.0.1",
    )


def _problem(host: str, port: int) -> OSError | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return error
    return None


def _free_port(host: str, taken: int) -> int:
    after = (port for port in range(taken + 1, min(taken + 50, _PORT_MAX + 1)))
    return next((port for port in after if _problem(host, port) is None), 8_000)


def _holder(port: int) -> str:
    """Who listens, as far as Linux lets this account see: its process id and command."""
    wanted = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    for folder in Path("/proc").glob("[0-9]*") if wanted else ():
        try:
            if any(str(link.readlink()) in wanted for link in (folder / "fd").iterdir()):
                words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
                return f"process {folder.name} ({' '.join(words).strip()[:120]})"
        except OSError:
            # It ended meanwhile, or belongs to somebody else.
            continue
    return "another program"


def _listening_inodes(port: int) -> set[str]:
    found = set()
    for table in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")):
        if not table.exists():
            continue
        for line in table.read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == _LISTENING and int(columns[1].rpartition(":")[2], 16) == port:
                found.add(columns[9])
    return found
