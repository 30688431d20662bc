"""Steps 5, 7 and 8: an insider with keys forges entries; tree and checkpoint are in order each time."""

from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest

from domain.facts import encode, type_name
from ledger.canonical import Json
from ledger.dsse import seal
from ledger.event import genesis
from ledger.keyfacts import to_data
from ledger.keyorders import compromise_recorder, enrol_recorder, opened, retire_recorder
from ledger.rootkeys import KeysHead
from ledger.signer import Ed25519Signer
from tests.support.forging import Content, ForgedLog, signed_by, with_entries
from tests.support.ledgers import LOG, ORIGIN, RECORDER, ROOT
from tests.support.story import ENTRY
from tests.support.verdicts import first, kinds, report_on, state

RECORDER_2 = Ed25519Signer(b"\x71" * 32)
STRANGER = Ed25519Signer(b"\x72" * 32)
INCIDENT = "incident-0123456789abcdef0123456789abcdef"


@pytest.fixture
def log() -> ForgedLog:
    log = ForgedLog()
    log.add("alert-1")
    log.add("alert-2")
    return log


def head(log: ForgedLog) -> KeysHead:
    return KeysHead(ORIGIN, log.head("keys")[1])


def bare(log: ForgedLog) -> Content:
    """Return the signed log without artifacts: its entries may be no events at all."""
    return signed_by(with_entries({"VERIFY.md": b"help\n"}, log.entries), LOG)


def test_an_honest_log_is_valid(log: ForgedLog) -> None:
    assert report_on(log.content()).verdict == "valid"


# --- step 5 -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entry", [b"", b"{}", b"not an envelope", b'{"payload":"e30="}'])
def test_an_entry_that_is_no_envelope_is_found(log: ForgedLog, entry: bytes) -> None:
    log.entries.append(entry)
    report = report_on(bare(log))
    assert kinds(report) == {"envelope": 1}
    assert first(report, "envelope").startswith("entry 3: expected a DSSE envelope")
    assert (state(report, 4), state(report, 5)) == (("passed", 4), ("failed", 3))


@pytest.mark.parametrize("payload", [b"{}", b"[]", b"{ }", b'{"a":1.0}', b'{"a":1,"a":1}', b"\xff"])
def test_a_payload_that_is_no_event_in_its_one_spelling_is_found(log: ForgedLog, payload: bytes) -> None:
    log.entries.append(seal(payload, RECORDER))
    assert kinds(report_on(bare(log))) == {"event": 1}


def test_another_spelling_of_an_envelope_is_found(log: ForgedLog) -> None:
    log.entries[2] = log.entries[2].replace(b'{"payload"', b'{ "payload"')
    assert kinds(report_on(bare(log))) == {"envelope": 1}


@pytest.mark.req("R-EVT-01")
def test_a_fact_for_another_ledger_is_found(log: ForgedLog) -> None:
    log.add("alert-1", source="//ledger.example/others")
    report = report_on(log.content())
    assert kinds(report) == {"source": 1}
    assert first(report, "source") == (
        "entry 3, source: expected //ledger.example/incidents, found //ledger.example/others"
    )


@pytest.mark.req("R-EVT-03")
def test_facts_of_unknown_types_are_counted_and_kept(log: ForgedLog) -> None:
    log.add("alert-1", kind="tallystick.weather-noted.v7")
    log.add(INCIDENT, kind="tallystick.weather-noted.v7")
    report = report_on(log.content())
    assert report.verdict == "valid"
    assert {item.type: item.count for item in report.unknown} == {
        "test.noted.v1": 2,
        "tallystick.weather-noted.v7": 2,
    }


@pytest.mark.parametrize("stream", ["alert-1", INCIDENT])
def test_a_known_fact_without_its_shape_is_found(log: ForgedLog, stream: str) -> None:
    log.add(stream, {"entry_id": 7}, kind=type_name(ENTRY))
    report = report_on(bare(log))
    assert kinds(report) == {"fact": 1}
    assert first(report, "fact").startswith("entry 3: expected data of tallystick.timeline-entry-recorded.v1")
    assert (state(report, 5), state(report, 8)) == (("failed", 3), ("passed", 4))


@pytest.mark.req("R-EVT-04")
def test_clear_text_where_it_should_be_sealed_is_found(log: ForgedLog) -> None:
    data: dict[str, Json] = {"entry_id": "e", "category": "note", "text": {"clear": "Ada did it"}}
    log.add(INCIDENT, data, kind=type_name(ENTRY))
    assert kinds(report_on(bare(log))) == {"fact": 1}
    with pytest.raises(ValueError, match="sealed"):
        encode(ENTRY)


# --- step 7 -----------------------------------------------------------------------------------------------


def test_a_foreign_recorder_key_is_found(log: ForgedLog) -> None:
    log.add("alert-1", by=STRANGER)
    report = report_on(log.content())
    assert kinds(report) == {"key": 1}
    assert "never enrolled" in first(report, "key")
    assert (state(report, 5), state(report, 7), state(report, 8)) == (
        ("passed", 4),
        ("failed", 3),
        ("incomplete", 3),
    )


def test_a_signature_over_something_else_is_found(log: ForgedLog) -> None:
    other = Ed25519Signer(b"\x03" * 32).sign(b"something else")
    entry = log.entries[2]
    start = entry.rindex(b'"sig":"') + 7
    log.entries[2] = entry[:start] + b64encode(other) + b'"}]}'
    report = report_on(bare(log))
    assert kinds(report) == {"signature": 1}
    assert first(report, "signature").startswith("entry 2, signature: expected an Ed25519 signature by key ")


def test_a_second_recorder_may_sign_once_it_is_enrolled(log: ForgedLog) -> None:
    log.order(enrol_recorder(head(log), RECORDER_2, [ROOT]))
    log.add("alert-1", by=RECORDER_2)
    assert report_on(log.content()).verdict == "valid"


def test_a_recorder_that_signs_before_it_is_enrolled_is_found(log: ForgedLog) -> None:
    log.add("alert-1", by=RECORDER_2)
    log.order(enrol_recorder(head(log), RECORDER_2, [ROOT]))
    assert kinds(report_on(log.content())) == {"key": 1}


def test_a_recorder_that_signs_its_own_enrolment_is_found(log: ForgedLog) -> None:
    log.order(enrol_recorder(head(log), RECORDER_2, [ROOT]), by=RECORDER_2)
    assert kinds(report_on(log.content())) == {"keyring": 1}


def test_a_retired_key_is_found(log: ForgedLog) -> None:
    log.order(enrol_recorder(head(log), RECORDER_2, [ROOT]))
    log.order(retire_recorder(head(log), RECORDER.public_key, [ROOT]))
    log.add("alert-1", by=RECORDER_2)
    assert report_on(log.content()).verdict == "valid"
    log.add("alert-1", by=RECORDER)
    report = report_on(log.content())
    assert kinds(report) == {"key": 1}
    assert "ended at entry 4" in first(report, "key")


def test_an_enrolment_that_no_root_key_authorised_is_found_and_changes_nothing(log: ForgedLog) -> None:
    log.order(enrol_recorder(head(log), RECORDER_2, [STRANGER]))
    log.add("alert-1", by=RECORDER_2)
    assert kinds(report_on(log.content())) == {"keyring": 1, "key": 1}


def test_an_enrolment_whose_entry_does_not_hold_changes_nothing(log: ForgedLog) -> None:
    log.order(enrol_recorder(head(log), RECORDER_2, [ROOT]), recordedtime="2020-01-01T00:00:00.000000Z")
    log.add("alert-1", by=RECORDER_2)
    assert kinds(report_on(log.content())) == {"time": 1, "key": 1}


def test_a_second_leaf_0_is_found(log: ForgedLog) -> None:
    fact = opened(
        origin=ORIGIN, recorder=STRANGER.public_key, logkeys=[LOG.public_key], rootkeys=[STRANGER.public_key]
    )
    log.add("keys", to_data(fact), kind="tallystick.ledger-opened.v1")
    assert kinds(report_on(log.content())) == {"keyring": 1}


def test_doubtful_entries_are_reported_and_stay_valid(log: ForgedLog) -> None:
    log.order(enrol_recorder(head(log), RECORDER_2, [ROOT]))
    log.order(compromise_recorder(head(log), RECORDER.public_key, 1, [ROOT]), by=RECORDER_2)
    content = log.content()
    report = report_on(content)
    assert report.verdict == "valid"
    (item,) = report.doubtful
    assert (item.doubt.role, item.doubt.first, item.doubt.last, item.existed) == ("recorder", 1, 4, 5)
    assert item.doubt.keyid == hashlib.sha256(RECORDER.public_key).hexdigest()


# --- step 8 -----------------------------------------------------------------------------------------------


def test_a_back_dated_recorded_time_is_found(log: ForgedLog) -> None:
    log.add("alert-1", recordedtime="2026-11-23T02:09:59.999999Z")
    report = report_on(log.content())
    assert kinds(report) == {"time": 1}
    assert first(report, "time") == (
        "entry 3, recordedtime: expected not before 2026-11-23T02:10:00.000001Z, "
        "found 2026-11-23T02:09:59.999999Z"
    )


def test_the_same_recorded_time_twice_is_in_order(log: ForgedLog) -> None:
    log.add("alert-1", recordedtime="2026-11-23T02:10:00.000001Z")
    assert report_on(log.content()).verdict == "valid"


def test_a_forked_stream_is_found(log: ForgedLog) -> None:
    _, leaf = log.head("alert-1")
    log.add("alert-1")
    log.add("alert-1", streamversion=2, prevhash=leaf)
    report = report_on(log.content())
    assert kinds(report) == {"chain": 1}
    assert first(report, "chain") == (
        "entry 4, streamversion: expected version 3 of alert-1, found version 2"
    )


def test_a_link_to_another_entry_is_found(log: ForgedLog) -> None:
    log.add("alert-1", prevhash="0" * 64)
    assert first(report_on(log.content()), "chain").startswith("entry 3, prevhash: expected ")


def test_a_gap_in_a_stream_is_found(log: ForgedLog) -> None:
    log.add("alert-1", streamversion=3)
    assert kinds(report_on(log.content())) == {"chain": 1}


def test_a_stream_that_does_not_begin_with_its_genesis_is_found(log: ForgedLog) -> None:
    log.add("alert-3", prevhash=genesis(ORIGIN, "alert-4"))
    assert kinds(report_on(log.content())) == {"chain": 1}


def test_one_bad_link_is_reported_once(log: ForgedLog) -> None:
    log.add("alert-1", prevhash="0" * 64)
    log.add("alert-1")
    log.add("alert-1")
    report = report_on(log.content())
    assert kinds(report) == {"chain": 1}
    assert state(report, 8) == ("failed", 5)


def test_an_entry_recorded_twice_is_found(log: ForgedLog) -> None:
    log.entries.append(log.entries[1])
    assert kinds(report_on(bare(log))) == {"chain": 1}


def test_a_log_without_leaf_0_is_found(log: ForgedLog) -> None:
    del log.entries[0]
    assert kinds(report_on(bare(log))) == {"key": 2}


def test_an_entry_left_out_is_found(log: ForgedLog) -> None:
    log.add("alert-1")
    del log.entries[1]
    assert kinds(report_on(bare(log))) == {"chain": 1}
