"""Which partner a portal person acts for: one at a time, kept in the session."""

from collections.abc import Sequence
from dataclasses import replace

from django.contrib.sessions.backends.base import SessionBase

from counterfoil.apps.access.types import Person
from counterfoil.apps.partners.types import Seat
from counterfoil.core.actors import Actor, Grant

SESSION_KEY = "acting_partner"


def choose_seat(person: Person, seats: Sequence[Seat], session: SessionBase) -> Actor | None:
    """This will return the actor of the chosen seat, of the first one, or None without a seat."""
    if not seats:
        return None
    wanted = session.get(SESSION_KEY)
    seat = next((s for s in seats if s.partner_id == wanted), seats[0])
    return replace(person.actor, partner_id=seat.partner_id, grants=(Grant(role=seat.role),))
