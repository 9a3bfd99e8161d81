"""A sample can be drawn again by anybody, with no more than its plan and its population."""

import hashlib
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.canonical import canonical_json
from counterfoil.core.sampling import BadPlan, Item, Method, Plan, draw, select
from counterfoil.core.sampling.drawing import allocate, plan_from_json

IDS = st.lists(st.text(min_size=1, max_size=8), unique=True, max_size=40)
AMOUNTS = st.lists(st.integers(0, 100_000), min_size=1, max_size=40)


def items_of(amounts: list[int], group: str = "") -> list[Item]:
    return [Item(f"dec_{place}", minor, group) for place, minor in enumerate(amounts)]


def plan(method: Method, **more) -> Plan:
    given_ = {"seed": "q3", "confidence_ppm": 950_000, **more}
    return Plan(method=method, **given_)


PLANS = [
    plan(Method.DISCOVERY, tolerable_ppm=50_000),
    plan(Method.RANDOM, size=7),
    plan(Method.STRATIFIED, size=6, bands=(1_000, 50_000), is_top_whole=True),
    plan(Method.MONETARY, tolerable_minor=90_000),
]


@given(IDS, st.integers(0, 50), st.randoms(use_true_random=False))
def test_the_order_of_the_population_does_not_matter(ids, count, chance):
    shuffled = list(ids)
    chance.shuffle(shuffled)

    assert draw(ids, count=count, seed="s") == draw(shuffled, count=count, seed="s")


@given(IDS, st.integers(0, 20), st.integers(0, 20))
def test_a_longer_sample_begins_with_the_shorter_one(ids, few, more):
    longer = draw(ids, count=few + more, seed="s")

    assert longer[:few] == draw(ids, count=few, seed="s")
    assert len(longer) == min(few + more, len(ids))


def test_another_seed_draws_otherwise():
    ids = [f"evt_{number}" for number in range(100)]

    assert draw(ids, count=10, seed="a") != draw(ids, count=10, seed="b")
    assert draw(ids, count=10, seed="a") == draw(ids, count=10, seed="a")


def test_the_order_is_the_stated_hash_and_nothing_else():
    ids = ["dec_1", "dec_2", "dec_3", "dec_4"]
    by_hand = sorted(ids, key=lambda each: hashlib.sha256(b"q3\n" + each.encode()).hexdigest())

    assert list(draw(ids, count=4, seed="q3")) == by_hand


@pytest.mark.parametrize("one", PLANS, ids=lambda each: each.method)
@given(amounts=AMOUNTS, chance=st.randoms(use_true_random=False))
def test_every_method_draws_the_same_from_the_exported_plan_and_a_shuffled_population(
    one, amounts, chance
):
    items = items_of([*amounts, 60_000])
    drawn = select(items, one)
    chance.shuffle(items)

    assert select(items, plan_from_json(one.to_json())) == drawn
    assert len({each.id for each in drawn}) == len(drawn)
    assert {each.id for each in drawn} <= {item.id for item in items}
    canonical_json(one.to_json())


@given(AMOUNTS.filter(any), st.integers(1, 200_000))
def test_monetary_units_take_what_is_large_and_every_unit_of_the_interval(amounts, tolerable):
    items = items_of(amounts)
    one = plan(Method.MONETARY, tolerable_minor=tolerable)
    drawn = {each.id: each for each in select(items, one)}

    large = {item.id for item in items if item.minor >= one.interval}
    rest = sum(item.minor for item in items if item.id not in large)
    assert {key for key, each in drawn.items() if each.is_certain} == large
    hit = len(drawn) - len(large)
    assert rest // one.interval <= hit <= rest // one.interval + 1
    assert all(next(item.minor for item in items if item.id == key) > 0 for key in drawn)


def test_an_item_is_hit_as_often_as_it_has_money():
    items = items_of([10_000, 30_000, 60_000])
    hits: Counter[str] = Counter()
    for number in range(4_000):
        one = Plan(Method.MONETARY, f"seed {number}", 950_000, tolerable_minor=300_000)
        assert one.interval == 100_142
        hits.update(each.id for each in select(items, one))

    for item in items:
        expected = 4_000 * item.minor / 100_142
        assert abs(hits[item.id] - expected) < 4 * (expected**0.5 + 1)


def test_strata_are_bands_of_money_and_the_top_one_is_taken_whole():
    items = items_of([10, 20, 30, 500, 600, 9_000, 9_500])
    one = plan(Method.STRATIFIED, size=3, bands=(100, 5_000), is_top_whole=True)

    drawn = select(items, one)

    assert {each.id for each in drawn if each.is_certain} == {"dec_5", "dec_6"}
    assert Counter(each.stratum for each in drawn) == {"5000": 2, "100": 2, "0": 1}


def test_strata_without_bands_are_the_groups():
    items = [*items_of([5] * 9, "claims"), Item("dec_x", 90, "requests")]

    drawn = select(items, plan(Method.STRATIFIED, size=4))

    assert Counter(each.stratum for each in drawn) == {"requests": 1, "claims": 3}


@given(st.lists(st.tuples(st.integers(0, 1_000), st.integers(1, 9)), min_size=1, max_size=6),
       st.integers(0, 60))  # fmt: skip
def test_an_allocation_gives_each_stratum_one_and_never_more_than_it_has(strata, more):
    sums, counts = [each[0] for each in strata], [each[1] for each in strata]
    size = len(strata) + more

    given_ = allocate(size, sums, counts)

    assert sum(given_) == min(size, sum(counts))
    assert all(1 <= part <= count for part, count in zip(given_, counts, strict=True))


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"method": Method.RANDOM, "size": 0}, "size"),
        ({"method": Method.RANDOM, "size": 3, "seed": " "}, "seed"),
        ({"method": Method.RANDOM, "size": 3, "seed": "a\nb"}, "seed"),
        ({"method": Method.RANDOM, "size": 3, "confidence_ppm": 1_000_000}, "confidence"),
        ({"method": Method.DISCOVERY}, "tolerable"),
        ({"method": Method.DISCOVERY, "tolerable_ppm": 1, "expected": -1}, "expected"),
        ({"method": Method.DISCOVERY, "tolerable_ppm": 1, "expected": 21}, "expected"),
        ({"method": Method.MONETARY}, "tolerable_amount"),
        ({"method": Method.STRATIFIED, "size": 3, "bands": (5, 5)}, "bands"),
        ({"method": Method.STRATIFIED, "size": 3, "is_top_whole": True}, "bands"),
    ],
)
def test_a_plan_that_can_t_be_drawn_names_its_field(wrong, field):
    with pytest.raises(BadPlan) as refused:
        plan(**wrong)
    assert refused.value.field == field


def test_a_population_that_can_t_be_drawn_from_is_refused():
    simple = plan(Method.RANDOM, size=3)
    with pytest.raises(BadPlan, match="empty"):
        select([], simple)
    with pytest.raises(BadPlan, match="twice"):
        select([Item("a", 1), Item("a", 2)], simple)
    with pytest.raises(BadPlan, match="below zero"):
        select([Item("a", -1)], simple)
    with pytest.raises(BadPlan, match="by number"):
        select([Item("a", 0)], plan(Method.MONETARY, tolerable_minor=5))
    with pytest.raises(BadPlan, match="2 strata"):
        select([Item("a", 1, "x"), Item("b", 1, "y")], plan(Method.STRATIFIED, size=1))


def test_a_plan_of_another_algorithm_is_not_drawn():
    with pytest.raises(BadPlan, match="counterfoil-sample/2"):
        plan_from_json({**PLANS[1].to_json(), "algorithm": "counterfoil-sample/2"})
    with pytest.raises(BadPlan, match="no plan"):
        plan_from_json({"algorithm": "counterfoil-sample/1"})
