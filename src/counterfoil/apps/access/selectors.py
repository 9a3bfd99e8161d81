"""Reads of people and roles."""

from zoneinfo import ZoneInfo

from counterfoil.apps.access.models import RoleAssignment, User
from counterfoil.apps.access.types import Person
from counterfoil.core.actors import Actor, Grant


def find_actor(*, user_pk: int) -> Person | None:
    """This will return the active person with their open roles, read afresh for each request."""
    user = User.objects.filter(pk=user_pk, is_active=True).first()
    if user is None:
        return None
    grants = tuple(
        Grant(row.role, row.region, row.program, row.limit_minor, row.limit_currency)
        for row in RoleAssignment.objects.filter(user=user, ended_at__isnull=True).order_by("pk")
    )
    actor = Actor(id=user.public_id, name=user.name, grants=grants, user_pk=user.pk)
    return Person(
        actor=actor,
        email=user.email,
        is_staff_member=user.is_staff_member,
        language=user.language,
        zone=ZoneInfo(user.time_zone),
        theme=user.theme,
        has_shortcuts=user.has_shortcuts,
    )


def list_active_people(*, limit: int = 60) -> tuple[Person, ...]:
    """This will list active people with their roles, staff first; for the demo's sign-in."""
    users = User.objects.filter(is_active=True).order_by("-is_staff_member", "pk")[:limit]
    found = (find_actor(user_pk=user.pk) for user in users)
    return tuple(person for person in found if person is not None)
