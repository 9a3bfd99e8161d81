"""A plan in words, what differs between two, and why a month jumps."""

from dataclasses import replace

import pytest

from counterfoil.core.money import Money
from counterfoil.core.plans import load_plan
from counterfoil.core.plans.jumps import MonthFigures, jump_words
from counterfoil.core.plans.words import compare_plans, plan_points
from tests.plan_stock import SHIPPED, shipped

TEXT = (SHIPPED / "channel-commission.yaml").read_text(encoding="utf-8")


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def test_every_part_of_the_plan_stands_in_its_words():
    said = {point.about: point.says for point in plan_points(shipped())}

    assert said["Currency"] == "USD"
    assert said["Commission on sales: rate for category Bikes"] == "3%"
    assert said["Commission on sales: rate otherwise"] == "2%"
    assert said["Commission on sales: from 25000.00 USD on"] == "110% of the rate"
    assert said["Commission on sales: at most a month"] == "10000.00 USD"
    assert said["Share of the distributor"] == "10%"
    assert said["Minimum payout"] == "50.00 USD"
    assert said["Held for"] == "30 days"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("otherwise: 2%", "otherwise: 2.1%"),
        ("cap: 10000.00 USD", "cap: 10000.01 USD"),
        ("times: 110%", "times: 111%"),
        ("from: 100000.00 USD", "from: 99999.99 USD"),
        ("hold_days: 30", "hold_days: 31"),
        ("minimum_payout: 50.00", "minimum_payout: 50.01"),
        ("measure: month", "measure: quarter"),
        ("each_band_its_own_rate", "one_rate_on_everything"),
        ("share: 90%}\n  - {party: distributor, share: 10%}",
         "share: 89%}\n  - {party: distributor, share: 11%}"),
        ("zone: America/Los_Angeles", "zone: UTC"),
        ("rounding: half_even", "rounding: half_up"),
        ("effective: {from: 2017-07-01}", "effective: {from: 2018-07-01}"),
        ("largest_line: 100000000.00", "largest_line: 90000000.00"),
        ("category: Bikes}, rate: 3%", "category: Bikes}, rate: 3.01%"),
        ("category: Clothing}, rate", "category: Caps}, rate"),
    ],
)  # fmt: skip
def test_whatever_differs_in_what_is_paid_is_a_difference_in_words(old, new):
    assert old in TEXT
    before, after = shipped(), load_plan(TEXT.replace(old, new), file="plan.yaml")

    assert compare_plans(before, after)
    assert not compare_plans(before, before)


def test_a_dropped_point_stands_last_without_its_after():
    without = load_plan(TEXT.replace("    cap: 10000.00 USD\n", ""), file="plan.yaml")

    gone = [each for each in compare_plans(shipped(), without) if not each.after]

    assert [(each.about, each.before) for each in gone] == [
        ("Commission on sales: at most a month", "10000.00 USD")
    ]


NOW = MonthFigures(3, usd(900_000), usd(27_000))


@pytest.mark.parametrize(
    ("now", "before", "words"),
    [
        (NOW, None, ("New: it sold 9000.00 USD in 3 lines, nothing in the last posted month.",)),
        (replace(NOW, lines=0), None, ("New: its share in what others sold.",)),
        (replace(NOW, lines=0), replace(NOW, lines=0),
         ("Others sold more or less of what it shares in.",)),
        (NOW, MonthFigures(1, usd(100_000), usd(3_000)),
         ("It sold 9000.00 USD in 3 lines, before 1000.00 USD in 1 line.",)),
        (NOW, MonthFigures(3, usd(900_000), usd(9_000)),
         ("Its own sales are as before; a rate, a band or a share in others' sales moved.",)),
        (MonthFigures(2, usd(0), usd(500)), MonthFigures(2, usd(0), usd(0)),
         ("Its own sales are as before; a rate, a band or a share in others' sales moved.",)),
        (MonthFigures(0, usd(0), usd(0)), NOW,
         ("It sold nothing, before 9000.00 USD in 3 lines.",)),
    ],
)  # fmt: skip
def test_a_jump_is_told_by_what_moved(now, before, words):
    assert jump_words(now, before) == words
