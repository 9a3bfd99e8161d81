"""The walls of the database stand as declared."""

import pytest
from django.db import ProgrammingError, connection

from counterfoil.apps.partners.models import Organization
from counterfoil.foundation import database
from counterfoil.foundation.acting import AlreadyActing, acting_as, portal, staff

pytestmark = [pytest.mark.db, pytest.mark.django_db]


def test_a_fresh_database_has_no_drift_and_no_refusal():
    assert database.refusals() == []


def test_without_a_principal_business_tables_are_closed():
    with pytest.raises(ProgrammingError, match="permission denied"):
        list(
            Organization.objects.filter(name="x")
            .values("tax_id")
            .union(Organization.objects.none())
        ) or connection.cursor().execute("SELECT 1 FROM submissions_submission")


def test_role_and_partner_are_reset_after_the_block():
    with acting_as(portal(7)), connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('app.partner_id')")
        assert cursor.fetchone() == ("cf_portal", "7")
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('app.partner_id')")
        assert cursor.fetchone() == ("cf_app", "")


def test_two_principals_never_share_a_transaction():
    with acting_as(staff()), pytest.raises(AlreadyActing), acting_as(portal(1)):
        pass
