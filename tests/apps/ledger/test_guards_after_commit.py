"""What was committed stays: attacks on entries of an earlier transaction."""

import pytest
from django.db import DatabaseError, connections

from counterfoil.apps.ledger.checks import ledger_findings
from counterfoil.foundation.acting import acting_as, portal, staff, worker
from tests.apps.ledger.stock import budget, draft, entry_sql, post, sql
from tests.money_stock import make_partner

pytestmark = pytest.mark.db

AVAILABLE = "budget.available:fund_a:-:2026-Q2:EUR"
AUTHORIZED = "budget.authorized:fund_a:-:2026-Q2:EUR"


@pytest.fixture
def closed_entry(own_database):
    """A posted, committed entry in a database of its own; returns its row and account rows."""
    with acting_as(staff()):
        post(budget(10_000))
    with acting_as(staff()):
        [(entry,)] = sql("SELECT id FROM ledger_entry")
        accounts = dict(sql("SELECT code, id FROM ledger_account"))
    return entry, accounts


LATE = (
    "INSERT INTO ledger_leg "
    "(entry_id, seq, account_id, partner_id, amount_minor, currency) VALUES "
)


@pytest.mark.parametrize("role", [staff, worker])
def test_a_late_leg_is_refused(closed_entry, role):
    entry, accounts = closed_entry

    with pytest.raises(DatabaseError, match=r"already closed|off by"), acting_as(role()):
        sql(LATE + f"({entry}, 3, {accounts[AVAILABLE]}, 0, 5, 'EUR')")


@pytest.mark.parametrize("role", [staff, worker])
def test_a_late_balanced_pair_is_refused(closed_entry, role):
    entry, accounts = closed_entry

    with pytest.raises(DatabaseError, match="already closed"), acting_as(role()):
        sql(
            LATE + f"({entry}, 3, {accounts[AVAILABLE]}, 0, 5, 'EUR'), "
            f"({entry}, 4, {accounts[AUTHORIZED]}, 0, -5, 'EUR')"
        )


def test_the_owner_is_held_by_the_same_guards(closed_entry):
    entry, accounts = closed_entry
    pair = (
        LATE + f"({entry}, 3, {accounts[AVAILABLE]}, 0, 5, 'EUR'), "
        f"({entry}, 4, {accounts[AUTHORIZED]}, 0, -5, 'EUR')"
    )
    attacks = {
        pair: "already closed",
        "UPDATE ledger_leg SET amount_minor = amount_minor + 1": "append-only",
        "UPDATE ledger_entry SET reason = 'x'": "append-only",
        "UPDATE ledger_account SET currency = 'USD'": "append-only",
        "DELETE FROM ledger_leg": "append-only",
        "DELETE FROM ledger_entry": "append-only",
        "TRUNCATE ledger_leg": "append-only",
        "TRUNCATE ledger_entry CASCADE": "append-only",
        entry_sql([(AVAILABLE, 5, "EUR"), (AUTHORIZED, -4, "EUR")]): "is off by",
        # A forged transaction number would keep an entry open.
        entry_sql(
            [(AVAILABLE, 5, "EUR"), (AUTHORIZED, -5, "EUR")], columns=", xid", values=", '7'"
        ): "already closed|has no legs",
    }
    for text, words in attacks.items():
        with pytest.raises(DatabaseError, match=words), connections["owner"].cursor() as cursor:
            cursor.execute(text)


def test_a_partner_acting_sees_only_its_own(own_database):
    with acting_as(staff()):
        mine, other = make_partner("Mine"), make_partner("Other")
        post(budget(10_000), draft("allocate", mine, 1_000), draft("allocate", other, 1_000))
    with acting_as(portal(mine.pk)):
        assert sql("SELECT count(*) FROM ledger_entry") == [(1,)]


def test_planted_fault_without_the_closing_rule_a_late_pair_slips_in(closed_entry):
    """Shows that the closed-transaction rule is what holds: weakened, the attack succeeds."""
    entry, accounts = closed_entry
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_get_functiondef('ledger_leg_guard'::regproc)")
        weakened = cursor.fetchone()[0].replace("IS DISTINCT FROM pg_current_xact_id()", "IS NULL")
        cursor.execute(weakened)

    with acting_as(staff()):
        sql(
            LATE + f"({entry}, 3, {accounts[AVAILABLE]}, 0, 5, 'EUR'), "
            f"({entry}, 4, {accounts[AUTHORIZED]}, 0, -5, 'EUR')"
        )
        assert {row.check for row in ledger_findings()} == {"entries as posted"}
