"""A content-addressed store on a local disk. It knows hashes and bytes, never names or types."""

import contextlib
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from counterfoil.apps.submissions.ports import StoredFile

_SHA256 = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1 << 20
_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


class ContentDiffers(Exception):
    """A file in the store no longer has the content that its name promises."""


class LocalFiles:
    """Files under `root` as `ab/cd/<sha256>`: written once, private to the service's user."""

    def __init__(self, root: str | Path) -> None:
        """This will use `root`, which is made (mode 0700) at the first write."""
        self._root = Path(root)

    def put(self, source: bytes | Path) -> StoredFile:
        """This will write the content durably and return its hash and size in bytes.

        The bytes are on the disk (file and folder synced) before the name exists, so a reader
        never meets half a file. Content that is there already is not written again; when the
        bytes under its name are not its own, ContentDiffers is raised and nothing is mended.
        """
        self._folder(self._root)
        temporary = self._root / f".incoming-{secrets.token_hex(12)}"
        try:
            stored = self._write(source, temporary)
            target = self.path(stored.sha256)
            if target.exists():
                self._expect_same(stored)
                return stored
            self._folder(target.parent.parent)
            self._folder(target.parent)
            self._name(temporary, target, stored)
            return stored
        finally:
            temporary.unlink(missing_ok=True)

    def open(self, sha256: str) -> BinaryIO:
        """This will open the content for reading. Raises FileNotFoundError, ValueError."""
        return self.path(sha256).open("rb")

    def path(self, sha256: str) -> Path:
        """This will return where the content lies or would lie. Raises ValueError."""
        if not _SHA256.fullmatch(sha256):
            raise ValueError(f"{sha256!r} is not a SHA-256: 64 lower-case hex digits are needed")
        return self._root / sha256[:2] / sha256[2:4] / sha256

    def verify(self, sha256: str) -> bool:
        """This will hash the stored bytes again; False when they are missing or differ."""
        try:
            digest = hashlib.sha256()
            for chunk in _chunks(self.path(sha256)):
                digest.update(chunk)
            return digest.hexdigest() == sha256
        except FileNotFoundError:
            return False

    def sweep(self, *, older_than_seconds: float, at_seconds: float) -> int:
        """This will remove what crashed writes left behind and return how many there were.

        `at_seconds` is the moment of the sweep (POSIX time); younger leftovers may belong to a
        write in progress and stay.
        """
        removed = 0
        for path in self._root.glob(".incoming-*"):
            with contextlib.suppress(FileNotFoundError):
                if at_seconds - path.stat().st_mtime > older_than_seconds:
                    path.unlink()
                    removed += 1
        return removed

    def _write(self, source: bytes | Path, temporary: Path) -> StoredFile:
        """Write the content to a new private file, synced, and return what was written."""
        digest, size = hashlib.sha256(), 0
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
        with os.fdopen(handle, "wb") as out:
            for chunk in _chunks(source):
                digest.update(chunk)
                size += len(chunk)
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        return StoredFile(digest.hexdigest(), size)

    def _name(self, temporary: Path, target: Path, stored: StoredFile) -> None:
        """Give the file its name without ever replacing one (link fails where rename does not)."""
        try:
            os.link(temporary, target)
        except FileExistsError:
            self._expect_same(stored)
            return
        except OSError:
            # Some network and container file systems have no hard links; a rename replaces the
            # file with equal bytes at worst, because the name is their hash.
            os.rename(temporary, target)
        _sync_folder(target.parent)

    def _expect_same(self, stored: StoredFile) -> None:
        """Raise ContentDiffers unless the file of this name still holds its content."""
        if self.path(stored.sha256).stat().st_size != stored.size or not self.verify(
            stored.sha256
        ):
            raise ContentDiffers(
                f"the stored file {stored.sha256} was changed on the disk; "
                "restore it from the backup before you take this evidence again"
            )

    def _folder(self, folder: Path) -> None:
        """Make a private folder, durably."""
        if folder.is_dir():
            return
        folder.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileExistsError):
            folder.mkdir(mode=_FOLDER_MODE)
            _sync_folder(folder.parent)


def _chunks(source: bytes | Path) -> Iterator[bytes]:
    """Yield the content in pieces that fit the memory."""
    if isinstance(source, bytes):
        yield source
        return
    with source.open("rb") as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _sync_folder(folder: Path) -> None:
    """Make the entries of a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
