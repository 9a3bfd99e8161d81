"""Reads of people, roles, invitations and API keys."""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.core.signing import BadSignature, Signer
from django.db.models import Q

from counterfoil.apps.access.errors import UnknownKey
from counterfoil.apps.access.models import ApiKey, Invitation, RoleAssignment, User
from counterfoil.apps.access.types import (
    InvitationRow,
    KeyRow,
    PeoplePage,
    Person,
    PersonRow,
    Recipient,
    RoleRow,
)
from counterfoil.core.actors import Actor, Grant

PAGE_SIZE = 50
PEOPLE_MAX = 500
_JOIN = Signer(salt="counterfoil.join")


def find_actor(*, user_pk: int) -> Person | None:
    """This will return the active person with their open roles, read afresh for each request."""
    user = User.objects.filter(pk=user_pk, is_active=True).first()
    if user is None:
        return None
    rows = RoleAssignment.objects.filter(user=user, ended_at__isnull=True).order_by("pk")
    return _person(user, rows)


def list_active_people(*, limit: int = PEOPLE_MAX) -> tuple[Person, ...]:
    """This will list active people with their open roles, in the order in which they came."""
    users = list(User.objects.filter(is_active=True).order_by("pk")[:limit])
    open_rows = RoleAssignment.objects.filter(user__in=users, ended_at__isnull=True).order_by("pk")
    by_user: dict[int, list[RoleAssignment]] = {}
    for row in open_rows:
        by_user.setdefault(row.user_id, []).append(row)
    return tuple(_person(user, by_user.get(user.pk, [])) for user in users)


def needs_mfa(*, user_pk: int, is_for_bank_details: bool = False) -> bool:
    """This will tell whether the person must set up a second factor before going on.

    The vendor's people must; partner people may, until they touch bank details.
    """
    people = User.objects.filter(pk=user_pk, is_active=True)
    if not is_for_bank_details:
        people = people.filter(is_staff_member=True)
    if not people.exists():
        return False
    return not has_second_factor(user_pk=user_pk)


def has_second_factor(*, user_pk: int) -> bool:
    """This will tell whether the person has a second factor whose code can be asked for."""
    return Authenticator.objects.filter(user_id=user_pk, type=Authenticator.Type.TOTP).exists()


def list_people(
    *,
    search: str = "",
    role: str = "",
    only_active: bool = False,
    cursor: str = "",
    limit: int = PAGE_SIZE,
) -> PeoplePage:
    """This will return a page of the vendor's people by name; `cursor` is the page before's."""
    users = User.objects.filter(is_staff_member=True).order_by("name", "pk")
    if search:
        users = users.filter(Q(name__icontains=search) | Q(email__icontains=search))
    if role:
        holders = RoleAssignment.objects.filter(role=role, ended_at__isnull=True)
        users = users.filter(pk__in=holders.values("user_id"))
    if only_active:
        users = users.filter(is_active=True)
    if cursor:
        last = User.objects.filter(public_id=cursor).first()
        if last is not None:
            users = users.filter(Q(name__gt=last.name) | Q(name=last.name, pk__gt=last.pk))
    found = list(users[: limit + 1])
    people = _rows(found[:limit])
    return PeoplePage(people, people[-1].id if len(found) > limit else "")


def find_person(*, person_id: str) -> PersonRow | None:
    """This will return a person with the roles they hold and held, or None."""
    return next(iter(_rows(list(User.objects.filter(public_id=person_id)))), None)


def list_role_holders(*, role: str, region: str = "") -> tuple[Recipient, ...]:
    """This will list who holds a role now, in this region or everywhere."""
    rows = (
        RoleAssignment.objects.filter(
            role=role, ended_at__isnull=True, user__is_active=True, region__in=("", region)
        )
        .select_related("user")
        .order_by("user__name", "pk")
    )
    people = {row.user.pk: row.user for row in rows}
    return tuple(Recipient(user.name, user.email, user.language) for user in people.values())


def find_recipient(*, person_id: str) -> Recipient | None:
    """This will say where an active person is reached, or None."""
    user = User.objects.filter(public_id=person_id, is_active=True).first()
    return None if user is None else Recipient(user.name, user.email, user.language)


def find_recipient_by_email(*, email: str) -> Recipient | None:
    """This will say under which name an active person has this mail address, or None."""
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    return None if user is None else Recipient(user.name, user.email, user.language)


def staff_mail_domains() -> tuple[str, ...]:
    """This will list the mail domains at which the vendor's active people are reached."""
    rows = User.objects.filter(is_staff_member=True, is_active=True).values_list("email")
    return tuple(sorted({email.rpartition("@")[2].lower() for (email,) in rows}))


def find_recipient_by_pk(*, user_pk: int | None) -> Recipient | None:
    """This will say where an active person is reached, by the number that rooms keep, or None."""
    user = User.objects.filter(pk=user_pk, is_active=True).first() if user_pk else None
    return None if user is None else Recipient(user.name, user.email, user.language)


def names_of(*, person_ids: Iterable[str]) -> dict[str, str]:
    """This will name people by their public ids; unknown ids are left out."""
    rows = User.objects.filter(public_id__in=set(person_ids))
    return dict(rows.values_list("public_id", "name"))


def list_invitations(
    *, at: datetime, partner_id: int = 0, only_open: bool = True, limit: int = PAGE_SIZE
) -> tuple[InvitationRow, ...]:
    """This will list invitations of the vendor (partner 0) or of a partner, newest first."""
    rows = Invitation.objects.filter(partner_id=partner_id)
    if only_open:
        rows = rows.filter(accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=at)
    return tuple(_invitation(row, at) for row in rows.order_by("-invited_at", "-pk")[:limit])


def find_invitation(*, token: str, at: datetime) -> InvitationRow | None:
    """This will return the invitation of a link, whatever became of it, or None."""
    digest = token_digest(token)
    row = Invitation.objects.filter(token_sha256=digest).first() if digest else None
    return None if row is None else _invitation(row, at)


KEY_PREFIX = "cf_"
"""How API keys begin, so that scanners for leaked secrets can know them."""


def list_keys(*, owner_pk: int | None, at: datetime) -> tuple[KeyRow, ...]:
    """This will list the API keys of a person, or of everybody (None), newest first."""
    rows = ApiKey.objects.select_related("owner").order_by("-made_at", "-pk")
    if owner_pk is not None:
        rows = rows.filter(owner_id=owner_pk)
    return tuple(_key(row, at) for row in rows[:PEOPLE_MAX])


def get_key(*, key_id: str, at: datetime) -> KeyRow:
    """This will return one API key. Raises UnknownKey."""
    row = ApiKey.objects.select_related("owner").filter(public_id=key_id).first()
    if row is None:
        raise UnknownKey("there is no such API key")
    return _key(row, at)


def find_key_holder(*, token: str, at: datetime) -> tuple[str, Person] | None:
    """This will return the id of a key that is in force and the person it reads as, or None.

    The same None for a token that is malformed, unknown, wrong, expired or revoked, and for a
    person whose access was removed.
    """
    key_id, _dot, secret = token.removeprefix(KEY_PREFIX).partition(".")
    if not token.startswith(KEY_PREFIX) or not secret or not token.isascii():
        return None
    row = ApiKey.objects.filter(public_id=key_id).first()
    given = hashlib.sha256(secret.encode()).hexdigest()
    kept = row.secret_sha256 if row else hashlib.sha256(b"").hexdigest()
    is_right = hmac.compare_digest(given, kept)
    if row is None or not is_right or row.revoked_at is not None or row.expires_at <= at:
        return None
    person = find_actor(user_pk=row.owner_id)
    return (row.public_id, person) if person is not None and person.is_staff_member else None


def _key(row: ApiKey, at: datetime) -> KeyRow:
    state = "active" if row.expires_at > at else "expired"
    return KeyRow(
        id=row.public_id,
        name=row.name,
        owner_id=row.owner.public_id,
        owner_name=row.owner.name,
        made_at=row.made_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        state=state if row.revoked_at is None else "revoked",
    )


def sign_token(secret: str) -> str:
    """This will return the token of a link: the secret with our signature."""
    return _JOIN.sign(secret)


def token_digest(token: str) -> str:
    """This will return the SHA-256 under which a token is stored; empty when it is not ours."""
    try:
        secret = _JOIN.unsign(token)
    except BadSignature:
        return ""
    return hashlib.sha256(secret.encode()).hexdigest()


def _person(user: User, rows: Iterable[RoleAssignment]) -> Person:
    grants = tuple(
        Grant(row.role, row.region, row.program, row.limit_minor, row.limit_currency)
        for row in rows
    )
    return Person(
        actor=Actor(id=user.public_id, name=user.name, grants=grants, user_pk=user.pk),
        email=user.email,
        is_staff_member=user.is_staff_member,
        language=user.language,
        zone=ZoneInfo(user.time_zone),
        theme=user.theme,
        has_shortcuts=user.has_shortcuts,
    )


def _rows(users: list[User]) -> tuple[PersonRow, ...]:
    by_user: dict[int, list[RoleRow]] = {user.pk: [] for user in users}
    rows = RoleAssignment.objects.filter(user__in=users).select_related("granted_by")
    for row in rows.order_by("pk"):
        by_user[row.user_id].append(
            RoleRow(
                role=row.role,
                region=row.region,
                program=row.program,
                limit_minor=row.limit_minor,
                limit_currency=row.limit_currency,
                granted_by="" if row.granted_by is None else row.granted_by.name,
                granted_at=row.granted_at,
                ended_at=row.ended_at,
            )
        )
    protected = set(
        Authenticator.objects.filter(user__in=users, type=Authenticator.Type.TOTP).values_list(
            "user_id", flat=True
        )
    )
    return tuple(
        PersonRow(
            id=user.public_id,
            user_pk=user.pk,
            name=user.name,
            email=user.email,
            is_staff_member=user.is_staff_member,
            is_active=user.is_active,
            language=user.language,
            has_mfa=user.pk in protected,
            created_at=user.created_at,
            last_sign_in_at=user.last_login,
            roles=tuple(row for row in by_user[user.pk] if row.ended_at is None),
            history=tuple(by_user[user.pk]),
        )
        for user in users
    )


def _invitation(row: Invitation, at: datetime) -> InvitationRow:
    if row.accepted_at is not None:
        state = "accepted"
    elif row.withdrawn_at is not None:
        state = "withdrawn"
    else:
        state = "open" if row.expires_at > at else "expired"
    return InvitationRow(
        id=row.public_id,
        email=row.email,
        name=row.name,
        role=row.role,
        region=row.region,
        partner_id=row.partner_id,
        invited_at=row.invited_at,
        expires_at=row.expires_at,
        state=state,
    )
