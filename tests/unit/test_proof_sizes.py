"""A proof is for one size: the root of a smaller tree proves nothing about a larger one."""

from __future__ import annotations

import pytest

from ledger.errors import IntegrityError
from ledger.merkle import leaf_hash, node_hash, verify_consistency, verify_inclusion

A, B, C, D = (leaf_hash(entry) for entry in (b"a", b"b", b"c", b"d"))
LEFT, RIGHT = node_hash(A, B), node_hash(C, D)
ROOT_OF_FOUR = node_hash(LEFT, RIGHT)


def test_an_inclusion_path_must_reach_the_root_of_the_claimed_size() -> None:
    verify_inclusion(A, 0, 4, (B, RIGHT), ROOT_OF_FOUR, "proof")
    with pytest.raises(IntegrityError, match="too few"):
        verify_inclusion(A, 0, 8, (B, RIGHT), ROOT_OF_FOUR, "proof")


def test_an_inclusion_path_must_stop_at_the_root_of_the_claimed_size() -> None:
    with pytest.raises(IntegrityError, match="too many"):
        verify_inclusion(A, 0, 2, (B, RIGHT), ROOT_OF_FOUR, "proof")


def test_a_consistency_path_must_reach_the_root_of_the_claimed_size() -> None:
    verify_consistency(2, LEFT, 4, ROOT_OF_FOUR, (RIGHT,), "proof")
    with pytest.raises(IntegrityError, match="too few"):
        verify_consistency(2, LEFT, 8, ROOT_OF_FOUR, (RIGHT,), "proof")
