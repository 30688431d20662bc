"""The audit of a log, entry by entry: `log fsck`, `recover` and the verifier all stand on it."""

from __future__ import annotations

from ledger.audit import Audit, Audited
from ledger.event import Event
from ledger.keyorders import enrol_recorder
from ledger.merkle import leaf_hash
from ledger.rootkeys import KeysHead
from ledger.signer import Ed25519Signer
from tests.support.forging import ForgedLog
from tests.support.ledgers import ORIGIN, ROOT

RECORDER_2 = Ed25519Signer(b"\x71" * 32)


def audited(log: ForgedLog, audit: Audit | None = None) -> list[Audited]:
    audit = audit or Audit(ORIGIN)
    return [audit.entry(position, entry) for position, entry in enumerate(log.entries)]


def found(log: ForgedLog) -> list[list[str]]:
    return [[item.kind for item in entry.wrong] for entry in audited(log)]


def test_an_honest_log_has_nothing_wrong_and_every_event_is_returned() -> None:
    log, audit = ForgedLog(), Audit(ORIGIN)
    log.add("alert-1")
    results = audited(log, audit)
    assert [entry.wrong for entry in results] == [(), ()]
    assert all(isinstance(entry.event, Event) and entry.payload for entry in results)
    assert (audit.streams, audit.knows("alert-1"), audit.knows("alert-2")) == (2, True, False)


def test_the_origin_may_be_learnt_from_leaf_0() -> None:
    log, audit = ForgedLog(), Audit()
    audited(log, audit)
    assert audit.origin == ORIGIN


def test_the_leaf_may_be_given() -> None:
    log, audit = ForgedLog(), Audit(ORIGIN)
    log.add("keys-other")
    for position, entry in enumerate(log.entries):
        assert audit.entry(position, entry, leaf_hash(entry)).wrong == ()


def test_an_entry_has_one_finding_the_first() -> None:
    log = ForgedLog()
    log.add("alert-1", source="//ledger.example/others", prevhash="0" * 64, by=RECORDER_2)
    assert found(log) == [[], ["source"]]


def test_an_unreadable_entry_has_no_event_and_breaks_what_follows_in_its_stream() -> None:
    log = ForgedLog()
    log.add("alert-1")
    log.add("alert-1")
    log.add("alert-2")
    log.entries[1] = b"rotten"
    assert found(log) == [[], ["envelope"], ["chain"], []]
    assert audited(log)[1].event is None


def test_a_refused_entry_does_not_change_who_may_sign() -> None:
    log = ForgedLog()
    head = KeysHead(ORIGIN, log.head("keys")[1])
    log.order(enrol_recorder(head, RECORDER_2, [ROOT]), recordedtime="2020-01-01T00:00:00.000000Z")
    log.add("alert-1", by=RECORDER_2)
    log.add("alert-2")
    assert found(log) == [[], ["time"], ["key"], []]


def test_a_key_fact_under_a_signature_that_does_not_verify_does_not_change_who_may_sign() -> None:
    log = ForgedLog()
    head = KeysHead(ORIGIN, log.head("keys")[1])
    log.order(enrol_recorder(head, RECORDER_2, [ROOT]))
    place = log.entries[1].rindex(b'"sig":"') + 8
    log.entries[1] = (
        log.entries[1][:place]
        + (b"A" if log.entries[1][place : place + 1] != b"A" else b"B")
        + log.entries[1][place + 1 :]
    )
    log.add("alert-1", by=RECORDER_2)
    assert found(log) == [[], ["signature"], ["key"]]
