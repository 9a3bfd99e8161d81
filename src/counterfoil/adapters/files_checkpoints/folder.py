"""The append-only folder. Put it on another disk or machine than the database where you can."""

import contextlib
import os
import re
import secrets
from pathlib import Path

from counterfoil.apps.audit.errors import CheckpointExists

_NAME = re.compile(r"checkpoint-(\d{15})\.txt")
_FILE_MODE = 0o400
_FOLDER_MODE = 0o700


class CheckpointFolder:
    """Notes under `root` as `checkpoint-<size, 15 digits>.txt`, readable by the service only."""

    def __init__(self, root: str | Path) -> None:
        """This will use `root`, which is made (mode 0700) at the first write."""
        self._root = Path(root)

    def put(self, *, size: int, note: str) -> None:
        """This will keep a note durably; the same again is no change.

        File and folder are synced before it returns. Raises CheckpointExists when another note
        of this size is kept.
        """
        if size <= 0:
            raise ValueError("a checkpoint is kept from size 1 on")
        self._root.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        target = self._path(size)
        temporary = self._root / f".incoming-{secrets.token_hex(12)}"
        try:
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE)
            with os.fdopen(handle, "wb") as out:
                out.write(note.encode())
                out.flush()
                os.fsync(out.fileno())
            _name(temporary, target)
        except FileExistsError:
            if target.read_text(encoding="utf-8") != note:
                raise CheckpointExists(
                    f"another checkpoint of size {size} is kept in {self._root}"
                ) from None
        finally:
            temporary.unlink(missing_ok=True)
        _sync_folder(self._root)

    def get(self, *, size: int) -> str | None:
        """This will return the note of a size, or None."""
        with contextlib.suppress(FileNotFoundError):
            return self._path(size).read_text(encoding="utf-8", errors="replace")
        return None

    def sizes(self) -> tuple[int, ...]:
        """This will return the sizes that are kept, ascending."""
        if not self._root.is_dir():
            return ()
        names = (_NAME.fullmatch(path.name) for path in self._root.iterdir())
        return tuple(sorted(int(match[1]) for match in names if match is not None))

    def _path(self, size: int) -> Path:
        return self._root / f"checkpoint-{size:015d}.txt"


def _name(temporary: Path, target: Path) -> None:
    """Give the file its name. Raises FileExistsError, and never replaces a file."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:
        # A file system without hard links. One signer works at a time (advisory lock), so nobody
        # takes the name between the question and the rename.
        if target.exists():
            raise FileExistsError(target) from None
        os.rename(temporary, target)


def _sync_folder(folder: Path) -> None:
    """Make the entries of a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
