"""People of a partner: invited, joined, given another role, removed; one's seat and settings."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.urls import reverse

from counterfoil.apps.messaging.models import OutboxMessage
from counterfoil.apps.partners.selectors import list_members
from counterfoil.apps.partners.services import add_member
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.doors.portal.conftest import browser_of
from tests.doors.portal.page import errors_of, fields_of, words
from tests.people_stock import AT, PASSWORD, SYSTEM, partner_person

pytestmark = [pytest.mark.db, pytest.mark.django_db]
KIM = {"name": "Kim Berg", "email": "kim@alpine.example", "role": "partner_member"}


def members_of(world):
    with acting_as(portal(world.partner_id)):
        return {row.name: row for row in list_members(partner_pk=world.partner_id)}


def link_of_the_mail() -> str:
    with acting_as(staff()):
        mail = OutboxMessage.objects.filter(template="invitation").order_by("-pk").first()
        return re.search(r"/join/\S+/", mail.body)[0]


def invited(client) -> str:
    client.post(reverse("portal:invite"), KIM)
    return link_of_the_mail()


def test_an_invited_colleague_joins_and_works(world, paula):
    link = invited(paula)
    assert "kim@alpine.example" in words(paula.get(reverse("portal:people")))
    kim = Client()
    page = kim.get(link)
    assert "Alpine Systems" in words(page)

    joined = kim.post(link, {**fields_of(page), "password": PASSWORD}, follow=True)

    assert joined.redirect_chain[-1][0] == reverse("portal:home")
    assert "Alpine Systems" in words(joined)
    assert "Kim Berg" in members_of(world)


def test_a_link_lets_in_once(world, paula):
    link = invited(paula)
    Client().post(link, {"name": "Kim Berg", "password": PASSWORD})

    again = Client().get(link)

    assert again.status_code == 410
    assert "accepted already" in words(again)
    assert Client().get(link[:-4] + "abc/").status_code == 404


def test_a_weak_password_says_what_would_be_right(world, paula):
    link = invited(paula)

    page = Client().post(link, {"name": "Kim Berg", "password": "short"})

    assert page.status_code == 422
    assert "12" in " ".join(errors_of(page))
    assert fields_of(page)["name"] == "Kim Berg"
    assert "Kim Berg" not in members_of(world)


def test_an_invitation_taken_back_is_worthless(world, paula):
    link = invited(paula)
    people = paula.get(reverse("portal:people")).content.decode()
    url = re.search(r"/portal/invitations/\w+/withdraw", people)[0]
    assert "kim@alpine.example" in words(paula.get(url))

    paula.post(url)

    assert Client().get(link).status_code == 410
    assert paula.get(url).status_code == 404


def test_what_is_wrong_with_an_invitation_is_said_at_its_field(world, paula):
    page = paula.post(reverse("portal:invite"), {"name": "", "email": "kim", "role": "owner"})

    assert page.status_code == 422
    assert len(errors_of(page)) == 3


def test_a_removed_colleague_has_no_access_any_more(world, paula):
    with acting_as(staff()):
        mia = partner_person("Mia", world.partner_id, "partner_member")
    client = browser_of(mia)
    assert client.get(reverse("portal:home")).status_code == 200
    url = reverse("portal:remove", args=[members_of(world)["Mia"].id])
    assert "Mia" in words(paula.get(url))

    paula.post(url)

    gone = client.get(reverse("portal:home"), follow=True)
    assert gone.status_code == 403
    assert "nothing is open to you" in words(gone)
    assert client.get("/", follow=True).status_code == 403


def test_the_last_administrator_stays(world, paula):
    url = reverse("portal:remove", args=[members_of(world)["Paula"].id])

    refused = paula.post(url)

    assert refused.status_code == 409
    assert "Somebody must be left" in words(refused)


def test_a_colleague_is_given_the_other_role(world, paula):
    with acting_as(staff()):
        partner_person("Mia", world.partner_id, "partner_member")

    paula.post(reverse("portal:role", args=[members_of(world)["Mia"].id]))

    assert members_of(world)["Mia"].role == "partner_admin"


def test_who_has_two_seats_acts_for_one_at_a_time(world, paula):
    with acting_as(staff()):
        add_member(
            partner_pk=world.other_partner_id, user_pk=world.partner.user_pk, name="Paula",
            email="paula@partner.example", role="partner_member", by=SYSTEM, at=AT,
        )  # fmt: skip
    assert "Alpine Systems" in words(paula.get(reverse("portal:home")))
    page = paula.get(reverse("web:seat"))
    other = next(
        value
        for value in re.findall(r'value="(par_\w+)"', page.content.decode())
        if value != world.partner_public_id
    )

    paula.post(reverse("web:seat"), {"partner": other})

    assert "Baltic Trading" in words(paula.get(reverse("portal:home")))
    assert paula.get(reverse("portal:people")).status_code == 404
    assert paula.post(reverse("web:seat"), {"partner": "par_nobody"}).status_code == 404


def test_nobody_takes_a_seat_that_is_not_theirs(world, boris):
    refused = boris.post(reverse("web:seat"), {"partner": world.partner_public_id})

    assert refused.status_code == 404
    assert "Baltic Trading" in words(boris.get(reverse("portal:home")))


@pytest.mark.parametrize("who", ["paula", "olive"])
def test_ones_own_settings_are_kept(world, who, request):
    client = request.getfixturevalue(who)
    page = client.get(reverse("web:profile"))
    assert page.status_code == 200
    given = {"language": "de", "time_zone": "Europe/Berlin", "theme": "dark"}

    saved = client.post(reverse("web:profile"), given, follow=True)

    assert 'lang="de"' in saved.content.decode()
    assert 'data-theme="dark"' in saved.content.decode()
    actor = world.partner if who == "paula" else world.operations
    user = get_user_model().objects.get(pk=actor.user_pk)
    assert (user.language, user.time_zone, user.theme) == ("de", "Europe/Berlin", "dark")
    assert user.has_shortcuts is False
    refused = client.post(reverse("web:profile"), {**given, "time_zone": "Mars/Base"})
    assert refused.status_code == 422
