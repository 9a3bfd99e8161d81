"""A driver of random lives of a fund or a plan: operations in batches, against a model of numbers.

About one operation in four is an entry that stands afterwards; the others are repeats of entries
that were posted before, and batches that must be refused whole. The model keeps one number an
account and shares no code with the ledger: the account map of reference/money.md 1.4 is written
here once more, as what each act adds where.
"""

import random
from collections import Counter
from datetime import date

from counterfoil.apps.ledger.errors import (
    IdempotencyConflict,
    LedgerError,
    OverBudget,
    PeriodClosed,
)
from counterfoil.apps.ledger.selectors import balances
from counterfoil.apps.ledger.services import post_entries
from counterfoil.core import journal
from counterfoil.core.journal import FundShare
from counterfoil.core.money import Money
from counterfoil.foundation.acting import acting_as, staff
from tests.apps.ledger.stock import sql
from tests.money_stock import AT, OPS

ON, CLOSED_ON = date(2026, 4, 30), date(2026, 1, 31)
A_LIFE = 10_000
"""Operations of one life."""
BATCH_MAX = 2_500
PARTNERS_A_LIFE = 6
# What each act adds, by kind of account on its normal side; "~" is a bound that no account keeps.
FUND_ACTS = {
    "allocate_earned": {"budget.available": -1, "alloc.available": 1},
    "reduce_allocation": {"alloc.available": -1, "budget.available": 1},
    "commit": {"alloc.available": -1, "alloc.committed": 1},
    "release_commitment": {"alloc.committed": -1, "alloc.available": 1},
    "release_expired": {"alloc.committed": -1, "budget.returned": 1},
    "expire_allocation": {"alloc.available": -1, "budget.returned": 1},
    "claim_committed": {
        "alloc.committed": -1, "alloc.consumed": 1, "expense.mdf": 1, "payable": 1,
    },
    "claim_directly": {
        "alloc.available": -1, "alloc.consumed": 1, "expense.mdf": 1, "payable": 1,
    },
    "bill_exported": {"payable": -1, "payable.billed": 1},
    "bill_paid": {"payable.billed": -1, "cash.erp": -1},
}  # fmt: skip
PLAN_ACTS = {
    "commission_earned": {"accrued.commission": 1, "expense.commission": 1},
    "commission_taken_back": {"accrued.commission": -1, "expense.commission": -1},
    "commission_owed_back": {"receivable.clawback": 1, "expense.commission": -1},
    "commission_released": {"accrued.commission": -1, "payable": 1},
    "payment_released": {"payable": -1, "cash.in_transit": 1, "~in_transit": 1},
    "payment_netted": {"payable": -1, "receivable.clawback": -1},
    "payment_settled": {
        "cash.in_transit": -1, "cash.bank": -1, "~in_transit": -1, "~settled": 1,
    },
    "payment_rejected": {"cash.in_transit": -1, "~in_transit": -1, "payable": 1},
    "payment_returned": {"~settled": -1, "cash.bank": 1, "payable": 1},
}  # fmt: skip
_OF_FUND = {
    "budget.authorized", "budget.available", "budget.returned", "expense.mdf",
    "expense.commission",
}  # fmt: skip
_OF_ALL = {"cash.erp", "cash.in_transit", "cash.bank"}
_MAY_FALL = {"expense.mdf", "expense.commission", "cash.erp", "cash.bank"}


class Violation(AssertionError):
    """The ledger did what the model says it must not, or holds other figures."""


class Life:
    """One fund or plan in one currency, its partners, its model and its posted batches."""

    def __init__(self, seed, number, partners, *, batch_max=BATCH_MAX):
        self.batch_max = batch_max
        self.chance = random.Random(f"{seed} {number}")
        self.name = f"{'pln' if number % 3 == 2 else 'fund'}_{seed}_{number}"
        self.acts = PLAN_ACTS if number % 3 == 2 else FUND_ACTS
        self.currency = self.chance.choice(["EUR", "JPY", "KWD"])
        self.shares = [
            FundShare(self.name, each.public_id, "2026-Q2")
            for each in self.chance.sample(partners, PARTNERS_A_LIFE)
        ]
        self.effects = [
            (act, share, effect, [p for p, n in effect.items() if n < 0 and p[0] not in _MAY_FALL])
            for act in self.acts
            for share in self.shares
            for effect in [self._effect(act, share)]
        ]
        self.held = Counter()
        self.entries = self.keys = self.done = 0
        self.batches, self.undoable = [], {}

    def live(self, operations=A_LIFE):
        """This will do so many operations and check what the ledger holds after them."""
        self._keep([self._more()])
        while self.done < operations:
            left, roll = operations - self.done, self.chance.random()
            large = self.chance.randrange(1, self.batch_max)
            size = min(left, self.chance.choice([1, 40, large, large, large]))
            if roll < 0.11:
                self._fresh(size)
            elif roll < 0.85:
                self._again(left)
            else:
                self._refused(size)
        self.check()

    def forget(self):
        """This will let the drafts go; the figures stay."""
        self.batches, self.undoable = [], {}

    def _more(self):
        """This will give the life money to live on."""
        if self.acts is FUND_ACTS:
            amount = Money(self.chance.randrange(10**6, 10**12), self.currency)
            draft = journal.budget_set(
                fund=self.name, period="2026-Q2", amount=amount, **self._how()
            )
            effect = {("budget.available", None): 1, ("budget.authorized", None): 1}
        else:
            amount = Money(self.chance.randrange(10**6, 10**9), self.currency)
            draft = journal.commission_earned(share=self.shares[0], amount=amount, **self._how())
            effect = self._effect("commission_earned", self.shares[0])
        return draft, [(place, amount.minor * sign) for place, sign in effect.items()]

    def _how(self, on=ON):
        self.keys += 1
        return {
            "effective_on": on,
            "idem_key": f"{self.name}-{self.keys}",
            "source_ref": self.name,
        }

    def _effect(self, act, share):
        return {
            (kind, None if kind in _OF_FUND | _OF_ALL else share.partner_id): sign
            for kind, sign in self.acts[act].items()
        }

    def _draft(self, act, share, minor, on=ON):
        amount, how = Money(minor, self.currency), self._how(on)
        bank = {"own_account": "main"}
        batch = {"message_id": self.name}
        match act:
            case "reduce_allocation":
                more = {"amount": amount, "reason": "Refund"}
            case "release_commitment" | "release_expired":
                is_expired = act == "release_expired"
                act, more = "release_commitment", {"amount": amount, "reason": "Not used"}
                more["is_expired"] = is_expired
            case "claim_committed" | "claim_directly":
                more = {"approved": amount, "is_committed": act == "claim_committed"}
                act = "claim_approved"
            case "commission_taken_back" | "commission_owed_back":
                is_held = act == "commission_taken_back"
                more = {
                    "amount": amount,
                    "accrued": amount if is_held else Money(0, self.currency),
                }
                act = "commission_taken_back"
            case "payment_released" | "payment_netted":
                netted = [(share, amount)] if act == "payment_netted" else []
                more = {"gross": amount, "netted": netted, **batch}
                act = "payment_released"
            case "payment_settled":
                more = {"amount": amount, **bank, **batch}
            case "payment_rejected":
                more = {"amount": amount, **batch}
            case "payment_returned":
                more = {"amount": amount, **bank}
            case _:
                more = {"amount": amount}
        return getattr(journal, act)(share=share, **more, **how)

    def _any(self, held):
        """This will make an act that fits what is held, and take it from there."""
        for _ in range(100):
            act, share, effect, drawn = self.chance.choice(self.effects)
            room = min([held[place] for place in drawn], default=10**6)
            if room < 1:
                continue
            minor = room if self.chance.random() < 0.1 else 1 + int(self.chance.random() * room)
            if act in {"allocate_earned", "expire_allocation", "release_expired"}:
                # Not all of it, or nothing would happen any more.
                minor = max(1, minor // 16)
            change = [(place, sign * minor) for place, sign in effect.items()]
            _add(held, change)
            return self._draft(act, share, minor), change
        draft, change = self._more()
        _add(held, change)
        return draft, change

    def _turned(self, held):
        """This will reverse a posted entry whose effect is still there, or give None."""
        if not self.undoable or self.chance.random() > 0.04:
            return None
        public_id, (draft, change) = self.undoable.popitem()
        back = [(place, -minor) for place, minor in change]
        if any(held[p] + minor < 0 for p, minor in back if p[0] not in _MAY_FALL):
            return None
        _add(held, back)
        how = self._how()
        return journal.reverse(
            draft, entry_id=public_id, effective_on=ON, idem_key=how["idem_key"], reason="Wrong"
        ), back

    def _some(self, size):
        held = self.held.copy()
        return [self._turned(held) or self._any(held) for _ in range(size)], held

    def _fresh(self, size):
        made, _ = self._some(size)
        self._keep(made)

    def _keep(self, made):
        try:
            posted = self._post([draft for draft, _ in made])
        except LedgerError as error:
            raise Violation(f"{self.name}: what fits was refused: {error}") from error
        if not all(row.is_new for row in posted):
            raise Violation(f"{self.name}: an entry that is new was taken for a repeat")
        for (draft, change), row in zip(made, posted, strict=True):
            _add(self.held, change)
            if draft.reverses is None:
                self.undoable[row.public_id] = (draft, change)
        self.entries += len(made)
        self.batches.append(([draft for draft, _ in made], [row.public_id for row in posted]))

    def _again(self, left):
        drafts, ids = self.chance.choice(self.batches)
        drafts, ids = drafts[:left], ids[:left]
        posted = self._post(drafts)
        if [row.public_id for row in posted] != ids or any(row.is_new for row in posted):
            raise Violation(f"{self.name}: a repeat was not answered with the first")

    def _refused(self, size):
        made, held = self._some(size - 1)
        drafts = [draft for draft, _ in made]
        match self.chance.randrange(3):
            case 0:
                # To the unit: the batch leaves this account one below zero.
                act = "commit" if self.acts is FUND_ACTS else "commission_released"
                share = self.chance.choice(self.shares)
                have = held[next(iter(self.acts[act])), share.partner_id]
                refusal, poison = OverBudget, self._draft(act, share, have + 1)
            case 1:
                known = self.chance.choice(self.chance.choice(self.batches)[0])
                act = "allocate_earned" if self.acts is FUND_ACTS else "commission_earned"
                poison = self._draft(act, self.shares[0], 77_777)
                object.__setattr__(poison, "idem_key", known.idem_key)
                refusal = IdempotencyConflict
            case _:
                act = "allocate_earned" if self.acts is FUND_ACTS else "commission_earned"
                refusal, poison = PeriodClosed, self._draft(act, self.shares[0], 1, CLOSED_ON)
        drafts.insert(self.chance.randrange(size), poison)
        try:
            self._post(drafts)
        except refusal:
            return
        except LedgerError as error:
            raise Violation(f"{self.name}: {error!r} instead of {refusal.__name__}") from error
        raise Violation(f"{self.name}: {refusal.__name__} was not raised")

    def _post(self, drafts):
        self.done += len(drafts)
        with acting_as(staff()):
            return post_entries(drafts=drafts, by=OPS, at=AT)

    def check(self):
        """This will compare the model with the ledger. Raises Violation."""
        with acting_as(staff()):
            found = {
                (row.account.kind.value, row.account.partner_id): row.balance.minor
                for row in balances(fund=self.name)
            }
            [[count]] = sql("SELECT count(*) FROM ledger_entry WHERE source_ref = %s", self.name)
        right = {
            place: minor
            for place, minor in self.held.items()
            if place[0] not in _OF_ALL and not place[0].startswith("~")
        }
        if {p: m for p, m in found.items() if m} != {p: m for p, m in right.items() if m}:
            raise Violation(f"{self.name}: {found} instead of {right}")
        if count != self.entries:
            raise Violation(f"{self.name}: {count} entries instead of {self.entries}")


def _add(held, change):
    for place, minor in change:
        held[place] += minor


def shared_balances():
    """This will sum the accounts that all lives share, by kind and currency."""
    with acting_as(staff()):
        found = Counter()
        for row in balances(kinds=sorted(_OF_ALL)):
            found[row.account.kind.value, row.account.currency] += row.balance.minor
    return dict(found)


def shared_of(lives):
    """This will sum the same from the models of lives."""
    right = Counter()
    for life in lives:
        for (kind, _), minor in life.held.items():
            if kind in _OF_ALL:
                right[kind, life.currency] += minor
    return dict(right)
