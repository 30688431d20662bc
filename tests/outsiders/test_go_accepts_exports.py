"""Go's tlog tools accept a real export and reject tampered ones; so an export needs nothing of ours."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.note import format_vkey
from ledger.signer import Ed25519Signer
from tests.support.exports import VKEY, content, new_ledger, story_export
from tests.support.forging import entries_of, signed_by, with_entries
from tests.support.outsiders import go_audit

PINNED = format_vkey(VKEY)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story_export(tmp_path_factory.mktemp("story"))


def test_a_real_export_is_accepted(story: Path) -> None:
    done = go_audit(story, PINNED)
    assert done.returncode == 0, done.stderr


def test_an_export_of_several_tiles_is_accepted_and_consistent_with_an_older_one(tmp_path: Path) -> None:
    with new_ledger(tmp_path / "home") as ledger:
        ledger.note("alert-1")
        older = ledger.publish()
        for _ in range(300):
            ledger.note("alert-1")
        ledger.export(tmp_path / "export")
    done = go_audit(tmp_path / "export", PINNED, older.note)
    assert done.returncode == 0, done.stderr


def _bundle(export: Path) -> None:
    (path,) = (export / "tile/entries").rglob("11")
    path.write_bytes(path.read_bytes()[:-3] + b"x]}")


def _tile(export: Path) -> None:
    (path,) = (export / "tile/0").rglob("11")
    path.write_bytes(bytes(32) + path.read_bytes()[32:])


def _checkpoint(export: Path) -> None:
    path = export / "checkpoint"
    path.write_bytes(path.read_bytes().replace(b"\n11\n", b"\n10\n"))


def _signed_again(export: Path) -> None:
    _replace(export, signed_by(content(export), Ed25519Signer(b"\x55" * 32)))


def _reordered(export: Path) -> None:
    entries = list(entries_of(content(export)))
    entries[1], entries[2] = entries[2], entries[1]
    _replace(export, with_entries(content(export), entries))


def _replace(export: Path, files: dict[str, bytes]) -> None:
    for path, data in files.items():
        (export / path).write_bytes(data)


@pytest.mark.parametrize("tamper", [_bundle, _tile, _checkpoint, _signed_again, _reordered])
def test_a_tampered_export_is_rejected(story: Path, tmp_path: Path, tamper: Callable[[Path], None]) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(story, copy)
    tamper(copy)
    assert go_audit(copy, PINNED).returncode == 1
