"""Journal drafts: every event balances, and the life of a fund adds up."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterfoil.core.journal import (
    ACCOUNT_KINDS,
    AccountKey,
    AccountKind,
    BadAccountKey,
    EntryDraft,
    EntryKind,
    FundShare,
    Group,
    JournalError,
    Leg,
    NotPositive,
    NotReversible,
    Unbalanced,
    allocate_earned,
    balances,
    bill_exported,
    bill_paid,
    budget_set,
    claim_approved,
    commit,
    expire_allocation,
    reduce_allocation,
    release_commitment,
    reverse,
)
from counterfoil.core.money import CurrencyMismatch, Money

ON = date(2026, 4, 30)
SHARE = FundShare(fund="fund_a", partner_id="par_a", period="2026-Q2")
MORE = st.integers(1, 10**12)


def _euro(minor):
    return Money(minor, "EUR")


def _how(number=1):
    return {"effective_on": ON, "idem_key": f"key-{number}", "source_ref": "sub_a"}


def _budget(minor, number=1):
    return budget_set(fund="fund_a", period="2026-Q2", amount=_euro(minor), **_how(number))


def _sums(entries):
    return {key.kind: minor for key, minor in balances(entries).items()}


def test_the_life_of_a_claim_adds_up():
    life = [
        _budget(100_000),
        allocate_earned(share=SHARE, amount=_euro(40_000), **_how(2)),
        commit(share=SHARE, amount=_euro(30_000), **_how(3)),
        claim_approved(share=SHARE, approved=_euro(25_000), release=_euro(5_000), **_how(4)),
        bill_exported(share=SHARE, amount=_euro(25_000), **_how(5)),
        bill_paid(share=SHARE, amount=_euro(25_000), **_how(6)),
    ]

    assert _sums(life) == {
        AccountKind.BUDGET_AUTHORIZED: -100_000,
        AccountKind.BUDGET_AVAILABLE: 60_000,
        AccountKind.ALLOC_AVAILABLE: 15_000,
        AccountKind.ALLOC_COMMITTED: 0,
        AccountKind.ALLOC_CONSUMED: 25_000,
        AccountKind.EXPENSE_MDF: 25_000,
        AccountKind.PAYABLE: 0,
        AccountKind.PAYABLE_BILLED: 0,
        AccountKind.CASH_ERP: -25_000,
    }


@given(MORE, MORE, st.integers(0, 10**12), st.booleans())
@settings(max_examples=100)
def test_every_event_balances_and_its_reversal_leaves_nothing(amount, approved, rest, committed):
    release = _euro(rest) if committed else None
    events = [
        _budget(amount),
        _budget(-amount),
        allocate_earned(share=SHARE, amount=_euro(amount), **_how()),
        reduce_allocation(share=SHARE, amount=_euro(amount), reason="refund", **_how()),
        expire_allocation(share=SHARE, amount=_euro(amount), **_how()),
        commit(share=SHARE, amount=_euro(amount), **_how()),
        release_commitment(share=SHARE, amount=_euro(amount), reason="done", **_how()),
        release_commitment(
            share=SHARE, amount=_euro(amount), reason="late", is_expired=True, **_how()
        ),
        claim_approved(
            share=SHARE,
            approved=_euro(approved),
            release=release,
            is_committed=committed,
            **_how(),
        ),
        bill_exported(share=SHARE, amount=_euro(amount), **_how()),
        bill_paid(share=SHARE, amount=_euro(amount), **_how()),
    ]

    for event in events:
        for group in Group:
            legs = [leg.amount_minor for leg in event.legs if leg.account.rule.group is group]
            assert sum(legs) == 0
        undone = reverse(
            event, entry_id="ent_a", effective_on=ON, idem_key="undo", reason="wrong claim"
        )
        assert set(balances([event, undone]).values()) == {0}
        assert undone.kind is EntryKind.REVERSAL
        assert undone.reverses == "ent_a"


def test_a_claim_without_a_commitment_draws_on_available_funds():
    entry = claim_approved(share=SHARE, approved=_euro(500), is_committed=False, **_how())

    assert _sums([entry])[AccountKind.ALLOC_AVAILABLE] == -500
    with pytest.raises(JournalError, match="no commitment"):
        claim_approved(
            share=SHARE, approved=_euro(5), release=_euro(1), is_committed=False, **_how()
        )


@pytest.mark.parametrize("minor", [0, -1])
@pytest.mark.parametrize("build", [allocate_earned, commit, bill_exported, bill_paid])
def test_an_event_of_nothing_is_refused(build, minor):
    with pytest.raises(NotPositive):
        build(share=SHARE, amount=_euro(minor), **_how())


def test_what_is_released_is_neither_negative_nor_foreign():
    with pytest.raises(NotPositive):
        claim_approved(share=SHARE, approved=_euro(5), release=_euro(-1), **_how())
    with pytest.raises(CurrencyMismatch):
        claim_approved(share=SHARE, approved=_euro(5), release=Money(1, "USD"), **_how())


def _leg(kind, minor, currency="EUR"):
    return Leg(SHARE.account(kind, currency), minor)


@pytest.mark.parametrize(
    "legs",
    [
        (),
        (_leg(AccountKind.PAYABLE, 5),),
        (_leg(AccountKind.PAYABLE, -5), _leg(AccountKind.EXPENSE_MDF, 4)),
        (_leg(AccountKind.PAYABLE, -5), _leg(AccountKind.EXPENSE_MDF, 5, "USD")),
        (_leg(AccountKind.PAYABLE, -5), _leg(AccountKind.ALLOC_CONSUMED, 5)),
    ],
    ids=["no legs", "one leg", "off by one", "across currencies", "memo against real"],
)
def test_an_unbalanced_entry_cannot_be_built(legs):
    with pytest.raises(Unbalanced):
        EntryDraft(EntryKind.CLAIM_APPROVED, ON, legs, "key", "sub_a")


def test_a_leg_of_zero_or_a_double_account_is_refused():
    with pytest.raises(JournalError, match="zero"):
        _leg(AccountKind.PAYABLE, 0)
    with pytest.raises(TypeError):
        _leg(AccountKind.PAYABLE, 1.0)
    with pytest.raises(JournalError, match="twice"):
        EntryDraft(
            EntryKind.BILL_PAID,
            ON,
            (_leg(AccountKind.PAYABLE, 5), _leg(AccountKind.PAYABLE, -5)),
            "key",
            "sub_a",
        )


def test_an_entry_needs_its_key_and_its_source():
    for missing in ("idem_key", "source_ref"):
        with pytest.raises(JournalError):
            commit(share=SHARE, amount=_euro(1), **{**_how(), missing: ""})


def test_a_reversal_is_not_reversed():
    entry = commit(share=SHARE, amount=_euro(1), **_how())
    undone = reverse(entry, entry_id="ent_a", effective_on=ON, idem_key="u", reason="wrong")

    with pytest.raises(NotReversible):
        reverse(undone, entry_id="ent_b", effective_on=ON, idem_key="v", reason="wrong")
    with pytest.raises(JournalError):
        reverse(entry, entry_id="ent_a", effective_on=ON, idem_key="u", reason="")


def test_the_payload_digest_tells_a_repeat_from_another_entry():
    first = commit(share=SHARE, amount=_euro(100), **_how())
    again = commit(share=SHARE, amount=_euro(100), **_how())
    other = commit(share=SHARE, amount=_euro(101), **_how())
    turned = EntryDraft(
        first.kind, ON, tuple(reversed(first.legs)), "key-1", "sub_a", partner_id="par_a"
    )

    assert first.payload_sha256 == again.payload_sha256 == turned.payload_sha256
    assert first.payload_sha256 != other.payload_sha256


@pytest.mark.parametrize("kind", AccountKind)
def test_a_code_reads_back_to_its_key(kind):
    needs = ACCOUNT_KINDS[kind].dimensions
    parts = [name if name in needs else None for name in ("fund", "partner_id", "period")]
    key = AccountKey(kind, *parts, "EUR")

    assert AccountKey.from_code(key.code) == key


@pytest.mark.parametrize(
    ("fund", "partner_id", "period"),
    [(None, "p", "q"), ("f", None, "q"), ("f", "p", None), ("a:b", "p", "q"), ("-", "p", "q")],
)
def test_a_key_that_lacks_a_part_or_could_be_misread_is_refused(fund, partner_id, period):
    with pytest.raises(BadAccountKey):
        AccountKey(AccountKind.PAYABLE, fund, partner_id, period, "EUR")


@pytest.mark.parametrize(
    "code", ["", "payable", "payable:f:p:q", "loan:f:p:q:EUR", "cash.erp:f:-:-:EUR"]
)
def test_a_code_that_is_none_is_refused(code):
    with pytest.raises(BadAccountKey):
        AccountKey.from_code(code)


def test_an_account_key_of_one_share_carries_what_its_kind_needs():
    assert SHARE.account(AccountKind.EXPENSE_MDF, "EUR").code == "expense.mdf:fund_a:-:2026-Q2:EUR"
    assert SHARE.account(AccountKind.PAYABLE, "EUR").code == "payable:fund_a:par_a:2026-Q2:EUR"


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": EntryKind.COMMITMENT_RELEASED},
        {"effective_on": date(2026, 5, 1)},
        {"source_ref": "sub_b"},
        {"partner_id": "par_b"},
        {"origin_period": "2026-Q1"},
        {"reverses": "ent_a"},
        {"reason": "another"},
    ],
)
def test_the_payload_digest_covers_each_field(changes):
    entry = commit(share=SHARE, amount=_euro(100), **_how())

    assert replace(entry, **changes).payload_sha256 != entry.payload_sha256
    assert replace(entry, idem_key="key-2").payload_sha256 == entry.payload_sha256
