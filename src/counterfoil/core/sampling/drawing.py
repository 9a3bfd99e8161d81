"""Drawing a sample that anybody can draw again: by seed and hash, not by chance.

The order of a population is that of `sha256(seed, line feed, id)` in hexadecimal digits;
docs/reference/sampling.md says it for those who draw again without this program.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from counterfoil.core.canonical import sha256_hex
from counterfoil.core.sampling.bounds import MILLION, discovery_size, poisson_factor

ALGORITHM = "counterfoil-sample/1"
"""Names the way of drawing and its version; a pack says it, and another way gets another name."""

SEED_MAX = 80
EXPECTED_MAX = 20


class BadPlan(ValueError):
    """The plan can't be drawn; the message says what would be right, `field` where."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Method(StrEnum):
    """How items are chosen."""

    DISCOVERY = "discovery"
    RANDOM = "random"
    STRATIFIED = "stratified"
    MONETARY = "monetary"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of a population: its id, its amount in minor units, a group it belongs to."""

    id: str
    minor: int
    group: str = ""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One item of a sample: why it is in it. `is_certain` says that it could not be missed."""

    id: str
    stratum: str = ""
    is_certain: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How a sample is drawn; everything that is needed to draw it again, besides the population.

    Discovery needs `tolerable_ppm` and `expected` (how many deviations may be found), random
    `size`; stratified `size` and either `bands` (amounts at which the next stratum begins) or
    none, for the groups of the items, and may take the top band whole; monetary needs
    `tolerable_minor` and `expected`.
    """

    method: Method
    seed: str
    confidence_ppm: int
    tolerable_ppm: int = 0
    expected: int = 0
    size: int = 0
    bands: tuple[int, ...] = ()
    is_top_whole: bool = False
    tolerable_minor: int = 0

    def __post_init__(self) -> None:
        """Refuse what can't be drawn. Raises BadPlan."""
        if not self.seed.strip() or len(self.seed) > SEED_MAX or "\n" in self.seed:
            raise BadPlan("seed", f"Give a seed: one line of up to {SEED_MAX} characters.")
        if not 500_000 <= self.confidence_ppm <= 999_999:
            raise BadPlan("confidence", "Confidence is from 50% to 99.9999%, such as 95%.")
        if not 0 <= self.expected <= EXPECTED_MAX:
            raise BadPlan("expected", f"Expect 0 to {EXPECTED_MAX} deviations; usually 0.")
        if self.method is Method.DISCOVERY and not 0 < self.tolerable_ppm < MILLION:
            raise BadPlan("tolerable", "The tolerable rate is above 0% and below 100%.")
        if self.method in {Method.RANDOM, Method.STRATIFIED} and self.size < 1:
            raise BadPlan("size", "Say how many items to draw, at least 1.")
        if self.method is Method.MONETARY and self.tolerable_minor < 1:
            raise BadPlan("tolerable_amount", "Say which misstatement is tolerable, above zero.")
        if list(self.bands) != sorted(set(self.bands)) or any(each < 1 for each in self.bands):
            raise BadPlan("bands", "Give the bands as rising amounts above zero, each once.")
        if self.is_top_whole and not self.bands:
            raise BadPlan("bands", "The top band needs an amount at which it begins.")

    @property
    def interval(self) -> int:
        """Return the interval of monetary units: how much money one drawn item stands for."""
        factor = poisson_factor(self.expected, self.confidence_ppm)
        return max(1, self.tolerable_minor * MILLION // factor)

    def stratum(self, item: Item) -> str:
        """Return the item's stratum: the amount at which its band begins, or its group."""
        if not self.bands:
            return item.group
        return str(max((each for each in self.bands if each <= item.minor), default=0))

    def to_json(self) -> dict[str, Any]:
        """Return the shape that a sample keeps and exports."""
        return {
            "algorithm": ALGORITHM, "method": self.method.value, "seed": self.seed,
            "confidence_ppm": self.confidence_ppm, "tolerable_ppm": self.tolerable_ppm,
            "expected": self.expected, "size": self.size, "bands": list(self.bands),
            "is_top_whole": self.is_top_whole, "tolerable_minor": self.tolerable_minor,
        }  # fmt: skip


def plan_from_json(shape: Mapping[str, Any]) -> Plan:
    """Return the plan of an exported shape. Raises BadPlan, also for another way of drawing."""
    if shape.get("algorithm") != ALGORITHM:
        raise BadPlan(
            "algorithm",
            f"The sample was drawn by {shape.get('algorithm')!r}; this program draws {ALGORITHM}.",
        )
    try:
        return Plan(
            method=Method(shape["method"]), seed=str(shape["seed"]),
            confidence_ppm=int(shape["confidence_ppm"]),
            tolerable_ppm=int(shape["tolerable_ppm"]), expected=int(shape["expected"]),
            size=int(shape["size"]), bands=tuple(int(each) for each in shape["bands"]),
            is_top_whole=bool(shape["is_top_whole"]),
            tolerable_minor=int(shape["tolerable_minor"]),
        )  # fmt: skip
    except BadPlan:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise BadPlan("plan", f"This is no plan of a sample: {error!r}.") from None


def draw(ids: Iterable[str], *, count: int, seed: str) -> tuple[str, ...]:
    """Return at most `count` of the ids: the smallest by their hash with the seed, in that order.

    The same ids and seed give the same sample in whatever order they come; a longer sample begins
    with the shorter one.
    """
    ranked = sorted(set(ids), key=lambda each: (sha256_hex(f"{seed}\n{each}".encode()), each))
    return tuple(ranked[: max(count, 0)])


def select(items: Sequence[Item], plan: Plan) -> tuple[Drawn, ...]:
    """Return the sample of a population under a plan, the certain items first.

    Raises BadPlan for an empty population, an id that stands twice, or a plan that does not fit.
    """
    if not items:
        raise BadPlan("population", "The population is empty; there is nothing to draw.")
    if len({item.id for item in items}) != len(items):
        raise BadPlan("population", "An item stands twice in the population.")
    if any(item.minor < 0 for item in items):
        raise BadPlan("population", "An item has an amount below zero.")
    match plan.method:
        case Method.DISCOVERY:
            size = discovery_size(
                population=len(items), tolerable_ppm=plan.tolerable_ppm,
                confidence_ppm=plan.confidence_ppm, expected=plan.expected,
            )  # fmt: skip
            return _random(items, size, plan.seed)
        case Method.RANDOM:
            return _random(items, plan.size, plan.seed)
        case Method.STRATIFIED:
            return _stratified(items, plan)
        case Method.MONETARY:
            return _monetary(items, plan)


def strata_of(items: Iterable[Item], plan: Plan) -> dict[str, list[Item]]:
    """Return the items by stratum, lowest band or first name first."""
    found: dict[str, list[Item]] = {}
    for item in items:
        found.setdefault(plan.stratum(item), []).append(item)
    order = sorted(found, key=lambda name: (int(name), "") if plan.bands else (0, name))
    return {name: found[name] for name in order}


def whole_stratum(plan: Plan) -> str | None:
    """Return the stratum that is taken whole, if one is."""
    return str(plan.bands[-1]) if plan.is_top_whole else None


def allocate(size: int, sums: Sequence[int], counts: Sequence[int]) -> tuple[int, ...]:
    """Return how many of `size` each stratum gets: one each, the rest by its share of the money.

    The next item goes where the money per item drawn is highest (D'Hondt), the earlier stratum at
    a tie, and never beyond what the stratum has.
    """
    given = [1] * len(counts)
    for _ in range(min(size, sum(counts)) - len(counts)):
        open_ones = [place for place, count in enumerate(counts) if given[place] < count]
        best = open_ones[0]
        for place in open_ones[1:]:
            if sums[place] * (given[best] + 1) > sums[best] * (given[place] + 1):
                best = place
        given[best] += 1
    return tuple(given)


def _random(items: Sequence[Item], size: int, seed: str) -> tuple[Drawn, ...]:
    return tuple(Drawn(each) for each in draw((item.id for item in items), count=size, seed=seed))


def _stratified(items: Sequence[Item], plan: Plan) -> tuple[Drawn, ...]:
    strata = strata_of(items, plan)
    whole = strata.pop(whole_stratum(plan) or "-", [])
    found = [
        Drawn(each, str(plan.bands[-1]), is_certain=True)
        for each in draw((item.id for item in whole), count=len(whole), seed=plan.seed)
    ]
    if plan.size < len(strata):
        raise BadPlan("size", f"There are {len(strata)} strata; draw at least that many items.")
    shares = allocate(
        plan.size if strata else 0,
        [sum(item.minor for item in each) for each in strata.values()],
        [len(each) for each in strata.values()],
    )
    for (name, members), share in zip(strata.items(), shares, strict=True):
        ids = draw((item.id for item in members), count=share, seed=plan.seed)
        found += [Drawn(each, name) for each in ids]
    return tuple(found)


def _monetary(items: Sequence[Item], plan: Plan) -> tuple[Drawn, ...]:
    """Take every item of an interval or more; of the rest those that hold every n-th unit."""
    amounts = {item.id: item.minor for item in items}
    interval = plan.interval
    order = draw(amounts, count=len(amounts), seed=plan.seed)
    found = [Drawn(each, is_certain=True) for each in order if amounts[each] >= interval]
    # The first unit is one of the interval, each as likely: 2^256 possible hashes make it even.
    unit = int(sha256_hex(f"{plan.seed}\nstart".encode()), 16) % interval + 1
    passed = 0
    for each in order:
        if amounts[each] >= interval:
            continue
        passed += amounts[each]
        if passed >= unit:
            found.append(Drawn(each))
            unit += interval
    if not any(amounts.values()):
        raise BadPlan("method", "No item has an amount; draw by number, not by money.")
    return tuple(found)
