"""What could not be read goes to ``<topic>.dlq``: bytes, key and headers as they came, and the reason.

The ledger has it already, so this is for those who look at topics: published after it was recorded, at least
once, in order. Headers are those of Kafka Connect, which every tool can read; no stack trace and no text of
the message is among them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import structlog
from kafka import KafkaProducer
from kafka.errors import KafkaError

from application.dead_letters import DeadLetter, dead_letters, letter_of
from application.engine import Engine
from consumers.kafka.config import KafkaConfig
from consumers.kafka.connection import producing
from consumers.kafka.records import restored
from ledger.errors import IntegrityError, RowRefused, StoreError
from ledger.lease import Lease
from ledger.store.contract import Tracking

PREFIX = "__connect.errors."
SENT_S = 30.0
EVERY_S = 1.0

log = structlog.get_logger(__name__)


class DeadLetterBox:
    """Publishes what is not published yet; one process at a time, by a lease in the ledger."""

    def __init__(
        self,
        engine: Engine,
        config: KafkaConfig,
        holder: str,
        producer: Callable[[], Any] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._engine, self._config = engine, config
        self._name = f"dead-letters/{config.group}"
        self._lease = Lease(self._name, holder, clock=clock)
        self._topics = frozenset(row.topic for row in config.topics)
        self._make = producer or (lambda: KafkaProducer(**producing(config)))
        self._producer: Any = None
        self.published = 0

    def run(self, stop: threading.Event) -> None:
        """Publish until ``stop``; an error is told and tried again."""
        while not stop.wait(EVERY_S):
            try:
                self.publish()
            except (KafkaError, StoreError, RowRefused, IntegrityError) as error:
                log.warning("dead letters wait", error=str(error))
        self.close()

    def publish(self) -> int:
        """Publish what was recorded since the last time; return how many, 0 while another process does."""
        with self._engine.store.transaction() as tx:
            if not self._lease.acquire(tx):
                return 0
        first, end = self._engine.store.tracking(self._name) or 0, self._engine.store.head().size
        found = [item for item in dead_letters(self._engine, first, end) if self._is_ours(item)]
        for item in found:
            self._send(item)
        if end > first:
            # Everything is acknowledged by the brokers. A crash before this line publishes it once more.
            with self._engine.store.transaction() as tx:
                self._lease.check(tx)
                tx.advance_tracking(Tracking(self._name, end))
        self.published += len(found)
        return len(found)

    def close(self) -> None:
        """Give the lease and the connection back."""
        with suppress(StoreError), self._engine.store.transaction() as tx:
            self._lease.release(tx)
        if self._producer is not None:
            self._producer.close(timeout=5)

    def _is_ours(self, item: DeadLetter) -> bool:
        # One that was taken in again and failed again is in the topic already.
        return item.origin is not None and item.origin.topic in self._topics and item.replay_of is None

    def _send(self, item: DeadLetter) -> None:
        if self._producer is None:
            self._producer = self._make()
        letter = letter_of(self._engine, item)
        value, key, headers = restored(letter.body, letter.headers)
        topic = f"{item.origin.topic}{self._config.dead_letter_suffix}" if item.origin else ""
        sent = self._producer.send(topic, value, key=key, headers=[*headers, *reasons(item)])
        sent.get(timeout=SENT_S)


def reasons(item: DeadLetter) -> list[tuple[str, bytes]]:
    """Return the headers that say where a dead letter came from and why it is one."""
    origin = item.origin
    said = {
        "topic": "" if origin is None else origin.topic,
        "partition": "" if origin is None else str(origin.partition),
        "offset": "" if origin is None else str(origin.offset),
        "connector.name": "tallystick",
        "task.id": "0",
        "stage": "VALUE_CONVERTER",
        "class.name": item.format,
        "exception.class.name": item.reason,
        "exception.message": f"{item.place}: expected {item.expected}",
    }
    ours = [("tallystick-delivery", item.delivery_id.encode())]
    return [(PREFIX + name, text.encode()) for name, text in said.items()] + ours
