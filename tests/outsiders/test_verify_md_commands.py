"""The commands of a real export's VERIFY.md, typed verbatim into bash in its folder."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ledger.exportlayout import HELP
from tests.support.exports import content, story_export, two_event_export
from tests.support.forging import with_sums
from tests.support.tools import tool

BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story_export(tmp_path_factory.mktemp("story"))


@pytest.fixture(autouse=True)
def _outsiders() -> None:
    for command, package in (
        ("openssl", "openssl"),
        ("ssh-keygen", "openssh-client"),
        ("sha256sum", "coreutils"),
    ):
        tool(command, package)


def blocks(export: Path) -> list[str]:
    return BLOCK.findall((export / HELP).read_text())


def typed(export: Path, commands: list[str]) -> subprocess.CompletedProcess[str]:
    """Run blocks one after another, as a person would who stops at the first error."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", "set -e -o pipefail\n" + "\n".join(commands)],
        cwd=export,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def tamper(export: Path, path: str, offset: int) -> None:
    data = bytearray((export / path).read_bytes())
    data[offset] ^= 1
    (export / path).write_bytes(bytes(data))
    (export / "SHA256SUMS").write_bytes(with_sums(content(export))["SHA256SUMS"])


def test_every_command_of_the_page_succeeds(story: Path) -> None:
    assert len(blocks(story)) == 4
    done = typed(story, blocks(story))
    assert done.returncode == 0, done.stderr
    assert "VALID" in done.stdout
    assert "Signature Verified Successfully" in done.stdout
    assert 'Good "tallystick/keys@v1" signature for root' in done.stdout


def test_nothing_is_left_in_the_export(story: Path) -> None:
    before = {path: path.read_bytes() for path in story.rglob("*") if path.is_file()}
    assert typed(story, blocks(story)).returncode == 0
    assert {path: path.read_bytes() for path in story.rglob("*") if path.is_file()} == before


def test_each_step_by_hand_says_something_of_its_own(story: Path) -> None:
    _, _, by_hand, authorised = blocks(story)
    assert typed(story, [by_hand]).returncode == 0
    assert typed(story, [by_hand, authorised]).returncode == 0
    assert typed(story, [authorised]).returncode != 0


def test_a_ledger_without_root_signatures_has_a_shorter_page(tmp_path: Path) -> None:
    export = two_event_export(tmp_path)
    assert len(blocks(export)) == 3
    assert "ssh-keygen" not in (export / HELP).read_text()
    assert len((export / HELP).read_bytes()) < 1_600
    assert typed(export, blocks(export)).returncode == 0


def test_a_damaged_file_stops_the_first_command(tmp_path: Path) -> None:
    export = two_event_export(tmp_path)
    (export / "checkpoint").write_bytes(b"other")
    assert typed(export, blocks(export)[:1]).returncode == 1


@pytest.mark.parametrize("offset", [2 + 60, -60])
def test_a_changed_entry_stops_the_commands_by_hand(tmp_path: Path, offset: int) -> None:
    export = two_event_export(tmp_path)
    entry_0 = len((export / "tile/entries/000.p/2").read_bytes()) if offset < 0 else 0
    size = int.from_bytes((export / "tile/entries/000.p/2").read_bytes()[:2], "big")
    tamper(export, "tile/entries/000.p/2", 2 + size + offset if entry_0 else offset)
    sums, _, by_hand = blocks(export)
    assert typed(export, [sums]).returncode == 0
    assert typed(export, [by_hand]).returncode == 1


def test_a_forged_signature_stops_openssl_even_when_the_tree_fits(tmp_path: Path) -> None:
    export = two_event_export(tmp_path)
    bundle = (export / "tile/entries/000.p/2").read_bytes()
    size = int.from_bytes(bundle[:2], "big")
    entry = bytearray(bundle[2 : 2 + size])
    place = entry.rindex(b'"sig":"') + 8
    entry[place : place + 1] = b"B" if entry[place : place + 1] != b"B" else b"C"
    (export / "tile/entries/000.p/2").write_bytes(bundle[:2] + bytes(entry) + bundle[2 + size :])
    leaf = hashlib.sha256(b"\x00" + bytes(entry)).digest()
    tile = export / "tile/0/000.p/2"
    tile.write_bytes(leaf + tile.read_bytes()[32:])
    done = typed(export, [blocks(export)[2]])
    assert done.returncode == 1
    assert "Signature Verification Failure" in done.stdout
