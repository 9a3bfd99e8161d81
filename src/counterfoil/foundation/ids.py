"""New public ids: prefixed, unguessable, never reused."""

import secrets

from counterfoil.core.ids import public_id


def new_id(prefix: str) -> str:
    """This will return a fresh public id such as `sub_…` from 128 random bits."""
    return public_id(prefix, secrets.token_bytes(16))
