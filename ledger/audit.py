"""The checks of one entry after another, in index order (design section 10, steps 5, 7 and 8).

Used on a live store (``log fsck``), on what ``recover`` would append, and by the offline verifier. Each
check runs only on what the ones before it accepted, so an entry has at most one finding; inclusion in the
tree (step 4) comes before and is not done here. Memory grows with the number of streams, about 400 bytes
each.
"""

from __future__ import annotations

import msgspec

from ledger.dsse import Envelope, parse_envelope, verify_envelope
from ledger.errors import IntegrityError
from ledger.event import Event, genesis, parse_event
from ledger.finding import Finding, finding
from ledger.keyfacts import STREAM as KEYS
from ledger.keyring import EMPTY, Keyring, fold, valid
from ledger.merkle import leaf_hash


class Place(msgspec.Struct, frozen=True):
    """The newest entry of a stream."""

    version: int
    leaf: str
    recordedtime: str


class Audited(msgspec.Struct, frozen=True):
    """An entry: its event (None where it is unreadable), what is wrong with it, and the event's bytes."""

    event: Event | None
    wrong: tuple[Finding, ...] = ()
    payload: bytes = b""


class Audit:
    """Takes every entry of a log from position 0 on, and says what does not hold."""

    def __init__(self, origin: str | None = None) -> None:
        self.origin = origin
        self.keyring: Keyring = EMPTY
        self._streams: dict[str, Place] = {}

    @property
    def streams(self) -> int:
        """How many streams there are."""
        return len(self._streams)

    def knows(self, stream: str) -> bool:
        """Return whether the log has an entry in ``stream``."""
        return stream in self._streams

    def entry(
        self, position: int, data: bytes, leaf: bytes | None = None, signed_by: bytes | None = None
    ) -> Audited:
        """Return what entry ``position`` says and what is wrong with it, one finding at most.

        ``leaf`` is the hash of ``data``, and ``signed_by`` a raw public key that its signature holds under,
        where the caller has found that out already.
        """
        place, event, kind = f"entry {position}", None, "envelope"
        try:
            envelope = parse_envelope(data, place)
            kind = "event"
            event = parse_event(envelope.payload, place)
            kind = "source"
            self._check_source(event, place)
            kind = "keyring"
            keyring = self._fold(position, event, envelope)
            kind = "key"
            key = valid(keyring, envelope.keyid, position)
            kind = "signature"
            if key != signed_by:
                verify_envelope(envelope, key, place)
            kind = "chain"
            before = self._newest(event.subject)
            _check_link(event, before, place)
            kind = "time"
            _check_time(event, before, place)
        except IntegrityError as error:
            self._move(event, leaf or leaf_hash(data))
            return Audited(event, (finding(kind, error),))
        # Only now: a key fact that does not hold must not change who may sign what follows.
        self.keyring = keyring
        self._move(event, leaf or leaf_hash(data))
        return Audited(event, (), envelope.payload)

    def _check_source(self, event: Event, place: str) -> None:
        if self.origin is None:
            self.origin = event.source[2:]
        if event.source != f"//{self.origin}":
            raise IntegrityError(f"{place}, source", f"//{self.origin}", event.source)

    def _fold(self, position: int, event: Event, envelope: Envelope) -> Keyring:
        if event.subject != KEYS:
            return self.keyring
        return fold(self.keyring, position, event, envelope.keyid)

    def _newest(self, stream: str) -> Place:
        return self._streams.get(stream) or Place(0, genesis(self.origin or "", stream), "")

    def _move(self, event: Event | None, leaf: bytes) -> None:
        # Also past what was refused, so that one bad entry is not reported again by all that follow it.
        if event is not None:
            self._streams[event.subject] = Place(event.streamversion, leaf.hex(), event.recordedtime)


def _check_link(event: Event, before: Place, place: str) -> None:
    if event.streamversion != before.version + 1:
        raise IntegrityError(
            f"{place}, streamversion",
            f"version {before.version + 1} of {event.subject}",
            f"version {event.streamversion}",
        )
    if event.prevhash != before.leaf:
        raise IntegrityError(f"{place}, prevhash", before.leaf, event.prevhash)


def _check_time(event: Event, before: Place, place: str) -> None:
    if event.recordedtime < before.recordedtime:
        raise IntegrityError(
            f"{place}, recordedtime", f"not before {before.recordedtime}", event.recordedtime
        )
