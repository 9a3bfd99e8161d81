"""Ed25519 keys in files of mode 0600: the present one, and the public halves of earlier ones.

Layout of the keys folder (docs/how-to/keep-keys.md): `log_key.json` holds name, private key and
whether it is the demo's; `log_keys_retired.json` lists earlier public keys, newest first.
"""

import base64
import json
import os
import re
import secrets
import stat
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from counterfoil.apps.audit.errors import SigningKeyMissing, SigningKeyUnsafe
from counterfoil.core.notes import NoteKey

_FILE = "log_key.json"
_RETIRED = "log_keys_retired.json"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9./_-]{0,99}")


class FileSigningKey:
    """The log's key in `folder`; a demo key is refused unless `may_be_demo`."""

    def __init__(self, folder: str | Path, *, may_be_demo: bool = False) -> None:
        """This will read the folder when the key is first needed."""
        self._folder = Path(folder)
        self._may_be_demo = may_be_demo

    @property
    def key(self) -> NoteKey:
        """This will return name and public key. Raises SigningKeyMissing, SigningKeyUnsafe."""
        return NoteKey(self._stored["name"], _public(self._private))

    @property
    def known_keys(self) -> tuple[NoteKey, ...]:
        """This will return the present key and those that it replaced, newest first."""
        path = self._folder / _RETIRED
        retired = json.loads(path.read_text()) if path.exists() else []
        earlier = (NoteKey(row["name"], base64.b64decode(row["public"])) for row in retired)
        return (self.key, *earlier)

    def sign(self, message: bytes) -> bytes:
        """This will sign. Raises SigningKeyMissing, SigningKeyUnsafe."""
        return self._private.sign(message)

    def check(self, public_key: bytes, signature: bytes, message: bytes) -> bool:
        """This will tell whether the signature over the message is valid."""
        try:
            Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def create(self, *, name: str, is_demo: bool = False) -> NoteKey:
        """This will make the first key; `name` is the log's origin, such as `example.com/log`.

        Raises SigningKeyUnsafe when a key is there already or the name has other characters.
        """
        if (self._folder / _FILE).exists():
            raise SigningKeyUnsafe(f"{self._folder / _FILE} exists; rotate it instead")
        self._write_new(name, is_demo=is_demo)
        return self.key

    def rotate(self) -> NoteKey:
        """This will replace the key by a new one of the same name; the old still verifies."""
        present, name = self.known_keys, self._stored["name"]
        rows = [
            {"name": known.name, "public": base64.b64encode(known.public_key).decode()}
            for known in present
        ]
        _replace(self._folder / _RETIRED, json.dumps(rows, indent=1))
        self._write_new(name, is_demo=bool(self._stored.get("is_demo")))
        return self.key

    def _write_new(self, name: str, *, is_demo: bool) -> None:
        if _NAME.fullmatch(name) is None:
            raise SigningKeyUnsafe(f"{name!r} can't name a log; write it like example.com/log")
        private = Ed25519PrivateKey.generate().private_bytes_raw()
        row = {"name": name, "is_demo": is_demo, "private": base64.b64encode(private).decode()}
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _replace(self._folder / _FILE, json.dumps(row, indent=1))
        for known in ("_stored", "_private"):
            self.__dict__.pop(known, None)

    @cached_property
    def _stored(self) -> dict[str, Any]:
        path = self._folder / _FILE
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            row: dict[str, Any] = json.loads(path.read_text())
        except FileNotFoundError:
            raise SigningKeyMissing(
                f"no signing key in {self._folder}; run `counterfoil keys init`"
            ) from None
        except ValueError:
            raise SigningKeyUnsafe(f"{path} is damaged; restore it from the backup") from None
        if mode & 0o077:
            raise SigningKeyUnsafe(f"{path} is open to others (mode {mode:o}); chmod 600 it")
        if row.get("is_demo") and not self._may_be_demo:
            raise SigningKeyUnsafe(
                "the demo's signing key can't sign outside the demo; "
                "if this is the demo, set COUNTERFOIL_DEMO=1"
            )
        return row

    @cached_property
    def _private(self) -> Ed25519PrivateKey:
        try:
            return Ed25519PrivateKey.from_private_bytes(base64.b64decode(self._stored["private"]))
        except (KeyError, ValueError):
            path = self._folder / _FILE
            raise SigningKeyUnsafe(f"{path} is damaged; restore it from the backup") from None


def _public(private: Ed25519PrivateKey) -> bytes:
    return private.public_key().public_bytes_raw()


def _replace(path: Path, text: str) -> None:
    """Write a private file durably, under its name only when whole."""
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    os.replace(temporary, path)
