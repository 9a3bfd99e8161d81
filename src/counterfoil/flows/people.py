"""People: invited, let in, given roles, removed; the vendor's and the partners'."""

from datetime import datetime

from django.conf import settings
from django.db import transaction

from counterfoil.apps.access import services as access
from counterfoil.apps.access.errors import AccessRefused
from counterfoil.apps.access.selectors import find_person
from counterfoil.apps.access.types import Joined
from counterfoil.apps.messaging.services import queue_mail
from counterfoil.apps.partners import services as partners
from counterfoil.apps.partners.errors import UnknownPartner
from counterfoil.apps.partners.selectors import find_partner_row, own_partner
from counterfoil.core.actors import Actor
from counterfoil.core.authority import require
from counterfoil.core.money import Money


@transaction.atomic
def invite_person(
    *,
    email: str,
    name: str,
    role: str,
    by: Actor,
    at: datetime,
    region: str = "",
    partner_pk: int = 0,
    language: str = "",
) -> str:
    """This will invite somebody, queue the mail with the link, and return the invitation's id.

    With `partner_pk` the person will belong to that partner; a partner's administrator invites
    for their own partner only. Raises core.authority.NotAllowed, AccessRefused, UnknownPartner,
    BadAddress.
    """
    organization = settings.VENDOR_NAME
    if partner_pk:
        require(by, "people.invite_partner", region=region)
        _expect_own(by, partner_pk)
        partner = own_partner(partner_pk=partner_pk)
        organization = partner.name
        language = language or partner.data.language
    else:
        require(by, "people.invite", region=region)
    sent = access.invite_person(
        email=email, name=name, role=role, by=by, at=at, region=region, partner_id=partner_pk
    )
    queue_mail(
        template="invitation",
        to_email=email,
        to_name=name,
        language=language or "en",
        context={
            "inviter": by.name,
            "organization": organization,
            "role": role.replace("_", " "),
            "expires_on": sent.expires_at.date().isoformat(),
            "link": f"{settings.PUBLIC_URL}/join/{sent.token}/",
        },
        partner_id=partner_pk,
        about=sent.id,
        idem_key=f"invitation:{sent.id}",
        at=at,
    )
    return sent.id


@transaction.atomic
def invite_first_administrator(*, email: str, name: str, by: Actor, at: datetime) -> str:
    """This will return the link by which the first administrator joins; no mail is sent.

    Only for the operator of the machine, while nobody administers. Raises AccessRefused.
    """
    if not by.is_system:
        raise AccessRefused("only the operator of the machine invites the first administrator")
    sent = access.invite_first_administrator(email=email, name=name, by=by, at=at)
    return f"{settings.PUBLIC_URL}/join/{sent.token}/"


@transaction.atomic
def withdraw_invitation(
    *, invitation_id: str, by: Actor, at: datetime, partner_pk: int = 0
) -> None:
    """This will make an open invitation worthless. Raises NotAllowed, InvitationInvalid."""
    require(by, "people.invite_partner" if partner_pk else "people.invite")
    if partner_pk:
        _expect_own(by, partner_pk)
    access.withdraw_invitation(invitation_id=invitation_id, partner_id=partner_pk, by=by, at=at)


@transaction.atomic
def accept_invitation(*, token: str, name: str, password: str, by: Actor, at: datetime) -> Joined:
    """This will let an invited person in, with their role or their seat at a partner.

    Run it as staff: nobody is signed in yet, and `by` names the door (`system:join`). Raises
    InvitationInvalid, WeakPassword, PersonExists, ConflictingRoles, MemberAlready.
    """
    joined = access.accept_invitation(token=token, name=name, password=password, by=by, at=at)
    if joined.partner_id:
        if find_partner_row(partner_pk=joined.partner_id) is None:
            raise UnknownPartner("the partner of this invitation is gone")
        assert joined.actor.user_pk is not None
        partners.add_member(
            partner_pk=joined.partner_id,
            user_pk=joined.actor.user_pk,
            name=joined.actor.name,
            email=joined.email,
            role=joined.role,
            by=joined.actor,
            at=at,
        )
    return joined


@transaction.atomic
def grant_role(
    *,
    person_id: str,
    role: str,
    by: Actor,
    at: datetime,
    reason: str,
    region: str = "",
    program: str = "",
    limit: Money | None = None,
) -> None:
    """This will give one of the vendor's people a role.

    Raises NotAllowed, GrantToSelf, ConflictingRoles, UnknownRole, RoleHeld.
    """
    require(by, "people.invite")
    access.grant_role(
        person_id=person_id,
        role=role,
        by=by,
        at=at,
        reason=reason,
        region=region,
        program=program,
        limit=limit,
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
    """This will end a role. Raises NotAllowed, GrantToSelf, RoleNotHeld, LastAdministrator."""
    require(by, "people.invite")
    access.end_role(
        person_id=person_id,
        role=role,
        by=by,
        at=at,
        reason=reason,
        region=region,
        program=program,
    )


@transaction.atomic
def remove_person(*, person_id: str, by: Actor, at: datetime, reason: str) -> None:
    """This will end all access of a person: roles, seats, sessions, second factor.

    Raises NotAllowed, UnknownPerson, PersonInactive, GrantToSelf, LastAdministrator.
    """
    require(by, "people.remove")
    access.remove_person(person_id=person_id, by=by, at=at, reason=reason)
    person = find_person(person_id=person_id)
    assert person is not None, "a person is never deleted"
    partners.end_memberships_of(user_pk=person.user_pk, by=by, at=at, reason=reason)


@transaction.atomic
def change_member_role(
    *, membership_id: str, partner_pk: int, role: str, by: Actor, at: datetime
) -> None:
    """This will give a partner's person another role. Raises NotAllowed, LastPartnerAdmin."""
    require(by, "people.invite_partner")
    _expect_own(by, partner_pk)
    partners.change_member_role(
        membership_id=membership_id, partner_pk=partner_pk, role=role, by=by, at=at
    )


@transaction.atomic
def remove_partner_person(
    *, membership_id: str, partner_pk: int, by: Actor, at: datetime, reason: str
) -> None:
    """This will end a person's seat at a partner; the person may have seats elsewhere.

    Raises NotAllowed, UnknownMembership, LastPartnerAdmin.
    """
    require(by, "people.remove_partner")
    _expect_own(by, partner_pk)
    partners.end_membership(
        membership_id=membership_id, partner_pk=partner_pk, by=by, at=at, reason=reason
    )


def _expect_own(by: Actor, partner_pk: int) -> None:
    # Row-level security refuses another partner's rows; this refuses before it is asked.
    if by.is_partner and by.partner_id != partner_pk:
        raise AccessRefused("you act for another partner")
