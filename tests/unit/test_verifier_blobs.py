"""Step 9: blobs and policies are what the entries say of them; a missing one refutes nothing."""

from __future__ import annotations

import hashlib

import pytest

from ledger.canonical import Json
from ledger.exportlayout import blob_path
from tests.support.forging import Content, ForgedLog, with_sums
from tests.support.verdicts import first, kinds, report_on, state

STORED = b"ciphertext"
POLICY = b"profile: team\n"


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def reference(data: bytes = STORED, size: int | None = None) -> Json:
    stated = len(data) if size is None else size
    return {"blob": {"c": "c" * 64, "kid": "d" * 32, "sha256": sha256(data), "size": stated}}


def export(*datas: dict[str, Json], blobs: tuple[bytes, ...] = (STORED, POLICY)) -> Content:
    log = ForgedLog()
    for data in datas:
        log.add("alert-1", data)
    return with_sums({**log.content(), **{blob_path(sha256(blob)): blob for blob in blobs}})


BOTH: tuple[dict[str, Json], ...] = ({"raw": reference()}, {"policy_sha256": sha256(POLICY)})


def test_blobs_and_policies_that_entries_name_are_checked() -> None:
    report = report_on(export(*BOTH))
    assert (report.verdict, state(report, 9)) == ("valid", ("passed", 2))


def test_a_blob_that_two_entries_name_is_checked_once() -> None:
    assert state(report_on(export(*BOTH, *BOTH)), 9) == ("passed", 2)


def test_references_are_found_at_any_depth_in_facts_of_unknown_types() -> None:
    deep: dict[str, Json] = {"list": [{"more": [reference()]}, [{"policy_sha256": sha256(POLICY)}]]}
    assert state(report_on(export(deep)), 9) == ("passed", 2)


def test_a_missing_blob_is_could_not_check() -> None:
    report = report_on(export(*BOTH, blobs=(POLICY,)))
    assert (report.verdict, report.exit_code) == ("could not check", 2)
    (gap,) = report.gaps
    assert gap.first.place == blob_path(sha256(STORED))
    assert gap.first.reason == "not in the export; entry 1 refers to it"
    assert state(report, 9) == ("incomplete", 1)


def test_a_blob_with_other_bytes_is_found() -> None:
    content = with_sums({**export(*BOTH), blob_path(sha256(STORED)): STORED + b"!"})
    report = report_on(content)
    assert kinds(report) == {"blob": 1}
    assert first(report, "blob").startswith(f"{blob_path(sha256(STORED))}: expected bytes with SHA-256")


def test_a_blob_of_another_size_than_stated_is_found() -> None:
    report = report_on(export({"raw": reference()}, {"raw": reference(size=9)}, blobs=(STORED,)))
    assert kinds(report) == {"blob": 1}
    assert first(report, "blob").endswith("named by entry 2: expected 9 bytes, found 10")


def test_a_blob_that_no_entry_names_is_found() -> None:
    report = report_on(export(*BOTH, blobs=(STORED, POLICY, b"more")))
    assert kinds(report) == {"blob": 1}
    assert first(report, "blob") == (
        f"{blob_path(sha256(b'more'))}: expected an entry that refers to it, found none"
    )


def test_a_blob_is_not_called_unnamed_when_an_entry_could_not_be_read() -> None:
    content = export(*BOTH)
    bundle = "tile/entries/000.p/3"
    report = report_on(with_sums({**content, bundle: content[bundle][:-2] + b"] "}))
    assert kinds(report) == {"inclusion": 1}
    assert state(report, 9) == ("incomplete", 1)


def test_a_blob_that_the_container_refused_is_reported_once() -> None:
    report = report_on({**export(*BOTH), blob_path(sha256(STORED)): b"changed"})
    assert kinds(report) == {"sum": 1}


@pytest.mark.parametrize("prefixes", [16])
def test_many_blobs_in_many_directories(prefixes: int) -> None:
    blobs = tuple(bytes([number]) for number in range(prefixes * 4))
    report = report_on(export(*({"raw": reference(blob)} for blob in blobs), blobs=blobs))
    assert (report.verdict, state(report, 9)) == ("valid", ("passed", len(blobs)))
