"""Nobody gives themselves a role, nor holds two that must be kept apart."""

from datetime import timedelta
from itertools import combinations

import pytest
from django.db import IntegrityError, transaction

from counterfoil.apps.access.errors import (
    ConflictingRoles,
    GrantToSelf,
    LastAdministrator,
    RoleHeld,
    RoleNotHeld,
    UnknownPerson,
    UnknownRole,
)
from counterfoil.apps.access.models import RoleAssignment, User
from counterfoil.apps.access.selectors import find_actor, find_person, list_role_holders
from counterfoil.apps.access.services import end_role, grant_role, roles
from counterfoil.apps.access.services.roles import add_role
from counterfoil.apps.audit.selectors import events_of
from counterfoil.core.actors import STAFF_ROLES
from counterfoil.core.authority import CONFLICTING_ROLES
from counterfoil.core.money import Money
from counterfoil.foundation.acting import acting_as, staff
from tests.people_stock import AT, SYSTEM, organization, partner_person, staff_person

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def write_role(person, role, *, given_by):
    """Write an assignment past the service, as cf_staff could by SQL."""
    RoleAssignment(user_id=person.user_pk, role=role, granted_by_id=given_by, granted_at=AT).save(
        force_insert=True
    )


def give(person, role, *, by, **extra):
    grant_role(person_id=person.id, role=role, by=by, at=AT, reason="new task", **extra)


def test_a_granted_role_counts_from_the_next_look_and_is_on_record():
    with acting_as(staff()):
        adam = staff_person("Adam", "administrator")
        olga = staff_person("Olga")

        give(olga, "operations", by=adam, region="emea", limit=Money(500_000, "EUR"))

        (grant,) = find_actor(user_pk=olga.user_pk).actor.grants
        assert (grant.role, grant.region, grant.limit_minor) == ("operations", "emea", 500_000)
        event = events_of(object_type="person", object_id=olga.id)[0]
        assert (event.action, event.actor_id) == ("role.granted", adam.id)
        assert event.data["limit"] == "5000.00 EUR"


def test_nobody_gives_themselves_a_role():
    with acting_as(staff()):
        adam = staff_person("Adam", "administrator")

        with pytest.raises(GrantToSelf):
            give(adam, "finance_checker", by=adam)
        with pytest.raises(GrantToSelf):
            end_role(person_id=adam.id, role="administrator", by=adam, at=AT, reason="x")


def test_a_self_grant_written_past_the_service_is_refused_by_the_database():
    with acting_as(staff()):
        adam = staff_person("Adam", "administrator")

        with pytest.raises(IntegrityError, match="nobody_grants_themselves"), transaction.atomic():
            write_role(adam, "leadership", given_by=adam.user_pk)


def test_the_database_refuses_roles_that_no_administrator_gave():
    with acting_as(staff()):
        olga = staff_person("Olga", "operations")
        adam = staff_person("Adam", "administrator")
        ines = partner_person("Ines", organization().pk)

        for person, given_by, words in (
            (olga, None, "given by an administrator"),
            (olga, ines.user_pk, "only an administrator"),
            (adam, olga.user_pk, "only an administrator"),
            (ines, adam.user_pk, "people of the vendor"),
        ):
            with pytest.raises(IntegrityError, match=words), transaction.atomic():
                write_role(person, "team_lead", given_by=given_by)


@pytest.mark.parametrize(
    "change",
    [
        {"role": "administrator"},
        {"limit_minor": 10**12, "limit_currency": "EUR"},
        {"granted_at": AT + timedelta(days=1)},
        {"ended_at": None},
    ],
)
def test_a_role_that_stands_or_ended_is_changed_by_no_sql(change):
    with acting_as(staff()):
        olga = staff_person("Olga", "operations")
        if "ended_at" in change:
            end_role(person_id=olga.id, role="operations", by=SYSTEM, at=AT, reason="moved")

        with pytest.raises(IntegrityError, match="ended once"), transaction.atomic():
            RoleAssignment.objects.filter(user_id=olga.user_pk).update(**change)


def test_the_database_keeps_the_last_administrator_and_whose_person_somebody_is():
    with acting_as(staff()):
        adam = staff_person("Adam", "administrator")
        ines = partner_person("Ines", organization().pk)

        with pytest.raises(IntegrityError, match="last administrator"), transaction.atomic():
            RoleAssignment.objects.filter(user_id=adam.user_pk).update(ended_at=AT)
        with pytest.raises(IntegrityError, match="whose person"), transaction.atomic():
            User.objects.filter(pk=ines.user_pk).update(is_staff_member=True)


def test_planted_role_without_a_giver_is_stopped_by_the_database(monkeypatch):
    """The planted fault: the service forgets who gives the role."""
    with acting_as(staff()):
        adam = staff_person("Adam", "administrator")
        olga = staff_person("Olga")
        monkeypatch.setattr(
            roles, "add_role", lambda *a, **k: add_role(*a, **{**k, "granted_by_pk": None})
        )

        with pytest.raises(IntegrityError, match="given by an administrator"):
            give(olga, "finance_checker", by=adam)


@pytest.mark.parametrize(("held", "wanted"), [*combinations(STAFF_ROLES, 2)])
def test_every_pair_of_roles_is_held_together_or_refused_as_the_table_says(held, wanted):
    conflict = (held, wanted) in CONFLICTING_ROLES or (wanted, held) in CONFLICTING_ROLES
    with acting_as(staff()):
        adam = staff_person("Adam", "administrator")
        person = staff_person("Pat", held)
        if conflict:
            with pytest.raises(ConflictingRoles):
                give(person, wanted, by=adam)
            with (
                pytest.raises(IntegrityError, match="never held by one person"),
                transaction.atomic(),
            ):
                write_role(person, wanted, given_by=adam.user_pk)
        else:
            give(person, wanted, by=adam)
        assert len(find_person(person_id=person.id).roles) == (1 if conflict else 2)


def test_a_role_is_not_given_twice_nor_ended_twice():
    with acting_as(staff()):
        olga = staff_person("Olga", "operations")

        with pytest.raises(RoleHeld):
            give(olga, "operations", by=SYSTEM)
        end_role(person_id=olga.id, role="operations", by=SYSTEM, at=AT, reason="moved")
        with pytest.raises(RoleNotHeld):
            end_role(person_id=olga.id, role="operations", by=SYSTEM, at=AT, reason="moved")

        person = find_person(person_id=olga.id)
        assert (len(person.roles), len(person.history)) == (0, 1)


def test_the_last_administrator_keeps_the_role():
    with acting_as(staff()):
        adam = staff_person("Adam", "administrator")
        with pytest.raises(LastAdministrator):
            end_role(person_id=adam.id, role="administrator", by=SYSTEM, at=AT, reason="x")

        staff_person("Eva", "administrator")
        end_role(person_id=adam.id, role="administrator", by=SYSTEM, at=AT, reason="x")


def test_a_partners_person_gets_no_role_of_the_vendor():
    with acting_as(staff()):
        ines = partner_person("Ines", organization().pk)

        with pytest.raises(UnknownRole):
            give(ines, "operations", by=SYSTEM)
        with pytest.raises(UnknownRole):
            give(staff_person("Olga"), "partner_admin", by=SYSTEM)
        with pytest.raises(UnknownPerson):
            grant_role(person_id="usr_none", role="operations", by=SYSTEM, at=AT)


def test_role_holders_are_those_of_the_region_or_of_all():
    with acting_as(staff()):
        staff_person("Tom", "team_lead")
        emea = staff_person("Ute")
        give(emea, "team_lead", by=SYSTEM, region="emea")

        everywhere = {who.name for who in list_role_holders(role="team_lead", region="apac")}
        assert everywhere == {"Tom"}
        assert len(list_role_holders(role="team_lead", region="emea")) == 2
