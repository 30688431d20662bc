"""The export of one incident: each entry by its own proof, streams that were not cut, texts as sealed."""

from __future__ import annotations

import hashlib
import json

import pytest

from domain.facts import encode, type_name
from domain.intake.facts import SignalAttached
from ledger.canonical import Json
from ledger.disclosure import Disclosure, Kind, commit, encode_disclosure
from ledger.exportlayout import (
    CHECKPOINT,
    COMPLETENESS,
    DISCLOSURES,
    blob_path,
    policy_path,
    positions_path,
    proof_path,
    stream_path,
)
from tests.support.exports import INCIDENT
from tests.support.forgedincidents import completeness_of, incident_content, incident_log, record_heads
from tests.support.forging import Content, ForgedLog, with_sums
from tests.support.logs import MemoryLog
from tests.support.verdicts import first, kinds, report_on, state
from verifier import Report
from verifier.rendering import to_text
from verifier.report import Complete, Sealed

STREAMS = ("keys", "heads", "people", "alert-1", INCIDENT)
SALT = b"\x07" * 32


@pytest.fixture(scope="module")
def log() -> ForgedLog:
    return incident_log()


@pytest.fixture(scope="module")
def export(log: ForgedLog) -> Content:
    return incident_content(log)


def changed(export: Content, **parts: bytes | None) -> Content:
    """Return the export with other files, and sums that fit; keyword by keyword through PATHS."""
    files = {**export, **{PATHS[name]: data for name, data in parts.items()}}
    return with_sums({path: data for path, data in files.items() if data is not None})


PATHS = {
    "completeness": COMPLETENESS,
    "entries": stream_path(INCIDENT),
    "positions": positions_path(INCIDENT),
    "proof": proof_path(2),
    "alert": stream_path("alert-1"),
    "alert_positions": positions_path("alert-1"),
    "keys": stream_path("keys"),
    "keys_positions": positions_path("keys"),
}


# --- what holds ----------------------------------------------------------------------------------------


@pytest.mark.req("R-SVC-06")
def test_an_export_of_an_incident_is_valid_and_says_how_far_it_is_complete(export: Content) -> None:
    report = report_on(export)
    assert (report.verdict, report.kind, report.entries, report.size) == ("valid", "incident", 6, 7)
    assert report.complete == Complete(size=6, heads=6)
    assert [state(report, step) for step in (4, 5, 6, 7, 8)] == [
        ("passed", 6),
        ("passed", 6),
        ("passed", 5),
        ("passed", 6),
        ("passed", 6),
    ]
    text = to_text(report)
    assert "  6 of 7 entries in 5 streams\n  complete up to size 6, as claimed by heads fact #6\n" in text
    assert "these 6 are in it, each at its place" in text
    assert "That nothing was recorded in these streams after what is here" in text


def test_the_order_of_streams_is_no_matter_and_keys_are_known_from_the_start() -> None:
    # A recorder enrolled late, in a stream whose name comes after that of the incident.
    log = incident_log({"alert-1": [{}], INCIDENT: [{}], "people": [{}]})
    assert report_on(incident_content(log)).verdict == "valid"


def test_entries_after_the_heads_fact_are_welcome_and_not_claimed() -> None:
    log = incident_log()
    log.add(INCIDENT)
    log.add("alert-3")
    report = report_on(incident_content(log, (*STREAMS, "alert-3")))
    assert (report.verdict, report.entries, report.complete) == ("valid", 8, Complete(size=6, heads=6))
    assert state(report, 6) == ("passed", 6)


def test_the_newest_of_several_heads_facts_counts() -> None:
    log = incident_log()
    log.add(INCIDENT)
    record_heads(log)
    assert report_on(incident_content(log)).complete == Complete(size=8, heads=8)


# --- step 4: streams and proofs ------------------------------------------------------------------------


def test_an_entry_without_a_proof_is_refused(export: Content) -> None:
    report = report_on(changed(export, proof=None))
    assert kinds(report) == {"proof": 1, "chain": 1}
    assert first(report, "proof") == "proofs/2.tlog-proof: expected a file, found none"
    assert state(report, 6)[0] == "incomplete"


def test_a_proof_of_another_entry_proves_nothing(export: Content) -> None:
    report = report_on(changed(export, proof=export[proof_path(3)]))
    assert first(report, "proof") == "proofs/2.tlog-proof, index: expected 2, found 3"


def test_a_proof_with_the_right_index_and_another_path_proves_nothing(export: Content) -> None:
    proof = export[proof_path(3)].replace(b"index 3\n", b"index 2\n")
    assert "inclusion" in kinds(report_on(changed(export, proof=proof)))


def test_a_proof_against_another_checkpoint_is_refused(log: ForgedLog, export: Content) -> None:
    proof = MemoryLog(log.entries).proof(2, 6)
    assert first(report_on(changed(export, proof=proof)), "proof").startswith(
        "proofs/2.tlog-proof, checkpoint: "
    )


def test_another_entry_in_its_place_is_not_in_the_tree(log: ForgedLog, export: Content) -> None:
    other = ForgedLog()
    other.add(INCIDENT, {"forged": 1})
    data = export[stream_path(INCIDENT)].replace(log.entries[2], other.entries[1])
    report = report_on(changed(export, entries=data))
    assert kinds(report)["inclusion"] == 1
    assert state(report, 4) == ("failed", 5)


def test_a_proof_without_an_entry_is_found(log: ForgedLog, export: Content) -> None:
    report = report_on(with_sums({**export, proof_path(4): MemoryLog(log.entries).proof(4)}))
    assert kinds(report) == {"proof": 1}
    assert first(report, "proof") == "proofs/4.tlog-proof: expected an entry in a stream, found none"


def test_an_entry_listed_in_two_streams_is_found(export: Content) -> None:
    twice = {
        stream_path("alert-9"): export[stream_path("alert-1")],
        positions_path("alert-9"): export[positions_path("alert-1")],
    }
    report = report_on(with_sums({**export, **twice}))
    assert first(report, "stream") == "entry 1: expected in alert-1 only, found in alert-9"
    assert report.verdict == "invalid"


def test_an_entry_listed_in_another_stream_than_its_own_is_found(export: Content) -> None:
    moved = {
        stream_path("alert-9"): export[stream_path("alert-1")],
        positions_path("alert-9"): export[positions_path("alert-1")],
    }
    without = changed(export, alert=None, alert_positions=None)
    report = report_on(with_sums({**without, **moved}))
    assert first(report, "chain") == "entry 1, subject: expected alert-9, found alert-1"


@pytest.mark.parametrize(
    ("positions", "expected"),
    [
        (b"2\n3\n4\n", "line 3: expected a line, found the end"),
        (b"2\n", "line 2: expected a line, found the end"),
        (b"2\n2\n", "line 2: expected a position above 2 and below 7, found 2"),
        (b"3\n2\n", "line 2: expected a position above 3 and below 7, found 2"),
        (b"2\n7\n", "line 2: expected a position above 2 and below 7, found 7"),
        (b"2\n3", "line 2: expected a line feed at its end, found "),
        (b"02\n3\n", "line 1: expected a decimal number"),
        (b"2\n\n3\n", "line 2: expected a decimal number"),
        (b"2\n" + b"3" * 20 + b"\n", "line 2: expected at most 19 bytes, found more"),
        (b"2\n" + b"3" * 100_000, "line 2: expected at most 19 bytes, found more"),
        (b"2\n\xff\n", "line 2: expected UTF-8, found byte 0xff"),
        (None, "incident-0123456789abcdef0123456789abcdef.idx: expected a file, found none"),
    ],
)
def test_positions_have_one_form(export: Content, positions: bytes | None, expected: str) -> None:
    report = report_on(changed(export, positions=positions))
    assert report.verdict == "invalid"
    assert expected in first(report, "stream")
    assert state(report, 8)[0] in {"incomplete", "failed"}


def test_entries_have_one_form(export: Content) -> None:
    entries = export[stream_path(INCIDENT)]
    for data in (entries[:-1], entries + b"x" * 70_000, entries + b"x" * 70_000 + b"\n", None):
        assert kinds(report_on(changed(export, entries=data)))["stream"] == 1


def test_an_export_of_no_incident_is_found(log: ForgedLog) -> None:
    report = report_on(incident_content(log, ("keys", "heads")))
    assert first(report, "stream") == "streams: expected the stream of an incident, found none"


def test_without_the_stream_of_keys_nobody_may_sign(export: Content) -> None:
    report = report_on(changed(export, keys=None, keys_positions=None))
    assert kinds(report)["key"] == 5


def test_files_of_a_whole_ledger_have_no_place_in_the_export_of_an_incident(export: Content) -> None:
    report = report_on(with_sums({**export, "tile/0/000.p/1": b"x" * 32}))
    assert first(report, "file") == "tile/0/000.p/1: expected no such file in an export, found a file"


# --- step 3: an older checkpoint -----------------------------------------------------------------------


def test_the_same_checkpoint_is_consistent(export: Content) -> None:
    report = report_on(export, since=export[CHECKPOINT])
    assert (report.verdict, state(report, 3)) == ("valid", ("passed", 7))


def test_an_older_checkpoint_cannot_be_compared_and_another_one_is_found(
    log: ForgedLog, export: Content
) -> None:
    report = report_on(export, since=MemoryLog(log.entries).checkpoint(3))
    assert (report.verdict, report.gaps[0].kind) == ("could not check", "consistency")
    other = incident_log({INCIDENT: [{"other": 1}]})
    while len(other.entries) < len(log.entries):
        other.add("alert-1")
    rewritten = report_on(export, since=MemoryLog(other.entries).checkpoint())
    assert kinds(rewritten) == {"consistency": 1}
    log_grown = incident_log()
    log_grown.add("alert-1")
    assert kinds(report_on(export, since=MemoryLog(log_grown.entries).checkpoint())) == {"consistency": 1}


# --- step 6: completeness ------------------------------------------------------------------------------


def cut(export: Content, stream: str, lines: int) -> Content:
    """Return the export without the last ``lines`` entries of a stream, everything else made to fit."""
    files = dict(export)
    positions = files[positions_path(stream)].splitlines(keepends=True)
    entries = files[stream_path(stream)].splitlines(keepends=True)
    files[positions_path(stream)] = b"".join(positions[:-lines])
    files[stream_path(stream)] = b"".join(entries[:-lines])
    for position in positions[-lines:]:
        del files[proof_path(int(position))]
    return with_sums(files)


@pytest.mark.req("R-SVC-06")
def test_a_stream_that_was_cut_is_found(export: Content) -> None:
    report = report_on(cut(export, INCIDENT, 1))
    assert kinds(report) == {"completeness": 1}
    assert first(report, "completeness").endswith("found no such entry: the stream was cut")
    assert report.complete is None


def test_a_stream_that_was_left_out_while_its_head_is_there_is_found(export: Content) -> None:
    without = {path: data for path, data in export.items() if "alert-1" not in path and path != proof_path(1)}
    report = report_on(with_sums(without))
    assert first(report, "completeness").endswith("alert-1: expected a stream of this export, found another")


def test_a_stream_whose_head_is_missing_is_found(log: ForgedLog, export: Content) -> None:
    less = completeness_of(log, [stream for stream in STREAMS if stream != INCIDENT])
    report = report_on(changed(export, completeness=less))
    assert first(report, "completeness").endswith("expected a head, for entry 2 is one of its, found none")


def test_without_completeness_nobody_can_tell(export: Content) -> None:
    report = report_on(changed(export, completeness=None))
    assert (report.verdict, report.complete) == ("could not check", None)
    assert report.gaps[0].first.reason == "not in the export: its streams may have been cut"


def test_heads_of_another_tree_are_found(log: ForgedLog, export: Content) -> None:
    said = json.loads(export[COMPLETENESS])
    said["streams"][0]["version"] += 1
    report = report_on(changed(export, completeness=_canonical(said)))
    assert first(report, "completeness").startswith("head of alert-1")


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"heads":0,"streams":[]} ', b'{"heads":-1,"streams":[]}', b"\xff"]
)
def test_completeness_has_one_form(export: Content, data: bytes) -> None:
    assert kinds(report_on(changed(export, completeness=data))) == {"completeness": 1}


def test_an_older_heads_fact_cannot_stand_in_for_the_newest() -> None:
    log = incident_log()
    old = completeness_of(log, STREAMS)
    log.add(INCIDENT)
    record_heads(log)
    report = report_on(changed(incident_content(log), completeness=old))
    assert first(report, "completeness").endswith("the newest heads fact here: entry 8, found 6")


def test_an_export_without_a_heads_fact_has_none_to_name(log: ForgedLog, export: Content) -> None:
    without = {path: data for path, data in export.items() if "heads" not in path and path != proof_path(6)}
    report = report_on(with_sums(without))
    assert first(report, "completeness").endswith("the newest heads fact here: none, found 6")


def test_a_heads_fact_cannot_speak_of_what_comes_after_it() -> None:
    log = ForgedLog()
    log.add(INCIDENT)
    record_heads(log, size=3)
    report = report_on(incident_content(log, ("keys", "heads", INCIDENT)))
    assert first(report, "completeness") == "entry 2, size: expected at most 2, found 3"


def test_a_head_that_is_not_the_newest_among_those_counted_is_found() -> None:
    # The recorder counts three entries and states a tree over two of them.
    log = ForgedLog()
    log.add(INCIDENT)
    log.add(INCIDENT)
    record_heads(log, over=2, size=3)
    report = report_on(incident_content(log, ("keys", "heads", INCIDENT), over=2))
    assert "expected the newest among 3 entries, found version 2 among them" in first(report, "completeness")


def test_a_head_beyond_those_counted_is_found() -> None:
    log = ForgedLog()
    log.add(INCIDENT)
    log.add(INCIDENT)
    record_heads(log, over=3, size=2)
    report = report_on(incident_content(log, ("keys", "heads", INCIDENT), over=3))
    assert "expected one of the first 2 entries, found entry 2" in first(report, "completeness")


def test_an_alert_that_the_incident_links_must_be_there() -> None:
    fact = SignalAttached(
        signal_id="signal-1",
        alert="alert-2",
        alert_name="HighLatency",
        episode="1",
        fired_at="2026-11-23T02:00:00.000000Z",
        why="same_correlation_key",
    )
    log = ForgedLog()
    log.add("alert-2")
    log.add(INCIDENT, encode(fact), kind=type_name(fact))
    record_heads(log)
    without = report_on(incident_content(log, ("keys", "heads", INCIDENT)))
    (gap,) = [gap.first for gap in without.gaps if gap.kind == "completeness"]
    assert (gap.place, gap.reason) == (
        "stream alert-2",
        "not in the export; entry 2 links it to the incident",
    )
    within = report_on(incident_content(log, ("keys", "heads", "alert-2", INCIDENT)))
    assert not [gap for gap in within.gaps if gap.kind == "completeness"]


# --- step 9: policies, blobs and disclosures -----------------------------------------------------------


def sealed(value: Json, kind: Kind = Kind.SEALED) -> tuple[Json, bytes]:
    """Return a reference to a committed value, and the line that discloses it."""
    c = commit(SALT, _canonical(value), kind)
    members: dict[str, Json] = {"c": c, "kid": "d" * 32}
    if kind is Kind.BLOB:
        members |= {"sha256": hashlib.sha256(b"ciphertext").hexdigest(), "size": 10}
    return {kind.value: members}, encode_disclosure(Disclosure(c, SALT, value)) + b"\n"


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def disclosing(*lines: bytes, data: Json = None, **files: bytes) -> Report:
    """Return the report on an export with one fact that commits to ``data``, and these disclosures."""
    log = incident_log({INCIDENT: [{"text": data}]})
    content = incident_content(log, ("keys", "heads", INCIDENT))
    return report_on(with_sums({**content, **files, DISCLOSURES: b"".join(lines)}))


ONE, LINE = sealed("database is down")
OTHER, OTHER_LINE = sealed("another text")


@pytest.mark.req("R-EVT-04")
def test_a_text_that_is_what_the_entry_committed_to_is_disclosed_and_the_rest_withheld() -> None:
    report = disclosing(LINE, data=[ONE, OTHER, ONE])
    assert (report.verdict, report.sealed) == ("valid", Sealed(disclosed=1, withheld=1))
    assert state(report, 9) == ("passed", 1)
    assert "So many disclosed texts are the ones that entries commit to: 1." in report.proves
    assert "What 1 sealed texts say: they are not in this export." in report.does_not_prove


def test_a_text_in_a_blob_is_disclosed_by_a_commitment_of_its_own_kind() -> None:
    blob, line = sealed("a long log", Kind.BLOB)
    blobs = {blob_path(hashlib.sha256(b"ciphertext").hexdigest()): b"ciphertext"}
    assert disclosing(line, data=blob, **blobs).sealed == Sealed(disclosed=1, withheld=0)


@pytest.mark.req("R-EVT-04")
def test_a_text_that_is_not_what_the_entry_committed_to_is_found() -> None:
    report = disclosing(LINE.replace(b"down", b"fine"), data=ONE)
    assert kinds(report) == {"disclosure": 1}
    assert "expected salt and value with commitment" in first(report, "disclosure")


def test_a_text_that_no_entry_committed_to_is_found() -> None:
    report = disclosing(LINE, data="clear")
    assert first(report, "disclosure").endswith("expected an entry that commits to it, found none")


def test_disclosures_are_in_order_each_once_and_in_one_form() -> None:
    ordered = sorted([LINE, OTHER_LINE])
    both: Json = [ONE, OTHER]
    assert disclosing(*ordered, data=both).verdict == "valid"
    for lines in (ordered[::-1], [LINE, LINE], [LINE[:-1]], [b" " + LINE], [b"{}\n"], [b"\n"]):
        assert kinds(disclosing(*lines, data=both)) == {"disclosure": 1}


def test_what_was_refused_is_not_compared_with_what_is_disclosed(export: Content) -> None:
    files = {**changed(export, proof=None), DISCLOSURES: LINE}
    report = report_on(with_sums(files))
    assert "disclosure" not in kinds(report)
    assert (state(report, 9)[0], report.sealed) == ("incomplete", None)


def test_policies_lie_in_clear_in_a_place_of_their_own() -> None:
    policy = b"profile: team\n"
    sha256 = hashlib.sha256(policy).hexdigest()
    log = incident_log({INCIDENT: [{"policy_sha256": sha256}]})
    content = incident_content(log, ("keys", "heads", INCIDENT))
    here = report_on(with_sums({**content, policy_path(sha256): policy}))
    assert (here.verdict, state(here, 9)) == ("valid", ("passed", 1))
    assert report_on(content).gaps[0].first.place == policy_path(sha256)
    elsewhere = report_on(with_sums({**content, policy_path(sha256): policy, blob_path(sha256): policy}))
    assert first(elsewhere, "blob").startswith(f"{blob_path(sha256)}: expected an entry that refers to it")
    other = report_on(with_sums({**content, policy_path("ab" * 32): policy}))
    assert first(other, "blob").startswith(f"{policy_path('ab' * 32)}: expected an entry that refers to it")
