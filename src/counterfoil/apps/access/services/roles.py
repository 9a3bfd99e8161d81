"""Roles are given and ended by somebody else, and never two that must be kept apart."""

from datetime import datetime

from django.db import transaction

from counterfoil.apps.access.errors import (
    ConflictingRoles,
    GrantToSelf,
    PersonInactive,
    RoleHeld,
    RoleNotHeld,
    UnknownRole,
)
from counterfoil.apps.access.models import RoleAssignment, User
from counterfoil.apps.access.services.people import expect_another_administrator, lock_person
from counterfoil.apps.audit.services import record_event
from counterfoil.core.actors import STAFF_ROLES, Actor
from counterfoil.core.authority import CONFLICTING_ROLES
from counterfoil.core.money import Money


@transaction.atomic
def grant_role(
    *,
    person_id: str,
    role: str,
    by: Actor,
    at: datetime,
    reason: str = "",
    region: str = "",
    program: str = "",
    limit: Money | None = None,
) -> None:
    """This will give one of the vendor's people a role, within region, program and limit.

    Empty region or program means all; no limit means any amount. Raises UnknownPerson,
    UnknownRole, PersonInactive, GrantToSelf, ConflictingRoles, RoleHeld.
    """
    user = lock_person(person_id)
    if user.pk == by.user_pk:
        raise GrantToSelf("somebody else gives you roles, not you")
    add_role(
        user, role, granted_by_pk=by.user_pk, at=at, region=region, program=program, limit=limit
    )
    record_event(
        by=by,
        at=at,
        action="role.granted",
        object_type="person",
        object_id=user.public_id,
        data={
            "role": role,
            "region": region,
            "program": program,
            "limit": "" if limit is None else limit.format_plain(),
            "reason": reason,
        },
    )


@transaction.atomic
def end_role(
    *,
    person_id: str,
    role: str,
    by: Actor,
    at: datetime,
    reason: str,
    region: str = "",
    program: str = "",
) -> None:
    """This will end a role. Raises UnknownPerson, GrantToSelf, RoleNotHeld, LastAdministrator."""
    user = lock_person(person_id)
    if user.pk == by.user_pk:
        raise GrantToSelf("somebody else ends your roles, not you")
    held = RoleAssignment.objects.filter(
        user=user, role=role, region=region, program=program, ended_at__isnull=True
    )
    if not held.exists():
        raise RoleNotHeld(f"{user.name} does not hold the role {role!r}")
    if role == "administrator":
        expect_another_administrator(user)
    held.update(ended_at=at, ended_by_id=by.user_pk)
    record_event(
        by=by,
        at=at,
        action="role.ended",
        object_type="person",
        object_id=user.public_id,
        data={"role": role, "region": region, "program": program, "reason": reason},
    )


def add_role(
    user: User,
    role: str,
    *,
    granted_by_pk: int | None,
    at: datetime,
    region: str = "",
    program: str = "",
    limit: Money | None = None,
) -> None:
    """This will write the assignment of a locked person. Raises as `grant_role` does."""
    if role not in STAFF_ROLES or not user.is_staff_member:
        raise UnknownRole(f"{role!r} is no role for {user.name}")
    if not user.is_active:
        raise PersonInactive(f"{user.name} has no access any more")
    held = RoleAssignment.objects.filter(user=user, ended_at__isnull=True)
    for row in held:
        if (row.role, role) in CONFLICTING_ROLES or (role, row.role) in CONFLICTING_ROLES:
            raise ConflictingRoles(f"{role!r} and {row.role!r} are never held by one person")
        if (row.role, row.region, row.program) == (role, region, program):
            raise RoleHeld(f"{user.name} holds the role {role!r} already")
    RoleAssignment(
        user=user,
        role=role,
        region=region,
        program=program,
        limit_minor=None if limit is None else limit.minor,
        limit_currency="" if limit is None else limit.currency,
        granted_by_id=granted_by_pk,
        granted_at=at,
    ).save(force_insert=True)
