"""Whoever is removed is out at once: roles, sessions, second factor, invitations."""

from datetime import UTC, datetime

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import authenticate
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session

from counterfoil.apps.access.errors import (
    GrantToSelf,
    LastAdministrator,
    PersonExists,
    PersonInactive,
    WeakPassword,
)
from counterfoil.apps.access.selectors import (
    find_actor,
    find_person,
    list_invitations,
    list_people,
    needs_mfa,
)
from counterfoil.apps.access.services import create_person, invite_person, remove_person
from counterfoil.apps.access.services.sign_ins import record_failed_sign_in
from counterfoil.apps.audit.models import Event
from counterfoil.foundation.acting import acting_as, staff, worker
from tests.people_stock import (
    AT,
    PASSWORD,
    SYSTEM,
    organization,
    partner_person,
    staff_person,
)

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LATER = datetime(2100, 1, 1, tzinfo=UTC)


def session_of(user_pk: int) -> str:
    session = SessionStore()
    session["_auth_user_id"] = str(user_pk)
    session.set_expiry(LATER)
    session.save()
    return session.session_key


def removed(person, *, by=SYSTEM) -> int:
    return remove_person(person_id=person.id, by=by, at=AT, reason="left the company")


def test_a_removed_person_loses_sessions_roles_password_and_second_factor():
    with acting_as(staff()):
        olga = staff_person("Olga", "operations")
        other = staff_person("Otto", "operations")
    mine, theirs = session_of(olga.user_pk), session_of(other.user_pk)
    session_of(olga.user_pk)
    Authenticator.objects.create(user_id=olga.user_pk, type="totp", data={})

    with acting_as(staff()):
        assert removed(olga) == 2

        person = find_person(person_id=olga.id)
        assert (person.is_active, person.roles, person.has_mfa) == (False, (), False)
    assert find_actor(user_pk=olga.user_pk) is None
    assert not Session.objects.filter(session_key=mine).exists()
    assert Session.objects.filter(session_key=theirs).exists()
    assert authenticate(None, email="olga@vendor.example", password=PASSWORD) is None


def test_a_refused_removal_ends_nothing():
    with acting_as(staff()):
        adam = staff_person("Adam", "administrator")
        with pytest.raises(LastAdministrator):
            removed(adam)
        with pytest.raises(GrantToSelf):
            removed(adam, by=adam)

        assert find_person(person_id=adam.id).is_active


def test_nobody_is_removed_twice():
    with acting_as(staff()):
        olga = staff_person("Olga", "operations")
        removed(olga)

        with pytest.raises(PersonInactive):
            removed(olga)


def test_open_invitations_to_a_removed_address_are_worthless():
    with acting_as(staff()):
        adam = staff_person("Adam", "administrator")
        ines = partner_person("Ines", organization().pk)
        partner = organization("Zweite GmbH")
        invite_person(
            email="ines@partner.example", name="Ines", role="partner_admin", by=adam, at=AT,
            partner_id=partner.pk,
        )  # fmt: skip

        removed(ines, by=adam)

        assert list_invitations(at=AT, partner_id=partner.pk) == ()


def test_one_mail_address_is_one_person_in_any_case():
    with acting_as(staff()):
        staff_person("Olga")
        with pytest.raises(PersonExists):
            create_person(
                email="OLGA@vendor.example", name="O", is_staff_member=True, by=SYSTEM, at=AT
            )


@pytest.mark.parametrize("password", ["short", "password1234"])
def test_a_weak_password_is_refused_with_the_reason(password):
    with acting_as(staff()), pytest.raises(WeakPassword, match=r"password|common"):
        create_person(
            email="x@vendor.example", name="X", is_staff_member=True, by=SYSTEM, at=AT,
            password=password,
        )  # fmt: skip


def test_the_vendors_people_need_a_second_factor_and_partner_people_do_not_yet():
    with acting_as(staff()):
        olga = staff_person("Olga", "operations")
        ines = partner_person("Ines", organization().pk)

    assert needs_mfa(user_pk=olga.user_pk)
    assert not needs_mfa(user_pk=ines.user_pk)
    Authenticator.objects.create(user_id=olga.user_pk, type="recovery_codes", data={})
    assert needs_mfa(user_pk=olga.user_pk)
    Authenticator.objects.create(user_id=olga.user_pk, type="totp", data={})
    assert not needs_mfa(user_pk=olga.user_pk)


def test_a_failed_sign_in_is_recorded_without_the_address_in_the_clear():
    with acting_as(worker()):
        record_failed_sign_in(email="somebody@else.example", at=AT)

        row = Event.objects.get(action="person.sign_in_failed")
        assert "somebody" not in row.canonical


def test_people_are_listed_by_name_and_page(django_assert_max_num_queries):
    with acting_as(staff()):
        for name in ("Cara", "Anna", "Bert", "Dora"):
            staff_person(name, "operations")

        first = list_people(limit=3)
        assert [person.name for person in first.people] == ["Anna", "Bert", "Cara"]
        second = list_people(limit=3, cursor=first.next_cursor)
        assert [person.name for person in second.people] == ["Dora"]
        assert second.next_cursor == ""
        with django_assert_max_num_queries(3):
            list_people(search="a", role="operations")
