"""How far a partition of a foreign log was taken in; advanced in the transaction of what was taken in.

The offset is ours, not the broker's: what is recorded and how far we are are one commit, so each record is
taken in exactly once, whatever crashes in between. Whoever takes a partition over raises its owner's epoch,
and an owner that was stopped meanwhile is refused at its next append.
"""

from __future__ import annotations

from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from ledger.errors import RowRefused


class Partition(Struct, frozen=True, kw_only=True):
    """A partition as ``reader`` (a consumer group) reads it; ``cluster`` is the id of the foreign log."""

    cluster: str
    reader: str
    topic: str
    partition: int


class Owned(Struct, frozen=True, kw_only=True):
    """Where its owner of ``epoch`` (from 1) goes on in a partition of the topic with ``topic_id``."""

    partition: Partition
    topic_id: str
    next_offset: int
    epoch: int


class Advance(Struct, frozen=True):
    """That everything before ``next_offset`` is taken in, if ``owned`` still is how it stands."""

    owned: Owned
    next_offset: int


class Reposition(Struct, frozen=True):
    """That a partition is read on at ``offset`` of the topic with ``topic_id``, whatever is lost by it."""

    partition: Partition
    topic_id: str
    offset: int


class OffsetFenced(RowRefused):
    """Somebody else owns the partition now, or it is not where its owner believed; nothing was recorded."""


class OffsetTable(Protocol):
    """The rows of all partitions, under the transaction's lock."""

    def source_offset(self, partition: Partition) -> Owned | None:
        """Return how a partition stands, None when nobody ever owned it."""

    def set_source_offset(self, owned: Owned) -> None:
        """Insert or replace the row of a partition."""


def take_over(table: OffsetTable, partition: Partition, topic_id: str, first: int) -> Owned:
    """Become the owner of a partition and return where to go on: at ``first`` if nobody ever owned it."""
    known = table.source_offset(partition)
    owned = (
        Owned(partition=partition, topic_id=topic_id, next_offset=first, epoch=1)
        if known is None
        else replace(known, epoch=known.epoch + 1)
    )
    table.set_source_offset(owned)
    return owned


def reposition(table: OffsetTable, partition: Partition, topic_id: str, offset: int) -> Owned:
    """Have the next owner go on at ``offset`` of the topic with ``topic_id``; fence the present one off."""
    known = table.source_offset(partition)
    epoch = 1 if known is None else known.epoch + 1
    owned = Owned(partition=partition, topic_id=topic_id, next_offset=offset, epoch=epoch)
    table.set_source_offset(owned)
    return owned


def advance(table: OffsetTable, step: Advance) -> Owned:
    """Move a partition forward; raises `OffsetFenced` unless it stands as its owner believes."""
    owned = step.owned
    found = table.source_offset(owned.partition)
    place = f"{owned.partition.topic}/{owned.partition.partition}"
    if found != owned:
        raise OffsetFenced(f"{place}: expected {_shown(owned)}, found {_shown(found)}")
    if step.next_offset <= owned.next_offset:
        raise OffsetFenced(f"{place}: expected an offset after {owned.next_offset}, found {step.next_offset}")
    moved = replace(owned, next_offset=step.next_offset)
    table.set_source_offset(moved)
    return moved


def _shown(owned: Owned | None) -> str:
    return "nobody" if owned is None else f"epoch {owned.epoch} at offset {owned.next_offset}"
