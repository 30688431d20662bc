"""Copies that people read are made again from the artifacts and the texts disclosed, and compared."""

from __future__ import annotations

import pytest

from application.disclosing import opener
from ledger.note import parse_vkey
from tests.support.forging import with_sums
from tests.support.incident_exports import Files, exported
from tests.support.use_cases import SteppingClock, a_story, open_home
from verifier import Report, verify
from verifier.source import Memory


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Files, str]:
    folder, clock = tmp_path_factory.mktemp("told"), SteppingClock()
    with open_home(folder / "home", clock) as engine:
        stream = a_story(engine, clock)
        files = exported(
            engine, folder / "home", folder / "out", stream, opens=opener(engine.vault, engine.blobs)
        )
        return files, engine.vkey


def report(told: tuple[Files, str], **changes: bytes | None) -> Report:
    files, vkey = told
    changed = {**files, **{copy_of(files, name): data for name, data in changes.items()}}
    kept = {path: data for path, data in changed.items() if data is not None}
    return verify(Memory(with_sums(kept)), log_keys=[parse_vkey(vkey)])


def copy_of(files: Files, name: str) -> str:
    """Return the path of the readable timeline, or of the artifact or the disclosures."""
    (timeline,) = (path for path in files if path.startswith("readable/") and path.endswith("timeline.md"))
    paths = {"copy": timeline, "artifact": timeline.replace("readable/", "artifacts/", 1)}
    return {**paths, "disclosures": "disclosures.jsonl", "stray": timeline.replace("timeline", "report")}[
        name
    ]


def test_an_export_with_readable_copies_is_valid(told: tuple[Files, str]) -> None:
    found = report(told)
    assert (found.verdict, found.exit_code) == ("valid", 0)


def test_a_copy_that_says_something_else_is_found(told: tuple[Files, str]) -> None:
    files, _ = told
    text = files[copy_of(files, "copy")]
    found = report(told, copy=text.replace(b"Moved to region B", b"Moved to region D"))
    (first,) = (item.first for item in found.findings)
    assert found.verdict == "invalid"
    assert "region B" in first.expected
    assert "region D" in first.found


def test_a_copy_of_nothing_is_found(told: tuple[Files, str]) -> None:
    found = report(told, stray=b"Everything went well.\n")
    (first,) = (item.first for item in found.findings)
    assert (first.expected, first.found) == ("the copy of an artifact", "no such artifact")


def test_without_the_texts_a_copy_has_no_ground(told: tuple[Files, str]) -> None:
    found = report(told, disclosures=b"")
    assert [item.kind for item in found.findings] == ["artifact"]


def test_a_copy_is_not_judged_by_texts_that_do_not_hold(told: tuple[Files, str]) -> None:
    files, _ = told
    broken = files["disclosures.jsonl"].replace(b"region B", b"region D")
    found = report(told, disclosures=broken)
    assert [item.kind for item in found.findings] == ["disclosure"]
