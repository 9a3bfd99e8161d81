"""What the log keeps of sign-ins. Log-in itself and its rate limit are allauth's."""

from datetime import datetime

from counterfoil.apps.audit.services import record_event
from counterfoil.core.actors import Actor, system_actor


def record_sign_in(*, by: Actor, at: datetime, method: str = "password") -> None:
    """This will record that a person signed in."""
    record_event(
        by=by, at=at, action="person.signed_in", object_type="person", object_id=by.id,
        data={"method": method},
    )  # fmt: skip


def record_sign_out(*, by: Actor, at: datetime) -> None:
    """This will record that a person signed out."""
    record_event(by=by, at=at, action="person.signed_out", object_type="person", object_id=by.id)


def record_failed_sign_in(*, email: str, at: datetime) -> None:
    """This will record a failed sign-in; whose it was meant to be is kept as personal data."""
    record_event(
        by=system_actor("sign-in"),
        at=at,
        action="person.sign_in_failed",
        object_type="person",
        object_id="unknown",
        personal={"email": email[:200]},
    )
