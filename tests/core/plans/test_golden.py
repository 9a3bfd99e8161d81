"""Cases worked out by hand: ties, bands, refunds, late lines, rate changes, currencies, days."""

from dataclasses import replace

import pytest

from counterfoil.core.plans import BadInput, Earlier, Plan, PlanLine, evaluate, unmatched_refunds
from counterfoil.core.plans.model import Band, BandMode, Bounds, RateRow, Share, Window
from counterfoil.core.rounding import PPM, Rounding
from tests.plan_stock import component, plan, refund, sale, shipped


def earned(plan: Plan, *lines: PlanLine, earlier: tuple[Earlier, ...] = ()) -> list[int]:
    results = evaluate(plan, lines, earlier).lines
    return [result.commission for result in sorted(results, key=lambda r: r.line)]


@pytest.mark.parametrize(
    ("mode", "cents"),
    [(Rounding.HALF_EVEN, [0, 2, 2]), (Rounding.HALF_UP, [1, 2, 3]), (Rounding.DOWN, [0, 1, 2])],
)
def test_half_a_cent_goes_where_the_plan_says(mode: Rounding, cents: list[int]) -> None:
    # 5 % of 0.10, 0.30 and 0.50 is half a cent, one and a half, two and a half.
    lines = [sale(1, 20240101, 10), sale(2, 20240102, 30), sale(3, 20240103, 50)]
    assert earned(plan(rounding=mode), *lines) == cents


BANDS = component(bands=(Band(0, 20_000), Band(100_000, 50_000)))


def test_a_base_between_two_bands_is_cut_at_the_border() -> None:
    # 900.00 at 2 %, then 100.00 at 2 % and 100.00 at 5 %, then all at 5 %.
    lines = [sale(1, 20240101, 90_000), sale(2, 20240102, 20_000), sale(3, 20240103, 10_000)]
    assert earned(plan(BANDS), *lines) == [1_800, 700, 500]


def test_one_rate_on_everything_counts_the_whole_month() -> None:
    whole = replace(BANDS, mode=BandMode.ONE)
    lines = [sale(1, 20240101, 90_000), sale(2, 20240131, 10_000), sale(3, 20240201, 50_000)]
    assert earned(plan(whole), *lines) == [4_500, 500, 1_000]


def test_a_cumulative_base_goes_on_until_its_window_ends() -> None:
    lines = [sale(1, 20240131, 90_000), sale(2, 20240301, 10_000), sale(3, 20240401, 10_000)]
    for window, cents in (("month", 200), ("quarter", 200), ("year", 500), ("contract", 500)):
        found = earned(plan(replace(BANDS, window=Window(window))), *lines)
        assert found == [1_800, 200, cents]


def test_a_refund_after_payment_takes_back_what_the_line_earned_then() -> None:
    paid = Earlier(line=7, component=0, partner=1, minor=20_000, commission=700, refunded=0)
    lines = [sale(8, 20240301, 90_000), refund(9, 20240302, 20_000, 7)]
    assert earned(plan(BANDS), *lines, earlier=(paid,)) == [1_800, -700]


def test_a_partial_refund_twice_leaves_nothing_over() -> None:
    # 5 % of 3.33 is 17 cents; a third of it and the rest.
    lines = [sale(1, 20240101, 333), refund(2, 20240105, 111, 1), refund(3, 20240210, 222, 1)]
    assert earned(plan(), *lines) == [17, -6, -11]
    assert evaluate(plan(), lines).total == 0


def test_a_refund_of_more_than_the_line_takes_back_no_more_than_it_earned() -> None:
    lines = [sale(1, 20240101, 1_000), refund(2, 20240105, 900, 1), refund(3, 20240106, 900, 1)]
    assert earned(plan(), *lines) == [50, -45, -5]


def test_a_refund_without_a_known_original_earns_and_takes_nothing_and_is_listed() -> None:
    lines = [sale(1, 20240101, 1_000), refund(2, 20240105, 900, 77), refund(3, 20240105, 1, 1, 2)]
    assert earned(plan(), *lines) == [50]
    assert [line.id for line in unmatched_refunds(lines, ())] == [2, 3]


def test_a_late_line_stands_at_its_day_and_moves_those_after_it() -> None:
    before = [sale(1, 20240101, 90_000), sale(3, 20240103, 20_000)]
    late = sale(2, 20240102, 10_000)
    assert earned(plan(BANDS), *before) == [1_800, 700]
    assert earned(plan(BANDS), *before, late) == [1_800, 200, 1_000]


def test_a_rate_changes_on_its_day_within_a_month() -> None:
    rows = (
        RateRow((("category", "Bikes"),), 0, 20240314, 20_000),
        RateRow((), 0, 99999999, 30_000),
    )
    changing = component(rates=rows, bands=(Band(0, PPM),))
    lines = [sale(1, 20240314, 10_000, "Bikes"), sale(2, 20240315, 10_000, "Bikes")]
    assert earned(plan(changing), *lines) == [200, 300]


def test_a_leap_day_belongs_to_february_and_the_first_quarter() -> None:
    result = evaluate(plan(), [sale(1, 20240229, 1_000)]).months
    assert [(m.month, m.base) for m in result] == [(202402, 1_000)]


def test_shares_sum_to_the_commission_and_ties_go_to_the_first_party() -> None:
    halves = replace(plan(), shares=(Share("partner", 500_000), Share("distributor", 500_000)))
    lines = [sale(1, 20240101, 1_500), refund(2, 20240102, 500, 1), refund(3, 20240103, 1_000, 1)]
    results = evaluate(halves, lines).lines
    assert [r.parts for r in results] == [(38, 37), (-13, -12), (-25, -25)]


def test_the_cap_counts_the_month_and_a_capped_line_is_refunded_as_it_was_paid() -> None:
    capped = component(cap_minor=1_000)
    lines = [sale(1, 20240101, 18_000), sale(2, 20240102, 18_000), sale(3, 20240103, 18_000),
             sale(4, 20240201, 18_000), refund(5, 20240104, 18_000, 2)]  # fmt: skip
    assert earned(plan(capped), *lines) == [900, 100, 0, 900, -100]


def test_the_floor_lifts_a_month_with_a_sale_and_no_other() -> None:
    floored = component(floor_minor=500)
    lines = [sale(1, 20240101, 1_000), refund(2, 20240201, 1_000, 1)]
    assert [m.top_up for m in evaluate(plan(floored), lines).months] == [450, 0]


@pytest.mark.parametrize(
    ("currency", "minor"), [("JPY", 12_345), ("KWD", 12_345), ("EUR", 12_345)]
)
def test_minor_units_are_counted_whatever_the_exponent(currency: str, minor: int) -> None:
    assert earned(plan(currency=currency), sale(1, 20240101, minor)) == [617]


def test_what_breaks_the_bounds_or_itself_is_refused() -> None:
    small = replace(plan(), bounds=Bounds(1_000, 2))
    with pytest.raises(BadInput, match="largest line"):
        evaluate(small, [sale(1, 20240101, 1_001)])
    with pytest.raises(BadInput, match="3 lines"):
        evaluate(small, [sale(n, 20240101, 1) for n in (1, 2, 3)])
    with pytest.raises(BadInput, match="twice"):
        evaluate(small, [sale(1, 20240101, 1), sale(1, 20240101, 1)])
    with pytest.raises(BadInput, match="attributes"):
        evaluate(small, [PlanLine(1, 1, 20240101, 1)])
    with pytest.raises(BadInput, match="original"):
        evaluate(small, [PlanLine(1, 1, 20240101, 1, ("",), is_refund=True)])


def test_splitting_a_line_in_two_on_one_day_moves_no_more_than_the_rounding() -> None:
    whole = evaluate(shipped(), [sale(1, 20240101, 7_777_777, "Bikes")]).total
    split = [sale(1, 20240101, 3_333_333, "Bikes"), sale(2, 20240101, 4_444_444, "Bikes")]
    assert abs(evaluate(shipped(), split).total - whole) <= 1


def test_adding_a_line_and_refunding_it_whole_changes_no_sum_of_another_month() -> None:
    lines = [sale(1, 20240101, 50_000, "Bikes"), sale(2, 20240301, 70_000, "Clothing")]
    more = [*lines, sale(3, 20240215, 9_999, "Bikes"), refund(4, 20240220, 9_999, 3)]
    assert evaluate(shipped(), more).total == evaluate(shipped(), lines).total


def test_ten_times_the_exponent_is_ten_times_the_commission_where_nothing_is_rounded() -> None:
    lines = [sale(1, 20240101, 40_000), sale(2, 20240105, 60_000)]
    tenfold = [replace(line, minor=line.minor * 10) for line in lines]
    assert evaluate(plan(), tenfold).total == 10 * evaluate(plan(), lines).total
