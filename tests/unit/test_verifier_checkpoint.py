"""Steps 2 and 3: who signed, under whose key, and whether an older checkpoint is a prefix."""

from __future__ import annotations

import pytest

from ledger.exportlayout import CHECKPOINT, VKEY
from ledger.keyorders import add_logkey
from ledger.note import format_vkey, log_vkey
from ledger.rootkeys import KeysHead
from ledger.signer import Ed25519Signer
from tests.support.forging import Content, ForgedLog, entries_of, signed_by, with_entries, with_sums
from tests.support.ledgers import LOG, ORIGIN, ROOT
from tests.support.logs import MemoryLog
from tests.support.verdicts import PINNED, first, kinds, report_on, state
from verifier.errors import WrongUse

MALLORY = Ed25519Signer(b"\x66" * 32)
LOG_2 = Ed25519Signer(b"\x67" * 32)


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


def test_a_checkpoint_by_the_pinned_key_is_valid(export: Content) -> None:
    report = report_on(export)
    assert (report.verdict, report.exit_code, report.pinned) == ("valid", 0, True)
    assert (report.origin, report.size, report.log_key) == (ORIGIN, 4, format_vkey(PINNED[0]))


def test_without_a_pinned_key_the_origin_is_not_established(export: Content) -> None:
    report = report_on(export, keys=())
    assert (report.verdict, report.exit_code, report.pinned) == ("origin not established", 2, False)
    assert report.findings == ()
    assert any("no key of yours" in line for line in report.does_not_prove)


def test_whoever_signs_everything_again_is_caught_by_the_pinned_key() -> None:
    log = ForgedLog(recorder=LOG_2, log=MALLORY)
    log.add("alert-1")
    report = report_on(log.content())
    assert kinds(report) == {"checkpoint": 1}
    assert "key id 322046e9, found those by" in first(report, "checkpoint")
    assert report_on(log.content(), keys=()).verdict == "origin not established"


def test_whoever_signs_the_same_entries_again_is_caught(export: Content) -> None:
    assert kinds(report_on(signed_by(export, MALLORY))) == {"checkpoint": 1}


def test_a_checkpoint_by_a_key_that_the_log_does_not_name_is_found(export: Content) -> None:
    mallory = log_vkey(ORIGIN, MALLORY.public_key)
    report = report_on(signed_by(export, MALLORY), keys=(mallory,))
    assert kinds(report) == {"keyring": 1}
    assert first(report, "keyring").startswith(
        "checkpoint 4: expected a signature by ledger.example/incidents"
    )


def test_one_of_several_pinned_keys_is_enough() -> None:
    log = forged()
    head = KeysHead(ORIGIN, log.head("keys")[1])
    log.order(add_logkey(head, LOG_2, [ROOT]))
    log.log = LOG_2
    both = (*PINNED, log_vkey(ORIGIN, LOG_2.public_key))
    assert report_on(log.content(), keys=both).verdict == "valid"
    assert report_on(log.content(), keys=both[::-1]).verdict == "valid"
    assert kinds(report_on(log.content())) == {"checkpoint": 1}


def test_a_log_of_another_name_is_not_the_pinned_one() -> None:
    log = ForgedLog(origin="ledger.example/others")
    assert kinds(report_on(log.content())) == {"checkpoint": 1}
    assert report_on(log.content(), keys=(log_vkey(log.origin, LOG.public_key),)).verdict == "valid"


@pytest.mark.parametrize(
    "label", [b"", b"x\n", f"{format_vkey(log_vkey(ORIGIN, MALLORY.public_key))}\n".encode(), b"\xff\n"]
)
def test_a_wrong_label_is_found(export: Content, label: bytes) -> None:
    assert kinds(report_on(with_sums({**export, VKEY: label}))) == {"label": 1}


def test_a_missing_label_is_found(export: Content) -> None:
    bare = with_sums({path: data for path, data in export.items() if path != VKEY})
    assert first(report_on(bare), "label") == "log.vkey: expected a file, found none"
    assert report_on(bare, keys=()).verdict == "invalid"


def test_a_missing_checkpoint_is_found(export: Content) -> None:
    bare = with_sums({path: data for path, data in export.items() if path != CHECKPOINT})
    assert first(report_on(bare), "checkpoint") == "checkpoint: expected a file, found none"


def test_nothing_else_is_looked_at_under_a_checkpoint_that_does_not_hold(export: Content) -> None:
    report = report_on(signed_by(export, MALLORY))
    assert [step.state for step in report.steps if step.number > 2] == ["not run"] * 7


# --- an older checkpoint ----------------------------------------------------------------------------------


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
