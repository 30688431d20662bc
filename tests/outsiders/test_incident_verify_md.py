"""The commands of the VERIFY.md of an exported incident, typed verbatim into bash in its folder."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from application.disclosing import opener
from tests.outsiders.test_verify_md_commands import blocks, typed
from tests.support.exports import content
from tests.support.forging import with_sums
from tests.support.incident_exports import exported
from tests.support.tools import tool
from tests.support.use_cases import SteppingClock, a_story, do, note, open_home

SUMS, VERIFIER, KEY, ENTRIES, TEXTS = range(5)
LONG = 'One "quoted" line with é and $HOME.\n' * 200


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export with disclosures, of an incident that other entries came between."""
    folder, clock = tmp_path_factory.mktemp("story"), SteppingClock()
    with open_home(folder / "home", clock) as engine:
        stream = a_story(engine, clock)
        for number in range(9):
            do(engine, note(f"{number}: {LONG}" if number == 3 else f"Step {number} of many."), stream)
        opens = opener(engine.vault, engine.blobs)
        exported(engine, folder / "home", folder / "out", stream, opens=opens)
    return folder / "out"


@pytest.fixture(autouse=True)
def _outsiders() -> None:
    for command, package in (("openssl", "openssl"), ("sha256sum", "coreutils"), ("basenc", "coreutils")):
        tool(command, package)


@pytest.fixture
def copy(story: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(story, tmp_path / "copy"))


def by_hand(export: Path, *numbers: int) -> tuple[int, str]:
    done = typed(export, [blocks(export)[number] for number in numbers])
    return done.returncode, done.stdout + done.stderr


def change(export: Path, path: str, old: bytes, new: bytes) -> None:
    """Change a file and mend the sums."""
    data = (export / path).read_bytes()
    assert old in data
    (export / path).write_bytes(data.replace(old, new, 1))
    (export / "SHA256SUMS").write_bytes(with_sums(content(export))["SHA256SUMS"])


def incident_of(export: Path) -> str:
    (artifacts,) = (export / "artifacts").iterdir()
    return artifacts.name


@pytest.mark.req("R-SVC-14")
def test_every_command_of_the_page_succeeds(story: Path) -> None:
    before = content(story)
    code, said = by_hand(story, SUMS, VERIFIER, KEY, ENTRIES, TEXTS)

    assert code == 0, said
    assert "VALID" in said
    assert "Signature Verified Successfully" in said
    assert f"every entry of {incident_of(story)} holds" in said
    assert "every disclosed text is as committed" in said
    assert content(story) == before


def test_an_export_without_texts_has_a_shorter_page(tmp_path: Path) -> None:
    with open_home(tmp_path / "home", clock := SteppingClock()) as engine:
        exported(engine, tmp_path / "home", tmp_path / "out", a_story(engine, clock))
    assert len(blocks(tmp_path / "out")) == TEXTS
    assert len((tmp_path / "out" / "VERIFY.md").read_bytes()) < 4_500


def test_a_damaged_file_stops_the_first_command(copy: Path) -> None:
    (copy / "completeness.json").write_bytes(b"{}")
    assert by_hand(copy, SUMS)[0] == 1


def test_a_checkpoint_that_the_key_did_not_sign_stops_openssl(copy: Path) -> None:
    size = (copy / "checkpoint").read_bytes().split(b"\n")[1]
    change(copy, "checkpoint", b"\n%s\n" % size, b"\n%d\n" % (int(size) + 1))
    code, said = by_hand(copy, SUMS, KEY)
    assert code == 1
    assert "Signature Verification Failure" in said


@pytest.mark.parametrize("line", [0, 5, -1])
def test_a_changed_entry_is_told(copy: Path, line: int) -> None:
    incident = incident_of(copy)
    path = f"streams/{incident}.jsonl"
    envelope = (copy / path).read_bytes().splitlines()[line]
    change(copy, path, envelope, envelope.replace(b'"sig":"', b'"sig":"A', 1))
    position = (copy / f"streams/{incident}.idx").read_text().split()[line]
    code, said = by_hand(copy, SUMS, KEY, ENTRIES)
    assert code == 1
    assert f"entry {position} does not hold" in said


def test_a_proof_of_another_place_is_told(copy: Path) -> None:
    incident = incident_of(copy)
    first, second = (copy / f"streams/{incident}.idx").read_text().split()[:2]
    change(copy, f"proofs/{second}.tlog-proof", b"index " + second.encode(), b"index " + first.encode())
    assert by_hand(copy, KEY, ENTRIES)[0] == 1


def test_an_entry_left_out_is_told_by_the_next(copy: Path) -> None:
    incident = incident_of(copy)
    lines = (copy / f"streams/{incident}.jsonl").read_bytes().splitlines(keepends=True)
    places = (copy / f"streams/{incident}.idx").read_bytes().splitlines(keepends=True)
    change(copy, f"streams/{incident}.jsonl", lines[3], b"")
    change(copy, f"streams/{incident}.idx", places[3], b"")
    code, said = by_hand(copy, KEY, ENTRIES)
    assert code == 1
    assert f"entry {places[4].decode().strip()} does not hold" in said


def test_another_text_than_the_one_committed_to_is_told(copy: Path) -> None:
    change(copy, "disclosures.jsonl", b"Step 7 of many.", b"Step 8 of many.")
    code, said = by_hand(copy, KEY, TEXTS)
    assert code == 1
    assert "not as committed" in said
