"""Signed notes and log checkpoints, byte for byte: what is published, mailed and put into packs.

Formats: C2SP signed-note and C2SP tlog-checkpoint, with Ed25519 (signature type 0x01). Signing and
verifying take a function, so no key and no cryptography library comes in here.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

ED25519: Final = b"\x01"
"""The signature type of C2SP signed-note for Ed25519."""

DASH: Final = "\u2014"
"""The em dash that begins a signature line."""

_NAME = re.compile(r"[^\s+]+")

Sign = Callable[[bytes], bytes]
"""Returns the 64-byte Ed25519 signature of a message."""

Check = Callable[[bytes, bytes, bytes], bool]
"""Returns whether (public key, signature, message) is a valid Ed25519 signature."""


class BadNote(ValueError):
    """The text is not a signed note or not a checkpoint; the message says which line and why."""


@dataclass(frozen=True, slots=True)
class NoteKey:
    """Who signs: a name without blanks or plus signs, and a 32-byte Ed25519 public key."""

    name: str
    public_key: bytes

    def __post_init__(self) -> None:
        """Refuse a name or key of another shape. Raises BadNote."""
        if _NAME.fullmatch(self.name) is None:
            raise BadNote(f"a key name has no blank and no plus sign: {self.name!r}")
        if len(self.public_key) != 32:
            raise BadNote("an Ed25519 public key is 32 bytes")

    @property
    def key_id(self) -> bytes:
        """Return the four bytes that name the key on a signature line."""
        text = self.name.encode() + b"\n" + ED25519 + self.public_key
        return hashlib.sha256(text).digest()[:4]

    @property
    def verifier_key(self) -> str:
        """Return the C2SP verifier key, "name+0a1b2c3d+base64": what an auditor is given."""
        encoded = base64.b64encode(ED25519 + self.public_key).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 of the public key in hex, to be read out over the telephone."""
        return hashlib.sha256(self.public_key).hexdigest()


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: the signer's name, the key's four bytes, and 64 bytes of signature."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class SignedNote:
    """A text and its signatures. `text` ends in a newline, and is what is signed."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def __str__(self) -> str:
        """Return the note as it is written to files."""
        lines = (
            f"{DASH} {line.name} {base64.b64encode(line.key_id + line.signature).decode()}\n"
            for line in self.signatures
        )
        return f"{self.text}\n{''.join(lines)}"

    def is_signed_by(self, key: NoteKey, check: Check) -> bool:
        """Return whether one of the signatures is valid and of `key`."""
        message = self.text.encode()
        return any(
            (line.name, line.key_id) == (key.name, key.key_id)
            and check(key.public_key, line.signature, message)
            for line in self.signatures
        )


@dataclass(frozen=True, slots=True)
class CheckpointText:
    """What a checkpoint states: the log `origin`, its `size`, its `root`, and further lines."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a statement that could not be read back. Raises BadNote."""
        if not self.origin or self.size < 0 or len(self.root) != 32:
            raise BadNote("a checkpoint has an origin, a size from 0 and a root of 32 bytes")
        for line in (self.origin, *self.extensions):
            if not line or any(ord(char) < 32 for char in line) or line.startswith(DASH):
                raise BadNote(f"{line!r} cannot stand as a line of a checkpoint")

    def __str__(self) -> str:
        """Return the text that is signed."""
        root = base64.b64encode(self.root).decode()
        return "\n".join((self.origin, str(self.size), root, *self.extensions)) + "\n"


def sign_note(text: str, key: NoteKey, sign: Sign) -> SignedNote:
    """Return `text`, which ends in a newline, signed by `key`. Raises BadNote."""
    if not text.endswith("\n") or "\n\n" in text or text == "\n":
        raise BadNote("the text of a note has no blank line and ends in a newline")
    signature = sign(text.encode())
    return SignedNote(text, (NoteSignature(key.name, key.key_id, signature),))


def parse_note(text: str) -> SignedNote:
    """Read one signed note; exactly what `str(note)` writes and nothing else. Raises BadNote."""
    body, blank, signed = text.partition("\n\n")
    if not blank or not body or not signed.endswith("\n"):
        raise BadNote("a note has a text, a blank line and signature lines that end in a newline")
    lines = tuple(_signature(line) for line in signed[:-1].split("\n"))
    note = SignedNote(body + "\n", lines)
    if str(note) != text:
        raise BadNote("the note is not written in its one form")
    return note


def parse_checkpoint(text: str) -> CheckpointText:
    """Read the signed text of a checkpoint. Raises BadNote."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1]:
        raise BadNote("a checkpoint has an origin, a size and a root, a line each")
    origin, size, root, *extensions = lines[:-1]
    if re.fullmatch(r"0|[1-9][0-9]{0,17}", size) is None:
        raise BadNote(f"{size!r} is not the size of a log")
    answer = CheckpointText(origin, int(size), _decoded(root), tuple(extensions))
    if str(answer) != text:
        raise BadNote("the checkpoint is not written in its one form")
    return answer


def split_notes(text: str) -> list[str]:
    """Return the notes of a file of several, parted by a blank line. Raises BadNote."""
    notes: list[str] = []
    for part in text.split("\n\n") if text else []:
        if part.startswith(DASH):
            if not notes or notes[-1].endswith("\n"):
                raise BadNote("signature lines stand without a text before them")
            notes[-1] += "\n\n" + part.rstrip("\n") + "\n"
        else:
            notes.append(part)
    if any(not note.endswith("\n") for note in notes):
        raise BadNote("a text stands without signature lines after it")
    return notes


def _signature(line: str) -> NoteSignature:
    """Read one signature line. Raises BadNote."""
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != DASH or _NAME.fullmatch(parts[1]) is None:
        raise BadNote(f"{line[:80]!r} is not a signature line")
    data = _decoded(parts[2])
    if len(data) != 4 + 64:
        raise BadNote("an Ed25519 signature line carries 68 bytes")
    return NoteSignature(parts[1], data[:4], data[4:])


def _decoded(text: str) -> bytes:
    """Return the bytes of strict base64. Raises BadNote."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote(f"{text[:80]!r} is not base64") from None
