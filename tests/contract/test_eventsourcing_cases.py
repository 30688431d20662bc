"""The eventsourcing library's own cases for recorders, run against ours (design section 5).

`tests/support/enveloped.py` puts what a case stores into signed envelopes. After each case ``log fsck`` finds
nothing: what was appended by way of the library's interfaces is as good a log as what the writer makes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import TestCase
from uuid import uuid4

import msgspec
import pytest
from eventsourcing import persistence
from eventsourcing.persistence import Notification, StoredEvent, Tracking
from eventsourcing.tests import persistence as library

from ledger.dsse import seal
from ledger.event import Event, encode_event, genesis
from ledger.store.recorder import SqliteRecorder
from ledger.store.sqlite import SqliteStore
from tests.support.enveloped import EnvelopedAggregates, EnvelopedRecorder
from tests.support.ledgers import NOW, ORIGIN, RECORDER, check_log, new_id, new_ledger

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Opened(TestCase):
    """Opens a log before a case, and lets ``log fsck`` look at it afterwards."""

    def setUp(self) -> None:
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.store, writer = new_ledger(Path(folder.name))
        writer.close()
        self.addCleanup(self.store.close)
        self.addCleanup(check_log, self.store)

    def new_originator_id(self) -> str:
        return str(uuid4())

    def enveloped(self) -> EnvelopedRecorder:
        return EnvelopedRecorder(SqliteRecorder(self.store))


class TestStreams(_Opened, library.AggregateRecorderTestCase):
    def create_recorder(self) -> EnvelopedAggregates:
        return EnvelopedAggregates(self.enveloped())


class TestLog(_Opened, library.ApplicationRecorderTestCase):
    def create_recorder(self) -> EnvelopedRecorder:
        return self.enveloped()

    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestTracking(_Opened, library.TrackingRecorderTestCase):
    def create_recorder(self) -> SqliteRecorder:
        return SqliteRecorder(self.store)


class TestProcess(_Opened, library.ProcessRecorderTestCase):
    def create_recorder(self) -> EnvelopedRecorder:
        return self.enveloped()


class TestNotificationIds(_Opened, library.NonInterleavingNotificationIDsBaseCase):
    def create_recorder(self) -> EnvelopedRecorder:
        return self.enveloped()


OURS = (TestStreams, TestLog, TestTracking, TestProcess, TestNotificationIds)
INAPPLICABLE: dict[type[TestCase], str] = {
    library.InfrastructureFactoryTestCase: (
        "an infrastructure factory builds recorders, mappers and ciphers from topics in the environment, "
        "that is by importing what text names; our parts are put together in one place, and the type of an "
        "event is looked up in a closed registry"
    ),
    library.TranscoderTestCase: (
        "a transcoder turns Python objects into JSON and back by names inside it; our state is an envelope, "
        "whose bytes are made once and never re-serialised"
    ),
}


def cases() -> Iterator[tuple[type[TestCase], set[str]]]:
    """Yield the cases of the library, each with the names of its tests."""
    for value in vars(library).values():
        if isinstance(value, type) and issubclass(value, TestCase):
            tests = {name for name in dir(value) if name.startswith(("test", "optional_test"))}
            if tests:
                yield value, tests


def test_every_case_of_the_library_is_run_or_listed_with_a_reason() -> None:
    for case, tests in cases():
        heirs = [heir for heir in OURS if issubclass(heir, case)]
        assert bool(heirs) != (case in INAPPLICABLE), case.__name__
        for heir in heirs:
            # What the library calls optional is run by a test of ours without that word.
            assert {name.removeprefix("optional_") for name in tests} <= set(dir(heir))


def test_the_list_of_inapplicable_cases_names_only_what_exists() -> None:
    assert INAPPLICABLE.keys() <= {case for case, _ in cases()}
    assert all(INAPPLICABLE.values())


@pytest.fixture
def recorder(tmp_path: Path) -> Iterator[SqliteRecorder]:
    store, writer = new_ledger(tmp_path)
    writer.close()
    made = SqliteRecorder(store)
    yield made
    check_log(made.store)
    made.store.close()


def stored(stream: str = "s", version: int = 1, topic: str = "test.noted.v1", **changes: Any) -> StoredEvent:
    """Return a signed first event of stream ``s``, claimed to be what the arguments say."""
    event = Event(
        id=new_id(),
        source=f"//{ORIGIN}",
        type="test.noted.v1",
        subject="s",
        streamversion=1,
        prevhash=genesis(ORIGIN, "s"),
        time=NOW,
        recordedtime=NOW,
        authtype="system",
        authid="p-test",
        data={},
    )
    state = seal(encode_event(msgspec.structs.replace(event, **changes)), RECORDER)
    return StoredEvent(stream, version, topic, state)


def test_the_state_is_the_envelope_and_the_id_one_more_than_the_position(recorder: SqliteRecorder) -> None:
    given = stored()
    assert recorder.insert_events([given]) == [2]
    assert recorder.select_events("s") == [given]
    first, second = recorder.select_notifications(None, 10)
    assert (first.id, first.originator_id, first.topic) == (1, "keys", "tallystick.ledger-opened.v1")
    assert second == Notification("s", 1, "test.noted.v1", given.state, id=2)
    assert recorder.max_notification_id() == 2


@pytest.mark.parametrize(
    "wrong",
    [stored(stream="t"), stored(version=2), stored(topic="other.v1")],
    ids=["stream", "version", "type"],
)
def test_what_is_claimed_beside_the_envelope_must_be_in_it(
    recorder: SqliteRecorder, wrong: StoredEvent
) -> None:
    with pytest.raises(persistence.ProgrammingError, match=r"expected s/1 test\.noted\.v1"):
        recorder.insert_events([wrong])
    assert recorder.max_notification_id() == 1


def test_bytes_that_are_no_envelope_are_refused(recorder: SqliteRecorder) -> None:
    with pytest.raises(persistence.IntegrityError, match="a DSSE envelope"):
        recorder.insert_events([StoredEvent("s", 1, "test.noted.v1", b"{}")])


def test_tracking_is_recorded_with_the_events_or_not_at_all(recorder: SqliteRecorder) -> None:
    recorder.insert_events([stored()], tracking=Tracking("upstream", 3))
    with pytest.raises(persistence.IntegrityError):
        recorder.insert_events(
            [stored("t", subject="t", prevhash=genesis(ORIGIN, "t"))], tracking=Tracking("upstream", 3)
        )
    assert recorder.max_notification_id() == 2


def test_a_database_that_cannot_serve_is_an_operational_error(recorder: SqliteRecorder) -> None:
    other = SqliteStore(recorder.store.path, busy_timeout_s=0.05)
    with recorder.store.transaction(), pytest.raises(persistence.OperationalError, match="another process"):
        SqliteRecorder(other).insert_events([stored()])
    other.close()


@pytest.mark.parametrize(
    ("start", "inclusive", "ids"),
    [
        (None, True, [1, 2]),
        (0, True, [1, 2]),
        (0, False, [1, 2]),
        (1, True, [1, 2]),
        (1, False, [2]),
        (2, False, []),
    ],
)
def test_notifications_begin_where_they_are_asked_to(
    recorder: SqliteRecorder, start: int | None, inclusive: bool, ids: list[int]
) -> None:
    recorder.insert_events([stored()])
    found = recorder.select_notifications(start, 10, inclusive_of_start=inclusive)
    assert [notification.id for notification in found] == ids


def test_a_subscription_ends_when_reading_fails(recorder: SqliteRecorder) -> None:
    recorder.insert_events([stored()])
    with recorder.subscribe() as subscription:
        assert next(subscription).id == 1
        recorder.store.close()
        recorder.commits.announce(99)
        with pytest.raises(persistence.OperationalError, match="already closed"):
            list(subscription)
    recorder.store = SqliteStore(recorder.store.path)
