"""Delivery into a folder: a temporary name, fsync, rename, fsync of the folder.

Whoever picks files up takes names without a leading dot. The name is the batch's own, so that a
delivery that is repeated after a crash gives the same file and never a second one.
"""

import hashlib
import os
import secrets
from pathlib import Path

from counterfoil.apps.payouts.types import OutsideFile
from counterfoil.foundation import crash

FILES_MAX = 100_000


class OutboxFolder:
    """Files for the bank in `root`, which is made when it is missing."""

    def __init__(self, root: str | Path) -> None:
        """This will make no folder before the first delivery."""
        self._root = Path(root)

    def deliver(self, *, name: str, content: bytes) -> str:
        """This will put the file under its name, durably and whole; returns the place.

        The same name and bytes again change nothing. Raises OSError, and FileExistsError when
        the name holds other bytes.
        """
        if "/" in name or name.startswith(".") or not name:
            raise ValueError(f"{name!r} is no name for a file")
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        target = self._root / name
        if target.exists():
            if target.read_bytes() != content:
                raise FileExistsError(f"{target} holds other bytes than the batch")
            self._settle()
            return str(target)
        temporary = self._root / f".{name}-{secrets.token_hex(6)}"
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                crash.point("pay.delivering")
                out.flush()
                os.fsync(out.fileno())
            crash.point("pay.written")
            os.replace(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
        self._settle()
        crash.point("pay.delivered")
        return str(target)

    def files(self) -> tuple[OutsideFile, ...]:
        """This will list what stands in the folder, by name."""
        if not self._root.is_dir():
            return ()
        names = sorted(p for p in self._root.iterdir() if p.is_file() and p.name[0] != ".")
        return tuple(
            OutsideFile(path.name, hashlib.sha256(path.read_bytes()).hexdigest())
            for path in names[:FILES_MAX]
        )

    def _settle(self) -> None:
        """Make the names themselves durable."""
        folder = os.open(self._root, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
