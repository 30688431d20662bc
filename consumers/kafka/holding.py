"""What was read and is not recorded yet: nothing for long, but in a storm the repetitions of a second.

In a storm (more signals in a second than the configuration says) a message that only repeats what is known
is held until the second is over, and then told together with the others. Whatever is new ends the wait at
once. Nothing that is held can be lost: the ledger's offset is behind it until it is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kafka import TopicPartition
from msgspec import Struct

from application.aggregating import only_repeats
from application.arriving import Arriving
from application.parcels import SHARE
from domain.alert import Alert
from domain.signal import Signal
from domain.streams import alert_stream

MOST_BYTES = 8_000_000
"""Held at most, about: it becomes one blob, and has to be in memory until it is."""
MOST_RECORDS = 20_000


class Batch(Struct, frozen=True):
    """What to record in one append: messages by themselves, messages together, and how far they reach."""

    single: tuple[Arriving, ...]
    together: tuple[Arriving, ...]
    upto: dict[TopicPartition, int]


class Tide:
    """How many signals come in a second; for the thread that polls."""

    def __init__(self, per_second: int) -> None:
        self._per_second = per_second
        self._second = 0
        self._count = 0
        self._high = False

    def saw(self, count: int, now: float) -> bool:
        """Note that so many came, and return whether it is a storm: in this second, or in the one before."""
        second = int(now)
        if second != self._second:
            self._high = second == self._second + 1 and self._count > self._per_second
            self._second, self._count = second, 0
        self._count += count
        return self._high or self._count > self._per_second


class _Held(Struct):
    """What is held, ``since`` a second of our clock; mutable, and never leaves this module."""

    since: int = 0
    single: list[tuple[TopicPartition, Arriving]] = []
    together: list[tuple[TopicPartition, Arriving]] = []
    upto: dict[TopicPartition, int] = {}
    news: set[str] = set()
    """The alerts of what is told by itself, and of which nothing that comes after can be held any more."""
    repeated: set[str] = set()
    states: dict[str, Alert] = {}
    weight: int = 0
    size: int = 0


class Hold:
    """What was read and is not recorded yet; for the thread that polls. ``state_of`` tells what is known."""

    def __init__(self, per_second: int, state_of: Callable[[str], Alert]) -> None:
        self._tide = Tide(per_second)
        self._state_of = state_of
        self._held = _Held()

    def add(self, place: TopicPartition, offset: int, item: Arriving, now: float) -> None:
        """Take a record that came at ``now``, in seconds since 1970."""
        held, signals = self._held, item.delivery.signals
        if not held.upto:
            held.since = int(now)
        held.upto[place] = offset + 1
        held.size += len(item.body)
        streams = {alert_stream(signal.source, signal.fingerprint) for signal in signals}
        storm = self._tide.saw(len(signals), now)
        # What comes after something new of the same alert is judged with it, not before.
        if storm and not streams & held.news and only_repeats(item.delivery, self._known):
            held.together.append((place, item))
            held.repeated |= streams
        else:
            held.single.append((place, item))
            held.news |= streams
            held.weight += max(1, len(signals))

    def has_room(self, item: Arriving) -> bool:
        """Return whether one append can have ``item`` with what is held: else that is recorded first."""
        held, signals = self._held, max(1, len(item.delivery.signals))
        if not held.upto:
            return True
        few = held.weight + signals <= SHARE and len(held.repeated) + signals <= SHARE
        return few and len(held.together) < MOST_RECORDS and held.size + len(item.body) <= MOST_BYTES

    def is_due(self, now: float) -> bool:
        """Return whether what is held is to be recorded now: there is news in it, or its second is over."""
        held = self._held
        return bool(held.single) or (bool(held.upto) and now >= held.since + 1)

    def drop(self, places: Iterable[TopicPartition]) -> None:
        """Forget what is held of partitions that are not ours now; whoever reads them next reads it again."""
        gone, held = set(places), self._held
        held.single = [pair for pair in held.single if pair[0] not in gone]
        held.together = [pair for pair in held.together if pair[0] not in gone]
        held.upto = {place: offset for place, offset in held.upto.items() if place not in gone}

    def take(self) -> Batch:
        """Return what is held, and hold nothing."""
        held, self._held = self._held, _Held()
        single, together = ([item for _, item in pairs] for pairs in (held.single, held.together))
        return Batch(tuple(single), tuple(together), held.upto)

    def _known(self, signal: Signal) -> Alert:
        # Looked up once for what is held: when it is recorded it is looked up again, and that decides.
        stream = alert_stream(signal.source, signal.fingerprint)
        states = self._held.states
        if stream not in states:
            states[stream] = self._state_of(stream)
        return states[stream]
