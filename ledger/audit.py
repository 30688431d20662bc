"""The checks of one entry after another, in index order (design section 10, steps 5, 7 and 8).

Used on a live store (``log fsck``), on what ``recover`` would append, and by the offline
verifier. Each check runs on bytes that the earlier ones accepted; inclusion in the tree (step 4)
comes before and is not done here. Memory grows with the number of streams, about 200 bytes each.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import msgspec

from ledger.dsse import Envelope, parse_envelope, verify_envelope
from ledger.errors import IntegrityError
from ledger.event import Event, genesis, parse_event
from ledger.finding import Finding, finding
from ledger.keyfacts import STREAM as KEYS
from ledger.keyring import EMPTY, Keyring, fold, valid
from ledger.merkle import leaf_hash

T = TypeVar("T")


class Place(msgspec.Struct, frozen=True):
    """The newest entry of a stream."""

    version: int
    leaf: str
    recordedtime: str


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

    def entry(self, position: int, data: bytes) -> tuple[Event | None, list[Finding]]:
        """Return the event in entry ``position`` (None where it is unreadable) and what is wrong with it."""
        place, wrong = f"entry {position}", list[Finding]()
        try:
            envelope = parse_envelope(data, place)
            event = parse_event(envelope.payload, place)
        except IntegrityError as e:
            return None, [finding("bytes", e)]
        self._check_source(event, place, wrong)
        self._check_signature(position, envelope, event, wrong)
        self._check_chain(event, leaf_hash(data).hex(), place, wrong)
        return event, wrong

    def _check_source(self, event: Event, place: str, wrong: list[Finding]) -> None:
        if self.origin is None:
            self.origin = event.source[2:]
        if event.source != f"//{self.origin}":
            wrong.append(Finding("source", place, f"//{self.origin}", event.source))

    def _check_signature(self, position: int, envelope: Envelope, event: Event, wrong: list[Finding]) -> None:
        if event.subject == KEYS:
            folded = _try(wrong, "keyring", lambda: fold(self.keyring, position, event, envelope.keyid))
            self.keyring = folded or self.keyring
        place = f"entry {position}"
        key = _try(wrong, "key", lambda: valid(self.keyring, envelope.keyid, position))
        if key is not None:
            _try(wrong, "signature", lambda: verify_envelope(envelope, key, place))

    def _check_chain(self, event: Event, leaf: str, place: str, wrong: list[Finding]) -> None:
        before = self._streams.get(event.subject)
        if before is None:
            before = Place(0, genesis(self.origin or "", event.subject), "")
        if event.streamversion != before.version + 1:
            wrong.append(
                Finding(
                    "chain",
                    place,
                    f"version {before.version + 1} of {event.subject}",
                    f"version {event.streamversion}",
                )
            )
        elif event.prevhash != before.leaf:
            wrong.append(Finding("chain", f"{place}, prevhash", before.leaf, event.prevhash))
        if event.recordedtime < before.recordedtime:
            expected = f"not before {before.recordedtime}"
            wrong.append(Finding("time", f"{place}, recordedtime", expected, event.recordedtime))
        self._streams[event.subject] = Place(event.streamversion, leaf, event.recordedtime)


def _try(wrong: list[Finding], kind: str, check: Callable[[], T]) -> T | None:
    """Return what ``check`` returns; what it refuses becomes a finding."""
    try:
        return check()
    except IntegrityError as e:
        wrong.append(finding(kind, e))
        return None
