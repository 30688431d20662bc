"""Step 1: nothing is in an export but what its sums list and the layout allows; nothing refused is used."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from ledger.exportlayout import CHECKPOINT, SUMS, sums_line
from tests.support.exports import content, log_keys, two_event_export
from tests.support.forging import Content, with_sums
from tests.support.verdicts import first, kinds, report_on, state
from verifier import Directory, verify
from verifier.container import MAX_LINE, Accepted
from verifier.errors import Refused


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Content:
    return content(two_event_export(tmp_path_factory.mktemp("container")))


def test_all_files_of_an_export_are_accepted(export: Content) -> None:
    assert state(report_on(export), 1) == ("passed", len(export) - 1)


@pytest.mark.parametrize(
    "path",
    [
        "README.md",
        "Checkpoint",
        "tile/0/0",
        "tile/0/000.p/256",
        "tile/data/000",
        "tile/entries/00x",
        "blobs/ab",
        "blobs/sha256/ab/ab",
        "blobs/sha256/ab/" + "cd" * 32,
        "blobs/sha256/AB/" + "AB" * 32,
        "artifacts/incident-1/../evil.md",
        "artifacts/incident-1",
        "artifacts/incident-1/a/b/c.md",
        "artifacts/.hidden/a.md",
        "../outside",
        "checkpoint/checkpoint",
        "log.vkey\n",
    ],
)
def test_a_file_that_has_no_place_in_an_export_is_found(export: Content, path: str) -> None:
    report = report_on(with_sums({**export, path: b"x"}))
    assert report.verdict == "invalid"
    assert kinds(report)["file"] >= 1


def test_a_file_that_the_sums_do_not_list_is_found(export: Content) -> None:
    path = "artifacts/incident-1/incident-timeline.md"
    report = report_on({**export, path: b"x"})
    assert kinds(report) == {"sum": 1}
    assert first(report, "sum") == f"{path}: expected a line in SHA256SUMS, found none"


def test_a_listed_file_that_is_missing_is_found(export: Content) -> None:
    path = next(path for path in export if path.startswith("blobs/"))
    report = report_on({name: data for name, data in export.items() if name != path})
    assert kinds(report) == {"file": 1}
    assert first(report, "file") == f"{path}: expected a file, as SHA256SUMS lists one, found none"


def test_a_listed_file_after_the_last_one_is_found(export: Content) -> None:
    longer = export[SUMS] + sums_line("0" * 64, "zzz").encode()
    assert first(report_on({**export, SUMS: longer}), "file").startswith("zzz: expected a file")


def test_a_changed_file_is_found_and_not_used(export: Content) -> None:
    report = report_on({**export, CHECKPOINT: export[CHECKPOINT] + b"\n"})
    assert kinds(report) == {"sum": 1}
    assert first(report, "sum").startswith("checkpoint: expected ")
    assert state(report, 2) == ("not run", 0)
    assert (report.origin, report.exit_code) == (None, 1)


def test_without_sums_nothing_is_accepted(export: Content) -> None:
    report = report_on({name: data for name, data in export.items() if name != SUMS})
    assert kinds(report) == {"file": 1, "sum": len(export) - 1}


@pytest.mark.parametrize(
    "break_lines",
    [
        lambda lines: [*lines, lines[-1]],
        lambda lines: lines[::-1],
        lambda lines: [lines[0].replace(b"  ", b" "), *lines[1:]],
        lambda lines: [lines[0].upper(), *lines[1:]],
        lambda lines: [*lines[:-1], lines[-1].rstrip(b"\n")],
        lambda lines: [*lines, b"\n"],
        lambda lines: [*lines, b"0" * 64 + b"  \xff\xfe\n"],
        lambda lines: [*lines, sums_line("0" * 64, SUMS).encode()],
        lambda lines: [*lines, b"x" * (MAX_LINE + 1)],
    ],
)
def test_sums_in_another_spelling_are_found(export: Content, break_lines: object) -> None:
    assert callable(break_lines)
    lines = break_lines(export[SUMS].splitlines(keepends=True))
    report = report_on({**export, SUMS: b"".join(lines)})
    assert report.verdict == "invalid"
    assert kinds(report)["file"] >= 1


@pytest.mark.parametrize(
    ("path", "size"),
    [("log.vkey", 65_537), ("checkpoint", 1_000_001), ("tile/0/000.p/2", 8_193), ("VERIFY.md", 65_537)],
)
def test_a_file_larger_than_it_can_be_is_found_before_it_is_read(
    export: Content, path: str, size: int
) -> None:
    report = report_on(with_sums({**export, path: b"x" * size}))
    assert first(report, "file") == f"{path}: expected at most {size - 1} bytes, found {size}"


def test_a_link_in_place_of_a_file_is_found(tmp_path: Path) -> None:
    export = two_event_export(tmp_path)
    checkpoint = export / "checkpoint"
    checkpoint.rename(tmp_path / "elsewhere")
    checkpoint.symlink_to(tmp_path / "elsewhere")
    report = verify(Directory(export), log_keys=log_keys())
    assert first(report, "file") == "checkpoint: expected a regular file, found a link or something else"
    assert state(report, 2) == ("not run", 0)


def test_an_export_on_disk_is_as_valid_as_in_memory(tmp_path: Path) -> None:
    assert verify(Directory(two_event_export(tmp_path)), log_keys=log_keys()).verdict == "valid"


def test_refused_files_stay_refused(export: Content) -> None:
    report = report_on(export)
    assert report.verdict == "valid"
    source = Accepted(Directory(Path()), frozenset({"checkpoint"}))
    with pytest.raises(Refused):
        source.read("checkpoint", 10)
    with pytest.raises(Refused):
        source.chunks("checkpoint")


def test_the_sums_are_those_of_sha256sum(export: Content) -> None:
    digest = hashlib.sha256(export[CHECKPOINT]).hexdigest()
    assert f"{digest}  checkpoint\n".encode() in export[SUMS]
