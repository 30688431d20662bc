"""Any order of appends by two writers, publishing and reopening leaves a log that is whole and complete.

Model: the rows that were acknowledged, by position. After every step they are what the store holds, byte for
byte, and ``log fsck`` finds nothing.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule

from ledger.append import AppendRequest, Part
from ledger.checkpoint import open_checkpoint
from ledger.errors import AppendRefused, IdempotencyReused, VersionConflict
from ledger.merkle import root
from ledger.note import log_vkey
from ledger.signer import Ed25519Signer
from ledger.store.contract import CommandRow, Row
from ledger.store.sqlite import SqliteStore
from ledger.tile import tile_reader
from tests.support.ledgers import (
    LOG,
    ORIGIN,
    RECORDER_2,
    check_log,
    draft,
    enrol,
    note,
    open_publisher,
    open_writer,
    opening,
    paused,
)

STREAMS = st.sampled_from(["a", "b", "c"])
WHO = st.integers(0, 1)


class LogMachine(RuleBasedStateMachine):
    """Two writers with stores, keys and clocks of their own on one file, and a publisher."""

    requests = Bundle("requests")

    @initialize()
    def open(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.acknowledged: dict[int, Row] = {}
        self.signers = [Ed25519Signer(b"\x03" * 32), RECORDER_2]
        self.stores = [SqliteStore(self.folder / "ledger.db") for _ in self.signers]
        self.writers = [
            open_writer(store, signer=signer) for store, signer in zip(self.stores, self.signers, strict=True)
        ]
        self.commands = 0
        self.published = 0
        self.record(0, opening())
        self.record(0, enrol(self.stores[0], RECORDER_2))
        self.publishers = [
            open_publisher(store, self.folder, holder=str(i)) for i, store in enumerate(self.stores)
        ]

    def record(self, who: int, request: AppendRequest) -> tuple[Row, ...]:
        receipt = self.writers[who].append(request)
        for row in receipt.rows:
            assert self.acknowledged.setdefault(row.position, row) == row
        return receipt.rows

    @rule(who=WHO, stream=STREAMS, count=st.integers(1, 3))
    def append(self, who: int, stream: str, count: int) -> None:
        self.record(who, note(stream, count))

    @rule(who=WHO, stream=STREAMS, offset=st.integers(-1, 1))
    def append_at(self, who: int, stream: str, offset: int) -> None:
        version = sum(row.stream == stream for row in self.acknowledged.values())
        request = note(stream, expected=version + offset)
        if offset == 0:
            (row,) = self.record(who, request)
            assert row.version == version + 1
        else:
            self.refused(who, request, VersionConflict)

    @rule(who=WHO, streams=st.lists(STREAMS, min_size=2, max_size=3), target=requests)
    def append_command(self, who: int, streams: list[str]) -> AppendRequest:
        self.commands += 1
        command = CommandRow(
            principal="p-ada", key=f"k{self.commands}", request_hash=bytes([self.commands % 256]) * 32
        )
        request = AppendRequest(tuple(Part(stream, None, (draft(),)) for stream in streams), command)
        self.record(who, request)
        return request

    @rule(who=WHO, request=requests)
    def append_command_again(self, who: int, request: AppendRequest) -> None:
        receipt = self.writers[who].append(request)
        assert receipt.replayed
        assert all(self.acknowledged[row.position] == row for row in receipt.rows)

    @rule(who=WHO, request=requests)
    def append_another_under_the_same_key(self, who: int, request: AppendRequest) -> None:
        assert request.command is not None
        other = CommandRow(principal="p-ada", key=request.command.key, request_hash=b"\xff" * 32)
        self.refused(who, AppendRequest(note("a").parts, other), IdempotencyReused)

    @rule(who=WHO, request=requests)
    def append_the_same_events_again(self, who: int, request: AppendRequest) -> None:
        self.refused(who, AppendRequest(request.parts), AppendRefused)

    @rule(who=WHO, wanted=st.lists(st.tuples(STREAMS, st.booleans()), min_size=1, max_size=6))
    def append_batch(self, who: int, wanted: list[tuple[str, bool]]) -> None:
        """A batch in which some ask for an impossible version."""
        with paused(self.writers[who]):
            (row,) = self.stores[who].rows(len(self.acknowledged), 1)
            self.acknowledged[row.position] = row
            futures = [
                self.writers[who].submit(note(stream, expected=None if good else 10_000))
                for stream, good in wanted
            ]
        for (_, good), future in zip(wanted, futures, strict=True):
            error = future.exception()
            assert (error is None) is good
            if good:
                self.acknowledged.update({row.position: row for row in future.result().rows})

    @rule(who=WHO)
    def publish(self, who: int) -> None:
        published = self.publishers[who].publish()
        if published is None:
            return
        checkpoint = open_checkpoint(published.note, log_vkey(ORIGIN, LOG.public_key))
        assert checkpoint.size >= self.published
        self.published = checkpoint.size

    @rule(who=WHO)
    def release(self, who: int) -> None:
        self.publishers[who].release()

    @rule(who=WHO)
    def reopen(self, who: int) -> None:
        self.writers[who].close()
        self.stores[who].close()
        self.stores[who] = SqliteStore(self.folder / "ledger.db")
        self.writers[who] = open_writer(self.stores[who], signer=self.signers[who])
        self.publishers[who] = open_publisher(self.stores[who], self.folder, holder=str(who))

    def refused(self, who: int, request: AppendRequest, error: type[AppendRefused]) -> None:
        try:
            self.writers[who].append(request)
        except error:
            return
        raise AssertionError(f"expected {error.__name__}")

    @invariant()
    def what_was_acknowledged_is_all_there_is(self) -> None:
        for store in self.stores:
            rows = store.rows(0, 10_000)
            assert [row.position for row in rows] == list(range(store.head().size))
            assert rows == [self.acknowledged[position] for position in sorted(self.acknowledged)]

    @invariant()
    def the_log_is_whole(self) -> None:
        check_log(self.stores[0])

    @invariant()
    def each_checkpoint_is_a_prefix_of_the_log(self) -> None:
        store = self.stores[1]
        size = store.head().size
        reader = tile_reader(store.read_tile, size)
        for signed in store.checkpoints():
            assert root(signed.size, reader) == signed.root

    def teardown(self) -> None:
        for writer, store in zip(self.writers, self.stores, strict=True):
            writer.close()
            store.close()
        shutil.rmtree(self.folder)


TestLogMachine = LogMachine.TestCase
# Shorter runs, more of them: every step looks at the whole log.
TestLogMachine.settings = settings(stateful_step_count=20)
