"""The tracker is the ledger, and every figure opens down to its entries."""

import pytest
from django.db import connections

from counterfoil.apps.ledger.checks import ledger_findings, unproved_trackers
from counterfoil.apps.ledger.errors import UnknownEntry
from counterfoil.apps.ledger.selectors import (
    account_page,
    balances,
    entries_of,
    fund_position,
    get_entry,
    payables_due,
    tracker_rows,
    trial_balance,
)
from counterfoil.apps.ledger.services import post_entries, reverse_entry
from counterfoil.core.accounts import AccountKind
from counterfoil.foundation.acting import acting_as, staff
from tests.apps.ledger.stock import FUND, ON, PERIOD, budget, draft, post
from tests.money_stock import AT, CHECKER, OPS, make_partner

pytestmark = pytest.mark.db
shared = pytest.mark.django_db


def _life(partner):
    post(
        budget(10_000),
        draft("allocate", partner, 5_000),
        draft("commit", partner, 3_000),
        draft("claim", partner, 1_200, ref="sub_1"),
        draft("claim", partner, 800, ref="sub_2"),
        draft("release", partner, 100),
        draft("lapse", partner, 400),
        draft("expire", partner, 600),
        draft("bill", partner, 1_200, ref="sub_1"),
        draft("pay", partner, 1_200, ref="sub_1"),
        draft("bill", partner, 800, ref="sub_2"),
    )


@pytest.fixture
def partner():
    with acting_as(staff()):
        made = make_partner()
        _life(made)
        yield made


def _minor(row, *names):
    return {name: getattr(row, name).minor for name in names}


@shared
def test_a_partners_position_is_told_by_figure(partner):
    row = fund_position(fund=FUND, period=PERIOD, currency="EUR", partner_id=partner.pk)

    assert _minor(
        row, "allocated", "available", "committed", "claimed", "approved", "billed", "paid",
        "expired", "reversed",
    ) == {
        "allocated": 5_000, "available": 1_500, "committed": 500, "claimed": 2_000,
        "approved": 800, "billed": 800, "paid": 1_200, "expired": 1_000, "reversed": 0,
    }  # fmt: skip


@shared
def test_a_funds_position_is_told_by_figure(partner):
    row = fund_position(fund=FUND, period=PERIOD, currency="EUR")

    assert _minor(row, "authorized", "unallocated", "returned", "allocated", "expired") == {
        "authorized": 10_000,
        "unallocated": 5_000,
        "returned": 1_000,
        "allocated": 5_000,
        "expired": 1_000,
    }
    assert row.entry_count == 11


@shared
def test_a_reversed_claim_is_told_and_frees_what_it_took(partner):
    claim = post(draft("claim", partner, 300, ref="sub_3"))
    reverse_entry(entry_id=claim.public_id, by=CHECKER, at=AT, reason="Twice", effective_on=ON)

    row = fund_position(fund=FUND, period=PERIOD, currency="EUR", partner_id=partner.pk)

    assert _minor(row, "reversed", "committed", "claimed") == {
        "reversed": 300, "committed": 500, "claimed": 2_000,
    }  # fmt: skip
    assert ledger_findings() == ()


@shared
def test_a_fund_without_entries_stands_at_zero():
    with acting_as(staff()):
        row = fund_position(fund="fund_none", period=PERIOD, currency="JPY", partner_id=3)
    assert (row.available.minor, row.partner_id, row.entry_count) == (0, 3, 0)


@shared
def test_the_tracker_asks_one_query_for_any_number_of_rows(partner, django_assert_num_queries):
    with django_assert_num_queries(1):
        tracker_rows(is_by_partner=True)
    post_entries(
        drafts=[draft("allocate", make_partner(f"P{n}"), 10) for n in range(20)], by=OPS, at=AT
    )
    with django_assert_num_queries(1):
        assert len(tracker_rows(is_by_partner=True)) == 21


@shared
def test_every_figure_opens_down_to_its_entries(partner):
    [row] = balances(kinds=[AccountKind.ALLOC_AVAILABLE], fund=FUND, partner_id=partner.pk)
    page = account_page(account_code=row.account.code)

    assert [line.balance.minor for line in page.items] == [1_500, 2_100, 2_000, 5_000]
    assert [line.amount.minor for line in page.items] == [-600, 100, -3_000, 5_000]
    assert page.items[0].balance == row.balance
    entry = get_entry(entry_id=page.items[0].entry_id)
    assert sum(leg.amount.minor for leg in entry.legs) == 0


@shared
def test_an_account_pages_with_the_right_running_balance(partner):
    post_entries(drafts=[draft("allocate", partner, 1 + n) for n in range(30)], by=OPS, at=AT)
    [row] = balances(kinds=[AccountKind.ALLOC_AVAILABLE], fund=FUND, partner_id=partner.pk)
    whole = account_page(account_code=row.account.code, limit=500).items

    lines, cursor = [], None
    while True:
        page = account_page(account_code=row.account.code, cursor=cursor, limit=7)
        lines += page.items
        if (cursor := page.next_cursor) is None:
            break

    assert tuple(lines) == whole
    assert [a.balance.minor - a.amount.minor for a in lines[:-1]] == [
        b.balance.minor for b in lines[1:]
    ]


@shared
def test_entries_page_newest_first_without_gap_or_double(partner, django_assert_num_queries):
    seen, cursor = [], None
    while True:
        with django_assert_num_queries(3):
            page = entries_of(fund=FUND, period=PERIOD, cursor=cursor, limit=4)
        seen += [row.kind for row in page.items]
        if (cursor := page.next_cursor) is None:
            break

    assert (len(seen), seen[0], seen[-1]) == (11, "bill_exported", "budget_set")
    assert [row.kind for row in entries_of(source_ref="sub_1").items] == [
        "bill_paid", "bill_exported", "claim_approved",
    ]  # fmt: skip


@shared
def test_an_entry_that_does_not_exist_is_named():
    with acting_as(staff()), pytest.raises(UnknownEntry, match="ent_x"):
        get_entry(entry_id="ent_x")


@shared
def test_what_is_due_is_what_is_approved_and_not_on_a_bill(partner, django_assert_num_queries):
    post(draft("claim", partner, 150, ref="sub_9"), draft("claim", partner, 50, ref="sub_9"))

    with django_assert_num_queries(3):
        [row] = payables_due()

    assert (row.payable_ref, row.amount.minor, row.partner_id) == ("sub_9", 200, partner.pk)


@shared
def test_the_trial_balance_balances(partner):
    rows = trial_balance(on=ON)

    for is_memo in (True, False):
        some = [row for row in rows if row.is_memo is is_memo]
        assert sum(row.debit_minor for row in some) == sum(row.credit_minor for row in some) > 0
    assert trial_balance(on=ON.replace(day=1)) == ()


def _edit(text):
    """This will change the ledger as its owner, with the triggers off: nobody else could."""
    with connections["owner"].cursor() as cursor:
        for table in ("ledger_leg", "ledger_entry"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(text)
        for table in ("ledger_leg", "ledger_entry"):
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


EDITS = {
    "one leg": (
        "UPDATE ledger_leg SET amount_minor = amount_minor + 1 WHERE id = "
        "(SELECT min(id) FROM ledger_leg)",
        {"entries balance", "entries as posted", "tracker adds up"},
    ),
    "a balanced entry": (
        "UPDATE ledger_leg SET amount_minor = amount_minor * 2 WHERE entry_id = "
        "(SELECT min(entry_id) FROM ledger_leg)",
        {"entries as posted"},
    ),
    "a reason": (
        "UPDATE ledger_entry SET reason = 'forged' WHERE id = (SELECT min(id) FROM ledger_entry)",
        {"entries as posted"},
    ),
    "a day": (
        "UPDATE ledger_entry SET effective_on = effective_on - 31 WHERE id = "
        "(SELECT max(id) FROM ledger_entry)",
        {"entries as posted"},
    ),
    "a digest": (
        "UPDATE ledger_entry SET payload_sha256 = repeat('0', 64) WHERE id = "
        "(SELECT max(id) FROM ledger_entry)",
        {"entries as posted"},
    ),
    "the newest entry deleted": (
        "WITH l AS (DELETE FROM ledger_leg WHERE entry_id = (SELECT max(id) FROM ledger_entry)) "
        "DELETE FROM ledger_entry WHERE id = (SELECT max(id) FROM ledger_entry)",
        {"entries as posted"},
    ),
    "one of a batch deleted": (
        "WITH gone AS (SELECT min(id) AS id FROM ledger_entry WHERE batch <> ''), "
        "l AS (DELETE FROM ledger_leg USING gone WHERE entry_id = gone.id) "
        "DELETE FROM ledger_entry USING gone WHERE ledger_entry.id = gone.id",
        {"entries as posted"},
    ),
    "an entry slipped in": (
        "WITH e AS (INSERT INTO ledger_entry (public_id, kind, effective_on, posted_at, "
        "source_ref, partner_id, idem_key, payload_sha256, reason, actor_id, origin_period, batch)"
        " SELECT 'ent_forged', kind, effective_on, posted_at, source_ref, 0, 'forged', "
        "payload_sha256, reason, actor_id, origin_period, '' FROM ledger_entry "
        "WHERE kind = 'budget_set' LIMIT 1 RETURNING id) "
        "INSERT INTO ledger_leg (entry_id, seq, account_id, partner_id, amount_minor, currency) "
        "SELECT e.id, l.seq, l.account_id, l.partner_id, l.amount_minor, l.currency FROM e, "
        "ledger_leg l JOIN ledger_entry f ON f.id = l.entry_id AND f.kind = 'budget_set' "
        "AND f.public_id <> 'ent_forged'",
        {"entries as posted"},
    ),
}


@pytest.mark.parametrize("edit", EDITS)
def test_planted_fault_an_edited_ledger_row_is_named(own_database, edit):
    with acting_as(staff()):
        partner = make_partner()
        _life(partner)
        post_entries(drafts=[draft("allocate", partner, n) for n in (1, 2, 3)], by=OPS, at=AT)
    with acting_as(staff()):
        assert ledger_findings() == ()
    text, checks = EDITS[edit]

    _edit(text)

    with acting_as(staff()):
        findings = ledger_findings()
    assert {row.check for row in findings} >= checks
    assert all(row.subject and row.message for row in findings)


def test_planted_fault_a_tracker_that_forgets_a_column_is_caught(partner_committed, monkeypatch):
    from counterfoil.apps.ledger import checks

    rows = tracker_rows

    def forgetful(**how):
        return tuple(row for row in rows(**how) if row.partner_id == 0)

    monkeypatch.setattr(checks, "tracker_rows", forgetful)
    with acting_as(staff()):
        [finding] = unproved_trackers()
    assert finding.message == "stands in the ledger only"


@pytest.fixture
def partner_committed(own_database):
    with acting_as(staff()):
        made = make_partner()
        _life(made)
    return made
