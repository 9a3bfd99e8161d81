"""What is open on clearing accounts, and since when: first in, first out."""

from datetime import date, timedelta

import pytest

from counterfoil.apps.ledger.selectors import (
    AGES,
    balances,
    open_ages,
    open_amounts,
)
from counterfoil.core.accounts import ACCOUNT_KINDS
from counterfoil.foundation.acting import acting_as, staff
from tests.apps.ledger.stock import ON, budget, draft, euro, post
from tests.money_stock import make_partner

pytestmark = [pytest.mark.db, pytest.mark.django_db]
LATER = ON + timedelta(days=45)


@pytest.fixture
def partner():
    with acting_as(staff()):
        yield make_partner()


def lead_in(partner):
    post(budget(100_000), draft("allocate", partner, 50_000), draft("commit", partner, 9_000))


def open_at(on: date, **asked):
    return open_amounts(on=on, **asked)


def test_what_is_left_of_an_account_is_as_old_as_the_part_that_is_left(partner):
    lead_in(partner)
    post(
        draft("claim", partner, 1_000, ref="sub_1"),
        draft("claim", partner, 2_000, ref="sub_2", on=ON + timedelta(days=10)),
        draft("bill", partner, 1_000, ref="sub_1", on=ON + timedelta(days=12)),
    )

    found = {item.kind: item for item in open_at(LATER)}

    assert found["payable"].amount == euro(2_000)
    assert found["payable"].since == ON + timedelta(days=10)
    assert found["payable"].days == 35
    assert found["payable.billed"].amount == euro(1_000)
    assert found["alloc.committed"].amount == euro(6_000)
    assert found["alloc.committed"].since == ON


def test_an_account_that_came_to_zero_is_not_open(partner):
    lead_in(partner)
    post(
        draft("claim", partner, 9_000, ref="sub_1"),
        draft("bill", partner, 9_000, ref="sub_1"),
        draft("pay", partner, 9_000, ref="sub_1"),
    )

    assert open_at(LATER) == ()


def test_the_past_is_as_it_was_then(partner):
    lead_in(partner)
    post(draft("claim", partner, 9_000, ref="sub_1", on=ON + timedelta(days=5)))

    (committed,) = open_at(ON)

    assert (committed.kind, committed.amount, committed.days) == (
        "alloc.committed",
        euro(9_000),
        0,
    )


def test_every_open_account_is_listed_once_and_the_sums_are_the_balances(partner):
    lead_in(partner)
    for place in range(6):
        post(draft("claim", partner, 700 + place, ref=f"sub_{place}"))
    post(draft("bill", partner, 700, ref="sub_0", on=LATER))

    found = open_at(LATER)
    kinds = [kind for kind, rule in ACCOUNT_KINDS.items() if rule.must_clear]
    held = {row.account.code: row.balance for row in balances(kinds=kinds)}
    ages = open_ages(on=LATER)

    assert {item.account_code: item.amount for item in found} == {
        code: amount for code, amount in held.items() if not amount.is_zero
    }
    assert sum(age.count for age in ages) == len(found)
    assert sum(age.total.minor for age in ages) == sum(item.amount.minor for item in found)


@pytest.mark.parametrize(
    ("days", "place"), [(0, 0), (30, 0), (31, 1), (60, 1), (61, 2), (90, 2), (91, 3)]
)
def test_an_amount_stands_under_its_age(partner, days: int, place: int):
    lead_in(partner)

    (age,) = open_ages(on=ON + timedelta(days=days))

    assert len(age.by_age) == len(AGES) + 1
    assert [amount.minor for amount in age.by_age].index(9_000) == place


def test_the_list_goes_on_where_the_page_ended(partner):
    lead_in(partner)
    post(
        draft("claim", partner, 1_000, ref="sub_1", on=ON + timedelta(days=1)),
        draft("bill", partner, 400, ref="sub_1", on=ON + timedelta(days=2)),
    )
    whole = open_at(LATER)

    pages = []
    while rows := open_at(LATER, start=len(pages), limit=1):
        pages += rows

    assert tuple(pages) == whole
    assert len(whole) == 3
    assert open_at(LATER, kind="payable") == tuple(i for i in whole if i.kind == "payable")
