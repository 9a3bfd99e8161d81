"""The key of the bank details, in a file of mode 0600, and what it encrypts.

AES-256-GCM with a fresh 96-bit nonce each (NIST SP 800-38D 8.2.2); the context (whose account it
is) is authenticated with it, so that a row can't be moved to another partner. The fingerprint is
an HMAC-SHA-256 under a key derived from the same secret (RFC 5869).
"""

import base64
import hashlib
import hmac
import json
import os
import secrets
import stat
from functools import cached_property
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from counterfoil.apps.payouts.errors import BoxUnusable

_FILE = "bank_details_key"
_VERSION = "v1"


class FileSecretBox:
    """The box whose key lies in `folder`; it is made when missing and `may_create`."""

    def __init__(self, folder: str | Path, *, may_create: bool = False) -> None:
        """This will read the key when it is first needed."""
        self._folder = Path(folder)
        self._may_create = may_create

    def seal(self, plain: str, *, context: str) -> str:
        """This will encrypt `plain`, bound to `context`. Raises BoxUnusable."""
        nonce = secrets.token_bytes(12)
        made = self._cipher.encrypt(nonce, plain.encode(), context.encode())
        return f"{_VERSION}:{base64.b64encode(nonce + made).decode()}"

    def open(self, sealed: str, *, context: str) -> str:
        """This will decrypt; raises BoxUnusable for another key, context or changed text."""
        version, _, text = sealed.partition(":")
        try:
            if version != _VERSION:
                raise ValueError(version)
            raw = base64.b64decode(text, validate=True)
            return self._cipher.decrypt(raw[:12], raw[12:], context.encode()).decode()
        except (InvalidTag, ValueError):
            raise BoxUnusable(
                "The bank details can't be opened: another key encrypted them, or they were "
                "changed. Restore the keys folder that belongs to this database."
            ) from None

    def fingerprint(self, text: str) -> str:
        """This will return a keyed digest by which equal texts are found. Raises BoxUnusable."""
        return hmac.new(self._derived("fingerprint"), text.encode(), hashlib.sha256).hexdigest()

    def create(self) -> bool:
        """This will make the key where there is none; says whether it did, never replaces one."""
        path = self._folder / _FILE
        if path.exists():
            return False
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = json.dumps({"version": _VERSION, "key": secrets.token_hex(32)})
        temporary = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        try:
            # A link, not a rename: of two that make a key at once, one keeps its own and no more.
            os.link(temporary, path)
        except FileExistsError:
            return False
        finally:
            temporary.unlink()
        return True

    @cached_property
    def _secret(self) -> bytes:
        path = self._folder / _FILE
        if self._may_create:
            self.create()
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            key = bytes.fromhex(json.loads(path.read_text())["key"])
        except FileNotFoundError:
            raise BoxUnusable(
                f"There is no key for bank details in {self._folder}; run `counterfoil keys init`."
            ) from None
        except (ValueError, KeyError, TypeError):
            raise BoxUnusable(f"{path} is damaged; restore it from the backup.") from None
        if mode & 0o077:
            raise BoxUnusable(f"{path} is open to others (mode {mode:o}); chmod 600 it.")
        if len(key) != 32:
            raise BoxUnusable(f"{path} is damaged; restore it from the backup.")
        return key

    @cached_property
    def _cipher(self) -> AESGCM:
        return AESGCM(self._derived("encryption"))

    def _derived(self, use: str) -> bytes:
        return HKDF(SHA256(), 32, salt=None, info=f"counterfoil {use}".encode()).derive(
            self._secret
        )
