"""Faults planted into the walls: each is caught, by the database, by `drift` or by a rule.

The walls themselves are looked at in test_isolation_declarations.py.
"""

import ast

import psycopg
import pytest
from django.db import DataError, connection

from counterfoil.apps.partners.models import Organization
from counterfoil.foundation import acting, database
from counterfoil.foundation.acting import acting_as, portal, staff
from tests.conftest import own_conninfo
from tests.house.test_writes import role_settings, strings_of
from tests.people_stock import organization

pytestmark = pytest.mark.db


def who() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, coalesce(current_setting('app.partner_id', true), '')"
        )
        return cursor.fetchone()


def administrator(name: str) -> psycopg.Connection:
    return psycopg.connect(own_conninfo(name, user="postgres"), autocommit=True)


def test_role_and_partner_end_with_the_transaction_even_when_it_fails(own_database):
    with pytest.raises(RuntimeError), acting_as(portal(7)):
        raise RuntimeError("the request fails")

    assert who() == ("cf_app", "")


def test_a_partner_set_for_the_session_leaks_into_the_next_request_and_is_seen(
    own_database, monkeypatch
):
    with acting_as(staff()):
        own, other = organization("Adler"), organization("Bussard")

    def enter(wrapper, principal):
        # The fault: SET and set_config(.., false) outlive the transaction on this connection.
        with wrapper.cursor() as cursor:
            cursor.execute(f"SET ROLE {principal.role}")
            cursor.execute(f"SELECT set_config('app.partner_id', '{principal.partner_id}', false)")
        wrapper.cf_principal = principal

    with monkeypatch.context() as patched:
        patched.setattr(acting, "_enter", enter)
        patched.setattr(acting, "_RESET", "SELECT 1")
        with acting_as(portal(other.pk)):
            pass

    leaked = who()
    assert leaked == ("cf_portal", str(other.pk))
    # What a request without any principal would read then: the rows of the partner before it.
    assert list(Organization.objects.values_list("name", flat=True)) == ["Bussard"]
    connection.close()
    assert who() == ("cf_app", "")
    assert own.pk != other.pk


def test_a_session_level_setting_in_the_source_is_caught_by_the_house_rule():
    tree = ast.parse(
        "cursor.execute(\"SET ROLE cf_staff\")\nx = \"set_config('a', 'b', false)\"\n"
    )

    assert len(role_settings(strings_of(tree))) == 2


def test_a_role_that_is_not_given_back_is_seen_within_an_outer_transaction(
    own_database, monkeypatch
):
    from django.db import transaction

    with transaction.atomic():
        with acting_as(portal(7)):
            pass
        assert who() == ("cf_app", "")

        monkeypatch.setattr(acting, "_RESET", "SELECT 1")
        with acting_as(portal(7)):
            pass
        assert who() == ("cf_portal", "7")


def test_without_a_partner_the_portal_role_gets_an_error_and_not_an_empty_list(own_database):
    nobody = acting.Principal("cf_portal", None)

    with pytest.raises(DataError, match="invalid input syntax"), acting_as(nobody):
        _ = list(Organization.objects.all())


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("ALTER TABLE partners_contact DISABLE ROW LEVEL SECURITY", "row-level security"),
        ("ALTER TABLE partners_contact NO FORCE ROW LEVEL SECURITY", "row-level security"),
        ("DROP POLICY cf_portal_own ON partners_contact", "policies differ"),
        (
            "DROP POLICY cf_portal_own ON partners_contact; CREATE POLICY cf_portal_own "
            "ON partners_contact FOR ALL TO cf_portal USING (true)",
            "policies differ",
        ),
        (
            "CREATE POLICY extra ON partners_contact FOR SELECT TO cf_portal USING (true)",
            "policies differ",
        ),
        ("GRANT DELETE ON partners_contact TO cf_portal", "cf_portal has"),
        ("GRANT SELECT ON partners_contact TO PUBLIC", "PUBLIC"),
        (
            "CREATE TABLE forgotten (id int, partner_id bigint); "
            "GRANT SELECT ON forgotten TO cf_portal",
            "forgotten",
        ),
        ("GRANT SELECT ON audit_logleaf TO cf_portal", "audit_logleaf"),
        ("REVOKE INSERT ON audit_event FROM cf_portal", "audit_event"),
        ("GRANT SELECT ON ledger_leg TO cf_jobs", "ledger_leg: cf_jobs"),
        ("GRANT SELECT (salt) ON audit_personalvalue TO cf_portal", "single columns"),
        (
            "ALTER POLICY cf_portal_own ON partners_contact WITH CHECK (true)",
            "policies differ",
        ),
        (
            "ALTER POLICY cf_staff_all ON partners_contact TO cf_staff, cf_portal",
            "policies differ",
        ),
    ],
)
def test_a_wall_that_was_taken_down_is_a_reason_not_to_start(own_database, fault, words):
    assert database.refusals() == []
    with administrator(own_database) as insider:
        insider.execute(fault)

    assert any(words in refusal for refusal in database.refusals()), database.refusals()


def test_the_isolation_script_puts_every_wall_back(own_database):
    with administrator(own_database) as insider:
        insider.execute("ALTER TABLE partners_contact DISABLE ROW LEVEL SECURITY")
        insider.execute("GRANT DELETE ON partners_contact TO cf_portal")
    assert database.refusals()

    database.apply_isolation()
    database.apply_isolation()

    assert database.refusals() == []


def test_a_new_table_without_a_declaration_stops_the_script(own_database):
    from django.apps import apps
    from django.db import models

    from counterfoil.foundation.isolation import Undeclared, declarations

    class Forgotten(models.Model):
        partner_id = models.BigIntegerField()

        class Meta:
            app_label = "partners"

    try:
        with pytest.raises(Undeclared, match="partners_forgotten"):
            declarations()
    finally:
        apps.all_models["partners"].pop("forgotten")
        apps.clear_cache()
