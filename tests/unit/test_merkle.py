"""Edges of the tree functions; the laws are in tests/property/test_merkle_properties.py."""

from __future__ import annotations

import pytest

from ledger.errors import IntegrityError
from ledger.merkle import (
    EMPTY_ROOT,
    consistency_proof,
    extend,
    frontier_root,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root,
    verify_consistency,
    verify_inclusion,
)
from tests.support.naive_tree import NaiveTree

TREE = NaiveTree([b"%d" % number for number in range(16)])
LEAF = leaf_hash(b"0")


def never(level: int, index: int) -> bytes:
    raise AssertionError(f"subtree {index} of level {level} was asked for")


def test_the_empty_tree_has_a_root_and_no_leaves() -> None:
    assert frontier_root(()) == root(0, never) == EMPTY_ROOT
    with pytest.raises(ValueError, match="expected an index below 0"):
        inclusion_proof(0, 0, never)
    with pytest.raises(IntegrityError, match="an index below the size 0"):
        verify_inclusion(LEAF, 0, 0, (), EMPTY_ROOT, "entry 0")


def test_the_only_leaf_is_the_root() -> None:
    assert extend((), 0, LEAF) == (LEAF,)
    assert inclusion_proof(0, 1, never) == ()
    verify_inclusion(LEAF, 0, 1, (), LEAF, "entry 0")


def test_a_leaf_never_passes_for_an_inner_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


def test_a_frontier_that_does_not_fit_the_size_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="frontier of size 3: expected 2 hashes, found 1"):
        extend((LEAF,), 3, LEAF)


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (5, 4)])
def test_an_index_outside_the_tree_has_no_proof(index: int, size: int) -> None:
    with pytest.raises(ValueError, match=f"an index below {size}, found {index}"):
        inclusion_proof(index, size, TREE.subtree)
    with pytest.raises(IntegrityError, match=f"an index below the size {size}, found {index}"):
        verify_inclusion(LEAF, index, size, (), LEAF, "entry")


def test_a_wrong_root_is_reported_with_place_expected_and_found() -> None:
    path = TREE.path(0, 4)
    with pytest.raises(IntegrityError) as caught:
        verify_inclusion(LEAF, 0, 4, path, EMPTY_ROOT, "entry 0")
    assert caught.value.place == "entry 0"
    assert EMPTY_ROOT.hex() in caught.value.expected
    assert TREE.root(4).hex() in caught.value.found


def test_a_path_of_the_wrong_length_is_reported_as_such() -> None:
    path = TREE.path(0, 4)
    with pytest.raises(IntegrityError, match="too few"):
        verify_inclusion(LEAF, 0, 4, path[:1], TREE.root(4), "entry")
    with pytest.raises(IntegrityError, match="too many"):
        verify_inclusion(LEAF, 0, 4, (*path, LEAF), TREE.root(4), "entry")


@pytest.mark.parametrize(("old", "new"), [(-1, 4), (5, 4)])
def test_a_log_does_not_shrink(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="an old size up to 4"):
        consistency_proof(old, new, TREE.subtree)
    with pytest.raises(IntegrityError, match="log: expected an old size up to 4"):
        verify_consistency(old, LEAF, new, LEAF, (), "log")


@pytest.mark.parametrize("size", [0, 4])
def test_nothing_is_to_prove_from_nothing_or_to_itself(size: int) -> None:
    assert consistency_proof(size, 4, never) == ()
    verify_consistency(size, TREE.root(size), 4, TREE.root(4), (), "log")
    with pytest.raises(IntegrityError, match="an empty consistency path"):
        verify_consistency(size, TREE.root(size), 4, TREE.root(4), (LEAF,), "log")
    with pytest.raises(IntegrityError, match="expected root"):
        verify_consistency(size, TREE.root(5), 4, TREE.root(4), (), "log")


def test_a_wrong_consistency_proof_is_reported_with_the_size_that_does_not_fit() -> None:
    path = TREE.proof(3, 7)
    with pytest.raises(IntegrityError, match=f"expected root {LEAF.hex()} at size 3"):
        verify_consistency(3, LEAF, 7, TREE.root(7), path, "log")
    with pytest.raises(IntegrityError, match=f"expected root {LEAF.hex()} at size 7"):
        verify_consistency(3, TREE.root(3), 7, LEAF, path, "log")
    with pytest.raises(IntegrityError, match="too few"):
        verify_consistency(3, TREE.root(3), 7, TREE.root(7), path[:-1], "log")
    with pytest.raises(IntegrityError, match="too many"):
        verify_consistency(3, TREE.root(3), 7, TREE.root(7), (*path, LEAF), "log")
    with pytest.raises(IntegrityError, match="a consistency path from 3 to 7, found an empty one"):
        verify_consistency(3, TREE.root(3), 7, TREE.root(7), (), "log")
