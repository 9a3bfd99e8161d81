"""Exact rounding, parts per million and fair splits on integers: the only place that rounds."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, Protocol, TypeVar

PPM = 1_000_000
"""Parts per million in one whole: 100 % is 1 000 000 ppm."""


class Rounding(StrEnum):
    """What happens to a fraction; named at the call, owned by the plan version."""

    HALF_EVEN = "half_even"
    HALF_UP = "half_up"
    HALF_DOWN = "half_down"
    UP = "up"
    DOWN = "down"
    CEILING = "ceiling"
    FLOOR = "floor"


class NothingToAllocate(ValueError):
    """The weights sum to zero, so no share can be computed."""


class BadWeight(ValueError):
    """A weight is negative or a key stands twice."""


class Sortable(Protocol):
    """A key with a total order, which breaks ties between equal remainders."""

    def __lt__(self, other: Any, /) -> bool:
        """Return whether this key stands before `other`."""
        ...


Key = TypeVar("Key", bound=Sortable)


def divide(n: int, d: int, mode: Rounding) -> int:
    """Return n / d rounded to a whole number by `mode`, exactly, for any sign of n and d.

    HALF_UP and HALF_DOWN send a tie away from and toward zero, UP and DOWN send every fraction
    away from and toward zero, CEILING and FLOOR toward plus and minus infinity (the names and
    meanings of the General Decimal Arithmetic specification). Raises ZeroDivisionError, and
    ValueError for a mode that is none.
    """
    mode = Rounding(mode)
    if d < 0:
        n, d = -n, -d
    floor, rest = divmod(n, d)
    if rest == 0:
        return floor
    return floor + 1 if _goes_to_ceiling(mode, floor, rest, d, is_negative=n < 0) else floor


def _goes_to_ceiling(mode: Rounding, floor: int, rest: int, d: int, *, is_negative: bool) -> bool:
    """Return whether a fraction rest/d above `floor` rounds to floor + 1."""
    if mode is Rounding.CEILING:
        return True
    if mode is Rounding.FLOOR:
        return False
    if mode is Rounding.UP:
        return not is_negative
    if mode is Rounding.DOWN:
        return is_negative
    if 2 * rest != d:
        return 2 * rest > d
    if mode is Rounding.HALF_EVEN:
        return floor % 2 != 0
    if mode is Rounding.HALF_UP:
        return not is_negative
    return is_negative


def allocate_minor(total: int, weights: Sequence[tuple[Key, int]]) -> dict[Key, int]:
    """Split `total` by `weights` so that the parts sum to it exactly, by largest remainder.

    Equal remainders go to the smaller key, so a re-run gives the same cents whatever the order of
    the weights. A negative total is split by its absolute value. The answer keeps the order of
    `weights`. Raises NothingToAllocate when all weights are zero, BadWeight for a negative one or
    a double key.
    """
    keys = [key for key, _ in weights]
    if len(set(keys)) != len(keys):
        raise BadWeight("a key stands twice among the weights; add its weights up first")
    if any(weight < 0 for _, weight in weights):
        raise BadWeight("a weight is negative; shares are whole numbers from 0")
    whole = sum(weight for _, weight in weights)
    if whole == 0:
        raise NothingToAllocate("all weights are zero, so there is nobody to give the total to")

    size, sign = abs(total), -1 if total < 0 else 1
    parts = {key: size * weight // whole for key, weight in weights}
    by_remainder = sorted(
        ((key, size * weight % whole) for key, weight in weights), key=lambda pair: pair[0]
    )
    by_remainder.sort(key=lambda pair: pair[1], reverse=True)
    for key, _ in by_remainder[: size - sum(parts.values())]:
        parts[key] += 1
    assert sum(parts.values()) == size
    return {key: sign * part for key, part in parts.items()}
