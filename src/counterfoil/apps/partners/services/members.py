"""A partner's portal people: their seats, which are read afresh at each request."""

from datetime import datetime

from django.db import transaction

from counterfoil.apps.audit.services import record_event
from counterfoil.apps.partners.errors import (
    LastPartnerAdmin,
    MemberAlready,
    PartnerRefused,
    UnknownMembership,
)
from counterfoil.apps.partners.models import Membership, Organization
from counterfoil.core.actors import PARTNER_ROLES, Actor
from counterfoil.foundation.ids import new_id


@transaction.atomic
def add_member(
    *,
    partner_pk: int,
    user_pk: int,
    name: str,
    email: str,
    role: str,
    by: Actor,
    at: datetime,
) -> str:
    """This will give a person a seat at a partner and return its id.

    Raises MemberAlready, and PartnerRefused for a role that partners do not have.
    """
    if role not in PARTNER_ROLES:
        raise PartnerRefused(f"a partner's people are {' or '.join(PARTNER_ROLES)}, not {role!r}")
    # The partner's row is the lock for everything about its people.
    Organization.objects.select_for_update(no_key=True).get(pk=partner_pk)
    if Membership.objects.filter(
        partner_id=partner_pk, user_id=user_pk, ended_at__isnull=True
    ).exists():
        raise MemberAlready(f"{name} belongs to this partner already")
    row = Membership(
        public_id=new_id("mem"),
        partner_id=partner_pk,
        user_id=user_pk,
        person_name=name,
        person_email=email,
        role=role,
        since_at=at,
    )
    row.save(force_insert=True)
    _record("member.added", row, by=by, at=at, data={"role": role})
    return row.public_id


@transaction.atomic
def change_member_role(
    *, membership_id: str, partner_pk: int, role: str, by: Actor, at: datetime
) -> None:
    """This will give a member another role at the partner.

    Raises UnknownMembership, LastPartnerAdmin, PartnerRefused.
    """
    if role not in PARTNER_ROLES:
        raise PartnerRefused(f"a partner's people are {' or '.join(PARTNER_ROLES)}, not {role!r}")
    row = _locked(membership_id, partner_pk)
    if row.role == role:
        return
    _keep_an_admin(row, by)
    before, row.role = row.role, role
    row.save(update_fields=["role"])
    _record("member.role_changed", row, by=by, at=at, data={"before": before, "after": role})


@transaction.atomic
def end_membership(
    *, membership_id: str, partner_pk: int, by: Actor, at: datetime, reason: str
) -> None:
    """This will end a seat: from the next request on the person does not reach this partner.

    Raises UnknownMembership, LastPartnerAdmin (the vendor's people may remove the last one).
    """
    row = _locked(membership_id, partner_pk)
    _keep_an_admin(row, by)
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    _record("member.removed", row, by=by, at=at, data={"reason": reason})


@transaction.atomic
def end_memberships_of(*, user_pk: int, by: Actor, at: datetime, reason: str) -> int:
    """This will end every seat of a person and return how many there were."""
    rows = list(
        Membership.objects.select_for_update()
        .filter(user_id=user_pk, ended_at__isnull=True)
        .order_by("pk")
    )
    for row in rows:
        row.ended_at = at
        row.save(update_fields=["ended_at"])
        _record("member.removed", row, by=by, at=at, data={"reason": reason})
    return len(rows)


def _locked(membership_id: str, partner_pk: int) -> Membership:
    row = (
        Membership.objects.select_for_update()
        .filter(public_id=membership_id, partner_id=partner_pk, ended_at__isnull=True)
        .first()
    )
    if row is None:
        raise UnknownMembership("there is no such person at this partner")
    return row


def _keep_an_admin(row: Membership, by: Actor) -> None:
    if row.role != "partner_admin" or not by.is_partner:
        return
    # Locked in order: two admins who remove each other can't both win.
    others = (
        Membership.objects.select_for_update()
        .filter(partner_id=row.partner_id, role="partner_admin", ended_at__isnull=True)
        .exclude(pk=row.pk)
        .order_by("pk")
    )
    if not [other.pk for other in others]:
        raise LastPartnerAdmin("name another administrator of your company first")


def _record(
    action: str, row: Membership, *, by: Actor, at: datetime, data: dict[str, str]
) -> None:
    record_event(
        by=by,
        at=at,
        action=action,
        object_type="membership",
        object_id=row.public_id,
        partner_id=row.partner_id,
        data=dict(data),
        personal={"name": row.person_name, "email": row.person_email},
    )
