"""Drawing a sample that anybody can draw again: by seed and hash, not by chance."""

from collections.abc import Iterable

from counterfoil.core.canonical import sha256_hex


def draw(ids: Iterable[str], *, count: int, seed: str) -> tuple[str, ...]:
    """Return at most `count` of the ids: the smallest by their hash with the seed, in that order.

    The same ids and seed give the same sample in whatever order they come; a longer sample begins
    with the shorter one.
    """
    ranked = sorted(set(ids), key=lambda each: (sha256_hex(f"{seed}\n{each}".encode()), each))
    return tuple(ranked[: max(count, 0)])
