"""Paths of an export have one spelling each."""

from __future__ import annotations

import pytest

from ledger.errors import IntegrityError
from ledger.exportlayout import (
    artifact_path,
    blob_path,
    parse_artifact_path,
    parse_blob_path,
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


def test_an_artifact_lies_under_its_stream() -> None:
    assert artifact_path("incident-1", "incident-timeline.md") == "artifacts/incident-1/incident-timeline.md"
    assert parse_artifact_path("artifacts/incident-1/incident-timeline.md") == (
        "incident-1",
        "incident-timeline.md",
    )


@pytest.mark.parametrize(
    "path",
    [
        "artifacts/a",
        "artifacts/a/b/c.md",
        "artifacts/A/b.md",
        "artifacts/../b.md",
        "artifacts/a/.md",
        "artifacts/a/b.md\n",
    ],
)
def test_any_other_spelling_is_no_artifact(path: str) -> None:
    with pytest.raises(IntegrityError, match="artifact path"):
        parse_artifact_path(path)


def test_lines_of_sums_are_those_of_sha256sum() -> None:
    assert sums_line(SHA, "checkpoint") == f"{SHA}  checkpoint\n"
