"""Two at once, and twenty: exactly the right ones win."""

import threading

import pytest
from django.db import connection

from counterfoil.apps.ledger.checks import ledger_findings
from counterfoil.apps.ledger.errors import OverBudget, PeriodClosed
from counterfoil.apps.ledger.models import Entry
from counterfoil.apps.ledger.services import (
    close_period,
    open_period,
    post_entries,
    post_entry,
    reverse_entry,
)
from counterfoil.apps.ledger.services import post as posting
from counterfoil.foundation.acting import acting_as, staff
from tests.apps.ledger.stock import ON, budget, draft, post
from tests.money_stock import AT, CHECKER, FINANCE, OPS, make_partner

pytestmark = pytest.mark.db


def race(acts):
    """This will run the acts at once, each in its own transaction, and return what they gave."""
    barrier, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place, act):
        try:
            barrier.wait(30)
            with acting_as(staff()):
                answers[place] = act()
        except Exception as error:
            answers[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return answers


@pytest.fixture
def partners(own_database):
    with acting_as(staff()):
        made = [make_partner(f"P{number}") for number in range(20)]
        post(budget(1_000))
    return made


def _twenty_on_a_thousand(partners):
    drafts = [draft("allocate", partner, 100) for partner in partners]
    answers = race([lambda item=item: post_entry(draft=item, by=OPS, at=AT) for item in drafts])
    refused = [row for row in answers if isinstance(row, OverBudget)]
    assert len(refused) + sum(hasattr(row, "is_new") for row in answers) == 20, answers
    return 20 - len(refused)


def test_twenty_requests_of_100_on_1000_let_exactly_ten_through(partners):
    assert _twenty_on_a_thousand(partners) == 10
    with acting_as(staff()):
        assert ledger_findings() == ()


def test_planted_fault_without_the_row_lock_more_than_ten_get_through(partners, monkeypatch):
    together = threading.Barrier(20)

    def no_lock(ids):
        together.wait(30)

    monkeypatch.setattr(posting, "lock_accounts", no_lock)

    assert _twenty_on_a_thousand(partners) > 10
    monkeypatch.undo()
    with acting_as(staff()):
        assert [row.check for row in ledger_findings()] == ["no account overdrawn"]


@pytest.mark.parametrize("is_drawing", [True, False])
def test_sixteen_posts_under_one_key_make_one_entry(partners, is_drawing):
    made = draft("allocate", partners[0], 1_000) if is_drawing else budget(5)

    answers = race([lambda: post_entry(draft=made, by=OPS, at=AT)] * 16)

    assert len({row.public_id for row in answers}) == 1
    assert sum(row.is_new for row in answers) == 1


def test_batches_that_overlap_in_keys_post_each_key_once(partners):
    with acting_as(staff()):
        post(budget(10**6))
    drafts = [draft("allocate", partners[n % 20], 1, key=f"k{n}") for n in range(600)]

    answers = race(
        [
            lambda start=start: post_entries(drafts=drafts[start : start + 400], by=OPS, at=AT)
            for start in (0, 100, 200)
        ]
    )

    flat = [row for rows in answers for row in rows]
    assert sum(row.is_new for row in flat) == 600
    assert len({row.public_id for row in flat}) == 600
    with acting_as(staff()):
        assert ledger_findings() == ()


def test_an_entry_reversed_by_eight_at_once_is_reversed_once(partners):
    with acting_as(staff()):
        first = post(budget(7))
    acts = [
        lambda n=n: reverse_entry(
            entry_id=first.public_id, by=CHECKER, at=AT, reason=f"R{n}", effective_on=ON
        )
        for n in range(8)
    ]

    answers = race(acts)

    assert sum(hasattr(row, "is_new") for row in answers) == 1, answers
    with acting_as(staff()):
        assert Entry.objects.filter(kind="reversal").count() == 1


def test_accounts_made_at_once_by_many_are_made_once(partners):
    acts = [
        lambda n=n: post_entries(
            drafts=[draft("allocate", row, 1, key=f"{n}-{row.pk}") for row in partners[: 5 + n]],
            by=OPS,
            at=AT,
        )
        for n in range(8)
    ]

    assert all(isinstance(row, tuple) for row in race(acts))


def test_no_entry_commits_into_a_period_that_closes_meanwhile(partners):
    """Posts are under way while the month closes: each is before the closing, or refused."""
    with acting_as(staff()):
        open_period(code="2026-04", by=FINANCE, at=AT)
    acts = [lambda n=n: post(budget(n + 1)) for n in range(15)]
    acts.insert(7, lambda: close_period(code="2026-04", by=FINANCE, at=AT))

    answers = race(acts)

    posted = sum(hasattr(row, "is_new") for row in answers)
    refused = sum(isinstance(row, PeriodClosed) or "is closed" in str(row) for row in answers)
    assert posted + refused == 15, answers


def test_a_closing_waits_for_a_post_that_is_under_way(partners):
    with acting_as(staff()):
        open_period(code="2026-04", by=FINANCE, at=AT)
    closed = threading.Event()

    def close():
        with acting_as(staff()):
            close_period(code="2026-04", by=FINANCE, at=AT)
        closed.set()
        connection.close()

    with acting_as(staff()):
        post(budget(1))
        thread = threading.Thread(target=close)
        thread.start()
        assert not closed.wait(0.5)
    thread.join(30)
    assert closed.is_set()
