"""The shape of public identifiers: a prefix that names the kind, and 128 bits nobody can guess.

Randomness is the caller's (`foundation.ids.new_id`); this module is pure.
"""

import base64
import re

RAW_BYTES = 16
"""How many random bytes an identifier carries."""

_PREFIX = re.compile(r"[a-z][a-z0-9]{1,11}")
# 128 bits fill 25 base32 characters and 3 bits of the 26th, so that one is a multiple of four.
_PUBLIC_ID = re.compile(r"([a-z][a-z0-9]{1,11})_[a-z2-7]{25}[aeimquy4]")


def public_id(prefix: str, raw: bytes) -> str:
    """Return `prefix`, an underscore and 26 lower-case base32 characters (RFC 4648, no padding).

    `prefix` is two to twelve lower-case letters and digits ("sub", "pay"); `raw` is 16 random
    bytes. Raises ValueError for any other prefix or length.
    """
    if _PREFIX.fullmatch(prefix) is None:
        raise ValueError(f"a prefix is 2 to 12 lower-case letters or digits, not {prefix!r}")
    if len(raw) != RAW_BYTES:
        raise ValueError(f"a public id needs {RAW_BYTES} bytes, not {len(raw)}")
    return f"{prefix}_{base64.b32encode(raw).decode('ascii').rstrip('=').lower()}"


def is_public_id(text: str, prefix: str | None = None) -> bool:
    """Return whether `text` is a well-formed public id, of `prefix` when one is given."""
    match = _PUBLIC_ID.fullmatch(text)
    return match is not None and prefix in (None, match[1])


def prefix_of(text: str) -> str:
    """Return the prefix of a public id. Raises ValueError when it is none."""
    match = _PUBLIC_ID.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a public id")
    return match[1]
