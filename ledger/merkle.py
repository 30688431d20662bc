"""The Merkle tree over the log: hashes, roots and proofs (RFC 6962 section 2.1, RFC 9162 section 2.1).

Functions from hashes to hashes. A *complete subtree* at ``level`` spans 2^level leaves from a multiple of
2^level; a `HashReader` looks its root up, wherever such hashes are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from hashlib import sha256
from typing import Final, TypeAlias

from ledger.errors import IntegrityError

EMPTY_ROOT: Final = sha256(b"").digest()

HashReader: TypeAlias = Callable[[int, int], bytes]
"""(level, index) -> root of the complete subtree over leaves index * 2^level to (index + 1) * 2^level."""


def leaf_hash(entry: bytes) -> bytes:
    """Return the hash of one log entry: SHA-256 of 0x00 and the entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash of an inner node: SHA-256 of 0x01 and its two children."""
    return sha256(b"\x01" + left + right).digest()


def extend(frontier: Sequence[bytes], size: int, leaf: bytes) -> tuple[bytes, ...]:
    """Return the frontier of ``size + 1`` leaves: the roots of its complete subtrees, largest first."""
    if len(frontier) != size.bit_count():
        raise ValueError(
            f"frontier of size {size}: expected {size.bit_count()} hashes, found {len(frontier)}"
        )
    hashes, node = list(frontier), leaf
    while size & 1:
        node = node_hash(hashes.pop(), node)
        size >>= 1
    return (*hashes, node)


def frontier_root(frontier: Sequence[bytes]) -> bytes:
    """Return the root of the tree that consists of these complete subtrees, largest first."""
    if not frontier:
        return EMPTY_ROOT
    return reduce(lambda right, left: node_hash(left, right), reversed(frontier))


def root(size: int, reader: HashReader) -> bytes:
    """Return the root of the first ``size`` leaves."""
    return _range_root(0, size, reader)


def inclusion_proof(index: int, size: int, reader: HashReader) -> tuple[bytes, ...]:
    """Return the audit path of leaf ``index`` in the tree of ``size`` leaves (RFC 6962, 2.1.1).

    Hashes are 32 bytes each, ordered from leaf to root; a tree of one leaf has an empty path.
    """
    if not 0 <= index < size:
        raise ValueError(f"inclusion proof: expected an index below {size}, found {index}")
    start, end, path = 0, size, list[bytes]()
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_root(middle, end, reader))
            end = middle
        else:
            path.append(_range_root(start, middle, reader))
            start = middle
    return tuple(reversed(path))


def consistency_proof(old: int, new: int, reader: HashReader) -> tuple[bytes, ...]:
    """Return the proof that the first ``old`` leaves of ``new`` are a prefix (RFC 6962, 2.1.2).

    Empty when ``old`` is 0 or equals ``new``: then there is nothing to prove beyond the roots themselves.
    """
    if not 0 <= old <= new:
        raise ValueError(f"consistency proof: expected an old size up to {new}, found {old}")
    if old in (0, new):
        return ()
    start, end, path = 0, new, list[bytes]()
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_root(middle, end, reader))
            end = middle
        else:
            path.append(_range_root(start, middle, reader))
            start = middle
    # The verifier knows the old root already, unless the old tree ends inside a subtree of the new one.
    if start:
        path.append(_range_root(start, end, reader))
    return tuple(reversed(path))


def verify_inclusion(  # noqa: PLR0917 - the order of RFC 9162
    leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes, place: str
) -> None:
    """Return when ``leaf`` is at ``index`` of the tree with this root; raise `IntegrityError` otherwise.

    RFC 9162, 2.1.3.2.
    """
    if not 0 <= index < size:
        raise IntegrityError(place, f"an index below the size {size}", index)
    node, last, computed = index, size - 1, leaf
    for hash_ in path:
        if last == 0:
            raise IntegrityError(
                place, f"an inclusion path for {index} of {size}", f"{len(path)} hashes, too many"
            )
        if node & 1 or node == last:
            computed = node_hash(hash_, computed)
            while not node & 1:  # never 0: odd, or equal to last
                node, last = node >> 1, last >> 1
        else:
            computed = node_hash(computed, hash_)
        node, last = node >> 1, last >> 1
    if last:
        raise IntegrityError(
            place, f"an inclusion path for {index} of {size}", f"{len(path)} hashes, too few"
        )
    if computed != root:
        raise IntegrityError(place, f"root {root.hex()}", f"root {computed.hex()}")


def verify_consistency(  # noqa: PLR0917 - the order of RFC 9162
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: Sequence[bytes], place: str
) -> None:
    """Return when the old tree is a prefix of the new one; raise `IntegrityError` otherwise.

    RFC 9162, 2.1.4.2; a tree is a prefix of itself, and the empty tree of every tree, with an empty path.
    """
    if not 0 <= old_size <= new_size:
        raise IntegrityError(place, f"an old size up to {new_size}", old_size)
    if old_size in (0, new_size):
        _verify_trivial(EMPTY_ROOT if old_size == 0 else new_root, old_root, path, place)
        return
    # A complete old tree is itself the first node of the path and is left out of it.
    nodes = [old_root, *path] if old_size.bit_count() == 1 else list(path)
    if not nodes:
        raise IntegrityError(place, f"a consistency path from {old_size} to {new_size}", "an empty one")
    old, new = _climb(old_size, new_size, nodes, place)
    if old != old_root:
        raise IntegrityError(place, f"root {old_root.hex()} at size {old_size}", f"root {old.hex()}")
    if new != new_root:
        raise IntegrityError(place, f"root {new_root.hex()} at size {new_size}", f"root {new.hex()}")


def _verify_trivial(expected: bytes, found: bytes, path: Sequence[bytes], place: str) -> None:
    if path:
        raise IntegrityError(place, "an empty consistency path", f"{len(path)} hashes")
    if found != expected:
        raise IntegrityError(place, f"root {expected.hex()}", f"root {found.hex()}")


def _climb(old_size: int, new_size: int, nodes: Sequence[bytes], place: str) -> tuple[bytes, bytes]:
    """Return the old and the new root that the path leads to."""
    node, last = old_size - 1, new_size - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = nodes[0]
    for hash_ in nodes[1:]:
        if last == 0:
            raise IntegrityError(
                place, f"a consistency path from {old_size} to {new_size}", "too many hashes"
            )
        if node & 1 or node == last:
            old, new = node_hash(hash_, old), node_hash(hash_, new)
            while not node & 1:  # never 0: odd, or equal to last
                node, last = node >> 1, last >> 1
        else:
            new = node_hash(new, hash_)
        node, last = node >> 1, last >> 1
    if last:
        raise IntegrityError(place, f"a consistency path from {old_size} to {new_size}", "too few hashes")
    return old, new


def _split(size: int) -> int:
    """Return the largest power of two below ``size``, where RFC 6962 divides a tree."""
    return 1 << ((size - 1).bit_length() - 1)


def _range_root(start: int, end: int, reader: HashReader) -> bytes:
    """Return the root over leaves ``start`` to ``end`` of a subtree that RFC 6962 division leads to."""
    hashes = list[bytes]()
    while start < end:
        level = (end - start).bit_length() - 1
        hashes.append(reader(level, start >> level))
        start += 1 << level
    return frontier_root(hashes)
