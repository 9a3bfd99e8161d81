"""What the bank keeps and what it exchanges: entries that balance in every currency."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.accounts import AccountKind
from counterfoil.core.journal import NotPositive, balances, bank_fee, payment_exchanged
from counterfoil.core.money import CurrencyMismatch, Money

HOW = {
    "own_account": "main-eur",
    "effective_on": date(2026, 7, 1),
    "idem_key": "k",
    "source_ref": "bln_1",
}


@pytest.mark.parametrize("minor", [250, -250])
def test_a_fee_is_expense_and_one_given_back_is_less_of_it(minor: int) -> None:
    found = {
        key.kind: sum_
        for key, sum_ in balances([bank_fee(amount=Money(minor, "EUR"), **HOW)]).items()
    }

    assert found == {AccountKind.EXPENSE_BANK_FEES: minor, AccountKind.CASH_BANK: -minor}


def test_a_fee_of_zero_is_none() -> None:
    with pytest.raises(NotPositive):
        bank_fee(amount=Money(0, "EUR"), **HOW)


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(1, 10**9))
def test_an_exchange_moves_both_currencies_and_names_the_difference(
    paid: int, debited: int, expected: int
) -> None:
    entry = payment_exchanged(
        paid=Money(paid, "USD"), debited=Money(debited, "EUR"), expected=Money(expected, "EUR"),
        **HOW,
    )  # fmt: skip

    found = {(key.kind, key.currency): sum_ for key, sum_ in balances([entry]).items()}

    assert found.pop((AccountKind.CASH_BANK, "USD")) == paid
    assert found.pop((AccountKind.CASH_BANK, "EUR")) == -debited
    assert found.pop((AccountKind.EXPENSE_EXCHANGE, "EUR"), 0) == debited - expected
    assert found == {
        (AccountKind.EXCHANGE_POSITION, "USD"): -paid,
        (AccountKind.EXCHANGE_POSITION, "EUR"): expected,
    }


def test_an_exchange_needs_the_expected_amount_in_the_accounts_currency() -> None:
    with pytest.raises(CurrencyMismatch):
        payment_exchanged(
            paid=Money(1, "USD"), debited=Money(1, "EUR"), expected=Money(1, "USD"), **HOW
        )
