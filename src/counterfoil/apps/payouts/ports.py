"""What payouts needs from outside: a box that keeps account numbers, a folder for the bank."""

from collections.abc import Sequence
from typing import Protocol

from counterfoil.apps.payouts.types import OutsideFile


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
        """This will list what stands in the folder, by name."""
        ...
