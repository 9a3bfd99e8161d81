"""What a sample proves, and that it proves it as often as it says: by drawing again and again."""

from fractions import Fraction

import pytest

from counterfoil.core.sampling import (
    BadPlan,
    Item,
    Method,
    Plan,
    Result,
    bounds,
    evaluate,
    evaluation,
    promise,
    select,
)
from tests.core.sampling.test_bounds import chance

CLEAN = Result(is_deviation=False)
ROUNDS = 400


def evaluated(items, plan, wrong: dict[str, int]):
    drawn = select(items, plan)
    results = {
        each.id: Result(each.id in wrong, wrong.get(each.id, 0)) for each in drawn
    }  # fmt: skip
    return evaluate(items, plan, drawn, results)


def held(kind: str) -> Fraction:
    """Draw from one population with many seeds; return how often the stated bound was true."""
    items = [
        Item(f"dec_{place}", 1_000 + chance("amount", place) % 90_000) for place in range(120)
    ]
    wrong = {
        item.id: item.minor * (1 + chance("taint", item.id) % 10) // 10
        for item in items
        if chance("wrong", item.id) < 130_000
    }
    truth = {"count": len(wrong), "money": sum(wrong.values())}[kind]
    times = 0
    for number in range(ROUNDS):
        if kind == "money":
            plan = Plan(Method.MONETARY, f"r{number}", 800_000, tolerable_minor=700_000)
            found = evaluated(items, plan, wrong).upper_minor
        else:
            plan = Plan(Method.STRATIFIED, f"r{number}", 800_000, size=24, bands=(30_000, 70_000))
            found = evaluated(items, plan, wrong).upper
        times += found >= truth
    return Fraction(times, ROUNDS)


@pytest.mark.parametrize("kind", ["count", "money"])
def test_a_bound_holds_at_least_as_often_as_its_confidence(kind):
    assert held(kind) >= Fraction(80, 100)


def test_planted_fault_a_bound_without_its_margin_is_caught(monkeypatch):
    def naive(*, interval, taints, confidence_ppm):
        return int(interval * sum(taints))

    monkeypatch.setattr(evaluation, "stringer_bound", naive)
    assert held("money") < Fraction(80, 100)


def test_planted_fault_a_bound_that_takes_what_was_found_for_the_truth_is_caught(monkeypatch):
    def naive(*, population, sampled, found, confidence_ppm):
        return -(-found * population // sampled)

    monkeypatch.setattr(evaluation, "upper_deviations", naive)
    assert held("count") < Fraction(80, 100)


def test_a_promise_is_what_the_sample_proves_when_it_finds_what_was_expected():
    items = [Item(f"dec_{place}", 100) for place in range(300)]
    plan = Plan(Method.DISCOVERY, "q3", 950_000, tolerable_ppm=50_000)
    drawn = select(items, plan)
    told = promise(items, plan, drawn)

    assert len(drawn) == bounds.discovery_size(
        population=300, tolerable_ppm=50_000, confidence_ppm=950_000
    )
    assert told.deviations == 0
    assert told.upper < 15, "5% of 300 would have been found"
    assert told == evaluated(items, plan, {})
    one = Plan(Method.DISCOVERY, "q3", 950_000, tolerable_ppm=50_000, expected=1)
    assert promise(items, one, select(items, one)).deviations == 1


def test_money_without_an_error_is_bounded_by_what_was_tolerable():
    items = [Item(f"dec_{place}", 10_000) for place in range(100)]
    plan = Plan(Method.MONETARY, "q3", 950_000, tolerable_minor=50_000)

    told = promise(items, plan, select(items, plan))

    assert told.projected_minor == 0
    assert told.upper is None
    assert 49_990 <= told.upper_minor <= 50_000


def test_a_large_item_counts_as_it_is_and_a_small_one_for_its_interval():
    items = [Item("large", 1_000_000), *(Item(f"small_{n}", 10_000) for n in range(60))]
    plan = Plan(Method.MONETARY, "q3", 950_000, tolerable_minor=300_000)
    small = next(each.id for each in select(items, plan) if not each.is_certain)

    told = evaluated(items, plan, {"large": 400_000, small: 5_000})

    assert told.over_minor == 405_000
    assert told.projected_minor == 400_000 + plan.interval // 2
    assert told.upper_minor > 400_000 + 300_000
    under = evaluated(items, plan, {small: -5_000})
    assert (under.under_minor, under.projected_minor) == (5_000, -(plan.interval // 2))
    assert under.upper_minor == promise(items, plan, select(items, plan)).upper_minor


def test_what_was_taken_whole_is_known_and_not_guessed():
    items = [Item(f"dec_{place}", 1_000 * place) for place in range(1, 9)]
    plan = Plan(
        Method.STRATIFIED, "q3", 950_000, size=5, bands=(6_000,), is_top_whole=True
    )  # fmt: skip

    told = evaluated(items, plan, {"dec_6": 100})

    assert told.upper == 1
    assert [(each.drawn, each.items, each.is_whole) for each in told.strata] == [
        (5, 5, False), (3, 3, True),
    ]  # fmt: skip
    assert told.upper_ppm == 125_000


def test_a_whole_population_has_no_doubt_left():
    items = [Item(f"dec_{place}", 100) for place in range(20)]
    plan = Plan(Method.RANDOM, "q3", 950_000, size=20)

    told = evaluated(items, plan, {"dec_3": 50, "dec_4": -10})

    assert (told.upper, told.projected_minor) == (2, 40)
    assert (told.over_minor, told.under_minor) == (50, 10)


def test_an_item_without_a_result_can_t_be_evaluated():
    items = [Item("a", 1), Item("b", 1)]
    plan = Plan(Method.RANDOM, "q3", 950_000, size=2)
    drawn = select(items, plan)

    with pytest.raises(BadPlan, match="1 drawn items have no result"):
        evaluate(items, plan, drawn, {"a": CLEAN})
