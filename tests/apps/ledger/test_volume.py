"""A million random operations on the ledger of PostgreSQL, in batches, with no violation.

`make nightly` does ten times as many. Every operation goes through the service and all guards of
the database; each life is compared with its model, the whole with the ledger's own checks.
"""

import gc
import os
from dataclasses import replace
from itertools import count

import pytest

from counterfoil.apps.ledger.checks import (
    overdrawn_accounts,
    unproved_trackers,
    unsound_accounts,
    unsound_entries,
)
from counterfoil.apps.ledger.models import Entry
from counterfoil.apps.ledger.services import close_period, open_period
from counterfoil.apps.ledger.services import post as posting
from counterfoil.apps.ledger.types import Posted
from counterfoil.foundation.acting import acting_as, staff
from tests.apps.ledger import lives as driver
from tests.apps.ledger.lives import A_LIFE, Life, Violation, shared_balances, shared_of
from tests.apps.ledger.stock import sql
from tests.money_stock import AT, OPS, make_partner

pytestmark = [pytest.mark.db]
IS_LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
OPERATIONS = 10_000_000 if IS_LONG else 1_000_000
SEED = int(os.environ.get("COUNTERFOIL_SEED", "20261123"))


def stock():
    """This will make the partners, and a month that is closed."""
    with acting_as(staff()):
        open_period(code="2026-01", by=OPS, at=AT)
        close_period(code="2026-01", by=OPS, at=AT)
        return [make_partner(f"P{number}") for number in range(40)]


@pytest.fixture
def no_collection():
    """The many drafts that are kept are never garbage; looking for it would take half the time."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.slow
@pytest.mark.timeout(14_400 if IS_LONG else 1_800)
def test_a_million_random_operations_leave_no_violation(own_database, no_collection):
    partners, lives = stock(), []
    for number in range(OPERATIONS // A_LIFE):
        lives.append(Life(SEED, number, partners))
        lives[-1].live()
        lives[-1].forget()

    done, entries = sum(life.done for life in lives), sum(life.entries for life in lives)
    print(f"seed {SEED}: {done:,} operations, {entries:,} entries stand")
    assert done == OPERATIONS
    assert entries > OPERATIONS // 8
    assert shared_balances() == shared_of(lives)
    with acting_as(staff()):
        assert sql("SELECT count(*) FROM ledger_entry") == [(entries,)]
        for check in (unsound_entries, unsound_accounts, overdrawn_accounts, unproved_trackers):
            assert list(check()) == []


def violated():
    """This will live two short lives in small batches; returns what was violated first."""
    partners = stock()
    for number in (1, 2):
        try:
            Life(SEED, number, partners, batch_max=60).live(4_000)
        except Violation as violation:
            return str(violation)
    return ""


@pytest.mark.django_db
def test_short_lives_have_no_violation():
    assert violated() == ""


@pytest.mark.django_db
def test_planted_fault_an_account_drawn_below_zero_by_one_unit_is_a_violation(monkeypatch):
    monkeypatch.setattr(posting, "_refuse_overdraft", lambda *_: None)

    assert "OverBudget was not raised" in violated()


@pytest.mark.django_db
def test_planted_fault_another_payload_taken_for_a_repeat_is_a_violation(monkeypatch):
    def found(rows):
        known = Entry.objects.filter(idem_key__in=list(rows)).values_list("idem_key", "public_id")
        return {key: Posted(public_id, is_new=False) for key, public_id in known}

    monkeypatch.setattr(posting, "_already_posted", found)

    assert "IdempotencyConflict was not raised" in violated()


@pytest.mark.django_db
def test_planted_fault_an_entry_of_another_amount_is_a_violation(monkeypatch):
    right = posting.write_entries

    def write(*, sides, entries, **more):
        legs = len(entries[-1].legs)
        wrong = [(row, 2 * minor) for row, minor in sides[-legs:]]
        right(sides=[*sides[:-legs], *wrong], entries=entries, **more)

    monkeypatch.setattr(posting, "write_entries", write)

    assert "what fits was refused" in violated() or "instead of" in violated()


@pytest.mark.django_db
def test_planted_fault_a_repeat_that_is_posted_again_is_a_violation(monkeypatch):
    right, numbers = posting.post_entries, count()
    again = {}

    def post_entries(*, drafts, **more):
        if len(drafts) == 1 and drafts[0].idem_key in again:
            drafts = [replace(drafts[0], idem_key=f"again-{next(numbers)}")]
        again.update(dict.fromkeys(draft.idem_key for draft in drafts))
        return right(drafts=drafts, **more)

    monkeypatch.setattr(driver, "post_entries", post_entries)

    assert "a repeat was not answered with the first" in violated()
