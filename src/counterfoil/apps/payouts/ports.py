"""What payouts needs from outside: a box that keeps account numbers, a folder for the bank."""

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from counterfoil.apps.payouts.types import OutsideFile
from counterfoil.core.bankfiles.statements import BankAnswer


class SecretBox(Protocol):
    """Encrypts with a key that lies outside the database."""

    def seal(self, plain: str, *, context: str) -> str:
        """This will encrypt `plain`, bound to `context`. Raises BoxUnusable."""
        ...

    def open(self, sealed: str, *, context: str) -> str:
        """This will decrypt; raises BoxUnusable for another key, context or changed text."""
        ...

    def fingerprint(self, text: str) -> str:
        """This will return a keyed digest by which equal texts are found. Raises BoxUnusable."""
        ...


class BankFolder(Protocol):
    """Where released files are put for the bank to fetch."""

    def deliver(self, *, name: str, content: bytes) -> str:
        """This will put the file under its name, durably and whole; returns the place.

        The same name and bytes again change nothing. Raises OSError, and FileExistsError when
        the name holds other bytes.
        """
        ...

    def files(self) -> Sequence[OutsideFile]:
        """This will list what stands in the folder and what the bank fetched from it, by name."""
        ...

    def content(self, *, name: str) -> bytes | None:
        """This will read a file that stands in the folder; None once it was fetched."""
        ...

    def note(self, *, name: str, sha256: str) -> None:
        """This will remember, outside the database, that a file left by another way."""
        ...

    def mark(self, *, may_make: bool = False) -> str:
        """This will tell the folder's own mark, "" where it has none; `may_make` makes one."""
        ...


class BankFileReader(Protocol):
    """Reads what banks answer, where a hostile file can do no harm."""

    def read(
        self, content: bytes, *, file: str, mapping: Mapping[str, Any] | None = None
    ) -> BankAnswer:
        """This will read one file; `mapping` is that of a CSV. Raises BankFileRefused."""
        ...
