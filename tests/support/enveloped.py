"""Our recorder as the eventsourcing library's shared cases want it: any bytes as state, any text as topic.

Each `StoredEvent` of a case is wrapped in a real event with a real signature on the way in, and unwrapped on
the way out; the log under it was opened as every log is, so what a case counts from 1 comes after leaf 0.
Versions begin where a case begins them, in the log at 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from eventsourcing.persistence import (
    AggregateRecorder,
    Notification,
    ProcessRecorder,
    StoredEvent,
    Tracking,
)

from ledger.dsse import parse_envelope, seal
from ledger.event import Event, encode_event, genesis, parse_event
from ledger.merkle import leaf_hash
from ledger.store.recorder import CommitSubscription, SqliteRecorder
from tests.support.ledgers import NOW, ORIGIN, RECORDER, new_id

if TYPE_CHECKING:
    from uuid import UUID

OPENING = 1  # how many entries a log has before anything of a case is in it


class EnvelopedRecorder(ProcessRecorder):
    """A `SqliteRecorder` with wrapping and unwrapping around it."""

    def __init__(self, recorder: SqliteRecorder) -> None:
        self._recorder = recorder
        self.commits = recorder.commits
        self._first_versions: dict[str, int] = {}

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        leaves: dict[tuple[str, int], str] = {}
        wrapped = [self._wrap(stored, leaves) for stored in stored_events]
        return [number - OPENING for number in self._recorder.insert_events(wrapped, **kwargs)]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        shift = self._shift(str(originator_id))
        found = self._recorder.select_events(
            originator_id,
            gt=None if gt is None else gt + shift,
            lte=None if lte is None else lte + shift,
            desc=desc,
            limit=limit,
        )
        return [self._unwrap(stored) for stored in found]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        found = self._recorder.select_notifications(
            OPENING + (1 if start is None else start),
            limit,
            None if stop is None else stop + OPENING,
            [f"{topic}.v1" for topic in topics],
            inclusive_of_start=inclusive_of_start or start is None,
        )
        return [self._unwrap_notification(notification) for notification in found]

    def max_notification_id(self) -> int | None:
        return ((self._recorder.max_notification_id() or 0) - OPENING) or None

    def insert_tracking(self, tracking: Tracking) -> None:
        self._recorder.insert_tracking(tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        return self._recorder.max_tracking_id(application_name)

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> CommitSubscription:
        return CommitSubscription(cast("SqliteRecorder", self), gt, topics)

    def _shift(self, stream: str) -> int:
        """Return what to add to a case's versions of ``stream``."""
        return 1 - self._first_versions.get(stream, 1)

    def _wrap(self, stored: StoredEvent, leaves: dict[tuple[str, int], str]) -> StoredEvent:
        stream = str(stored.originator_id)
        self._first_versions.setdefault(stream, stored.originator_version)
        version = stored.originator_version + self._shift(stream)
        event = Event(
            id=new_id(),
            source=f"//{ORIGIN}",
            type=f"{stored.topic}.v1",
            subject=stream,
            streamversion=version,
            prevhash=leaves.get((stream, version - 1)) or self._leaf(stream, version - 1),
            time=NOW,
            recordedtime=NOW,
            authtype="system",
            authid="p-case",
            data={"state": stored.state.hex()},
        )
        envelope = seal(encode_event(event), RECORDER)
        leaves[stream, version] = leaf_hash(envelope).hex()
        return StoredEvent(stream, version, event.type, envelope)

    def _leaf(self, stream: str, version: int) -> str:
        found = self._recorder.select_events(stream, gt=version - 1, lte=version) if version else ()
        return leaf_hash(found[0].state).hex() if found else genesis(ORIGIN, stream)

    def _unwrap(self, stored: StoredEvent) -> StoredEvent:
        stream = str(stored.originator_id)
        version = stored.originator_version - self._shift(stream)
        return StoredEvent(stream, version, stored.topic.removesuffix(".v1"), _state(stored.state))

    def _unwrap_notification(self, notification: Notification) -> Notification:
        stored = self._unwrap(notification)
        return Notification(
            stored.originator_id,
            stored.originator_version,
            stored.topic,
            stored.state,
            id=notification.id - OPENING,
        )


class EnvelopedAggregates(AggregateRecorder):
    """The same, as what only keeps streams and therefore returns no notification ids."""

    def __init__(self, recorder: EnvelopedRecorder) -> None:
        self._recorder = recorder

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> None:
        self._recorder.insert_events(stored_events, **kwargs)

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        return self._recorder.select_events(originator_id, gt=gt, lte=lte, desc=desc, limit=limit)


def _state(envelope: bytes) -> bytes:
    data = parse_event(parse_envelope(envelope, "entry").payload, "entry").data
    return bytes.fromhex(str(data["state"]))
