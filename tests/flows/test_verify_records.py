"""A record that was changed around the product is named, for the audit log says what it was."""

from datetime import UTC, datetime

import psycopg
import pytest

from counterfoil.apps.audit.selectors import events_of
from counterfoil.core.authority import NotAllowed
from counterfoil.flows.verify_records import verify_records
from counterfoil.foundation.acting import acting_as, staff
from tests.conftest import own_conninfo
from tests.doors.seed import seed_small_world
from tests.flows.test_replay import decided_claim
from tests.people_stock import AT, SYSTEM, staff_person
from tests.submission_stock import make_world

pytestmark = pytest.mark.db
SUMMER = datetime(2026, 8, 14, 9, 0, tzinfo=UTC)

CLAIM = "(SELECT max(id) FROM submissions_decision)"
ONE = "(SELECT submission_id FROM submissions_decision ORDER BY id DESC LIMIT 1)"
# Table, what an insider with all rights does to it, and the check that names it.
DECIDED = (
    (
        "submissions_decision",
        'UPDATE submissions_decision SET record = replace(record, \'"reason":"\', '
        "'\"reason\":\"forged '), reason = 'forged ' || reason; UPDATE submissions_decision "
        "SET sha256 = encode(sha256(convert_to(record, 'UTF8')), 'hex')",
        "decisions as recorded",
    ),
    (
        "submissions_decision",
        f"UPDATE submissions_decision SET reason = 'other' WHERE id = {CLAIM}",
        "decisions as recorded",
    ),
    (
        "submissions_decision",
        f"DELETE FROM submissions_decision WHERE id = {CLAIM}",
        "decisions as recorded",
    ),
    (
        "submissions_detail",
        f"UPDATE submissions_detail SET value = '\"x\"' WHERE submission_id = {ONE}",
        "decisions as recorded",
    ),
    (
        "submissions_evidence",
        f"UPDATE submissions_evidence SET sha256 = repeat('a', 64) WHERE submission_id = {ONE}",
        "decisions as recorded",
    ),
    (
        "submissions_submission",
        f"UPDATE submissions_submission SET outcome = 'declined' WHERE id = {ONE}",
        "decisions as recorded",
    ),
    (
        "submissions_approval",
        "UPDATE submissions_approval SET approver_id = (SELECT max(id) FROM access_user)",
        "approvals as given",
    ),
    (
        "submissions_approval",
        f"DELETE FROM submissions_approval WHERE submission_id = {ONE}",
        "approvals as given",
    ),
    (
        "submissions_screening",
        "UPDATE submissions_screening SET record = record || ' '",
        "screenings as recorded",
    ),
    (
        "playbooks_playbookversion",
        "UPDATE playbooks_playbookversion SET source = source || '# later'",
        "playbooks as published",
    ),
    (
        "ledger_leg",
        "UPDATE ledger_leg SET amount_minor = amount_minor * 2",
        "entries as posted",
    ),
    (
        "programs_fund",
        "UPDATE programs_fund SET claims_until = claims_until + 30",
        "funds as set up",
    ),
    ("programs_fund", "UPDATE programs_fund SET budget_minor = 1", "funds as set up"),
)
PAID = (
    (
        "access_roleassignment",
        "INSERT INTO access_roleassignment (user_id, role, region, program, limit_currency, "
        "granted_by_id, granted_at) SELECT max(u.id), 'team_lead', '', '', '', min(r.user_id), "
        "now() FROM access_user u, access_roleassignment r WHERE r.role = 'administrator'",
        "roles as given",
    ),
    (
        "access_roleassignment",
        "UPDATE access_roleassignment SET limit_minor = 1, limit_currency = 'EUR'",
        "roles as given",
    ),
    ("payouts_payee", "UPDATE payouts_payee SET erp_vendor_number = 'X'", "payees as checked"),
    ("payouts_payee", "UPDATE payouts_payee SET legal_name = 'X'", "payees as checked"),
    (
        "payouts_billbatch",
        "UPDATE payouts_billbatch SET sealed_by = 'usr_x'",
        "batches as released",
    ),
    (
        "payouts_bill",
        "UPDATE payouts_bill SET state = 'paid', paid_on = '2026-01-01', paid_reference = 'X'",
        "bills as paid",
    ),
)


def expect_each_named(database: str, edits: tuple[tuple[str, str, str], ...]) -> None:
    """Do each edit as the server's administrator, see it named, and take it back."""
    address = own_conninfo(database, user="postgres")
    unnamed = []
    with psycopg.connect(address, autocommit=True) as insider:
        insider.execute("SET session_replication_role = replica")
        for table, edit, check in edits:
            insider.execute(f"CREATE TABLE kept AS TABLE {table}")
            insider.execute(edit)
            with acting_as(staff()):
                found = verify_records(by=SYSTEM, at=AT)
            if check not in {each.check for each in found}:
                unnamed.append(edit)
            insider.execute(f"DELETE FROM {table}")
            insider.execute(f"INSERT INTO {table} SELECT * FROM kept; DROP TABLE kept")
    assert unnamed == []
    with acting_as(staff()):
        assert verify_records(by=SYSTEM, at=AT) == ()


def test_planted_edits_of_what_was_decided_are_named(own_database):
    decided_claim(make_world())
    with acting_as(staff()):
        assert verify_records(by=SYSTEM, at=AT) == ()

    expect_each_named(own_database, DECIDED)


def test_planted_edits_of_roles_payees_and_bills_are_named(own_database):
    with acting_as(staff()):
        seed_small_world(SUMMER)
    with acting_as(staff()):
        assert verify_records(by=SYSTEM, at=AT) == ()

    expect_each_named(own_database, PAID)


@pytest.mark.django_db
def test_a_verification_is_on_record_and_not_for_everybody():
    with acting_as(staff()):
        verify_records(by=SYSTEM, at=AT)

        (event,) = events_of(object_type="log", object_id="records")
        assert (event.action, event.data["differences"]) == ("records.verified", [])
        with pytest.raises(NotAllowed):
            verify_records(by=staff_person("Olive", "operations"), at=AT)
