"""The Merkle log: equal to an independent implementation, and no forged proof gets through."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from counterfoil.core.merkle import (
    EMPTY_ROOT,
    BadProofRequest,
    Frontier,
    Tree,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)

SIZES = st.integers(1, 70)


def _leaves(count, salt=b""):
    return [leaf_hash(salt + str(number).encode()) for number in range(count)]


def test_hashes_are_separated_as_rfc_9162_says():
    assert root([]) == EMPTY_ROOT == hashlib.sha256(b"").digest()
    assert leaf_hash(b"").hex().startswith("6e340b9cffb37a98")
    assert (
        node_hash(b"a" * 32, b"b" * 32) == hashlib.sha256(b"\x01" + b"a" * 32 + b"b" * 32).digest()
    )
    assert leaf_hash(b"a" * 32 + b"b" * 32) != node_hash(b"a" * 32, b"b" * 32)


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=40))
@settings(max_examples=40, deadline=None)
def test_the_root_is_that_of_an_independent_implementation(entries):
    theirs = InmemoryTree(algorithm="sha256")
    frontier = Frontier()
    for entry in entries:
        theirs.append_entry(entry)
        frontier = frontier.append(leaf_hash(entry))

    assert frontier.root == theirs.get_root()
    assert frontier.root == root([leaf_hash(entry) for entry in entries])


@given(SIZES, SIZES)
@settings(max_examples=80)
def test_appending_in_batches_gives_the_same_edge(one, two):
    leaves = _leaves(one + two)
    frontier = Frontier().extend(leaves[:one])

    assert frontier.extend(leaves[one:]) == Frontier().extend(leaves)
    again = Frontier(frontier.size, frontier.hashes)
    for leaf in leaves[one:]:
        again = again.append(leaf)
    assert again.root == root(leaves)


@given(SIZES, st.data())
@settings(max_examples=80)
def test_every_leaf_has_a_proof_that_verifies(size, data):
    leaves = _leaves(size)
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(leaves, index)

    assert verify_inclusion(leaves[index], index, size, proof, root(leaves))


@given(SIZES, st.data())
@settings(max_examples=80)
def test_every_start_of_a_log_is_consistent_with_it(size, data):
    leaves = _leaves(size)
    old = data.draw(st.integers(0, size))
    proof = consistency_proof(leaves, old)

    assert verify_consistency(old, size, proof, root(leaves[:old]), root(leaves))


@given(SIZES, st.data())
@settings(max_examples=120)
def test_no_forged_inclusion_is_accepted(size, data):
    leaves = _leaves(size)
    index = data.draw(st.integers(0, size - 1))
    proof, top = inclusion_proof(leaves, index), root(leaves)
    other = data.draw(
        st.integers(0, size - 1).filter(lambda place: place != index) | st.just(size)
    )

    assert not verify_inclusion(leaf_hash(b"forged"), index, size, proof, top)
    assert not verify_inclusion(leaves[index], other, size, proof, top)
    assert not verify_inclusion(leaves[index], index, size, proof, leaf_hash(b"other root"))
    assert not verify_inclusion(leaves[index], index, size, [*proof, top], top)
    if proof:
        place = data.draw(st.integers(0, len(proof) - 1))
        bit = bytes([proof[place][0] ^ 1]) + proof[place][1:]
        assert not verify_inclusion(
            leaves[index], index, size, [*proof[:place], bit, *proof[place + 1 :]], top
        )
        assert not verify_inclusion(leaves[index], index, size, proof[:-1], top)


@given(SIZES, st.data())
@settings(max_examples=120)
def test_a_rewritten_history_has_no_consistency_proof(size, data):
    leaves = _leaves(size + 1)
    old = data.draw(st.integers(1, size))
    place = data.draw(st.integers(0, old - 1))
    forged = [*leaves[:place], leaf_hash(b"forged"), *leaves[place + 1 :]]
    old_root = root(leaves[:old])

    assert not verify_consistency(
        old, size + 1, consistency_proof(forged, old), old_root, root(forged)
    )
    assert not verify_consistency(old, size + 1, [], old_root, root(forged))
    assert not verify_consistency(size + 1, old, [], root(leaves), old_root)


def test_a_second_preimage_by_an_inner_node_is_refused():
    leaves = _leaves(4)
    left = node_hash(leaves[0], leaves[1])
    right = node_hash(leaves[2], leaves[3])

    assert verify_inclusion(left, 0, 2, [right], root(leaves))
    assert not verify_inclusion(leaf_hash(leaves[0] + leaves[1]), 0, 2, [right], root(leaves))
    assert not verify_inclusion(left, 0, 4, [right], root(leaves))


def test_a_deleted_newest_leaf_is_noticed():
    leaves = _leaves(9)

    assert not verify_consistency(
        9, 8, consistency_proof(leaves[:8], 8), root(leaves), root(leaves[:8])
    )


@pytest.mark.parametrize(("size", "index"), [(0, 0), (3, 3), (3, -1)])
def test_a_proof_outside_the_tree_is_refused(size, index):
    with pytest.raises(BadProofRequest):
        inclusion_proof(_leaves(size), index)
    with pytest.raises(BadProofRequest):
        consistency_proof(_leaves(size), size + 1)


@pytest.mark.parametrize(
    ("size", "hashes"), [(1, ()), (-1, ()), (2, (b"x" * 32, b"y" * 32)), (1, (b"short",))]
)
def test_an_edge_of_no_tree_is_refused(size, hashes):
    with pytest.raises(ValueError, match=r"edge|32 bytes"):
        Frontier(size, hashes)


@given(SIZES, st.data())
@settings(max_examples=80)
def test_a_tree_gives_the_proofs_of_each_of_its_starts(size, data):
    leaves = _leaves(size)
    tree = Tree(leaves)
    start = data.draw(st.integers(1, size))
    index, old = data.draw(st.integers(0, start - 1)), data.draw(st.integers(0, start))

    assert tree.root(start) == root(leaves[:start])
    assert verify_inclusion(
        leaves[index], index, start, tree.inclusion_proof(index, start), tree.root(start)
    )
    assert verify_consistency(
        old, start, tree.consistency_proof(old, start), tree.root(old), tree.root(start)
    )


@given(st.integers(1, 40), st.data())
@settings(max_examples=30, deadline=None)
def test_proofs_are_those_of_an_independent_implementation(size, data):
    theirs = InmemoryTree(algorithm="sha256")
    for number in range(size):
        theirs.append_entry(str(number).encode())
    leaves = _leaves(size)
    index = data.draw(st.integers(1, size))

    path = theirs.prove_inclusion(index, size).serialize()["path"]
    assert path[1:] == [known.hex() for known in inclusion_proof(leaves, index - 1)]
