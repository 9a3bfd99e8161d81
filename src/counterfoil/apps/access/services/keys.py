"""API keys: made by a person for a program, kept as a hash, ended by date or by hand."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from counterfoil.apps.access.errors import AccessRefused, KeyRefused, UnknownKey
from counterfoil.apps.access.models import ApiKey
from counterfoil.apps.access.selectors import KEY_PREFIX
from counterfoil.apps.access.types import KeyMade
from counterfoil.apps.audit.services import record_event
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.foundation.ids import new_id

DAYS_MAX = 365
ACTIVE_MAX = 20
_USE_NOTED_EVERY = timedelta(minutes=10)


@transaction.atomic
def make_key(*, name: str, days: int, by: Actor, at: datetime) -> KeyMade:
    """This will make a key that reads as `by` for `days` days, and return it with its secret.

    Only the secret's SHA-256 is kept: it has 256 random bits, so no slow hash is needed. Raises
    NotAllowed, AccessRefused for an actor who is no person, KeyRefused for a bad name or span.
    """
    require(by, "keys.make")
    if by.user_pk is None:
        raise AccessRefused("an API key needs a person who answers for it")
    if not name.strip():
        raise KeyRefused("name the program that will use the key")
    if not 1 <= days <= DAYS_MAX:
        raise KeyRefused(f"a key is good for 1 to {DAYS_MAX} days, not {days}")
    held = ApiKey.objects.filter(owner_id=by.user_pk, revoked_at__isnull=True, expires_at__gt=at)
    if held.count() >= ACTIVE_MAX:
        raise KeyRefused(f"{ACTIVE_MAX} keys are active already; revoke one that is not used")
    secret = secrets.token_urlsafe(32)
    row = ApiKey(
        public_id=new_id("key"),
        owner_id=by.user_pk,
        name=name.strip(),
        secret_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        made_at=at,
        expires_at=at + timedelta(days=days),
    )
    row.save(force_insert=True)
    record_event(
        by=by, at=at, action="key.made", object_type="key", object_id=row.public_id,
        data={"name": row.name, "days": days},
    )  # fmt: skip
    return KeyMade(row.public_id, f"{KEY_PREFIX}{row.public_id}.{secret}", row.expires_at)


@transaction.atomic
def revoke_key(*, key_id: str, by: Actor, at: datetime) -> None:
    """This will end a key at once: one of one's own, or anybody's for an administrator.

    A key that is revoked already stays as it is. Raises NotAllowed, UnknownKey.
    """
    row = ApiKey.objects.select_for_update().filter(public_id=key_id).first()
    if row is None:
        raise UnknownKey("there is no such API key")
    require(by, "keys.make" if row.owner_id == by.user_pk else "keys.revoke")
    if row.revoked_at is not None:
        return
    row.revoked_at, row.revoked_by_id = at, by.user_pk
    row.save(update_fields=["revoked_at", "revoked_by"])
    record_event(
        by=by, at=at, action="key.revoked", object_type="key", object_id=row.public_id,
        data={"name": row.name},
    )  # fmt: skip


def note_key_use(*, key_id: str, at: datetime) -> None:
    """This will remember that a key was used, at most once in ten minutes."""
    ApiKey.objects.filter(public_id=key_id).filter(
        Q(last_used_at__isnull=True) | Q(last_used_at__lt=at - _USE_NOTED_EVERY)
    ).update(last_used_at=at)
