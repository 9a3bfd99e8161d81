"""The database refuses what no program may do, whoever asks: attacked with raw SQL."""

import pytest
from django.db import DatabaseError, connection, transaction

from counterfoil.apps.ledger.services import close_period, open_period
from counterfoil.foundation.acting import acting_as, staff, worker
from tests.apps.ledger.stock import budget, draft, entry_sql, post, sql
from tests.money_stock import AT, FINANCE, make_partner

pytestmark = [pytest.mark.db, pytest.mark.django_db]

AVAILABLE = "budget.available:fund_a:-:2026-Q2:EUR"
AUTHORIZED = "budget.authorized:fund_a:-:2026-Q2:EUR"


@pytest.fixture
def partners():
    with acting_as(staff()):
        mine, other = make_partner("Mine"), make_partner("Other")
        post(budget(10_000), draft("allocate", mine, 1_000), draft("allocate", other, 1_000))
        yield mine, other


def _own(partner):
    return f"alloc.available:fund_a:{partner.public_id}:2026-Q2:EUR"


def _refused(text, match, *values):
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        sql(text, *values)


def test_a_raw_entry_that_is_right_is_taken(partners):
    sql(entry_sql([(AVAILABLE, 5, "EUR"), (AUTHORIZED, -5, "EUR")]))


def test_an_unbalanced_entry_is_refused(partners):
    _refused(entry_sql([(AVAILABLE, 5, "EUR"), (AUTHORIZED, -4, "EUR")]), "is off by 1 EUR")


def test_two_currencies_do_not_balance_each_other(partners):
    sql(
        "INSERT INTO ledger_account (code, kind, is_memo, fund, partner_id, period, currency, "
        "normal, may_go_negative) VALUES ('usd', 'budget.authorized', true, 'fund_a', 0, '', "
        "'USD', -1, false)"
    )
    _refused(entry_sql([(AVAILABLE, 5, "EUR"), ("usd", -5, "USD")]), "is off by")


def test_memorandum_and_real_accounts_do_not_balance_each_other(partners):
    post(draft("claim_directly", partners[0], 10))
    _refused(
        entry_sql([(AVAILABLE, 5, "EUR"), ("expense.mdf:fund_a:-:2026-Q2:EUR", -5, "EUR")]),
        "is off by",
    )


def test_a_leg_has_the_currency_of_its_account(partners):
    _refused(entry_sql([(AVAILABLE, 5, "USD"), (AUTHORIZED, -5, "USD")]), "leg_of_account")


def test_a_leg_has_the_partner_of_its_account(partners):
    mine, other = partners
    text = entry_sql([(_own(mine), 5, "EUR"), (AVAILABLE, -5, "EUR")], partner=other.pk).replace(
        "a.partner_id, v.minor", f"{other.pk} * sign(a.partner_id), v.minor"
    )
    _refused(text, "leg_of_account")


def test_an_entry_of_one_partner_has_no_leg_of_another(partners):
    mine, other = partners
    text = entry_sql([(_own(mine), 5, "EUR"), (_own(other), -5, "EUR")], partner=mine.pk)
    _refused(text, "has a leg of another partner")


def test_an_entry_of_the_vendor_has_no_leg_of_a_partner(partners):
    text = entry_sql([(_own(partners[0]), 5, "EUR"), (AVAILABLE, -5, "EUR")])
    _refused(text, "has a leg of another partner")


def test_an_entry_without_legs_is_refused(partners):
    text = entry_sql([(AVAILABLE, 5, "EUR"), (AUTHORIZED, -5, "EUR")])
    _refused(text.replace("USING (code)", "ON false"), "has no legs")
    header = text[len("WITH e AS (") : text.index(" RETURNING id")]
    _refused(header, "has no legs")


def test_a_leg_of_nothing_is_refused(partners):
    _refused(entry_sql([(AVAILABLE, 0, "EUR"), (AUTHORIZED, 0, "EUR")]), "leg_not_zero")


def test_an_account_stands_in_an_entry_by_sequence_once(partners):
    text = entry_sql([(AVAILABLE, 5, "EUR"), (AUTHORIZED, -5, "EUR")]).replace("v.seq,", "1,")
    _refused(text, "leg_seq_once")


@pytest.mark.parametrize(
    "text",
    [
        "UPDATE ledger_leg SET amount_minor = 1",
        "UPDATE ledger_entry SET reason = 'x'",
        "DELETE FROM ledger_leg",
        "DELETE FROM ledger_entry",
        "TRUNCATE ledger_leg",
        "TRUNCATE ledger_entry CASCADE",
        "ALTER TABLE ledger_leg DISABLE TRIGGER ALL",
        "DROP TRIGGER ledger_leg_guard ON ledger_leg",
    ],
)
@pytest.mark.parametrize("role", [staff, worker])
def test_staff_and_worker_may_not_change_or_disarm_the_journal(partners, text, role):
    _refused(text, "permission denied|must be owner|append-only")


def test_an_account_never_changes_or_goes(partners):
    _refused("UPDATE ledger_account SET may_go_negative = true", "append-only")
    _refused("DELETE FROM ledger_account", "permission denied")


def test_a_key_stands_once(partners):
    right = [(AVAILABLE, 5, "EUR"), (AUTHORIZED, -5, "EUR")]
    sql(entry_sql(right, key="twice"))
    again = entry_sql(right, key="twice").replace("VALUES ('twice'", "VALUES ('other'")
    _refused(again, "ledger_entry_idem_key_key")


def test_an_entry_is_reversed_at_most_once(partners):
    [(first,)] = sql("SELECT min(id) FROM ledger_entry")
    pair = [(AVAILABLE, 5, "EUR"), (AUTHORIZED, -5, "EUR")]
    sql(entry_sql(pair, columns=", reverses_id", values=f", {first}"))
    again = entry_sql(pair, columns=", reverses_id", values=f", {first}")
    _refused(again, "ledger_entry_reverses_id")


def test_nothing_goes_into_a_closed_period(partners):
    open_period(code="2026-04", by=FINANCE, at=AT)
    sql(entry_sql([(AVAILABLE, 5, "EUR"), (AUTHORIZED, -5, "EUR")]))
    close_period(code="2026-04", by=FINANCE, at=AT)

    _refused(entry_sql([(AVAILABLE, 5, "EUR"), (AUTHORIZED, -5, "EUR")]), "2026-04 is closed")


def test_an_entry_inside_a_savepoint_is_taken(partners):
    with transaction.atomic(), transaction.atomic():
        sql(entry_sql([(AVAILABLE, 5, "EUR"), (AUTHORIZED, -5, "EUR")]))


def test_a_partner_reads_its_own_legs_and_posts_nothing(partners):
    mine, other = partners
    right = entry_sql([(_own(mine), 5, "EUR"), (_own(mine), -5, "EUR")], partner=mine.pk)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SET LOCAL ROLE cf_portal; SELECT set_config('app.partner_id', '{mine.pk}', true)"
        )

    assert {pk for (pk,) in sql("SELECT DISTINCT partner_id FROM ledger_leg")} == {mine.pk}
    _refused(right, "permission denied")
    _refused("SELECT ledger_reserve_entries(1)", "permission denied")
    assert sql("SELECT 1 FROM ledger_entry WHERE partner_id = %s", other.pk) == []
