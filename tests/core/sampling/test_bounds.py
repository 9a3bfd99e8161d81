"""Sizes and bounds against the law itself, against published tables, and by simulation.

The tables are those of the AICPA Audit Guide "Audit Sampling": A.1 (sample sizes for tests of
controls, 5 % risk), A.3 (evaluation, 5 % risk), C.3 (confidence factors of monetary units).
"""

import hashlib
from fractions import Fraction
from itertools import combinations
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.core.sampling import (
    clopper_pearson_upper,
    discovery_size,
    poisson_factor,
    stringer_bound,
    upper_deviations,
)
from counterfoil.core.sampling.bounds import chance_at_most

MANY = 10_000_000
"""So large that drawing without putting back makes no difference."""


@pytest.mark.parametrize(("population", "deviating", "sampled"), [(7, 3, 4), (6, 0, 2), (5, 5, 3)])
def test_the_law_is_that_of_counting_every_sample(population, deviating, sampled):
    samples = list(combinations(range(population), sampled))

    for found in range(sampled + 1):
        hits = sum(sum(each < deviating for each in sample) <= found for sample in samples)
        assert chance_at_most(
            found=found, population=population, deviating=deviating, sampled=sampled
        ) == Fraction(hits, len(samples))


@pytest.mark.parametrize(
    ("tolerable", "expected", "size"),
    [(2, 0, 149), (3, 0, 99), (4, 0, 74), (5, 0, 59), (6, 0, 49), (7, 0, 42), (8, 0, 36),
     (9, 0, 32), (10, 0, 29), (15, 0, 19), (20, 0, 14), (5, 1, 93), (10, 1, 46)],
)  # fmt: skip
def test_discovery_sizes_are_those_of_the_published_table(tolerable, expected, size):
    assert size == discovery_size(
        population=MANY, tolerable_ppm=tolerable * 10_000, confidence_ppm=950_000,
        expected=expected,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("confidence", "tolerable", "size"), [(950_000, 10_000, 299), (900_000, 20_000, 114)]
)
def test_other_published_discovery_sizes(confidence, tolerable, size):
    assert size == discovery_size(
        population=MANY, tolerable_ppm=tolerable, confidence_ppm=confidence
    )


@pytest.mark.parametrize(
    ("sampled", "found", "tenths"),
    [(25, 0, 113), (25, 1, 176), (60, 0, 49), (60, 1, 77), (100, 0, 30), (100, 1, 47),
     (100, 2, 62)],
)  # fmt: skip
def test_upper_rates_are_those_of_the_published_table(sampled, found, tenths):
    rate = clopper_pearson_upper(sampled=sampled, found=found, confidence_ppm=950_000)

    # The guide rounds to the nearest tenth of a percent.
    assert (rate + 500) // 1000 == tenths


@pytest.mark.parametrize(
    ("confidence", "factors"),
    [(950_000, [300, 475, 630, 776, 916, 1052, 1185, 1315, 1444, 1571, 1697]),
     (900_000, [231, 389, 533, 669, 800, 928, 1054, 1178, 1300, 1421, 1541])],
)  # fmt: skip
def test_confidence_factors_are_those_of_the_published_table(confidence, factors):
    computed = [poisson_factor(errors, confidence) for errors in range(len(factors))]

    assert [-(-each // 10_000) for each in computed] == factors


@given(st.integers(1, 60), st.data())
def test_a_discovery_sample_is_the_smallest_that_proves(population, data):
    rate = data.draw(st.integers(1, 999_999))
    expected = data.draw(st.integers(0, 3))
    size = discovery_size(
        population=population, tolerable_ppm=rate, confidence_ppm=950_000, expected=expected
    )
    deviating = max(expected + 1, -(-population * rate // 1_000_000))
    if deviating > population:
        assert size == population
        return

    def missed(drawn: int) -> Fraction:
        return chance_at_most(
            found=expected, population=population, deviating=deviating, sampled=drawn
        )

    assert missed(size) <= Fraction(5, 100)
    assert size == 1 or missed(size - 1) > Fraction(5, 100)


@given(st.integers(1, 50), st.data())
def test_the_upper_bound_is_the_largest_number_that_is_not_refuted(population, data):
    sampled = data.draw(st.integers(1, population))
    found = data.draw(st.integers(0, sampled))
    upper = upper_deviations(
        population=population, sampled=sampled, found=found, confidence_ppm=900_000
    )

    def likely(deviating: int) -> bool:
        chance = chance_at_most(
            found=found, population=population, deviating=deviating, sampled=sampled
        )
        return chance > Fraction(1, 10)

    possible = range(found, population - sampled + found + 1)
    assert upper == max(each for each in possible if each == found or likely(each))


@pytest.mark.parametrize("deviating", [0, 1, 3, 8, 20])
def test_the_upper_bound_of_a_finite_population_holds_as_often_as_it_says(deviating):
    population, sampled, confidence = 40, 12, 900_000
    held = sum(
        comb(deviating, found) * comb(population - deviating, sampled - found)
        for found in range(min(sampled, deviating) + 1)
        if upper_deviations(
            population=population, sampled=sampled, found=found, confidence_ppm=confidence
        )
        >= deviating
    )  # fmt: skip

    assert Fraction(held, comb(population, sampled)) >= Fraction(confidence, 1_000_000)


@pytest.mark.parametrize("rate", [1_000, 50_000, 300_000])
def test_the_upper_rate_of_a_process_holds_as_often_as_it_says(rate):
    sampled, confidence = 30, 950_000
    held = sum(
        comb(sampled, found) * rate**found * (1_000_000 - rate) ** (sampled - found)
        for found in range(sampled + 1)
        if clopper_pearson_upper(sampled=sampled, found=found, confidence_ppm=confidence) >= rate
    )

    assert Fraction(held, 1_000_000**sampled) >= Fraction(confidence, 1_000_000)


def test_the_law_of_a_finite_population_is_sharper_than_that_of_a_process():
    finite = upper_deviations(population=200, sampled=60, found=0, confidence_ppm=950_000)
    process = clopper_pearson_upper(sampled=60, found=0, confidence_ppm=950_000)

    assert finite * 1_000_000 < process * 200


def test_a_bound_without_errors_is_interval_times_three_and_grows_by_taint():
    def bound(*taints: Fraction) -> int:
        return stringer_bound(interval=10_000, taints=taints, confidence_ppm=950_000)

    assert bound() == 29_958
    assert bound(Fraction(1)) == 47_439
    assert bound() < bound(Fraction(1, 10)) < bound(Fraction(1, 2)) < bound(Fraction(1))
    # The larger taint meets the larger step, in whatever order they were found.
    assert bound(Fraction(1, 10), Fraction(9, 10)) == bound(Fraction(9, 10), Fraction(1, 10))


def test_clopper_and_pearson_s_own_ends():
    assert clopper_pearson_upper(sampled=5, found=5, confidence_ppm=950_000) == 1_000_000
    # Without a deviation the bound is 1 - risk^(1/n): 0.05^(1/10) = 0.7411344...
    assert clopper_pearson_upper(sampled=10, found=0, confidence_ppm=950_000) == 258_866


def chance(*words: object) -> int:
    """Return a number below a million that only the words decide."""
    text = "/".join(map(str, words)).encode()
    return int.from_bytes(hashlib.sha256(text).digest()[:8]) % 1_000_000
