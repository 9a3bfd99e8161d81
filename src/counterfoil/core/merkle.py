"""The Merkle tree of RFC 9162 (Certificate Transparency 2.0), section 2.1, over SHA-256.

Hashes are 32 bytes. `Frontier` appends in logarithmic space; `Tree` proves and keeps all hashes.
Verification needs neither: root, proof, index and size are enough, and each refuses by False.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()
"""The root of a tree without leaves."""


class BadProofRequest(ValueError):
    """There is no such proof: the index or a size lies outside the tree."""


def leaf_hash(data: bytes) -> bytes:
    """Return SHA-256(0x00 || data), the hash of one entry (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return SHA-256(0x01 || left || right), the hash of an inner node (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: the roots of its perfect subtrees, largest first.

    It is all that appending and the root need, so the sequencer stores one per log. `size` is the
    number of leaves; there are as many hashes as `size` has bits set.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """Refuse an edge that belongs to no tree of this size. Raises ValueError."""
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError(f"{len(self.hashes)} hashes are not the edge of {self.size} leaves")
        if any(len(known) != HASH_BYTES for known in self.hashes):
            raise ValueError("a hash is 32 bytes")

    def append(self, leaf: bytes) -> "Frontier":
        """Return the edge with one more leaf hash."""
        hashes, carry, size = list(self.hashes), leaf, self.size
        while size & 1:
            carry = node_hash(hashes.pop(), carry)
            size >>= 1
        return Frontier(self.size + 1, (*hashes, carry))

    def extend(self, leaves: Sequence[bytes]) -> "Frontier":
        """Return the edge with more leaf hashes, in order; one object for the whole batch."""
        hashes, size = list(self.hashes), self.size
        for leaf in leaves:
            carry, bits = leaf, size
            while bits & 1:
                carry = node_hash(hashes.pop(), carry)
                bits >>= 1
            hashes.append(carry)
            size += 1
        return Frontier(size, tuple(hashes))

    @property
    def root(self) -> bytes:
        """Return the root of the tree."""
        if not self.hashes:
            return EMPTY_ROOT
        carry = self.hashes[-1]
        for known in reversed(self.hashes[:-1]):
            carry = node_hash(known, carry)
        return carry


def root(leaves: Sequence[bytes]) -> bytes:
    """Return the root over leaf hashes (RFC 9162, 2.1.1)."""
    return Frontier().extend(leaves).root


class Tree:
    """All perfect subtrees over given leaf hashes: one pass to build, then proofs are cheap."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        """Hash the leaves level by level, two hashes kept for each leaf."""
        self._levels = [list(leaves)]
        while len(self._levels[-1]) > 1:
            below = self._levels[-1]
            pairs = zip(below[::2], below[1::2], strict=False)
            self._levels.append([node_hash(left, right) for left, right in pairs])

    @property
    def size(self) -> int:
        """Return the number of leaves."""
        return len(self._levels[0])

    def root(self, size: int) -> bytes:
        """Return the root of the first `size` leaves. Raises BadProofRequest."""
        if not 0 <= size <= self.size:
            raise BadProofRequest(f"{size} leaves are not a start of {self.size}")
        return self._range(0, size) if size else EMPTY_ROOT

    def inclusion_proof(self, index: int, size: int | None = None) -> list[bytes]:
        """Return the hashes that lead from leaf `index` to the root of the first `size` leaves.

        RFC 9162, 2.1.3.1; without `size`, of all leaves. Raises BadProofRequest.
        """
        high = self.size if size is None else size
        if not 0 <= index < high <= self.size:
            raise BadProofRequest(f"there is no leaf {index} among {high} of {self.size}")
        path: list[bytes] = []
        low = 0
        while high - low > 1:
            middle = low + _split(high - low)
            if index < middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low = middle
        return path[::-1]

    def consistency_proof(self, old_size: int, size: int | None = None) -> list[bytes]:
        """Return the proof that the first `size` leaves only append to the first `old_size`.

        RFC 9162, 2.1.4.1. The proof from an empty or an equal tree is empty. Raises
        BadProofRequest.
        """
        high = self.size if size is None else size
        if not 0 <= old_size <= high <= self.size:
            raise BadProofRequest(f"{old_size} leaves are not a start of {high}")
        if old_size in (0, high):
            return []
        path: list[bytes] = []
        low, is_whole = 0, True
        while old_size < high:
            middle = low + _split(high - low)
            if old_size <= middle:
                path.append(self._range(middle, high))
                high = middle
            else:
                path.append(self._range(low, middle))
                low, is_whole = middle, False
        if not is_whole:
            path.append(self._range(low, high))
        return path[::-1]

    def _range(self, low: int, high: int) -> bytes:
        """Return the hash of the subtree over leaves low to high, which RFC 9162 cuts aligned."""
        parts: list[bytes] = []
        while low < high:
            level = (high - low).bit_length() - 1
            parts.append(self._levels[level][low >> level])
            low += 1 << level
        carry = parts.pop()
        while parts:
            carry = node_hash(parts.pop(), carry)
        return carry


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """Return one inclusion proof; for many, build a Tree once. Raises BadProofRequest."""
    return Tree(leaves).inclusion_proof(index)


def verify_inclusion(
    leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes
) -> bool:
    """Return whether the leaf hash stands at `index` in the tree of `size` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size or any(len(known) != HASH_BYTES for known in proof):
        return False
    node, last, carry = index, size - 1, leaf
    for known in proof:
        if last == 0:
            return False
        if node & 1 or node == last:
            carry = node_hash(known, carry)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            carry = node_hash(carry, known)
        node, last = node >> 1, last >> 1
    return last == 0 and carry == expected_root


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """Return one consistency proof; for many, build a Tree once. Raises BadProofRequest."""
    return Tree(leaves).consistency_proof(old_size)


def verify_consistency(
    old_size: int, size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> bool:
    """Return whether the tree of `size` only appends to that of `old_size` (RFC 9162, 2.1.4.2)."""
    if not 0 <= old_size <= size or any(len(known) != HASH_BYTES for known in proof):
        return False
    if old_size == size:
        return not proof and old_root == new_root
    if old_size == 0:
        return not proof and old_root == EMPTY_ROOT
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path:
        return False
    node, last = old_size - 1, size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old_carry = new_carry = path[0]
    for known in path[1:]:
        if last == 0:
            return False
        if node & 1 or node == last:
            old_carry, new_carry = node_hash(known, old_carry), node_hash(known, new_carry)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new_carry = node_hash(new_carry, known)
        node, last = node >> 1, last >> 1
    return last == 0 and old_carry == old_root and new_carry == new_root


def _split(size: int) -> int:
    """Return the largest power of two below `size` (RFC 9162, 2.1.1), for size above one."""
    return 1 << ((size - 1).bit_length() - 1)
