"""Random lives of funds, against a model that keeps balances in a dictionary."""

import os
import random

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.apps.ledger.checks import ledger_findings
from counterfoil.apps.ledger.errors import AlreadyReversed, OverBudget
from counterfoil.apps.ledger.selectors import balances, tracker_rows
from counterfoil.apps.ledger.services import post_entries, post_entry, reverse_entry
from counterfoil.core.accounts import ACCOUNT_KINDS
from counterfoil.core.journal import balances as summed
from counterfoil.core.journal import reverse
from counterfoil.foundation.acting import acting_as, staff
from tests.apps.ledger.stock import BUILDERS, ON, budget, draft
from tests.money_stock import AT, OPS, make_partner

pytestmark = [pytest.mark.db, pytest.mark.django_db]
STEPS = 60
EXAMPLES = 840 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 84
"""Of sixty steps each: 5,040 steps, and ten times that in `make nightly`."""


class Model:
    """What the ledger must say: the posted drafts, and nothing that would overdraw an account."""

    def __init__(self):
        self.posted, self.ids, self.reversed = [], {}, set()

    def fits(self, *drafts):
        after = summed([*self.posted, *drafts])
        touched = {leg.account for item in drafts for leg in item.legs}
        return all(
            ACCOUNT_KINDS[key.kind].may_go_negative
            or after[key] * ACCOUNT_KINDS[key.kind].normal >= 0
            or not any(
                leg.account == key and leg.amount_minor * key.rule.normal < 0
                for item in drafts
                for leg in item.legs
            )
            for key in touched
        )

    def keep(self, item, public_id):
        self.posted.append(item)
        self.ids[public_id] = item


class _Undo(Exception):
    pass


def _any_draft(chance, partners):
    if chance.random() < 0.12:
        return budget(chance.choice([1, 50, 400, 1000, -30]))
    act = chance.choice([*BUILDERS, "allocate", "allocate", "commit", "claim", "bill"])
    return draft(act, chance.choice(partners), chance.choice([1, 7, 20, 60, 150]))


def _step(chance, model, partners):
    roll = chance.random()
    if roll < 0.1 and model.ids:
        _reverse(chance, model)
    elif roll < 0.2 and model.ids:
        public_id, known = chance.choice(list(model.ids.items()))
        if known.reverses is None:
            again = post_entry(draft=known, by=OPS, at=AT)
            assert (again.public_id, again.is_new) == (public_id, False)
    elif roll < 0.35:
        _batch(model, [_any_draft(chance, partners) for _ in range(chance.randrange(1, 5))])
    else:
        _batch(model, [_any_draft(chance, partners)])


def _batch(model, drafts):
    try:
        posted = post_entries(drafts=drafts, by=OPS, at=AT)
    except OverBudget:
        assert not model.fits(*drafts)
        return
    assert model.fits(*drafts)
    for item, row in zip(drafts, posted, strict=True):
        model.keep(item, row.public_id)


def _reverse(chance, model):
    public_id, known = chance.choice(list(model.ids.items()))
    if known.reverses is not None:
        return
    undo = reverse(known, entry_id=public_id, effective_on=ON, idem_key="x", reason="r")
    how = {"entry_id": public_id, "by": OPS, "at": AT, "effective_on": ON}
    try:
        row = reverse_entry(**how, reason=f"r{chance.random()}")
    except AlreadyReversed:
        assert public_id in model.reversed
    except OverBudget:
        assert not model.fits(undo)
    else:
        assert public_id not in model.reversed
        assert model.fits(undo)
        model.reversed.add(public_id)
        model.keep(undo, row.public_id)


@pytest.mark.timeout(3_600 if EXAMPLES > 84 else 300)
@settings(max_examples=EXAMPLES)
@given(st.integers(0, 2**32))
def test_the_ledger_says_what_the_model_says_after_any_life(seed):
    chance, model = random.Random(seed), Model()
    with acting_as(staff()):
        try:
            with transaction.atomic():
                partners = [make_partner(f"P{n}") for n in range(3)]
                for _ in range(STEPS):
                    _step(chance, model, partners)
                expected = {key: minor for key, minor in summed(model.posted).items() if minor}
                found = {
                    row.account: row.balance.minor * row.account.rule.normal
                    for row in balances()
                    if not row.balance.is_zero
                }
                assert found == expected
                assert ledger_findings() == ()
                for row in tracker_rows(is_by_partner=True):
                    parts = row.available + row.committed + row.claimed + row.expired
                    assert row.allocated == parts
                raise _Undo
        except _Undo:
            pass
