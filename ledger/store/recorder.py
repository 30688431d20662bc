"""The store behind the interfaces of the eventsourcing library, for tools that speak them.

``state`` is the envelope, ``originator_id`` the stream, ``topic`` the event's type (a stable name,
never a path to import). ``notification_id`` is position + 1 and exists only here. Appending this
way still chains, grows the tree and keeps every trigger; what it does not do is sign: the
envelopes come signed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast
from uuid import UUID

from eventsourcing.persistence import (
    IntegrityError,
    ListenNotifySubscription,
    Notification,
    OperationalError,
    ProcessRecorder,
    ProgrammingError,
    StoredEvent,
    Tracking,
)

from ledger.commits import Commits
from ledger.dsse import parse_envelope
from ledger.errors import IntegrityError as BrokenEvidence
from ledger.errors import RowRefused, StoreError
from ledger.event import parse_event
from ledger.growth import settle
from ledger.store import contract
from ledger.store.contract import Row
from ledger.store.rows import open_row, row_of
from ledger.store.sqlite import SqliteStore
from ledger.store.sqlite_transaction import SqliteTransaction


@contextmanager
def _library_errors() -> Iterator[None]:
    """Raise the library's errors (PEP 249 names) for ours."""
    try:
        yield
    except (RowRefused, BrokenEvidence) as e:
        raise IntegrityError(str(e)) from e
    except StoreError as e:
        raise OperationalError(str(e)) from e


class SqliteRecorder(ProcessRecorder):
    """A `ProcessRecorder` over a `SqliteStore`; ``commits`` wakes subscriptions in this process."""

    def __init__(self, store: SqliteStore, commits: Commits | None = None) -> None:
        self.store = store
        self.commits = commits or Commits()

    def insert_events(self, stored_events: Sequence[StoredEvent], **kwargs: Any) -> Sequence[int]:
        """Append signed envelopes, with ``tracking`` in the same transaction; return notification ids."""
        tracking = cast("Tracking | None", kwargs.get("tracking"))
        with _library_errors():
            with self.store.transaction() as tx:
                head = tx.head()
                rows = [_row(head.size + i, stored) for i, stored in enumerate(stored_events)]
                tx.insert_rows(rows)
                size = settle(tx, head, rows).size if rows else head.size
                if tracking is not None:
                    _track(tx, tracking)
            self.commits.announce(size)
        return [row.position + 1 for row in rows]

    def select_events(
        self,
        originator_id: UUID | str,
        *,
        gt: int | None = None,
        lte: int | None = None,
        desc: bool = False,
        limit: int | None = None,
    ) -> Sequence[StoredEvent]:
        """Return the events of a stream, each compared with its envelope."""
        with _library_errors():
            rows = [
                r
                for r in self.store.stream_rows(str(originator_id), gt or 0)
                if lte is None or r.version <= lte
            ]
            ordered = list(reversed(rows)) if desc else rows
            return [_stored(row) for row in ordered[:limit]]

    def select_notifications(
        self,
        start: int | None,
        limit: int,
        stop: int | None = None,
        topics: Sequence[str] = (),
        *,
        inclusive_of_start: bool = True,
    ) -> Sequence[Notification]:
        """Return entries of the log in order, each compared with its envelope."""
        # Position = id - 1, so what comes after id n is at position n.
        first = 0 if start is None else max(start - 1 if inclusive_of_start else start, 0)
        with _library_errors():
            rows = self.store.rows_of_type(topics, first, limit) if topics else self.store.rows(first, limit)
            return [_notification(row) for row in rows if stop is None or row.position < stop]

    def max_notification_id(self) -> int | None:
        """Return the largest notification id: the size of the log."""
        with _library_errors():
            return self.store.head().size or None

    def insert_tracking(self, tracking: Tracking) -> None:
        """Record how far a reader has come; it must move forward."""
        with _library_errors(), self.store.transaction() as tx:
            _track(tx, tracking)

    def max_tracking_id(self, application_name: str) -> int | None:
        """Return how far a reader has come."""
        with _library_errors():
            return self.store.tracking(application_name)

    def subscribe(self, gt: int | None = None, topics: Sequence[str] = ()) -> CommitSubscription:
        """Return an iterator that goes on with entries as they are committed in this process."""
        return CommitSubscription(self, gt, topics)


class CommitSubscription(ListenNotifySubscription[SqliteRecorder]):
    """The library's pull loop, woken by commits."""

    def __init__(self, recorder: SqliteRecorder, gt: int | None = None, topics: Sequence[str] = ()) -> None:
        self._unlisten: Callable[[], None] = lambda: None  # the pull loop starts below, and may fail at once
        super().__init__(recorder=recorder, gt=gt, topics=topics)
        self._unlisten = recorder.commits.listen(lambda _: self._has_been_notified.set())
        # What was committed between the first pull and the line above has woken nobody.
        self._has_been_notified.set()

    def stop(self) -> None:
        """Stop the subscription."""
        super().stop()
        self._unlisten()


def _track(tx: SqliteTransaction, tracking: Tracking) -> None:
    tx.advance_tracking(contract.Tracking(tracking.application_name, tracking.notification_id))


def _row(position: int, stored: StoredEvent) -> Row:
    place = f"stored event {stored.originator_id}/{stored.originator_version}"
    event = parse_event(parse_envelope(stored.state, place).payload, place)
    claimed = (str(stored.originator_id), stored.originator_version, stored.topic)
    if claimed != (event.subject, event.streamversion, event.type):
        raise ProgrammingError(
            f"{place}: expected {event.subject}/{event.streamversion} {event.type}, found {claimed}"
        )
    return row_of(position, event, stored.state)


def _stored(row: Row) -> StoredEvent:
    open_row(row)
    return StoredEvent(row.stream, row.version, row.type, row.envelope)


def _notification(row: Row) -> Notification:
    open_row(row)
    return Notification(row.stream, row.version, row.type, row.envelope, id=row.position + 1)
