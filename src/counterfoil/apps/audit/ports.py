"""What audit needs from outside: a key that signs, and a place where checkpoints can't be lost."""

from typing import Protocol

from counterfoil.core.notes import NoteKey


class SigningKey(Protocol):
    """The Ed25519 key of the log, kept outside the database."""

    @property
    def key(self) -> NoteKey:
        """Name and public key; the name is the origin of the log. Raises SigningKeyMissing."""
        ...

    @property
    def known_keys(self) -> tuple[NoteKey, ...]:
        """The present key and those that it replaced, newest first. Raises SigningKeyMissing."""
        ...

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of signature. Raises SigningKeyMissing, SigningKeyUnsafe."""
        ...

    def check(self, public_key: bytes, signature: bytes, message: bytes) -> bool:
        """Return whether the signature over the message is valid."""
        ...


class CheckpointStore(Protocol):
    """Keeps signed notes outside the database, one for each size, never overwritten."""

    def put(self, *, size: int, note: str) -> None:
        """Keep a note durably; the same again is no change. Raises CheckpointExists."""
        ...

    def get(self, *, size: int) -> str | None:
        """Return the note of a size, or None."""
        ...

    def sizes(self) -> tuple[int, ...]:
        """Return the sizes that are kept, ascending."""
        ...
