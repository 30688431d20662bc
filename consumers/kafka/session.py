"""One life of a consumer: join, take partitions over, record what comes, and say how far it is."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import structlog
from kafka import ConsumerRebalanceListener, KafkaConsumer, OffsetAndMetadata, TopicPartition
from kafka.errors import KafkaError, LogTruncationError, OffsetOutOfRangeError
from msgspec import Struct

from application.engine import Engine
from application.intake import Taken, receive_many
from application.recording import Decided, Item, Recording, record
from application.steps import run
from consumers.kafka.config import KafkaConfig
from consumers.kafka.connection import consuming
from consumers.kafka.holding import Batch, Hold
from consumers.kafka.joining import finish_joining
from consumers.kafka.meters import Meters
from consumers.kafka.ownership import Ownership, Topics
from consumers.kafka.records import arriving
from consumers.kafka.source import Source
from domain.alert import Alert
from domain.context import Principal
from domain.moment import timestamp
from domain.source_facts import SourceGapFound
from domain.streams import source_stream
from ledger.errors import QueueFull, ReadOnly, StoreError
from ledger.sourceoffset import OffsetFenced

POLL_MS = 200
ADVICE_S = 1.0
"""How often the broker is told how far we are."""
GOODBYE_MS = 1_000
"""How long the last of these may take when the consumer stops."""
BACK_OFF_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0)

log = structlog.get_logger(__name__)


class Stalled(Exception):
    """There are records, the consumer is not paused, and it gets none."""


class Setting(Struct, frozen=True, kw_only=True):
    """What an intake works with; ``principal`` stands behind what is recorded.

    ``instance`` is the name by which this process gets its partitions back; no two have the same.
    """

    engine: Engine
    config: KafkaConfig
    sources: Mapping[str, Source]
    instance: str
    principal: Principal
    meters: Meters
    clock: Callable[[], float] = time.monotonic


class Session(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """One life of a consumer."""

    def __init__(self, setting: Setting, topics: Topics) -> None:
        self._setting, self._topics = setting, topics
        self._engine, self._meters = setting.engine, setting.meters
        self._own = Ownership(setting.engine, setting.config, topics)
        self._consumer = KafkaConsumer(**consuming(setting.config, setting.instance))
        self._hold = Hold(setting.config.storm_per_second, self._state_of)
        self._troubles = 0
        self._again_at = 0.0
        self._advised_at = self._heard_at = setting.clock()

    def run(self, stop: threading.Event) -> None:
        """Take in until ``stop``; raises as `KafkaIntake.run` does, and `OffsetFenced` and `Stalled`."""
        try:
            self._consumer.subscribe([row.topic for row in self._setting.config.topics], listener=self)
            while not stop.is_set():
                self._turn()
            self._finish()
        finally:
            self._consumer.close(autocommit=False)

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        """Pause until the polling thread has asked the ledger: this runs between heartbeats."""
        places = list(assigned)
        for place in places:
            self._consumer.pause(place)
            self._consumer.seek(place, 0)  # it has to be somewhere; nothing is fetched while it is paused
        self._own.assigned(places)
        self._heard_at = self._setting.clock()  # what others had could not come here
        self._meters.rebalances += 1

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        """Give partitions up, with what is held of them: who gets them goes on where the ledger says."""
        places = list(revoked)
        self._hold.drop(places)
        self._own.revoked(places)

    def _turn(self) -> None:
        self._meters.ticked = time.time()
        records = self._polled()
        if self._setting.clock() < self._again_at:
            return
        try:
            for gap in self._own.settle(self._consumer):
                self._record_gap(gap)
            if records:
                self._heard_at = self._setting.clock()
                self._take(records)
            if self._hold.is_due(self._engine.clock().timestamp()):
                self._record(self._hold.take())
        except (ReadOnly, OffsetFenced):
            raise
        except StoreError as error:
            if error.fatal:
                raise
            self._wait(error)
            return
        except (QueueFull, KafkaError) as error:
            self._wait(error)
            return
        self._troubles = 0
        self._meters.troubled = False
        self._look_around()

    def _polled(self) -> Mapping[TopicPartition, Sequence[Any]]:
        most = self._setting.config.max_poll_records
        finish_joining(self._consumer)
        try:
            found: Mapping[TopicPartition, Sequence[Any]] = self._consumer.poll(POLL_MS, max_records=most)
        except OffsetOutOfRangeError:
            # What comes next is gone: `settle` finds out what is there, and says so.
            self._pause()
            return {}
        except LogTruncationError as error:
            self._own.diverged(error.divergent_offsets)
            self._pause()
            return {}
        return found

    def _pause(self) -> None:
        """Pause everything, and ask the ledger where to go on; what is held is read again then."""
        self._hold.drop(list(self._own.owned))
        for place in self._consumer.assignment():
            self._consumer.pause(place)
        self._own.forget()

    def _take(self, records: Mapping[TopicPartition, Sequence[Any]]) -> None:
        now = self._engine.clock()
        received_at, seconds = timestamp(now), now.timestamp()
        for place, found in records.items():
            if place not in self._own.owned:
                continue  # it was revoked, or stands still; where it goes on is asked of the ledger then
            source = self._setting.sources[place.topic]
            for each in found:
                item = arriving(each, source.form, source.name, self._topics.cluster, received_at)
                if not self._hold.has_room(item):
                    self._record(self._hold.take())
                self._hold.add(place, each.offset, item, seconds)

    def _record(self, batch: Batch) -> None:
        steps = self._own.advances(batch.upto)
        who = self._setting.principal
        taken: Taken = run(receive_many(self._engine, batch.single, who, steps, batch.together))
        self._own.advanced(steps)
        self._meters.took((*batch.together, *batch.single), taken)

    def _finish(self) -> None:
        """Record what is held, and tell the broker; what fails is read again by whoever comes next."""
        try:
            if self._hold.is_due(math.inf):
                self._record(self._hold.take())
        except (StoreError, QueueFull) as error:
            log.warning("what was held is read again later", error=str(error))
        offsets = self._offsets()
        if offsets:
            try:
                self._consumer.commit(offsets, timeout_ms=GOODBYE_MS)
            except KafkaError as error:
                log.info("the broker was not told how far we are", error=str(error))

    def _state_of(self, stream: str) -> Alert:
        return self._engine.states.alert(stream).state

    def _record_gap(self, gap: SourceGapFound) -> None:
        item = Item(fact=gap, id=self._engine.new_id())
        part = Decided(stream=source_stream(gap.source), version=None, items=(item,))
        who = self._setting.principal
        run(
            record(
                self._engine,
                Recording(parts=(part,), principal=who, roles=who.roles, now=self._engine.clock()),
            )
        )
        log.error("a partition stands still until somebody decides: tallystick kafka resume", gap=gap)

    def _wait(self, error: Exception) -> None:
        """Pause everything and ask the ledger later where to go on: nobody knows what it has recorded."""
        delay = BACK_OFF_S[min(self._troubles, len(BACK_OFF_S) - 1)]
        self._troubles += 1
        self._meters.troubled = True
        log.warning("the ledger cannot write; paused", error=str(error), seconds=delay)
        self._pause()
        # While it is paused nothing comes, and that is no stall.
        self._again_at = self._heard_at = self._setting.clock() + delay

    def _look_around(self) -> None:
        now = self._setting.clock()
        if now - self._advised_at >= ADVICE_S:
            self._advised_at = now
            self._advise()
            self._own.look_again()
        if now - self._heard_at >= self._setting.config.stall_seconds:
            self._heard_at = now
            self._check_stalled()

    def _advise(self) -> None:
        """Tell the broker how far we are; it matters to its dashboards alone, so an error is only logged."""
        self._meters.measured(self._consumer, self._own.owned)
        offsets = self._offsets()
        if offsets:
            try:
                self._consumer.commit_async(offsets, callback=_noted)
            except KafkaError as error:
                log.info("the broker was not told how far we are", error=str(error))

    def _offsets(self) -> Mapping[TopicPartition, OffsetAndMetadata]:
        owned = self._own.owned.items()
        return {place: OffsetAndMetadata(row.next_offset, "", -1) for place, row in owned}

    def _check_stalled(self) -> None:
        places = [place for place in self._own.owned if place not in self._consumer.paused()]
        ends: Mapping[TopicPartition, int] = self._consumer.end_offsets(places) if places else {}
        behind = [place for place in places if self._consumer.position(place) < ends[place]]
        if behind:
            raise Stalled(
                f"no record of {behind} for {self._setting.config.stall_seconds} seconds, though there are"
            )


def _noted(_offsets: object, result: object) -> None:
    if isinstance(result, Exception):
        log.info("the broker was not told how far we are", error=str(result))
