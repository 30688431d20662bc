"""The tree at every size from 0 to 300, against the RFC word for word and against another library's roots."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pymerkle
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.errors import IntegrityError
from ledger.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    extend,
    frontier_root,
    inclusion_proof,
    leaf_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from tests.support.logs import note_entries
from tests.support.naive_tree import NaiveTree

MAX = 300
ENTRIES = note_entries(MAX)
LEAVES = tuple(map(leaf_hash, ENTRIES))
NAIVE = NaiveTree(ENTRIES)

sizes = st.integers(1, MAX)


def interesting(below: int) -> list[int]:
    """Return every number below a small limit; of a larger one, the ends and what surrounds powers of two."""
    if below <= 40:
        return list(range(below))
    powers = {2**n + d for n in range(10) for d in (-1, 0, 1)}
    wanted = powers | {below // 3, below // 2, below - 2, below - 1}
    return sorted(number for number in wanted if 0 <= number < below)


@st.composite
def index_and_size(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(sizes)
    return draw(st.integers(0, size - 1)), size


@st.composite
def two_sizes(draw: st.DrawFn) -> tuple[int, int]:
    new = draw(sizes)
    return draw(st.integers(0, new)), new


def test_roots_agree_with_the_rfc_at_every_size() -> None:
    frontier: tuple[bytes, ...] = ()
    for size in range(MAX + 1):
        assert frontier_root(frontier) == root(size, NAIVE.subtree) == NAIVE.root(size)
        if size < MAX:
            frontier = extend(frontier, size, LEAVES[size])


def test_roots_agree_with_pymerkle_at_every_size() -> None:
    tree = pymerkle.InmemoryTree(algorithm="sha256")
    assert tree.get_root() == EMPTY_ROOT
    for size, entry in enumerate(ENTRIES, start=1):
        tree.append_entry(entry)
        assert tree.get_root() == root(size, NAIVE.subtree)


def test_inclusion_proofs_agree_with_the_rfc_and_verify_at_every_size() -> None:
    for size in range(1, MAX + 1):
        for index in interesting(size):
            path = inclusion_proof(index, size, NAIVE.subtree)
            assert path == NAIVE.path(index, size)
            verify_inclusion(LEAVES[index], index, size, path, NAIVE.root(size), "entry")


def test_consistency_proofs_agree_with_the_rfc_and_verify_at_every_size() -> None:
    for new in range(1, MAX + 1):
        for old in (*interesting(new), new):
            path = consistency_proof(old, new, NAIVE.subtree)
            assert path == (NAIVE.proof(old, new) if old else ())
            verify_consistency(old, NAIVE.root(old), new, NAIVE.root(new), path, "log")


def test_a_frontier_holds_one_hash_for_each_bit_of_the_size() -> None:
    frontier: tuple[bytes, ...] = ()
    for size in range(MAX):
        assert len(frontier) == size.bit_count()
        frontier = extend(frontier, size, LEAVES[size])


@given(two_sizes())
def test_a_frontier_of_a_prefix_grows_into_the_frontier_of_the_whole(sizes: tuple[int, int]) -> None:
    old, new = sizes
    frontier: tuple[bytes, ...] = ()
    for size, leaf in enumerate(LEAVES[:old]):
        frontier = extend(frontier, size, leaf)
    for size, leaf in enumerate(LEAVES[old:new], start=old):
        frontier = extend(frontier, size, leaf)
    assert frontier_root(frontier) == NAIVE.root(new)


def refused(verify: Callable[..., None], *args: object) -> bool:
    try:
        verify(*args)
    except IntegrityError as error:
        return bool(error.place and error.expected and error.found)
    return False


@given(index_and_size(), st.integers(0, 255), st.integers(0, 400))
def test_any_one_bit_change_to_an_inclusion_proof_is_reported(
    place: tuple[int, int], bit: int, which: int
) -> None:
    index, size = place
    hashes = [LEAVES[index], NAIVE.root(size), *inclusion_proof(index, size, NAIVE.subtree)]
    which %= len(hashes)
    number = int.from_bytes(hashes[which], "big") ^ (1 << bit)
    hashes[which] = number.to_bytes(32, "big")
    leaf, top, *path = hashes
    assert refused(verify_inclusion, leaf, index, size, path, top, "entry")


@given(index_and_size(), st.integers(0, MAX))
def test_an_inclusion_proof_is_good_for_one_index_only(place: tuple[int, int], other: int) -> None:
    index, size = place
    path = inclusion_proof(index, size, NAIVE.subtree)
    assert (other == index) != refused(
        verify_inclusion, LEAVES[index], other, size, path, NAIVE.root(size), "entry"
    )


@given(index_and_size(), st.data())
def test_a_proof_with_a_hash_too_many_or_too_few_is_reported(
    place: tuple[int, int], data: st.DataObject
) -> None:
    index, size = place
    path = list(inclusion_proof(index, size, NAIVE.subtree))
    at = data.draw(st.integers(0, len(path)))
    longer = [*path[:at], LEAVES[0], *path[at:]]
    assert refused(verify_inclusion, LEAVES[index], index, size, longer, NAIVE.root(size), "entry")
    if path:
        shorter = path[:at] + path[at + 1 :] if at < len(path) else path[:-1]
        assert refused(verify_inclusion, LEAVES[index], index, size, shorter, NAIVE.root(size), "entry")


@given(two_sizes(), st.integers(0, 255), st.integers(0, 400))
@example((4, 4), 0, 0)
@example((0, 7), 5, 0)
def test_any_one_bit_change_to_a_consistency_proof_is_reported(
    pair: tuple[int, int], bit: int, which: int
) -> None:
    old, new = pair
    hashes = [NAIVE.root(old), NAIVE.root(new), *consistency_proof(old, new, NAIVE.subtree)]
    # The empty tree is a prefix of any: then the new root is nobody's word yet.
    which = 0 if old == 0 else which % len(hashes)
    hashes[which] = (int.from_bytes(hashes[which], "big") ^ (1 << bit)).to_bytes(32, "big")
    old_root, new_root, *path = hashes
    assert refused(verify_consistency, old, old_root, new, new_root, path, "log")


@given(two_sizes(), st.data())
def test_a_consistency_proof_with_a_hash_too_many_or_too_few_is_reported(
    pair: tuple[int, int], data: st.DataObject
) -> None:
    old, new = pair
    path = list(consistency_proof(old, new, NAIVE.subtree))
    at = data.draw(st.integers(0, len(path)))
    for wrong in ([*path[:at], LEAVES[0], *path[at:]], path[:-1] if path else [LEAVES[1]]):
        assert refused(verify_consistency, old, NAIVE.root(old), new, NAIVE.root(new), wrong, "log")


@given(st.integers(2, MAX), st.data())
def test_two_logs_that_parted_have_no_consistency_proof(new: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, new))
    changed = data.draw(st.integers(0, old - 1))
    other = NaiveTree((*ENTRIES[:changed], b"rewritten", *ENTRIES[changed + 1 : new]))
    for tree in (NAIVE, other):
        path = consistency_proof(old, new, tree.subtree)
        assert refused(verify_consistency, old, NAIVE.root(old), new, other.root(new), path, "log")


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8, 9])
def test_every_leaf_of_a_small_tree_proves_only_itself(size: int) -> None:
    for index, other in itertools.permutations(range(size), 2):
        path = inclusion_proof(index, size, NAIVE.subtree)
        assert refused(verify_inclusion, LEAVES[other], index, size, path, NAIVE.root(size), "entry")
