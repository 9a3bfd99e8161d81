"""An entry is posted once, whole, and never takes what is not there."""

from dataclasses import replace
from datetime import date

import pytest

from counterfoil.apps.audit.models import Event
from counterfoil.apps.ledger.checks import ledger_findings
from counterfoil.apps.ledger.errors import (
    AlreadyReversed,
    IdempotencyConflict,
    OverBudget,
    PeriodClosed,
    PeriodOverlaps,
    PortalMayNotPost,
    UnknownEntry,
    UnknownPartner,
    UnknownPeriod,
)
from counterfoil.apps.ledger.models import Entry, Leg
from counterfoil.apps.ledger.selectors import get_entry, list_periods
from counterfoil.apps.ledger.services import (
    close_period,
    open_period,
    post_entries,
    post_entry,
    reverse_entry,
)
from counterfoil.apps.ledger.services import post as posting
from counterfoil.core.journal import NotReversible
from counterfoil.foundation.acting import acting_as, portal, staff, worker
from tests.apps.ledger.stock import ON, budget, draft, post
from tests.money_stock import AT, CHECKER, FINANCE, OPS, make_partner

pytestmark = [pytest.mark.db, pytest.mark.django_db]


@pytest.fixture
def partner():
    with acting_as(staff()):
        yield make_partner()


def _count():
    return Entry.objects.count(), Leg.objects.count()


def test_a_posted_entry_reads_back_as_it_was_drafted(partner):
    made = replace(draft("allocate", partner, 50), origin_period="2026-Q1", reason='Größe \\ "q"')
    post(budget(100))

    posted = post_entry(draft=made, by=OPS, at=AT)

    entry = get_entry(entry_id=posted.public_id)
    assert (entry.kind, entry.effective_on, entry.posted_at) == (made.kind, ON, AT)
    assert (entry.reason, entry.origin_period, entry.actor_id) == (made.reason, "2026-Q1", OPS.id)
    assert {(leg.account_code, leg.amount.minor) for leg in entry.legs} == {
        (leg.account.code, leg.amount_minor) for leg in made.legs
    }


def test_the_same_key_and_payload_return_the_first_entry(partner):
    made = budget(100)
    first = post_entry(draft=made, by=OPS, at=AT)

    again = post_entry(draft=made, by=FINANCE, at=AT)

    assert (again.public_id, first.is_new, again.is_new) == (first.public_id, True, False)
    assert _count() == (1, 2)


def test_the_same_key_with_another_payload_is_a_conflict(partner):
    made = budget(100)
    first = post(made)

    with pytest.raises(IdempotencyConflict, match=first.public_id):
        post_entry(draft=replace(made, reason="other"), by=OPS, at=AT)


def test_a_repeat_is_no_overdraft_although_nothing_is_left(partner):
    post(budget(100))
    made = draft("allocate", partner, 100)
    post(made)

    assert post_entry(draft=made, by=OPS, at=AT).is_new is False
    assert [row.is_new for row in post_entries(drafts=[made, made], by=OPS, at=AT)] == [False] * 2


def test_more_than_there_is_is_refused_and_leaves_nothing(partner):
    post(budget(100))
    before = _count()

    with pytest.raises(OverBudget) as no:
        post(draft("allocate", partner, 101))

    assert (no.value.available.minor, no.value.needed.minor) == (100, 101)
    assert "0.01 EUR more than there is" in str(no.value)
    assert _count() == before


def test_a_budget_is_cut_no_further_than_what_is_not_allocated(partner):
    post(budget(100), draft("allocate", partner, 60))

    with pytest.raises(OverBudget):
        post(budget(-41))
    post(budget(-40))


def test_an_account_that_may_fall_below_zero_does(partner):
    post(budget(100), draft("allocate", partner, 100), draft("claim_directly", partner, 100))
    post(draft("bill", partner, 100), draft("pay", partner, 100))

    assert ledger_findings() == ()


def test_what_is_billed_or_paid_is_never_more_than_what_is_owed(partner):
    post(budget(100), draft("allocate", partner, 100), draft("claim_directly", partner, 100))

    with pytest.raises(OverBudget):
        post(draft("bill", partner, 101))
    with pytest.raises(OverBudget):
        post(draft("pay", partner, 1))


def test_an_unknown_partner_is_named(partner):
    other = replace_partner(draft("allocate", partner, 1), "par_nobody")

    with pytest.raises(UnknownPartner, match="par_nobody"):
        post(other)


def replace_partner(made, public_id):
    legs = tuple(
        replace(leg, account=replace(leg.account, partner_id=public_id))
        if leg.account.partner_id
        else leg
        for leg in made.legs
    )
    return replace(made, partner_id=public_id, legs=legs)


def test_a_partner_session_posts_nothing():
    with acting_as(staff()):
        partner = make_partner()

    with acting_as(portal(partner.pk)), pytest.raises(PortalMayNotPost):
        post(budget(1))


def test_the_worker_posts():
    with acting_as(worker()):
        assert post(budget(100)).is_new


@pytest.mark.parametrize("count", [2, 199, 200, 450])
def test_a_batch_is_posted_whole_and_in_order(partner, count):
    post(budget(10**6))
    drafts = [draft("allocate", partner, 1 + n, key=f"b{n}") for n in range(count)]

    posted = post_entries(drafts=drafts, by=OPS, at=AT)

    assert all(row.is_new for row in posted)
    assert [
        Entry.objects.values_list("idem_key", flat=True).get(public_id=row.public_id)
        for row in (posted[0], posted[-1])
    ] == ["b0", f"b{count - 1}"]
    again = post_entries(drafts=drafts, by=OPS, at=AT)
    assert [(row.public_id, False) for row in posted] == [
        (row.public_id, row.is_new) for row in again
    ]
    assert ledger_findings() == ()


@pytest.mark.parametrize("count", [3, 300])
def test_a_batch_with_known_and_new_entries_posts_the_new_ones(partner, count):
    post(budget(10**6))
    drafts = [draft("allocate", partner, 1 + n, key=f"b{n}") for n in range(count)]
    first = post_entries(drafts=drafts[1::2], by=OPS, at=AT)

    posted = post_entries(drafts=drafts, by=OPS, at=AT)

    assert [row.is_new for row in posted] == [n % 2 == 0 for n in range(count)]
    assert [row.public_id for row in posted[1::2]] == [row.public_id for row in first]


@pytest.mark.parametrize("count", [3, 300])
def test_a_batch_over_the_budget_posts_nothing(partner, count):
    post(budget(count - 1))
    drafts = [draft("allocate", partner, 1, key=f"b{n}") for n in range(count)]

    with pytest.raises(OverBudget):
        post_entries(drafts=drafts, by=OPS, at=AT)

    assert _count() == (1, 2)


@pytest.mark.parametrize("count", [3, 300])
def test_a_conflict_in_a_batch_posts_nothing_of_it(partner, count):
    post(budget(10**6), draft("allocate", partner, 7, key="b1"))
    before = _count()

    with pytest.raises(IdempotencyConflict):
        post_entries(
            drafts=[draft("allocate", partner, 1, key=f"b{n}") for n in range(count)],
            by=OPS,
            at=AT,
        )

    assert _count() == before


def test_two_payloads_under_one_key_in_a_batch_are_a_conflict(partner):
    with pytest.raises(IdempotencyConflict):
        post_entries(drafts=[budget(1), replace(budget(2), idem_key="x"),
                             replace(budget(3), idem_key="x")], by=OPS, at=AT)  # fmt: skip


def test_nothing_is_a_batch_too(partner):
    assert post_entries(drafts=[], by=OPS, at=AT) == ()


def test_a_single_post_asks_few_queries(partner, django_assert_max_num_queries):
    post(budget(100), draft("allocate", partner, 1))
    with django_assert_max_num_queries(14):
        post(draft("allocate", partner, 1))


def test_a_batch_asks_as_many_queries_as_a_pair(partner, django_assert_max_num_queries):
    post(budget(10**6))
    drafts = [draft("allocate", partner, 1) for _ in range(300)]
    with django_assert_max_num_queries(16):
        post_entries(drafts=drafts, by=OPS, at=AT)


def test_a_reversal_turns_every_leg_and_names_its_entry(partner):
    first = post(budget(100))

    made = reverse_entry(
        entry_id=first.public_id, by=CHECKER, at=AT, reason="Typo", effective_on=ON
    )

    entry, undone = get_entry(entry_id=first.public_id), get_entry(entry_id=made.public_id)
    assert (undone.reverses, entry.reversed_by) == (first.public_id, made.public_id)
    assert {leg.account_code: leg.amount.minor for leg in undone.legs} == {
        leg.account_code: -leg.amount.minor for leg in entry.legs
    }


def test_an_entry_is_reversed_once(partner):
    first = post(budget(100))
    how = {"entry_id": first.public_id, "by": CHECKER, "at": AT, "effective_on": ON}
    made = reverse_entry(**how, reason="Typo")

    assert reverse_entry(**how, reason="Typo").public_id == made.public_id
    with pytest.raises(AlreadyReversed, match=made.public_id):
        reverse_entry(**how, reason="Another reason")
    assert _count() == (2, 4)


def test_a_reversal_is_not_reversed(partner):
    first = post(budget(100))
    how = {"by": CHECKER, "at": AT, "reason": "Typo", "effective_on": ON}
    made = reverse_entry(entry_id=first.public_id, **how)

    with pytest.raises(NotReversible):
        reverse_entry(entry_id=made.public_id, **how)
    with pytest.raises(UnknownEntry):
        reverse_entry(entry_id="ent_none", **how)


def test_what_was_used_already_is_not_reversed(partner):
    post(budget(100))
    first = post(draft("allocate", partner, 100))
    post(draft("commit", partner, 60))

    with pytest.raises(OverBudget):
        reverse_entry(entry_id=first.public_id, by=CHECKER, at=AT, reason="x", effective_on=ON)


def test_a_closed_month_takes_nothing_until_it_is_opened_again(partner):
    open_period(code="2026-04", by=FINANCE, at=AT)
    made = budget(100)
    close_period(code="2026-04", by=FINANCE, at=AT)

    with pytest.raises(PeriodClosed, match="2026-04-30 is in the period 2026-04"):
        post(made)
    open_period(code="2026-04", by=FINANCE, at=AT)
    post(made)
    close_period(code="2026-04", by=FINANCE, at=AT)

    assert post_entry(draft=made, by=OPS, at=AT).is_new is False
    assert [(row.code, row.starts_on, row.ends_on) for row in list_periods()] == [
        ("2026-04", date(2026, 4, 1), date(2026, 4, 30))
    ]


@pytest.mark.parametrize("code", ["2026-13", "2026-4", "26-04", "", "2026-04-01", "2026-0x"])
def test_a_period_is_a_month(partner, code):
    with pytest.raises(PeriodOverlaps):
        open_period(code=code, by=FINANCE, at=AT)


def test_a_month_that_was_never_opened_is_not_closed(partner):
    with pytest.raises(UnknownPeriod):
        close_period(code="2026-04", by=FINANCE, at=AT)


def test_each_post_stands_in_the_audit_log(partner):
    single = post(budget(10**6))
    post_entries(drafts=[draft("allocate", partner, 1) for _ in range(2)], by=OPS, at=AT)

    assert Event.objects.filter(object_type="ledger_entry", object_id=single.public_id).exists()
    assert Event.objects.filter(action="entries.posted").count() == 1


def test_planted_fault_a_forgotten_overdraft_rule_is_found_by_the_check(partner, monkeypatch):
    monkeypatch.setattr(posting, "_refuse_overdraft", lambda sides, accounts: None)
    post(budget(100), draft("allocate", partner, 101))

    assert [row.check for row in ledger_findings()] == ["no account overdrawn"]
