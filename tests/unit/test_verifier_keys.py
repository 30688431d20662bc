"""Step 2: who signed the checkpoint, and under whose key."""

from __future__ import annotations

import pytest

from ledger.exportlayout import CHECKPOINT, VKEY
from ledger.keyorders import add_logkey
from ledger.note import format_vkey, log_vkey
from ledger.rootkeys import KeysHead
from ledger.signer import Ed25519Signer
from tests.support.forging import Content, ForgedLog, signed_by, with_sums
from tests.support.ledgers import LOG, ORIGIN, ROOT
from tests.support.verdicts import PINNED, first, kinds, report_on

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
    assert {step.state for step in report.steps if step.number > 2} == {"not run"}
