"""A person's word on where a partition goes on that stands still, recorded with the move itself."""

from __future__ import annotations

from kafka import KafkaConsumer, TopicPartition
from msgspec import Struct

from application.engine import Engine
from application.recording import Decided, Item, Recording, record
from application.steps import run
from consumers.errors import TopicMissing
from consumers.kafka.config import KafkaConfig
from consumers.kafka.connection import connection
from consumers.kafka.intake import look_up
from consumers.kafka.ownership import bounds, gap_of, partition_of
from domain.context import Principal
from domain.prose import prose
from domain.source_facts import SourceGapFound, SourceResumed
from domain.streams import source_stream
from ledger.sourceoffset import Owned, Reposition


class Standing(Struct, frozen=True, kw_only=True):
    """How a partition stands: what the ledger has of it, what the broker has, and a gap between the two."""

    topic: str
    partition: int
    owned: Owned | None
    first_offset: int
    end_offset: int
    gap: SourceGapFound | None


def standings(engine: Engine, config: KafkaConfig) -> tuple[Standing, ...]:
    """Return how every partition of the configured topics stands; raises `TopicMissing` and `KafkaError`."""
    topics, found = look_up(config), list[Standing]()
    consumer = KafkaConsumer(**connection(config))
    try:
        for row in config.topics:
            for number in sorted(consumer.partitions_for_topic(row.topic) or ()):
                owned = engine.store.source_offset(partition_of(config, topics, row.topic, number))
                first, end = bounds(consumer, TopicPartition(row.topic, number))
                gap = None if owned is None else gap_of(owned, row, topics.ids[row.topic], first, end)
                found.append(
                    Standing(
                        topic=row.topic,
                        partition=number,
                        owned=owned,
                        first_offset=first,
                        end_offset=end,
                        gap=gap,
                    )
                )
    finally:
        consumer.close()
    return tuple(found)


def resume(
    engine: Engine, config: KafkaConfig, standing: Standing, offset: int, *, rationale: str, who: Principal
) -> None:
    """Have a partition be taken in from ``offset`` on; whoever owns it is fenced, and finds it anew.

    The decision and the move are one append. Raises as `Writer.submit` does.
    """
    topics = look_up(config)
    row = next((row for row in config.topics if row.topic == standing.topic), None)
    if row is None:
        raise TopicMissing(f"expected a configured topic, found {standing.topic}")
    fact = SourceResumed(
        source=row.source,
        topic=standing.topic,
        partition=standing.partition,
        expected_offset=0 if standing.owned is None else standing.owned.next_offset,
        offset=offset,
        rationale=prose(rationale),
    )
    move = Reposition(
        partition_of(config, topics, standing.topic, standing.partition), topics.ids[standing.topic], offset
    )
    part = Decided(
        stream=source_stream(row.source), version=None, items=(Item(fact=fact, id=engine.new_id()),)
    )
    recording = Recording(parts=(part,), principal=who, roles=who.roles, now=engine.clock(), advances=(move,))
    run(record(engine, recording))
