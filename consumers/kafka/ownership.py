"""Which partitions this process may take in, and where it goes on: as the ledger says, not the broker."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

import structlog
from kafka import KafkaConsumer, TopicPartition
from msgspec import Struct
from msgspec.structs import replace

from application.engine import Engine
from consumers.kafka.config import KafkaConfig, Topic
from domain.source_facts import SourceGapFound
from ledger.sourceoffset import Advance, Owned, Partition, take_over

log = structlog.get_logger(__name__)


class Topics(Struct, frozen=True):
    """What the cluster says of itself: its id, and that of each topic; one made anew has another."""

    cluster: str
    ids: Mapping[str, str]


class Ownership:
    """The partitions that this process owns. For the thread that polls."""

    def __init__(self, engine: Engine, config: KafkaConfig, topics: Topics) -> None:
        self._engine, self._config, self._topics = engine, config, topics
        self._rows = {row.topic: row for row in config.topics}
        self._owned: dict[TopicPartition, Owned] = {}
        self._waiting: set[TopicPartition] = set()
        self._epochs: dict[TopicPartition, int] = {}
        self._same_until: dict[TopicPartition, int] = {}
        self.blocked: dict[TopicPartition, SourceGapFound] = {}

    @property
    def owned(self) -> Mapping[TopicPartition, Owned]:
        """Where each partition goes on that is owned."""
        return self._owned

    def assigned(self, partitions: Iterable[TopicPartition]) -> None:
        """Note partitions that were given to us; `settle` takes them over, from the thread that polls."""
        self._waiting.update(partitions)

    def revoked(self, partitions: Iterable[TopicPartition]) -> None:
        """Forget partitions; what was taken in of them is recorded already."""
        for partition in partitions:
            self._waiting.discard(partition)
            self._owned.pop(partition, None)
            self._same_until.pop(partition, None)
            self.blocked.pop(partition, None)

    def forget(self) -> None:
        """Look anew at every partition that is owned, as after an append of which nobody knows."""
        self._waiting.update(self._owned)
        self._owned.clear()

    def diverged(self, offsets: Mapping[TopicPartition, Any]) -> None:
        """Note up to where logs are the ones that were read, None where nobody knows.

        Records were lost after we had them and others written in their places, so the end of the log tells
        nothing: only the client library noticed, by the epoch of the partition's leader.
        """
        for place, offset in offsets.items():
            self._same_until[place] = 0 if offset is None else offset.offset

    def look_again(self) -> None:
        """Have `settle` look at partitions that stood still and of which somebody has decided since."""
        for place in list(self.blocked):
            known = self._engine.store.source_offset(self._partition(place))
            if known is not None and known.epoch != self._epochs[place]:
                del self.blocked[place]
                self._waiting.add(place)

    def settle(self, consumer: KafkaConsumer) -> tuple[SourceGapFound, ...]:
        """Take over what waits, and have the consumer go on there; return the gaps that were found.

        Raises `StoreError` while the ledger cannot say where to go on: then it is asked again later.
        A partition with a gap stays paused until an operator says where to go on.
        """
        found: list[SourceGapFound] = []
        for place in sorted(self._waiting):
            gap = self._settled(consumer, place)
            if gap is not None:
                found.append(gap)
                self.blocked[place] = gap
            self._waiting.discard(place)
        return tuple(found)

    def advances(self, upto: Mapping[TopicPartition, int]) -> tuple[Advance, ...]:
        """Return what is demanded and changed when records before these offsets are recorded."""
        return tuple(Advance(self._owned[place], offset) for place, offset in sorted(upto.items()))

    def advanced(self, steps: Iterable[Advance]) -> None:
        """Note that the ledger has moved so far."""
        for step in steps:
            place = TopicPartition(step.owned.partition.topic, step.owned.partition.partition)
            if place in self._owned:
                self._owned[place] = replace(step.owned, next_offset=step.next_offset)

    def _settled(self, consumer: KafkaConsumer, place: TopicPartition) -> SourceGapFound | None:
        first, end = bounds(consumer, place)
        end = min(end, self._same_until.pop(place, end))
        row, topic_id = self._rows[place.topic], self._topics.ids[place.topic]
        partition = self._partition(place)
        with self._engine.store.transaction() as tx:
            owned = take_over(tx, partition, topic_id, first if row.start == "earliest" else end)
        self._epochs[place] = owned.epoch
        gap = gap_of(owned, row, topic_id, first, end)
        if gap is not None:
            return gap
        self._owned[place] = owned
        consumer.seek(place, owned.next_offset)
        consumer.resume(place)
        log.info("partition taken over", partition=str(place), offset=owned.next_offset, epoch=owned.epoch)
        return None

    def _partition(self, place: TopicPartition) -> Partition:
        return partition_of(self._config, self._topics, place.topic, place.partition)


def partition_of(config: KafkaConfig, topics: Topics, topic: str, partition: int) -> Partition:
    """Return the name under which the ledger keeps how far a partition was taken in."""
    return Partition(cluster=topics.cluster, reader=config.group, topic=topic, partition=partition)


def gap_of(owned: Owned, row: Topic, topic_id: str, first: int, end: int) -> SourceGapFound | None:
    """Return why nobody can simply go on there, None where one can.

    Where the topic was made anew its offsets mean other records; where the broker has deleted records that
    were not taken in, or lost some that were, the log says so and a person decides (design 8).
    """
    kind = _kind(owned, topic_id, first, end)
    if kind is None:
        return None
    return SourceGapFound(
        source=row.source,
        topic=row.topic,
        partition=owned.partition.partition,
        kind=kind,
        expected_offset=owned.next_offset,
        first_offset=first,
        end_offset=end,
    )


def _kind(
    owned: Owned, topic_id: str, first: int, end: int
) -> Literal["deleted", "truncated", "recreated"] | None:
    if owned.topic_id != topic_id:
        return "recreated"
    if owned.next_offset < first:
        return "deleted"
    return "truncated" if owned.next_offset > end else None


def bounds(consumer: KafkaConsumer, place: TopicPartition) -> tuple[int, int]:
    """Return the first offset that a partition has, and the one after its last."""
    first: Mapping[Any, int] = consumer.beginning_offsets([place])
    end: Mapping[Any, int] = consumer.end_offsets([place])
    return first[place], end[place]
