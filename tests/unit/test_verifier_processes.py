"""Several processes check the signatures of a large export: the report is that of one process."""

from __future__ import annotations

import io
import sys
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest

from ledger.audit import Audit
from ledger.dsse import parse_envelope, seal
from ledger.merkle import leaf_hash
from ledger.presigned import signers
from ledger.signer import Ed25519Signer, keyid
from tests.support.exports import INCIDENT
from tests.support.forgedincidents import incident_content, record_heads
from tests.support.forging import Content, ForgedLog, entries_of, signed_by, with_entries
from tests.support.ledgers import LOG, RECORDER
from tests.support.verdicts import PINNED, first, kinds
from verifier import Memory, Report, verify
from verifier.ahead import _started as start
from verifier.ahead import ahead
from verifier.command import run
from verifier.inclusion import Included

STRANGER = Ed25519Signer(b"\x55" * 32)
KEYS = {keyid(RECORDER.public_key): RECORDER.public_key}


@pytest.fixture(autouse=True)
def _soon_worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.ahead.FIRST", 8)
    monkeypatch.setattr("verifier.ahead.BATCH", 5)
    monkeypatch.setattr("verifier.ahead._started", _all_started)


def _all_started(pool: Executor, processes: int) -> list[Future[list[bytes | None]]]:
    started = start(pool, processes)
    wait(started)
    return started


@pytest.fixture(scope="module")
def log() -> ForgedLog:
    log = ForgedLog()
    for number in range(60):
        log.add(("alert-1", INCIDENT, "source-a")[number % 3])
    record_heads(log)
    return log


def report(content: Content, processes: int) -> Report:
    return verify(Memory(content), log_keys=PINNED, processes=processes)


def forged(log: ForgedLog) -> Content:
    """Return the ledger with one entry signed by nobody's key, and one whose signature is another's."""
    entries = list(log.entries)
    entries[20] = seal(parse_envelope(entries[20], "entry").payload, STRANGER)
    signature = parse_envelope(entries[40], "entry").signature
    own = parse_envelope(entries[30], "entry").signature
    entries[30] = entries[30].replace(b64encode(own), b64encode(signature))
    entries[50] = b"not an envelope"
    return signed_by(with_entries(log.content(), entries), LOG)


def test_several_processes_find_what_one_finds(log: ForgedLog) -> None:
    honest, wrong = log.content(), forged(log)
    for content in (honest, incident_content(log, ("keys", "heads", "alert-1", INCIDENT)), wrong):
        assert report(content, 3) == report(content, 1)
    assert report(honest, 3).verdict == "valid"
    assert kinds(report(wrong, 3)) == {"key": 1, "signature": 1, "envelope": 1, "chain": 3}
    assert first(report(wrong, 3), "signature").startswith("entry 30, signature: ")


def test_a_signature_found_ahead_is_not_checked_again_and_any_other_is(
    log: ForgedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked = []
    monkeypatch.setattr("ledger.audit.verify_envelope", lambda _envelope, _key, place: checked.append(place))
    report(log.content(), 2)
    assert 8 <= len(checked) < 20
    audit = Audit()
    audit.entry(0, log.entries[0])
    checked.clear()
    audit.entry(1, log.entries[1], signed_by=RECORDER.public_key)
    assert checked == []
    audit.entry(4, log.entries[4], signed_by=STRANGER.public_key)
    assert checked == ["entry 4"]


def test_signers_are_named_where_the_signature_holds_under_a_key_that_is_known(log: ForgedLog) -> None:
    bad = entries_of(forged(log))
    some = [log.entries[5], bad[20], bad[30], bad[50]]
    assert signers(some, KEYS) == [RECORDER.public_key, None, None, None]
    assert signers(some, {}) == [None] * 4
    # A name that another key bears is worth nothing.
    assert signers(some[:1], {keyid(RECORDER.public_key): STRANGER.public_key}) == [None]


class Broken(ProcessPoolExecutor):
    """A pool whose processes somebody ends: at once, or after so many batches."""

    after = 0

    def submit(self, *_: Any, **__: Any) -> Future[Any]:
        self.after -= 1
        if self.after < 0:
            raise BrokenProcessPool
        future = Future[Any]()
        future.set_exception(BrokenProcessPool())
        return future


@pytest.mark.parametrize("after", [0, 3])
def test_processes_that_end_cost_time_only(
    log: ForgedLog, monkeypatch: pytest.MonkeyPatch, after: int
) -> None:
    alone = report(log.content(), 1)
    monkeypatch.setattr(Broken, "after", after)
    monkeypatch.setattr("verifier.ahead.ProcessPoolExecutor", Broken)
    assert report(log.content(), 2) == alone


def test_entries_keep_their_order_whatever_their_size(
    log: ForgedLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("verifier.ahead.BATCH_BYTES", 1)
    audit = Audit()

    def entries() -> Iterator[Included]:
        for position, data in enumerate(log.entries[:20]):
            yield Included(position, leaf_hash(data), data)

    positions = []
    for entry in ahead(entries(), audit, 2):
        audit.entry(entry.position, entry.data, entry.leaf, entry.signed_by)
        positions.append(entry.position)
    assert positions == list(range(20))


def test_nobody_waits_for_processes_to_start(log: ForgedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.ahead._started", lambda _pool, _processes: [Future()])
    assert report(log.content(), 2) == report(log.content(), 1)


def test_processes_do_not_import_the_program_that_starts_them() -> None:
    main = sys.modules["__main__"]
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        wait(start(pool, 1))
        assert not pool.submit(eval, "hasattr(__import__('__main__'), '__file__')").result()
    assert sys.modules["__main__"] is main


def test_what_is_small_starts_no_process(log: ForgedLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.ahead.FIRST", len(log.entries))
    monkeypatch.setattr("verifier.ahead.ProcessPoolExecutor", None)
    assert report(log.content(), 4).verdict == "valid"


def test_as_many_processes_as_cores_are_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    asked = []

    def noted(*_: object, processes: int, **__: object) -> Report:
        asked.append(processes)
        return Report(verdict="could not check")

    monkeypatch.setattr("verifier.command.verify", noted)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2})
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    run(str(tmp_path), out=io.StringIO())
    run(str(tmp_path), out=io.StringIO(), processes=7)
    assert asked == [3, 7]
