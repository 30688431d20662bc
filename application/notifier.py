"""Delivers the notices that are due: a few at a time, on threads of its own.

The network is asked while no turn on the incident's stream is held: an address that hangs holds up neither
the incident nor other recipients. *Crash after a delivery, before its record: it is delivered again, with the
same key. Crash after the record: the next start finds it settled.*
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor, wait
from math import inf

import structlog

from application.channels.contract import Channel, Delivered, Undelivered
from application.engine import Engine
from application.messages import message_of
from application.notifying import LOCAL, channel_for, outcome, record_delivery
from application.outbox import Outbox, waiting_in
from application.steps import run
from domain.moment import timestamp
from domain.notices.facts import Channel as ChannelName
from domain.own_commands import RecordDelivery
from projections.outbox import Waiting

WORKERS = 4
PAUSE_S = 0.1
RETRY_S = 1.0
log = structlog.get_logger(__name__)


class Notifier:
    """Hands what waits to ``channels``, by name; one of them is the file."""

    def __init__(self, engine: Engine, channels: Mapping[ChannelName, Channel]) -> None:
        self._engine, self._channels = engine, channels
        self._outbox = Outbox(engine.store)
        # Each key is one thread's at a time, so what these hold of a key needs no lock.
        self._not_before: dict[str, float] = {}
        self._refused: set[str] = set()
        self._unrecorded: dict[str, RecordDelivery] = {}

    def run(self, stop: threading.Event) -> None:
        """Deliver until ``stop``; what is under way then ends first, within the time a channel may take."""
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="notifier") as pool:
            while not stop.is_set():
                try:
                    position = self.hand_out(pool)
                except Exception:  # whatever it is, a thread that ends in silence helps nobody
                    log.exception("notifier failed")
                    stop.wait(RETRY_S)
                    continue
                # The pause is for a log that grows all the time; without growth a look a second is enough.
                if not stop.wait(PAUSE_S):
                    self._engine.commits.wait_beyond(position)
            pool.shutdown(cancel_futures=True)

    def hand_out(self, pool: Executor) -> int:
        """Let the pool deliver what is due and not under way; return the position that was read up to."""
        position = self._outbox.catch_up()
        self._engine.notices.waiting = len(self._outbox.waiting())
        for item in self._free(self._outbox.due(self._now())):
            self._not_before[item.key] = inf
            pool.submit(self.settle, item)
        return position

    def deliver_once(self, stream: str) -> int:
        """Return how many notices of an incident were tried, each once; no later attempt is waited for."""
        tried = self._deliver_due(stream, lambda _: True)
        # What a channel will never take is the file's, at once.
        self._deliver_due(stream, lambda item: self._channel(item) == LOCAL)
        return tried

    def settle(self, waiting: Waiting) -> None:
        """Deliver a notice and record what came of it; an error is reported, and it is tried again."""
        try:
            if self._still_waits(waiting):
                self._deliver_and_record(waiting)
        except Exception:  # whatever it is, a later look finds the notice still waiting
            log.exception("a notice is not settled", notice=waiting.key)
            self._not_before[waiting.key] = time.monotonic() + RETRY_S
        else:
            self._not_before.pop(waiting.key, None)

    def _deliver_due(self, stream: str, wanted: Callable[[Waiting], bool]) -> int:
        now = self._now()
        waiting = waiting_in(self._engine.store, stream)
        due = [item for item in self._free(waiting) if item.due <= now and wanted(item)]
        with ThreadPoolExecutor(WORKERS, thread_name_prefix="notifier") as pool:
            wait([pool.submit(self.settle, item) for item in due])
        return len(due)

    def _free(self, items: tuple[Waiting, ...]) -> tuple[Waiting, ...]:
        """Return those that no thread is at work on, none while nothing could be recorded."""
        if self._engine.writer.refusal is not None:
            return ()
        now = time.monotonic()
        return tuple(item for item in items if self._not_before.get(item.key, 0.0) <= now)

    def _still_waits(self, waiting: Waiting) -> bool:
        """Return whether nobody has settled or tried it since it was read, as of everything committed."""
        state = self._engine.states.incident(waiting.stream).state
        notice = state.notices.requested.get(waiting.request.notification_id)
        return notice is not None and not notice.settled and notice.attempts == waiting.attempts

    def _deliver_and_record(self, waiting: Waiting) -> None:
        # Delivered is delivered: when only the recording failed, only that is tried again.
        command = self._unrecorded.get(waiting.key) or self._delivered(waiting)
        self._unrecorded[waiting.key] = command
        run(record_delivery(self._engine, waiting.stream, command, waiting.id))
        del self._unrecorded[waiting.key]
        self._engine.notices.count(command.channel, command.proof or "failed")

    def _delivered(self, waiting: Waiting) -> RecordDelivery:
        name = self._channel(waiting)
        found = self._asked(name, waiting)
        if isinstance(found, Undelivered):
            log.warning("a notice is not delivered", notice=waiting.key, channel=name, error=found.error)
            if found.permanent:
                self._refused.add(waiting.key)
        return outcome(waiting, name, found, self._engine.clock())

    def _asked(self, name: ChannelName, waiting: Waiting) -> Delivered | Undelivered:
        channel = self._channels.get(name)
        if channel is None:
            return Undelivered(error=f"nothing here delivers by {name}", permanent=True)
        message = message_of(self._engine, waiting)
        try:
            return channel.deliver(message)
        except Exception as e:
            # Its kind alone: the words of an error may hold an address.
            return Undelivered(error=f"the channel {name} failed: {type(e).__name__}")

    def _channel(self, waiting: Waiting) -> ChannelName:
        return LOCAL if waiting.key in self._refused else channel_for(waiting)

    def _now(self) -> str:
        return timestamp(self._engine.clock())
