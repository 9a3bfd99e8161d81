"""The vendor's people need a second factor before they see anything; partners may have one."""

from datetime import UTC, datetime

import pytest

from counterfoil.apps.access.services import create_person, grant_role
from counterfoil.core.actors import system_actor
from counterfoil.foundation.acting import acting_as, staff

pytestmark = [pytest.mark.db, pytest.mark.django_db]
AT = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SETUP = system_actor("setup")


@pytest.fixture
def operations(django_user_model):
    with acting_as(staff()):
        person = create_person(
            email="dana@vendor.example",
            name="Dana Whitfield",
            is_staff_member=True,
            by=SETUP,
            at=AT,
        )
        grant_role(person_id=person.id, role="operations", by=SETUP, at=AT)
    return django_user_model.objects.get(email="dana@vendor.example")


def test_staff_without_a_second_factor_are_sent_to_set_one_up(client, operations, settings):
    settings.STAFF_NEED_MFA = True
    client.force_login(operations, backend=settings.AUTHENTICATION_BACKENDS[0])

    answer = client.get("/console/")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/")
    assert client.get(answer["Location"]).status_code in {200, 302}


def test_the_demo_asks_for_none(client, operations, settings):
    settings.STAFF_NEED_MFA = False
    client.force_login(operations, backend=settings.AUTHENTICATION_BACKENDS[0])

    assert client.get("/console/").status_code == 200
