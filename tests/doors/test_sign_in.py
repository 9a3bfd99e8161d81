"""Who came, who left and who was refused stands in the audit log."""

import pytest
from django.test import Client

from counterfoil.apps.audit.selectors import list_events
from counterfoil.apps.audit.types import EventFilters
from counterfoil.foundation.acting import acting_as, staff
from tests.people_stock import PASSWORD, staff_person

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def sign_in(client: Client, password: str = PASSWORD) -> int:
    data = {"login": "olga@vendor.example", "password": password}
    return client.post("/accounts/login/", data).status_code


def events() -> list[tuple[str, str]]:
    with acting_as(staff()):
        page = list_events(filters=EventFilters(object_type="person"))
    rows = [(event.action, event.actor_name) for event in page.events]
    return [row for row in rows if "sign" in row[0]][::-1]


@pytest.fixture
def olga():
    with acting_as(staff()):
        return staff_person("Olga", "operations")


def test_coming_and_leaving_are_recorded(client, olga):
    assert sign_in(client) == 302
    client.post("/accounts/logout/")

    assert events() == [("person.signed_in", "Olga"), ("person.signed_out", "Olga")]


def test_a_refused_sign_in_is_recorded_and_nobody_is_in(client, olga):
    assert sign_in(client, "wrong password") == 200

    assert [action for action, _ in events()] == ["person.sign_in_failed"]
    assert "_auth_user_id" not in client.session


def test_many_refusals_are_slowed_down(client, olga):
    codes = [sign_in(client, f"wrong {number}") for number in range(12)]

    assert len([action for action, _ in events()]) < 12
    assert sign_in(client) != 302
    assert set(codes) <= {200, 429}


def test_who_tries_too_often_reads_what_to_do(client, olga):
    answers = [
        client.post(
            "/accounts/login/", {"login": "olga@vendor.example", "password": f"no {number}"}
        )
        for number in range(40)
    ]

    slowed = [each.content.decode() for each in answers if each.status_code == 429]
    assert slowed
    assert "Wait a few minutes" in slowed[0]


def test_nobody_changes_their_own_log_in_address(client, olga):
    sign_in(client)

    codes = [
        client.get("/accounts/email/").status_code,
        client.post("/accounts/email/", {"action_add": "", "email": "x@y.example"}).status_code,
        client.get("/accounts/confirm-email/").status_code,
        client.get("/accounts/confirm-email/no-such-key/").status_code,
    ]

    assert codes == [404] * 4
