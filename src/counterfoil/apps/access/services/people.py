"""People come and go; who goes loses roles, sessions and second factor in one transaction."""

from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.password_validation import validate_password
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.db import transaction

from counterfoil.apps.access.errors import (
    AccessRefused,
    GrantToSelf,
    LastAdministrator,
    PersonExists,
    PersonInactive,
    UnknownPerson,
    WeakPassword,
)
from counterfoil.apps.access.models import Invitation, RoleAssignment, User
from counterfoil.apps.audit.services import record_event
from counterfoil.core.actors import Actor
from counterfoil.foundation.ids import new_id

LANGUAGES = ("en", "de")
THEMES = ("auto", "light", "dark")


@transaction.atomic
def create_person(
    *,
    email: str,
    name: str,
    is_staff_member: bool,
    by: Actor,
    at: datetime,
    password: str | None = None,
    language: str = "en",
    time_zone: str = "UTC",
) -> Actor:
    """This will create a person without any role and return them as an actor.

    Without a password nobody can sign in as them. Raises PersonExists, WeakPassword.
    """
    if User.objects.filter(email__iexact=email).exists():
        raise PersonExists(f"{email} has access already")
    user = User(
        public_id=new_id("usr"),
        email=email,
        name=name,
        is_staff_member=is_staff_member,
        language=language,
        time_zone=ZoneInfo(time_zone).key,
        created_at=at,
    )
    set_password(user, password)
    user.save(force_insert=True)
    record_event(
        by=by,
        at=at,
        action="person.created",
        object_type="person",
        object_id=user.public_id,
        data={"is_staff_member": is_staff_member},
        personal={"email": email, "name": name},
    )
    return Actor(id=user.public_id, name=user.name, user_pk=user.pk)


@transaction.atomic
def remove_person(*, person_id: str, by: Actor, at: datetime, reason: str) -> int:
    """This will end all access of a person and return how many sessions were ended.

    Roles end, open invitations to the address are withdrawn, password, second factor and
    sessions go; the person stays as a name in the records. Raises UnknownPerson, PersonInactive,
    GrantToSelf, LastAdministrator.
    """
    user = lock_person(person_id)
    if user.pk == by.user_pk:
        raise GrantToSelf("somebody else removes your access, not you")
    if not user.is_active:
        raise PersonInactive(f"{user.name} has no access any more")
    held = RoleAssignment.objects.filter(user=user, ended_at__isnull=True)
    ended_roles = list(held.order_by("pk").values("role", "region", "program"))
    roles = sorted({row["role"] for row in ended_roles})
    if "administrator" in roles:
        expect_another_administrator(user)
    held.update(ended_at=at, ended_by_id=by.user_pk)
    withdraw_open(email=user.email, by=by, at=at)
    user.is_active = False
    # The session hash hangs on the password, so a session that was missed is dead as well.
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
    Authenticator.objects.filter(user=user).delete()
    ended = _end_sessions(user.pk, at)
    for each in ended_roles:
        record_event(
            by=by,
            at=at,
            action="role.ended",
            object_type="person",
            object_id=user.public_id,
            data={**each, "reason": reason},
        )
    record_event(
        by=by,
        at=at,
        action="person.removed",
        object_type="person",
        object_id=user.public_id,
        data={"roles": roles, "sessions": ended, "reason": reason},
    )
    return ended


@transaction.atomic
def update_preferences(
    *,
    person_id: str,
    by: Actor,
    at: datetime,
    language: str,
    time_zone: str,
    theme: str,
    has_shortcuts: bool,
) -> None:
    """This will store how a person wants to be spoken to. Raises UnknownPerson, AccessRefused."""
    if language not in LANGUAGES or theme not in THEMES or time_zone not in available_timezones():
        raise AccessRefused("choose a language, a theme and a time zone from the lists")
    user = lock_person(person_id)
    user.language, user.time_zone = language, time_zone
    user.theme, user.has_shortcuts = theme, has_shortcuts
    user.save(update_fields=["language", "time_zone", "theme", "has_shortcuts"])
    record_event(
        by=by,
        at=at,
        action="person.preferences_changed",
        object_type="person",
        object_id=user.public_id,
        data={"language": language, "time_zone": time_zone},
    )


def withdraw_open(*, email: str, by: Actor, at: datetime, partner_id: int | None = None) -> None:
    """This will make open invitations of an address worthless, here or (None) everywhere."""
    rows = Invitation.objects.select_for_update().filter(
        email__iexact=email, accepted_at__isnull=True, withdrawn_at__isnull=True
    )
    if partner_id is not None:
        rows = rows.filter(partner_id=partner_id)
    for row in rows.order_by("pk"):
        row.withdrawn_at = at
        row.save(update_fields=["withdrawn_at"])
        record_withdrawn(row, by=by, at=at)


def record_withdrawn(row: Invitation, *, by: Actor, at: datetime) -> None:
    """This will put on record that an invitation is worthless now."""
    record_event(
        by=by,
        at=at,
        action="invitation.withdrawn",
        object_type="invitation",
        object_id=row.public_id,
        partner_id=row.partner_id,
    )


def lock_person(person_id: str) -> User:
    """This will return the person's row, locked. Raises UnknownPerson."""
    user = User.objects.select_for_update().filter(public_id=person_id).first()
    if user is None:
        raise UnknownPerson("there is no such person")
    return user


def set_password(user: User, password: str | None) -> None:
    """This will set a password that passes the rules, or none. Raises WeakPassword."""
    if password is None:
        user.set_unusable_password()
        return
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages)) from None
    user.set_password(password)


def expect_another_administrator(user: User) -> None:
    """This will return when another active administrator is left. Raises LastAdministrator."""
    # Every administrator's row is locked, in order: two who remove each other can't both win.
    others = (
        RoleAssignment.objects.select_for_update()
        .filter(role="administrator", ended_at__isnull=True, user__is_active=True)
        .exclude(user=user)
        .order_by("pk")
    )
    if not [row.pk for row in others]:
        raise LastAdministrator(f"{user.name} is the last administrator; name another one first")


def _end_sessions(user_pk: int, at: datetime) -> int:
    # A session names its person inside its signed data only, so all live ones are read; they
    # last half a day, which keeps their number small.
    mine = [
        session.session_key
        for session in Session.objects.filter(expire_date__gt=at).iterator()
        if str(session.get_decoded().get(SESSION_KEY)) == str(user_pk)
    ]
    ended, _ = Session.objects.filter(session_key__in=mine).delete()
    return ended
