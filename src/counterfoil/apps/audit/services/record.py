"""Recording an event, in the transaction of the change that it speaks of."""

import itertools
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from counterfoil.apps.audit.models import Event, PersonalValue, Unsequenced
from counterfoil.core.actors import Actor
from counterfoil.core.canonical import canonical_json, sha256_hex
from counterfoil.foundation.ids import new_id

# The order of one process only: events of one moment come from one act, so from one process. No
# identity column, because reading its value back needs a right that the portal's role lacks.
_PLACES = itertools.count(1)

EVENT_FORMAT = 1
"""Version of the canonical form of an event; verifiers read it first."""


def record_event(
    *,
    by: Actor,
    at: datetime,
    action: str,
    object_type: str,
    object_id: str,
    partner_id: int = 0,
    data: Mapping[str, Any] | None = None,
    personal: Mapping[str, str] | None = None,
) -> str:
    """This will write an event and return its id; the sequencer takes it into the log later.

    `data` holds canonical JSON values (whole numbers, text, lists, objects). `personal` holds
    personal data by field: the event carries a salted commitment of each, the values lie in a
    table from which they may be erased. `at` is aware. Raises NotCanonical.
    """
    event_id = new_id("evt")
    salted = {name: (secrets.token_hex(32), value) for name, value in (personal or {}).items()}
    canonical = canonical_json(
        {
            "format": EVENT_FORMAT,
            "id": event_id,
            "at": moment(at),
            "actor": {
                "id": by.id,
                "name": by.name,
                "role": by.role,
                "on_behalf_of": by.on_behalf_of,
            },
            "action": action,
            "object": {"type": object_type, "id": object_id},
            "partner": partner_id,
            "data": dict(data or {}),
            "personal": {name: commitment(salt, value) for name, (salt, value) in salted.items()},
        }
    )
    # force_insert and given keys: the portal's role may insert here and read nothing back.
    Event(
        id=event_id,
        recorded_at=at,
        place=next(_PLACES),
        actor_id=by.id,
        actor_name=by.name,
        role=by.role,
        on_behalf_of=by.on_behalf_of,
        action=action,
        object_type=object_type,
        object_id=object_id,
        partner_id=partner_id,
        canonical=canonical.decode(),
    ).save(force_insert=True)
    Unsequenced(event_id=event_id, partner_id=partner_id).save(force_insert=True)
    for name, (salt, value) in salted.items():
        PersonalValue(
            id=new_id("per"),
            event_id=event_id,
            partner_id=partner_id,
            field=name,
            salt=salt,
            value=value,
        ).save(force_insert=True)
    return event_id


def moment(at: datetime) -> str:
    """This will write an aware datetime as UTC to the microsecond: one text for one instant."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def commitment(salt: str, value: str) -> str:
    """This will return sha256(salt || value) in hex; the salt is 32 random bytes, given as hex."""
    return sha256_hex(bytes.fromhex(salt) + value.encode())
