"""Funds are earned from sales: exactly, once, and only as far as the budget goes."""

import random
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest

from counterfoil.apps.ledger.selectors import balances, entries_of, fund_position
from counterfoil.apps.ledger.services import close_period, open_period, post_entry
from counterfoil.apps.programs.errors import OverFundBudget
from counterfoil.apps.programs.selectors import statements_of
from counterfoil.apps.programs.services import record_sales_lines
from counterfoil.apps.programs.types import SalesLineDraft
from counterfoil.core import rounding
from counterfoil.core.accounts import AccountKind
from counterfoil.core.actors import Actor, Grant
from counterfoil.core.authority import NotAllowed
from counterfoil.core.journal import FundShare, commit
from counterfoil.core.money import Money
from counterfoil.flows.earn_funds import earn_funds, set_budget, set_up_fund
from counterfoil.foundation.acting import acting_as, staff
from tests.money_stock import FINANCE, OPS, make_partner, make_program

pytestmark = [pytest.mark.db, pytest.mark.django_db]

AT = datetime(2026, 4, 2, 9, tzinfo=UTC)
START, END = date(2026, 1, 1), date(2026, 3, 31)


def _fund(*, budget=10_000_000, rate=20_000):
    return set_up_fund(
        program="growth", code="mdf-emea", name="MDF EMEA", period="2026-Q1",
        budget=Money(budget, "EUR"), earn_rate_ppm=rate, starts_on=START, ends_on=END,
        claims_until=date(2026, 5, 31), cost_center="CC-100", by=FINANCE, at=AT,
    )  # fmt: skip


def _sell(partner, *amounts, on=date(2026, 2, 1), received=date(2026, 2, 2), tag="a", kind="sale",
          currency="EUR"):  # fmt: skip
    lines = [
        SalesLineDraft(
            partner_id=partner.pk, source_key=f"{tag}-{number}", order_number=f"SO{number}",
            sold_on=on, received_on=received, quantity=1, amount=Money(minor, currency), kind=kind,
        )
        for number, minor in enumerate(amounts)
    ]  # fmt: skip
    return record_sales_lines(
        source=f"erp-{partner.pk}", lines=lines, import_run="imp", by=OPS, at=AT
    )


@pytest.fixture
def partner():
    with acting_as(staff()):
        make_program("growth")
        made = make_partner("Alpine Systems", program="growth")
        yield made


def _available(fund, partner):
    return fund_position(
        fund=fund.public_id, period=fund.period, currency="EUR", partner_id=partner.pk
    ).available.minor


def test_a_partner_earns_its_share_of_sales_less_refunds(partner):
    fund = _fund()
    _sell(partner, 100_000, 25_050)
    _sell(partner, 10_000, kind="refund", tag="r")

    report = earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT)

    assert report.given == Money(2_301, "EUR")
    assert _available(fund, partner) == 2_301


def test_a_tie_is_rounded_to_even(partner):
    fund = _fund(rate=20_000)
    _sell(partner, 25)  # 0.50 cents: half to even gives 0, half up would give 1

    report = earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT)

    assert report.given == Money(0, "EUR")


def test_the_same_input_again_posts_nothing(partner):
    fund = _fund()
    _sell(partner, 100_000)
    earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT)

    again = earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT + timedelta(days=1))

    assert (again.statements, again.given.minor, again.taken_back.minor) == (0, 0, 0)
    assert len(statements_of(partner_id=partner.pk)) == 1


def test_a_late_sale_goes_into_a_later_version(partner):
    fund = _fund()
    _sell(partner, 100_000)
    _sell(partner, 50_000, received=date(2026, 4, 20), tag="late")
    earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT)
    assert _available(fund, partner) == 2_000

    later = earn_funds(fund_id=fund.public_id, by=FINANCE, at=datetime(2026, 4, 20, tzinfo=UTC))

    assert later.given.minor == 1_000
    versions = statements_of(partner_id=partner.pk)
    assert [(row.version, row.earned.minor, row.posted.minor) for row in versions] == [
        (1, 2_000, 2_000),
        (2, 3_000, 1_000),
    ]
    assert versions[0].lines_sha256 != versions[1].lines_sha256


def test_a_refund_takes_back_what_is_available_and_reports_the_rest(partner):
    fund = _fund()
    _sell(partner, 100_000)
    earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT)
    share = FundShare(fund.public_id, partner.public_id, fund.period)
    post_entry(
        draft=commit(share=share, amount=Money(1_500, "EUR"), effective_on=END,
                     idem_key="c", source_ref="sub_x"), by=OPS, at=AT,
    )  # fmt: skip
    _sell(partner, 60_000, kind="refund", tag="r")

    report = earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT)

    assert report.taken_back.minor == 500
    assert [row.amount.minor for row in report.remainders] == [700]
    assert _available(fund, partner) == 0
    again = earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT)
    assert (again.statements, [row.amount.minor for row in again.remainders]) == (0, [700])


def test_more_refunds_than_sales_earn_nothing_and_never_less(partner):
    fund = _fund()
    _sell(partner, 5_000)
    _sell(partner, 9_000, kind="refund", tag="r")

    assert earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT).earned.minor == 0


def test_more_than_the_budget_is_refused_whole_and_says_what_is_needed(partner):
    fund = _fund(budget=1_000)
    _sell(partner, 100_000)

    with pytest.raises(
        OverFundBudget, match=r"needs 20.00 EUR, and 10.00 EUR of the budget"
    ) as no:
        earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT)

    assert "MDF EMEA 2026-Q1" in str(no.value)
    assert _available(fund, partner) == 0
    assert statements_of(partner_id=partner.pk) == ()


def test_a_raised_budget_lets_the_run_through(partner):
    fund = _fund(budget=1_000)
    _sell(partner, 100_000)

    set_budget(
        fund_id=fund.public_id, budget=Money(5_000, "EUR"), by=FINANCE, at=AT, reason="More"
    )
    earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT)

    standing = fund_position(fund=fund.public_id, period="2026-Q1", currency="EUR")
    assert (standing.authorized.minor, standing.unallocated.minor) == (5_000, 3_000)


def test_sales_in_another_currency_are_left_out_and_told(partner):
    fund = _fund()
    _sell(partner, 100_000, currency="USD")

    report = earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT)

    assert [(row.currency, row.line_count, row.total_minor) for row in report.left_out] == [
        ("USD", 1, 100_000)
    ]
    assert report.given.minor == 0


def test_sales_on_the_first_and_last_day_count_and_their_neighbors_do_not(partner):
    fund = _fund()
    for number, on in enumerate([START, END, START - timedelta(days=1), END + timedelta(days=1)]):
        _sell(partner, 10_000, on=on, tag=f"d{number}")

    assert earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT).earned.minor == 400


def test_a_closed_month_sends_the_entry_to_the_day_of_the_run(partner):
    fund = _fund()
    _sell(partner, 100_000)
    open_period(code="2026-03", by=FINANCE, at=AT)
    close_period(code="2026-03", by=FINANCE, at=AT)

    earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT)

    [entry] = entries_of(partner_id=partner.pk).items
    assert (entry.effective_on, entry.origin_period) == (AT.date(), "2026-Q1")


def test_only_finance_sets_up_funds_and_partners_earn_nothing_by_themselves(partner):
    auditor = Actor("usr_a", "Ada", (Grant("auditor"),), user_pk=5)
    fund = _fund()

    with pytest.raises(NotAllowed):
        earn_funds(fund_id=fund.public_id, by=auditor, at=AT)
    with pytest.raises(NotAllowed):
        set_budget(fund_id=fund.public_id, budget=Money(1, "EUR"), by=OPS, at=AT, reason="No")


def test_setting_up_a_fund_twice_posts_its_budget_once(partner):
    assert _fund() == _fund()

    [row] = balances(kinds=[AccountKind.BUDGET_AUTHORIZED])
    assert (row.balance.minor, row.leg_count) == (10_000_000, 1)


def _recomputed(lines, rate):
    """Own arithmetic: a fraction, rounded half to even by Python's round on Fractions."""
    base = sum(-minor if kind == "refund" else minor for minor, kind in lines)
    return round(Fraction(max(base, 0) * rate, 1_000_000))


def _random_run(partner, seed):
    chance = random.Random(seed)
    lines = [
        (
            chance.choice([25, 75, 125, 1, 999, chance.randrange(10**6)]),
            chance.choice(["sale"] * 4 + ["refund"]),
        )
        for _ in range(chance.randrange(1, 8))
    ]
    for number, (minor, kind) in enumerate(lines):
        _sell(partner, minor, kind=kind, tag=f"{seed}-{number}")
    return lines


def _disagreements(fund):
    wrong = []
    expected = {}
    for seed in range(40):
        someone = make_partner(f"Partner {seed}", program="growth")
        expected[someone.pk] = _recomputed(_random_run(someone, seed), 20_000)
    earn_funds(fund_id=fund.public_id, by=FINANCE, at=AT)
    for pk, minor in expected.items():
        [row] = statements_of(partner_id=pk)
        if row.earned.minor != minor:
            wrong.append((pk, row.earned.minor, minor))
    return wrong


def test_an_independent_recomputation_agrees_to_the_cent(partner):
    assert _disagreements(_fund()) == []


def test_planted_fault_half_up_for_half_even_is_caught_by_the_recomputation(partner, monkeypatch):
    exact = rounding._goes_to_ceiling

    def half_up(mode, floor, rest, d, *, is_negative):
        mode = rounding.Rounding.HALF_UP if mode is rounding.Rounding.HALF_EVEN else mode
        return exact(mode, floor, rest, d, is_negative=is_negative)

    monkeypatch.setattr(rounding, "_goes_to_ceiling", half_up)

    assert _disagreements(_fund()) != []
