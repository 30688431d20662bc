"""Step 3: an older checkpoint, which the auditor kept, is a prefix of the log."""

from __future__ import annotations

import pytest

from ledger.exportlayout import CHECKPOINT
from ledger.signer import Ed25519Signer
from tests.support.forging import Content, ForgedLog, entries_of, signed_by, with_entries
from tests.support.ledgers import LOG
from tests.support.logs import MemoryLog
from tests.support.verdicts import first, kinds, report_on, state
from verifier.errors import WrongUse

MALLORY = Ed25519Signer(b"\x66" * 32)


def forged(notes: int = 3) -> ForgedLog:
    log = ForgedLog()
    for _ in range(notes):
        log.add("alert-1")
    return log


@pytest.fixture(scope="module")
def export() -> Content:
    return forged().content()


def older(export: Content, size: int) -> bytes:
    return MemoryLog(entries_of(export)).checkpoint(size)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4])
def test_each_older_checkpoint_is_a_prefix(export: Content, size: int) -> None:
    report = report_on(export, since=older(export, size))
    assert (report.verdict, report.since) == ("valid", size)
    assert state(report, 3) == ("passed", size)
    assert any(f"Its first {size} entries" in line for line in report.proves)


def test_without_an_older_checkpoint_the_step_does_not_run(export: Content) -> None:
    assert state(report_on(export), 3) == ("not run", 0)
    assert any("--since" in line for line in report_on(export).does_not_prove)


@pytest.mark.parametrize("size", [1, 2, 3])
def test_a_tail_that_was_cut_off_is_found(export: Content, size: int) -> None:
    cut = signed_by(with_entries(export, entries_of(export)[:size]), LOG)
    assert report_on(cut).verdict == "valid"
    report = report_on(cut, since=older(export, 4))
    assert (
        first(report, "consistency")
        == f"checkpoint 4 to {size}, size: expected at least 4 entries, found {size}"
    )


def test_a_history_that_was_rewritten_and_signed_again_is_found(export: Content) -> None:
    rewritten = forged(3).content()
    assert report_on(rewritten).verdict == "valid"
    for size in (2, 3, 4):
        report = report_on(rewritten, since=older(export, size))
        assert kinds(report) == {"consistency": 1}


def test_an_older_checkpoint_of_another_log_is_found(export: Content) -> None:
    other = MemoryLog(entries_of(export), origin="ledger.example/others").checkpoint(2)
    report = report_on(export, keys=(), since=other)
    assert "origin: expected ledger.example/others" in first(report, "consistency")


def test_an_older_checkpoint_that_the_pinned_key_did_not_sign_is_a_wrong_use(export: Content) -> None:
    foreign = signed_by(with_entries(export, entries_of(export)[:2]), MALLORY)[CHECKPOINT]
    with pytest.raises(WrongUse, match="older checkpoint: note: expected a signature by"):
        report_on(export, since=foreign)


def test_an_older_checkpoint_of_the_auditor_counts_without_a_key_too(export: Content) -> None:
    report = report_on(export, keys=(), since=older(export, 2))
    assert (report.verdict, state(report, 3)) == ("origin not established", ("passed", 2))
