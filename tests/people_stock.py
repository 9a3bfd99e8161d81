"""People, partners and moments that tests of the lower rooms share."""

from datetime import UTC, datetime

from counterfoil.apps.access.models import RoleAssignment
from counterfoil.apps.access.services import create_person, grant_role
from counterfoil.apps.partners.services import add_member, create_organization
from counterfoil.apps.partners.types import PartnerData, Saved
from counterfoil.core.actors import Actor, Grant, system_actor

AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SYSTEM = system_actor("test")
PASSWORD = "correct horse battery"


def staff_person(name: str, *roles: str, at: datetime = AT) -> Actor:
    """A person of the vendor with roles, made inside `acting_as(staff())`."""
    person = create_person(
        email=f"{name.lower()}@vendor.example",
        name=name,
        is_staff_member=True,
        by=SYSTEM,
        at=at,
        password=PASSWORD,
    )
    for role in roles:
        grant_role(person_id=person.id, role=role, by=giver(person), at=at, reason="test")
    return Actor(person.id, name, tuple(Grant(role) for role in roles), user_pk=person.user_pk)


def giver(person: Actor) -> Actor:
    """Who gives this person roles: an administrator, or the system while there is none."""
    held = RoleAssignment.objects.filter(role="administrator", ended_at__isnull=True)
    row = held.exclude(user_id=person.user_pk).select_related("user").first()
    if row is None:
        return SYSTEM
    return Actor(row.user.public_id, row.user.name, (Grant(row.role),), user_pk=row.user_id)


def organization(name: str = "Adler GmbH", **values: object) -> Saved:
    """A partner, made inside `acting_as(staff())`."""
    data = PartnerData(name=name, kind="reseller", **values)  # type: ignore[arg-type]
    return create_organization(data=data, by=SYSTEM, at=AT)


def partner_person(name: str, partner_pk: int, role: str = "partner_admin") -> Actor:
    """A person of a partner with a seat there, made inside `acting_as(staff())`."""
    person = create_person(
        email=f"{name.lower()}@partner.example",
        name=name,
        is_staff_member=False,
        by=SYSTEM,
        at=AT,
        password=PASSWORD,
    )
    assert person.user_pk is not None
    add_member(
        partner_pk=partner_pk,
        user_pk=person.user_pk,
        name=name,
        email=f"{name.lower()}@partner.example",
        role=role,
        by=SYSTEM,
        at=AT,
    )
    return Actor(person.id, name, (Grant(role),), partner_id=partner_pk, user_pk=person.user_pk)
