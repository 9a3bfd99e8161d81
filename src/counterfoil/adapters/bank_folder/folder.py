"""Delivery into a folder: a temporary name, fsync, rename, fsync of the folder.

Whoever picks files up takes names without a leading dot. The name is the batch's own, so that a
delivery that is repeated after a crash gives the same file and never a second one: `.sent` keeps
name and hash of each file, also once the bank's software fetched it, and the place of its
temporary file tells whether the rename was done. `.mark` tells this folder from every other one.
"""

import hashlib
import os
import secrets
from pathlib import Path

from counterfoil.apps.payouts.types import OutsideFile
from counterfoil.foundation import crash

FILES_MAX = 100_000
SENT = ".sent"
MARK = ".mark"


class OutboxFolder:
    """Files for the bank in `root`, which is made when it is missing."""

    def __init__(self, root: str | Path) -> None:
        """This will make no folder before the first delivery."""
        self._root = Path(root)

    def deliver(self, *, name: str, content: bytes) -> str:
        """This will put the file under its name, durably and whole; returns the place.

        The same name and bytes again change nothing, also when the file was fetched meanwhile.
        Raises OSError, and FileExistsError when the name holds or held other bytes.
        """
        self._expect_name(name)
        target, sha256 = self._root / name, hashlib.sha256(content).hexdigest()
        if target.exists() and target.read_bytes() != content:
            raise FileExistsError(f"{target} holds other bytes than the batch")
        begun = self._begun(name)
        if begun is not None and begun[0] != sha256:
            raise FileExistsError(f"{target} held other bytes than the batch")
        if target.exists():
            self._write_receipt(name, sha256, "")
            self._settle()
            return str(target)
        if begun is not None and not (begun[1] and (self._root / begun[1]).exists()):
            return str(target)  # It was there, and the bank's software fetched it.
        temporary = self._root / f".{name}-{secrets.token_hex(6)}"
        self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._write(temporary, content, during="pay.delivering")
            crash.point("pay.written")
            self._write_receipt(name, sha256, temporary.name)
            try:
                os.replace(temporary, target)
            except OSError:
                (self._root / SENT / name).unlink(missing_ok=True)
                raise
        finally:
            temporary.unlink(missing_ok=True)
        self._settle()
        crash.point("pay.delivered")
        return str(target)

    def files(self) -> tuple[OutsideFile, ...]:
        """This will list what stands in the folder and what was fetched from it, by name."""
        if not self._root.is_dir():
            return ()
        found = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in self._root.iterdir()
            if path.is_file() and path.name[0] != "."
        }
        sent = self._root / SENT
        for path in sent.iterdir() if sent.is_dir() else ():
            begun = self._begun(path.name)
            if begun is not None and not (begun[1] and (self._root / begun[1]).exists()):
                found.setdefault(path.name, begun[0])
        return tuple(OutsideFile(*each) for each in sorted(found.items())[:FILES_MAX])

    def content(self, *, name: str) -> bytes | None:
        """This will read a file that stands in the folder; None once it was fetched."""
        self._expect_name(name)
        try:
            return (self._root / name).read_bytes()
        except FileNotFoundError:
            return None

    def note(self, *, name: str, sha256: str) -> None:
        """This will remember that a file left by another way. Raises OSError."""
        self._expect_name(name)
        self._write_receipt(name, sha256, "")

    def mark(self, *, may_make: bool = False) -> str:
        """This will tell the folder's own mark, "" where it has none. Raises OSError."""
        place = self._root / MARK
        if may_make and not place.exists():
            self._root.mkdir(parents=True, exist_ok=True, mode=0o700)
            temporary = self._root / f"{MARK}-{secrets.token_hex(6)}"
            self._write(temporary, secrets.token_hex(16).encode())
            try:
                os.link(temporary, place)
            except FileExistsError:
                pass
            finally:
                temporary.unlink()
            self._settle()
        try:
            return place.read_text("ascii").strip()[:64]
        except FileNotFoundError:
            return ""

    def _begun(self, name: str) -> tuple[str, str] | None:
        """Return hash and temporary name of a delivery that was begun, or None."""
        try:
            sha256, _, temporary = (self._root / SENT / name).read_text("ascii").partition(" ")
        except FileNotFoundError:
            return None
        return sha256.strip(), temporary.strip()

    def _write_receipt(self, name: str, sha256: str, temporary: str) -> None:
        if self._begun(name) == (sha256, temporary):
            return
        folder = self._root / SENT
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        place = folder / f".{name}-{secrets.token_hex(6)}"
        try:
            self._write(place, f"{sha256} {temporary}\n".encode())
            os.replace(place, folder / name)
        finally:
            place.unlink(missing_ok=True)
        self._settle(folder)

    def _write(self, place: Path, content: bytes, *, during: str = "") -> None:
        """Write a new file whole and durably; nothing of it stays when that fails."""
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
                if during:
                    crash.point(during)
                out.flush()
                os.fsync(out.fileno())
        except OSError:
            place.unlink(missing_ok=True)
            raise

    def _settle(self, folder: Path | None = None) -> None:
        """Make the names themselves durable."""
        opened = os.open(folder or self._root, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)

    def _expect_name(self, name: str) -> None:
        if "/" in name or name.startswith(".") or not name:
            raise ValueError(f"{name!r} is no name for a file")
