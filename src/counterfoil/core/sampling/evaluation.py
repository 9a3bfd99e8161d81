"""What a sample says of its population: before the papers are worked, and after."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from counterfoil.core.rounding import Rounding, divide
from counterfoil.core.sampling.bounds import (
    MILLION,
    clopper_pearson_upper,
    stringer_bound,
    upper_deviations,
)
from counterfoil.core.sampling.drawing import (
    BadPlan,
    Drawn,
    Item,
    Method,
    Plan,
    strata_of,
    whole_stratum,
)


@dataclass(frozen=True, slots=True)
class Result:
    """What a paper found of an item: whether it deviates, and by how much too much was paid."""

    is_deviation: bool
    misstated_minor: int = 0


@dataclass(frozen=True, slots=True)
class Stratum:
    """A stratum: what it has, what was drawn of it, what was found, what it holds at most."""

    name: str
    items: int
    minor: int
    drawn: int
    deviations: int
    upper: int
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a sample proves, each bound with the plan's confidence and from above only.

    `upper` is how many deviations the population holds at most; None for a sample of monetary
    units, where items are not equally likely. `process_ppm` is the rate behind it, should the
    population be one of many (simple random samples). `projected_minor` is what the sample makes
    likely of the whole, net; `upper_minor` bounds what was paid too much, for monetary units only.
    """

    population: int
    drawn: int
    deviations: int
    over_minor: int
    under_minor: int
    projected_minor: int
    upper: int | None = None
    process_ppm: int | None = None
    upper_minor: int | None = None
    strata: tuple[Stratum, ...] = ()

    @property
    def upper_ppm(self) -> int | None:
        """Return the upper bound as a share of the population, rounded up."""
        if self.upper is None:
            return None
        return divide(self.upper * MILLION, self.population, Rounding.CEILING)

    def to_json(self) -> dict[str, Any]:
        """Return the shape that samples and reports keep."""
        return {
            "population": self.population, "drawn": self.drawn, "deviations": self.deviations,
            "over_minor": self.over_minor, "under_minor": self.under_minor,
            "projected_minor": self.projected_minor, "upper": self.upper,
            "upper_ppm": self.upper_ppm, "process_ppm": self.process_ppm,
            "upper_minor": self.upper_minor,
            "strata": [
                {
                    "name": each.name, "items": each.items, "minor": each.minor,
                    "drawn": each.drawn, "deviations": each.deviations, "upper": each.upper,
                    "is_whole": each.is_whole,
                }
                for each in self.strata
            ],
        }  # fmt: skip


def promise(items: Sequence[Item], plan: Plan, drawn: Sequence[Drawn]) -> Evaluation:
    """Return what the sample will prove if it finds no more deviations than the plan expects.

    Only discovery is planned with expected ones; the others promise for none found.
    """
    expected = plan.expected if plan.method is Method.DISCOVERY else 0
    results = {each.id: Result(is_deviation=place < expected) for place, each in enumerate(drawn)}
    return evaluate(items, plan, drawn, results)


def evaluate(
    items: Sequence[Item], plan: Plan, drawn: Sequence[Drawn], results: Mapping[str, Result]
) -> Evaluation:
    """Return what the sample proves. Raises BadPlan when a drawn item has no result."""
    lacking = [each.id for each in drawn if each.id not in results]
    if lacking:
        raise BadPlan("results", f"{len(lacking)} drawn items have no result yet: {lacking[0]}.")
    found = {each.id: results[each.id] for each in drawn}
    told = [each.misstated_minor for each in found.values()]
    deviations = sum(each.is_deviation for each in found.values())
    upper: int | None = None
    process: int | None = None
    upper_minor: int | None = None
    strata: tuple[Stratum, ...] = ()
    match plan.method:
        case Method.MONETARY:
            projected, upper_minor = _money(items, plan, drawn, found)
        case Method.STRATIFIED:
            strata = _strata(items, plan, found)
            projected = _projected(items, plan, found)
            upper = sum(stratum.upper for stratum in strata)
        case Method.DISCOVERY | Method.RANDOM:
            upper = upper_deviations(
                population=len(items), sampled=len(found), found=deviations,
                confidence_ppm=plan.confidence_ppm,
            )  # fmt: skip
            process = clopper_pearson_upper(
                sampled=len(found), found=deviations, confidence_ppm=plan.confidence_ppm
            )
            projected = divide(sum(told) * len(items), len(found), Rounding.HALF_EVEN)
    return Evaluation(
        population=len(items),
        drawn=len(found),
        deviations=deviations,
        over_minor=sum(each for each in told if each > 0),
        under_minor=-sum(each for each in told if each < 0),
        projected_minor=projected,
        upper=upper,
        process_ppm=process,
        upper_minor=upper_minor,
        strata=strata,
    )


def _strata(items: Sequence[Item], plan: Plan, found: Mapping[str, Result]) -> tuple[Stratum, ...]:
    """Return the strata with their bounds, which hold together: each takes its part of the risk.

    The parts sum to the plan's risk (Bonferroni), so the sum of the bounds has its confidence. A
    stratum that was taken whole needs none of it.
    """
    groups = strata_of(items, plan)
    drawn_of = {name: [e.id for e in group if e.id in found] for name, group in groups.items()}
    open_ones = [name for name in groups if len(drawn_of[name]) < len(groups[name])]
    risk = (MILLION - plan.confidence_ppm) // max(1, len(open_ones))
    strata = []
    for name, group in groups.items():
        bad = sum(found[each].is_deviation for each in drawn_of[name])
        upper = bad
        if name in open_ones:
            upper = upper_deviations(
                population=len(group), sampled=len(drawn_of[name]), found=bad,
                confidence_ppm=MILLION - risk,
            )  # fmt: skip
        strata.append(
            Stratum(
                name, len(group), sum(e.minor for e in group), len(drawn_of[name]), bad, upper,
                is_whole=name == whole_stratum(plan),
            )
        )  # fmt: skip
    return tuple(strata)


def _projected(items: Sequence[Item], plan: Plan, found: Mapping[str, Result]) -> int:
    total = Fraction(0)
    for group in strata_of(items, plan).values():
        told = [found[item.id].misstated_minor for item in group if item.id in found]
        total += Fraction(sum(told) * len(group), len(told))
    return divide(total.numerator, total.denominator, Rounding.HALF_EVEN)


def _money(
    items: Sequence[Item], plan: Plan, drawn: Sequence[Drawn], found: Mapping[str, Result]
) -> tuple[int, int]:
    """Return the projected misstatement, and the upper bound of what was paid too much."""
    amounts = {item.id: item.minor for item in items}
    certain = sum(found[each.id].misstated_minor for each in drawn if each.is_certain)
    taints = [
        Fraction(found[each.id].misstated_minor, amounts[each.id])
        for each in drawn
        if not each.is_certain
    ]
    likely = sum(taints, Fraction(0)) * plan.interval
    over = [min(Fraction(1), each) for each in taints if each > 0]
    bound = max(0, certain)
    if len([each for each in drawn if each.is_certain]) < sum(map(bool, amounts.values())):
        bound += stringer_bound(
            interval=plan.interval, taints=over, confidence_ppm=plan.confidence_ppm
        )
    return (
        certain + divide(likely.numerator, likely.denominator, Rounding.HALF_EVEN),
        bound,
    )
