"""Invitations: a secret link, kept as a hash, answered once and in time."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from counterfoil.apps.access.errors import (
    AccessRefused,
    InvitationInvalid,
    PersonExists,
    UnknownRole,
)
from counterfoil.apps.access.models import Invitation, RoleAssignment, User
from counterfoil.apps.access.selectors import sign_token, token_digest
from counterfoil.apps.access.services.people import (
    create_person,
    record_withdrawn,
    set_password,
    withdraw_open,
)
from counterfoil.apps.access.services.roles import add_role
from counterfoil.apps.access.types import InvitationSent, Joined
from counterfoil.apps.audit.services import record_event
from counterfoil.core.actors import PARTNER_ROLES, STAFF_ROLES, Actor
from counterfoil.foundation.ids import new_id

VALID_DAYS = 7


@transaction.atomic
def invite_person(
    *,
    email: str,
    name: str,
    role: str,
    by: Actor,
    at: datetime,
    region: str = "",
    partner_id: int = 0,
) -> InvitationSent:
    """This will invite somebody of the vendor (partner 0) or of a partner and return the token.

    An earlier open invitation of the same address to the same place is withdrawn. The caller
    mails the link. Raises UnknownRole, and AccessRefused for an inviter who is not a person.
    """
    if role not in (PARTNER_ROLES if partner_id else STAFF_ROLES):
        raise UnknownRole(f"nobody can be invited as {role!r} here")
    if by.user_pk is None:
        raise AccessRefused("an invitation needs a person who answers for it")
    return _invite(
        email=email, name=name, role=role, by=by, at=at, region=region, partner_id=partner_id
    )


@transaction.atomic
def invite_first_administrator(
    *, email: str, name: str, by: Actor, at: datetime
) -> InvitationSent:
    """This will invite the first administrator of an installation and return the token.

    Whoever operates the machine may do so while nobody administers; afterwards people invite each
    other. Raises AccessRefused when there is an administrator already.
    """
    held = RoleAssignment.objects.filter(
        role="administrator", ended_at__isnull=True, user__is_active=True
    )
    if held.exists():
        raise AccessRefused("there is an administrator already; they invite everybody else")
    return _invite(
        email=email, name=name, role="administrator", by=by, at=at, region="", partner_id=0
    )


def _invite(
    *, email: str, name: str, role: str, by: Actor, at: datetime, region: str, partner_id: int
) -> InvitationSent:
    withdraw_open(email=email, partner_id=partner_id, by=by, at=at)
    secret = secrets.token_urlsafe(32)
    row = Invitation(
        public_id=new_id("inv"),
        email=email,
        name=name,
        role=role,
        region=region,
        partner_id=partner_id,
        token_sha256=hashlib.sha256(secret.encode()).hexdigest(),
        invited_by_id=by.user_pk,
        invited_at=at,
        expires_at=at + timedelta(days=VALID_DAYS),
    )
    row.save(force_insert=True)
    record_event(
        by=by,
        at=at,
        action="person.invited",
        object_type="invitation",
        object_id=row.public_id,
        partner_id=partner_id,
        data={"role": role, "region": region},
        personal={"email": email, "name": name},
    )
    return InvitationSent(row.public_id, sign_token(secret), row.expires_at)


@transaction.atomic
def withdraw_invitation(
    *, invitation_id: str, by: Actor, at: datetime, partner_id: int = 0
) -> None:
    """This will make an open invitation of this place worthless. Raises InvitationInvalid."""
    row = (
        Invitation.objects.select_for_update()
        .filter(public_id=invitation_id, partner_id=partner_id)
        .first()
    )
    if row is None or row.accepted_at is not None or row.withdrawn_at is not None:
        raise InvitationInvalid("this invitation is not open any more")
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    record_withdrawn(row, by=by, at=at)


@transaction.atomic
def accept_invitation(*, token: str, name: str, password: str, by: Actor, at: datetime) -> Joined:
    """This will let the invited person in: a new person with a password, or one known already.

    A partner's person who has access already keeps their password and gets one more seat, which
    the caller adds. Raises InvitationInvalid, WeakPassword, PersonExists, ConflictingRoles.
    """
    digest = token_digest(token)
    row = Invitation.objects.select_for_update().filter(token_sha256=digest).first()
    if row is None or row.accepted_at or row.withdrawn_at or row.expires_at <= at:
        raise InvitationInvalid("this link is used, withdrawn or too old; ask for a new one")
    is_staff = row.partner_id == 0
    user = User.objects.select_for_update().filter(email__iexact=row.email).first()
    is_new = user is None or not user.is_active
    if user is None:
        create_person(
            email=row.email,
            name=name or row.name,
            is_staff_member=is_staff,
            by=by,
            at=at,
            password=password,
        )
        user = User.objects.get(email__iexact=row.email)
    elif user.is_staff_member != is_staff or (is_staff and user.is_active):
        raise PersonExists(f"{row.email} has access of another kind already")
    elif not user.is_active:
        set_password(user, password)
        user.is_active = True
        user.save(update_fields=["password", "is_active"])
    if is_staff:
        add_role(user, row.role, granted_by_pk=row.invited_by_id, at=at, region=row.region)
    row.accepted_at = at
    row.save(update_fields=["accepted_at"])
    joined = Actor(id=user.public_id, name=user.name, user_pk=user.pk)
    record_event(
        by=joined,
        at=at,
        action="invitation.accepted",
        object_type="invitation",
        object_id=row.public_id,
        partner_id=row.partner_id,
        data={"role": row.role, "region": row.region, "is_new": is_new},
    )
    if is_staff:
        record_event(
            by=joined,
            at=at,
            action="role.granted",
            object_type="person",
            object_id=user.public_id,
            data={
                "role": row.role,
                "region": row.region,
                "program": "",
                "limit": "",
                "reason": "invitation accepted",
                "invitation": row.public_id,
                "granted_by": row.invited_by.public_id if row.invited_by else "",
            },
        )
    return Joined(joined, user.email, row.role, row.partner_id, is_new)
