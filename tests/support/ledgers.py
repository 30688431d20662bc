"""Real ledgers on real SQLite files, with fixed keys and a clock of our own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uuid_utils

from ledger.append import AppendRequest, Draft, Part
from ledger.fsck import Fsck
from ledger.keyfacts import FORMAT, STREAM, KeyFact, LedgerOpened, to_data, type_name
from ledger.keyorders import enrol_recorder, retire_recorder
from ledger.lastcheckpoint import LastCheckpoint
from ledger.lease import Lease
from ledger.note import format_vkey, log_vkey
from ledger.publisher import Publisher
from ledger.rootkeys import KeysHead
from ledger.signer import Ed25519Signer, Signer
from ledger.sshkey import ssh_public_key
from ledger.store.sqlite import SqliteStore
from ledger.writer import Writer

ORIGIN = "ledger.example/incidents"
RECORDER = Ed25519Signer(b"\x03" * 32)
LOG = Ed25519Signer(b"\x01" * 32)
ROOT = Ed25519Signer(b"\x05" * 32)
RECORDER_2 = Ed25519Signer(b"\x06" * 32)
WAIT_S = 30
NOW = "2026-11-23T02:10:00.000000Z"


class Clock:
    """A clock that tests move; each reading is a microsecond after the last."""

    def __init__(self, start: int = 0) -> None:
        self.microseconds = start

    def __call__(self) -> str:
        self.microseconds += 1
        seconds, micros = divmod(self.microseconds, 1_000_000)
        return f"2026-11-23T02:{10 + seconds // 60:02d}:{seconds % 60:02d}.{micros:06d}Z"


def new_id() -> str:
    return str(uuid_utils.uuid7())


def draft(
    data: dict[str, Any] | None = None, *, kind: str = "test.noted.v1", event_id: str | None = None
) -> Draft:
    return Draft(
        id=event_id or new_id(),
        type=kind,
        time=NOW,
        authtype="system",
        authid="p-test",
        authroles=(),
        data=data or {},
    )


def note(stream: str, count: int = 1, *, expected: int | None = None) -> AppendRequest:
    return AppendRequest((Part(stream, expected, tuple(draft({"n": i}) for i in range(count))),))


def opening(origin: str = ORIGIN, recorder: Signer = RECORDER, log: Signer = LOG) -> AppendRequest:
    fact = LedgerOpened(
        origin=origin,
        format=FORMAT,
        logkeys=(format_vkey(log_vkey(origin, log.public_key)),),
        recorderkey=recorder.public_key.hex(),
        rootkeys=(ssh_public_key(ROOT.public_key),),
        threshold=1,
    )
    return AppendRequest((Part(STREAM, 0, (draft(to_data(fact), kind=type_name(fact)),)),))


def key_change(store: SqliteStore, order: Callable[[KeysHead], KeyFact]) -> AppendRequest:
    """Return the request that records ``order(head)`` as the next fact of stream ``keys``."""
    newest = store.stream_heads([STREAM])[STREAM]
    fact = order(KeysHead(ORIGIN, newest.leaf))
    return AppendRequest((Part(STREAM, newest.version, (draft(to_data(fact), kind=type_name(fact)),)),))


def enrol(store: SqliteStore, recorder: Signer) -> AppendRequest:
    """Return the request that lets ``recorder`` sign."""
    return key_change(store, lambda head: enrol_recorder(head, recorder, [ROOT]))


def retire(store: SqliteStore, recorder: Signer) -> AppendRequest:
    """Return the request that ends ``recorder``."""
    return key_change(store, lambda head: retire_recorder(head, recorder.public_key, [ROOT]))


def check_log(store: SqliteStore) -> None:
    """Fail with everything that ``log fsck`` finds."""
    assert [str(finding) for finding in Fsck(store, ORIGIN).run()] == []


def open_writer(store: SqliteStore, *, signer: Signer = RECORDER, **options: Any) -> Writer:
    return Writer(store, signer, ORIGIN, clock=options.pop("clock", None) or Clock(), **options)


@contextmanager
def paused(writer: Writer) -> Iterator[None]:
    """Record one entry and keep the writer there; what is submitted inside becomes one batch."""
    reached, go_on = threading.Event(), threading.Event()

    def hold(_: int) -> None:
        reached.set()
        go_on.wait(WAIT_S)

    stop = writer.commits.listen(hold)
    try:
        writer.append(note("pause"))
        assert reached.wait(WAIT_S)
        yield
    finally:
        stop()
        go_on.set()


def new_ledger(folder: Path) -> tuple[SqliteStore, Writer]:
    """Return an opened ledger: a store with leaf 0, and a writer on it."""
    store = SqliteStore(folder / "ledger.db")
    writer = open_writer(store)
    writer.append(opening())
    return store, writer


def open_publisher(
    store: SqliteStore, folder: Path, *, holder: str = "one", now: float = 0.0, **options: Any
) -> Publisher:
    """Return a publisher whose lease, when it takes it at ``now``, lasts 10 seconds."""
    return Publisher(
        store,
        options.pop("signer", LOG),
        ORIGIN,
        intents=options.pop("intents", None) or (LastCheckpoint(folder / "last-checkpoint"),),
        references=options.pop("references", lambda: ()),
        lease=Lease("publisher", holder, clock=lambda: now),
        clock=Clock(),
        **options,
    )


def streams(store: SqliteStore) -> Sequence[str]:
    return sorted({row.stream for row in store.rows(0, 1_000_000)})
