"""New public ids: prefixed, unguessable, never reused."""

import secrets

from counterfoil.core.ids import RAW_BYTES, public_id


def new_id(prefix: str) -> str:
    """This will return a fresh public id such as `sub_…` from 128 random bits."""
    return public_id(prefix, secrets.token_bytes(16))


def new_ids(prefix: str, count: int) -> list[str]:
    """This will return `count` fresh public ids, from one draw of random bytes."""
    raw = secrets.token_bytes(RAW_BYTES * count)
    return [
        public_id(prefix, raw[start : start + RAW_BYTES])
        for start in range(0, len(raw), RAW_BYTES)
    ]
