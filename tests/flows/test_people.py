"""From an invitation to a person with a seat, and out again, at both sides."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.db import ProgrammingError, transaction

from counterfoil.apps.access.errors import (
    AccessRefused,
    InvitationInvalid,
    PersonExists,
    UnknownRole,
    WeakPassword,
)
from counterfoil.apps.access.models import Invitation
from counterfoil.apps.access.selectors import find_actor, find_invitation, list_invitations
from counterfoil.apps.messaging.selectors import list_mail
from counterfoil.apps.partners.errors import LastPartnerAdmin, UnknownMembership
from counterfoil.apps.partners.selectors import list_members, list_seats, own_partner
from counterfoil.core.actors import system_actor
from counterfoil.core.authority import NotAllowed
from counterfoil.flows import people
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.people_stock import AT, PASSWORD, organization, partner_person, staff_person

pytestmark = [pytest.mark.db, pytest.mark.django_db]
JOIN = system_actor("join")


def token_of_mail(email: str) -> str:
    (row,) = list_mail(to_email=email).rows
    return re.search(r"/join/([^/\s]+)/", row.mail.body)[1]


def join(token: str, *, at=AT, name="Ines Roth", password=PASSWORD):
    return people.accept_invitation(token=token, name=name, password=password, by=JOIN, at=at)


@pytest.fixture
def stage():
    """An administrator, a partner with its administrator, and another partner."""
    with acting_as(staff()):
        adam = staff_person("Adam", "administrator")
        own, other = organization("Adler GmbH"), organization("Bussard GmbH")
        ines = partner_person("Ines", own.pk)
        return adam, own, other, ines


def test_a_person_of_the_vendor_joins_by_the_mailed_link(stage):
    adam, *_ = stage
    with acting_as(staff()):
        people.invite_person(
            email="olga@vendor.example", name="Olga", role="operations", by=adam, at=AT,
            region="emea", language="de",
        )  # fmt: skip
        (mail,) = list_mail(to_email="olga@vendor.example").rows
        assert "lädt Sie" in mail.mail.subject

        joined = join(token_of_mail("olga@vendor.example"), name="Olga Berg")

        person = find_actor(user_pk=joined.actor.user_pk)
        assert (person.actor.name, person.actor.roles) == ("Olga Berg", ("operations",))
        assert person.actor.grants[0].region == "emea"
    assert authenticate(None, email="olga@vendor.example", password=PASSWORD)


def test_only_the_hash_of_the_link_is_stored(stage):
    adam, *_ = stage
    with acting_as(staff()):
        people.invite_person(
            email="olga@vendor.example", name="Olga", role="operations", by=adam, at=AT
        )
        token = token_of_mail("olga@vendor.example")
        row = Invitation.objects.get()

        assert token.split(":")[0] not in repr(row.__dict__)
        assert find_invitation(token=token, at=AT).state == "open"
        assert find_invitation(token=token[:-1] + "x", at=AT) is None
        assert find_invitation(token="", at=AT) is None


def test_a_link_works_once_and_for_a_week(stage):
    adam, *_ = stage
    with acting_as(staff()):
        people.invite_person(
            email="olga@vendor.example", name="Olga", role="operations", by=adam, at=AT
        )
        token = token_of_mail("olga@vendor.example")

        with pytest.raises(InvitationInvalid):
            join(token, at=AT + timedelta(days=7))
        join(token, at=AT + timedelta(days=6))
        with pytest.raises(InvitationInvalid):
            join(token, at=AT + timedelta(days=6))


def test_a_second_invitation_makes_the_first_link_worthless(stage):
    adam, *_ = stage
    with acting_as(staff()):
        for minutes in (0, 5):
            people.invite_person(
                email="olga@vendor.example", name="Olga", role="operations", by=adam,
                at=AT + timedelta(minutes=minutes),
            )  # fmt: skip
        newest, oldest = list_mail(to_email="olga@vendor.example").rows
        tokens = [re.search(r"/join/([^/\s]+)/", row.mail.body)[1] for row in (newest, oldest)]

        with pytest.raises(InvitationInvalid):
            join(tokens[1])
        join(tokens[0])


def test_a_weak_password_leaves_the_invitation_open(stage):
    adam, *_ = stage
    with acting_as(staff()):
        people.invite_person(
            email="olga@vendor.example", name="Olga", role="operations", by=adam, at=AT
        )
        token = token_of_mail("olga@vendor.example")
        with pytest.raises(WeakPassword):
            join(token, password="short")

        assert find_invitation(token=token, at=AT).state == "open"


def test_a_partners_administrator_invites_for_their_own_partner(stage):
    _, own, _, ines = stage
    with acting_as(portal(own.pk)):
        people.invite_person(
            email="jan@partner.example", name="Jan", role="partner_member", by=ines, at=AT,
            partner_pk=own.pk,
        )  # fmt: skip
        (row,) = list_invitations(at=AT, partner_id=own.pk)
        assert row.email == "jan@partner.example"

    with acting_as(staff()):
        joined = join(token_of_mail("jan@partner.example"), name="Jan Vos")
    (seat,) = list_seats(user_pk=joined.actor.user_pk)
    assert (seat.partner_name, seat.role) == ("Adler GmbH", "partner_member")


def test_a_partners_administrator_reaches_no_other_partner(stage):
    _, own, other, ines = stage
    with acting_as(portal(own.pk)):
        with pytest.raises(AccessRefused):
            people.invite_person(
                email="x@x.example", name="X", role="partner_admin", by=ines, at=AT,
                partner_pk=other.pk,
            )  # fmt: skip
        with pytest.raises(NotAllowed):
            people.invite_person(
                email="x@x.example", name="X", role="administrator", by=ines, at=AT
            )
        with pytest.raises(UnknownRole):
            people.invite_person(
                email="x@x.example", name="X", role="finance_checker", by=ines, at=AT,
                partner_pk=own.pk,
            )  # fmt: skip


def test_an_invitation_for_another_partner_is_refused_by_the_database_as_well(stage, monkeypatch):
    _, own, other, ines = stage
    with acting_as(staff()):
        foreign = own_partner(partner_pk=other.pk)
    monkeypatch.setattr(people, "_expect_own", lambda by, partner_pk: None)
    monkeypatch.setattr(people, "own_partner", lambda partner_pk: foreign)
    with (
        acting_as(portal(own.pk)),
        pytest.raises(ProgrammingError, match="row-level security"),
        transaction.atomic(),
    ):
        people.invite_person(
            email="x@x.example", name="X", role="partner_admin", by=ines, at=AT,
            partner_pk=other.pk,
        )  # fmt: skip


def test_a_member_who_is_no_administrator_invites_nobody(stage):
    _, own, _, _ = stage
    with acting_as(staff()):
        jan = partner_person("Jan", own.pk, "partner_member")
    with acting_as(portal(own.pk)), pytest.raises(NotAllowed):
        people.invite_person(
            email="x@x.example", name="X", role="partner_member", by=jan, at=AT,
            partner_pk=own.pk,
        )  # fmt: skip


def test_a_person_known_elsewhere_gets_one_more_seat_and_keeps_the_password(stage):
    adam, _, other, ines = stage
    with acting_as(staff()):
        people.invite_person(
            email="ines@partner.example", name="Ines", role="partner_member", by=adam, at=AT,
            partner_pk=other.pk,
        )  # fmt: skip
        joined = join(token_of_mail("ines@partner.example"), password="another long password")

    assert not joined.is_new
    assert [seat.partner_name for seat in list_seats(user_pk=ines.user_pk)] == [
        "Adler GmbH", "Bussard GmbH",
    ]  # fmt: skip
    assert authenticate(None, email="ines@partner.example", password=PASSWORD)


def test_nobody_is_of_the_vendor_and_of_a_partner(stage):
    adam, own, *_ = stage
    with acting_as(staff()):
        people.invite_person(
            email="adam@vendor.example", name="Adam", role="partner_admin", by=adam, at=AT,
            partner_pk=own.pk,
        )  # fmt: skip
        with pytest.raises(PersonExists):
            join(token_of_mail("adam@vendor.example"))


def test_a_removed_person_has_no_seat_from_the_next_look(stage):
    adam, _, _, ines = stage
    with acting_as(staff()):
        people.remove_person(person_id=ines.id, by=adam, at=AT, reason="left")

    assert find_actor(user_pk=ines.user_pk) is None
    assert list_seats(user_pk=ines.user_pk) == ()


def test_only_an_administrator_removes_a_person(stage):
    _, _, _, ines = stage
    with acting_as(staff()):
        olga = staff_person("Olga", "operations")
        with pytest.raises(NotAllowed):
            people.remove_person(person_id=ines.id, by=olga, at=AT, reason="left")
        with pytest.raises(NotAllowed):
            people.grant_role(person_id=olga.id, role="team_lead", by=olga, at=AT, reason="self")


def test_a_partners_administrator_removes_colleagues_but_not_the_last_administrator(stage):
    _, own, other, ines = stage
    with acting_as(staff()):
        partner_person("Jan", own.pk, "partner_member")
        partner_person("Uwe", other.pk)
        (foreign,) = list_members(partner_pk=other.pk)
    with acting_as(portal(own.pk)):
        members = {member.name: member.id for member in list_members(partner_pk=own.pk)}
        people.remove_partner_person(
            membership_id=members["Jan"], partner_pk=own.pk, by=ines, at=AT, reason="left"
        )
        with pytest.raises(LastPartnerAdmin):
            people.remove_partner_person(
                membership_id=members["Ines"], partner_pk=own.pk, by=ines, at=AT, reason="x"
            )
        with pytest.raises(UnknownMembership):
            people.remove_partner_person(
                membership_id=foreign.id, partner_pk=own.pk, by=ines, at=AT, reason="x"
            )
        assert [member.name for member in list_members(partner_pk=own.pk)] == ["Ines"]
