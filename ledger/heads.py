r"""Heads of streams as one tree: what shows that an export of some streams was not cut (design 4, "Heads").

A heads fact states, for the first ``size`` entries of the log, the root of an RFC 6962 tree over one record
for each stream that has an entry among them, in ascending order of names:

    "tallystick/head/v1\n" stream "\n" version "\n" leafhex "\n"

``version`` and ``leafhex`` are those of the stream's newest entry among them. A path from a record to that
root proves that nothing of the stream was left out, as far as whoever recorded the fact told the truth;
everybody with the whole log can tell, and two leaves refute a lie.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Final

import msgspec

from ledger.errors import IntegrityError
from ledger.merkle import EMPTY_ROOT, leaf_hash, node_hash, verify_inclusion

STREAM: Final = "heads"
"""The stream of the heads facts."""


class HeadRecord(msgspec.Struct, frozen=True):
    """A stream and its newest entry: version and leaf hash, hexadecimal."""

    stream: str
    version: int
    leaf: str


class ProvenHead(msgspec.Struct, frozen=True):
    """A record, its index in the order of all streams, and the path (32 bytes each) from it to the root."""

    record: HeadRecord
    index: int
    path: tuple[bytes, ...]


class HeadsTree(msgspec.Struct, frozen=True):
    """The tree over ``streams`` records, and those that were asked for, with their paths."""

    streams: int
    root: bytes
    proven: tuple[ProvenHead, ...]


class _Subtree(msgspec.Struct):
    """The root over 2^level records, and the paths that grow inside it."""

    level: int
    root: bytes
    paths: list[list[bytes]]


def record_bytes(record: HeadRecord) -> bytes:
    """Return the record as it is hashed into the tree."""
    return f"tallystick/head/v1\n{record.stream}\n{record.version}\n{record.leaf}\n".encode()


def heads_tree(records: Iterable[HeadRecord], wanted: Container[str] = ()) -> HeadsTree:
    """Return the tree over ``records``, which are in ascending order of names, and the paths of ``wanted``.

    One pass; memory is for what is wanted only. Raises `IntegrityError` when the order is another.
    """
    subtrees, found, before, count = list[_Subtree](), list[tuple[HeadRecord, int, list[bytes]]](), "", 0
    for record in records:
        if not before < record.stream:
            raise IntegrityError("heads", f"a stream after {before}", record.stream)
        path = list[bytes]()
        if record.stream in wanted:
            found.append((record, count, path))
            paths = [path]
        else:
            paths = []
        _push(subtrees, _Subtree(0, leaf_hash(record_bytes(record)), paths))
        before, count = record.stream, count + 1
    root = _fold(subtrees)
    return HeadsTree(count, root, tuple(ProvenHead(record, at, tuple(path)) for record, at, path in found))


def verify_head(head: ProvenHead, streams: int, root: bytes) -> None:
    """Return when the tree of ``streams`` records has ``head``; raise `IntegrityError` otherwise."""
    leaf, place = leaf_hash(record_bytes(head.record)), f"head of {head.record.stream}"
    verify_inclusion(leaf, head.index, streams, head.path, root, place)


def _push(subtrees: list[_Subtree], new: _Subtree) -> None:
    while subtrees and subtrees[-1].level == new.level:
        new = _joined(subtrees.pop(), new)
    subtrees.append(new)


def _fold(subtrees: list[_Subtree]) -> bytes:
    """Return the root of the tree that consists of these subtrees, largest first."""
    if not subtrees:
        return EMPTY_ROOT
    right = subtrees.pop()
    while subtrees:
        right = _joined(subtrees.pop(), right)
    return right.root


def _joined(left: _Subtree, right: _Subtree) -> _Subtree:
    for path in left.paths:
        path.append(right.root)
    for path in right.paths:
        path.append(left.root)
    return _Subtree(left.level + 1, node_hash(left.root, right.root), left.paths + right.paths)
