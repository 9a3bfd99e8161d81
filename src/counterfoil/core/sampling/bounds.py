"""What a sample proves: exact sizes and upper bounds, computed and never looked up.

Whole numbers and exact fractions only; confidence and rates are parts per million. Each bound is
one-sided: with the stated confidence the truth is not above it. The published tables that these
functions agree with (AICPA Audit Guide "Audit Sampling", appendix A for attributes, appendix C for
monetary units) stand in `tests/core/sampling/test_bounds.py`.
"""

from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from math import ceil, comb

MILLION = 1_000_000
_DIGITS = 60


def chance_at_most(*, found: int, population: int, deviating: int, sampled: int) -> Fraction:
    """Return the chance of at most `found` deviations in the sample (hypergeometric law)."""
    ways, all_ways = _ways_at_most(found, population, deviating, sampled)
    return Fraction(ways, all_ways)


def discovery_size(
    *, population: int, tolerable_ppm: int, confidence_ppm: int, expected: int = 0
) -> int:
    """Return the smallest sample that finds more than `expected` deviations with the confidence.

    It does so whenever the share of deviations in the population is `tolerable_ppm` or more.
    """
    deviating = min(
        population, max(expected + 1, ceil(Fraction(population * tolerable_ppm, MILLION)))
    )

    def proves(size: int) -> bool:
        return _is_rare(expected, population, deviating, size, confidence_ppm)

    if deviating <= expected:
        return population
    low, high = expected, expected + 1
    while high < population and not proves(high):
        low, high = high, min(population, high * 2)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if proves(middle) else (middle, high)
    return high


def upper_deviations(*, population: int, sampled: int, found: int, confidence_ppm: int) -> int:
    """Return how many deviations the population holds at most (hypergeometric law)."""
    low, high = found, population - sampled + found
    # The last number that is not refuted; fewer are refuted less.
    while low < high:
        middle = (low + high + 1) // 2
        if _is_rare(found, population, middle, sampled, confidence_ppm):
            high = middle - 1
        else:
            low = middle
    return low


def clopper_pearson_upper(*, sampled: int, found: int, confidence_ppm: int) -> int:
    """Return the largest rate, in ppm, that a process may have of which this is a sample.

    Clopper and Pearson (1934); for the finite population itself `upper_deviations` is sharper.
    """
    if found >= sampled:
        return MILLION
    whole = MILLION**sampled

    def is_refuted(rate: int) -> bool:
        ways: int = sum(
            comb(sampled, each) * rate**each * (MILLION - rate) ** (sampled - each)
            for each in range(found + 1)
        )
        return bool(ways * MILLION <= (MILLION - confidence_ppm) * whole)

    low, high = 0, MILLION
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_refuted(middle) else (middle, high)
    return high


@lru_cache(maxsize=1024)
def poisson_factor(errors: int, confidence_ppm: int) -> int:
    """Return the upper limit of a Poisson mean after `errors` were found, in millionths.

    Rounded up. These are the confidence factors of monetary unit sampling: 3.00 at 95 % without an
    error, 4.75 with one, 6.30 with two (AICPA Audit Sampling, table C.3).
    """
    with localcontext() as context:
        context.prec = _DIGITS
        risk = Decimal(MILLION - confidence_ppm) / MILLION

        def is_refuted(micros: int) -> bool:
            mean = Decimal(micros) / MILLION
            term = total = Decimal(1)
            for each in range(1, errors + 1):
                term = term * mean / each
                total += term
            return bool(total * (-mean).exp() <= risk)

        low, high = 0, MILLION
        while not is_refuted(high):
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if is_refuted(middle) else (middle, high)
    return high


def stringer_bound(*, interval: int, taints: Sequence[Fraction], confidence_ppm: int) -> int:
    """Return how much the sampled part is overstated at most, in minor units, rounded up.

    Stringer (1963): the interval times the factor without an error, plus for each taint (the part
    of its amount by which an item is overstated, 0 to 1), largest first, the growth of the factor.
    """
    factors = [poisson_factor(each, confidence_ppm) for each in range(len(taints) + 1)]
    total = Fraction(factors[0])
    for place, taint in enumerate(sorted(taints, reverse=True), start=1):
        total += (factors[place] - factors[place - 1]) * taint
    return ceil(interval * total / MILLION)


def _is_rare(found: int, population: int, deviating: int, sampled: int, confidence: int) -> bool:
    """Return whether at most `found` would be seen with a chance within the risk."""
    ways, all_ways = _ways_at_most(found, population, deviating, sampled)
    return ways * MILLION <= (MILLION - confidence) * all_ways


def _ways_at_most(found: int, population: int, deviating: int, sampled: int) -> tuple[int, int]:
    # The law is symmetric in what deviates and what is drawn; the fewer make the shorter numbers.
    few, many = sorted((deviating, sampled))
    ways = sum(
        comb(many, each) * comb(population - many, few - each)
        for each in range(min(found, few) + 1)
        if few - each <= population - many
    )
    return ways, comb(population, few)
