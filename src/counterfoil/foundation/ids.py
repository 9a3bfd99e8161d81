"""New public ids: prefixed, unguessable, never reused."""

import base64
import secrets

from counterfoil.core.ids import RAW_BYTES, public_id


def new_id(prefix: str) -> str:
    """This will return a fresh public id such as `sub_…` from 128 random bits."""
    return public_id(prefix, secrets.token_bytes(16))


def new_ids(prefix: str, count: int) -> list[str]:
    """This will return `count` fresh public ids, from one draw of random bytes."""
    first = new_id(prefix)
    length = len(first) - len(prefix) - 1
    # Four zero bytes make each id's bits a whole number of base32 groups, so one call encodes all.
    raw = b"".join([secrets.token_bytes(RAW_BYTES) + bytes(4) for _ in range(count)])
    text = base64.b32encode(raw).decode("ascii").lower()
    return [f"{prefix}_{text[start : start + length]}" for start in range(0, 32 * count, 32)]
