"""Paths of an export have one spelling each."""

from __future__ import annotations

import pytest

from ledger.errors import IntegrityError
from ledger.exportlayout import (
    artifact_path,
    blob_path,
    parse_artifact_path,
    parse_blob_path,
    parse_policy_path,
    parse_proof_path,
    parse_readable_path,
    parse_stream_path,
    policy_path,
    positions_path,
    proof_path,
    readable_path,
    stream_path,
    sums_line,
)

SHA = "ab" + "cd" * 31


def test_a_blob_lies_under_the_first_two_digits_of_its_hash() -> None:
    assert blob_path(SHA) == f"blobs/sha256/ab/{SHA}"
    assert parse_blob_path(blob_path(SHA)) == SHA


@pytest.mark.parametrize(
    "path",
    [
        f"blobs/sha256/cd/{SHA}",
        f"blobs/sha256/ab/{SHA}x",
        f"blobs/sha256/ab/{SHA}\n",
        f"blobs/sha256/ab/{SHA[:-1]}",
        f"blobs/{SHA}",
        f"blobs/sha256/AB/{SHA.upper()}",
        f"./blobs/sha256/ab/{SHA}",
    ],
)
def test_any_other_spelling_is_no_blob(path: str) -> None:
    with pytest.raises(IntegrityError, match="blob path"):
        parse_blob_path(path)


@pytest.mark.parametrize(
    "name", ["incident-timeline.md", "INCIDENT-REPORT.md", "approvals/decision-log.json"]
)
def test_an_artifact_lies_under_its_stream_and_its_readable_copy_likewise(name: str) -> None:
    assert artifact_path("incident-1", name) == f"artifacts/incident-1/{name}"
    assert parse_artifact_path(artifact_path("incident-1", name)) == ("incident-1", name)
    assert parse_readable_path(readable_path("incident-1", name)) == ("incident-1", name)


@pytest.mark.parametrize(
    "path",
    [
        "artifacts/a",
        "artifacts/a/b/c/d.md",
        "artifacts/a/b.c/d.md",
        "artifacts/a/../d.md",
        "artifacts/a/b",
        "artifacts/A/b.md",
        "artifacts/../b.md",
        "artifacts/a/.md",
        "artifacts/a/b.md\n",
    ],
)
def test_any_other_spelling_is_no_artifact(path: str) -> None:
    with pytest.raises(IntegrityError, match="artifact path"):
        parse_artifact_path(path)


@pytest.mark.parametrize("path", ["readable/a/b", "readable/a/./b.md", "artifacts/a/b.md"])
def test_any_other_spelling_is_no_readable_copy(path: str) -> None:
    with pytest.raises(IntegrityError, match="readable path"):
        parse_readable_path(path)


def test_a_stream_has_its_envelopes_and_their_positions_side_by_side() -> None:
    assert stream_path("alert-1") == "streams/alert-1.jsonl"
    assert positions_path("alert-1") == "streams/alert-1.idx"
    assert (
        parse_stream_path(stream_path("alert-1")) == parse_stream_path(positions_path("alert-1")) == "alert-1"
    )


@pytest.mark.parametrize("path", ["streams/A.jsonl", "streams/a/b.idx", "streams/a.json", "streams/.idx"])
def test_any_other_spelling_is_no_stream(path: str) -> None:
    with pytest.raises(IntegrityError, match="stream path"):
        parse_stream_path(path)


def test_a_proof_is_named_by_the_position_of_its_entry() -> None:
    assert proof_path(10) == "proofs/10.tlog-proof"
    assert parse_proof_path(proof_path(10)) == 10


@pytest.mark.parametrize(
    "path",
    ["proofs/01.tlog-proof", "proofs/-1.tlog-proof", "proofs/1", "proofs/9223372036854775808.tlog-proof"],
)
def test_any_other_spelling_is_no_proof(path: str) -> None:
    with pytest.raises(IntegrityError, match="proof"):
        parse_proof_path(path)


def test_a_policy_is_named_by_its_hash_alone() -> None:
    assert policy_path(SHA) == f"policy/{SHA}"
    assert parse_policy_path(policy_path(SHA)) == SHA
    with pytest.raises(IntegrityError, match="policy path"):
        parse_policy_path(f"policy/{SHA}.yaml")


def test_lines_of_sums_are_those_of_sha256sum() -> None:
    assert sums_line(SHA, "checkpoint") == f"{SHA}  checkpoint\n"
