"""An export is whole or absent, taken at a published checkpoint, and never at odds with it."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

import application.exportfiles
from application.export import export_ledger
from application.progress import Progress
from domain.prose import prose
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.errors import IntegrityError, StoreError, StoreFull
from ledger.exportlayout import blob_path
from ledger.merkle import EMPTY_ROOT
from ledger.note import format_vkey
from ledger.signer import Ed25519Signer
from ledger.store.contract import SignedCheckpoint
from tests.support.exports import INCIDENT, POLICY, VKEY, Ledger, content, new_ledger, story_export
from tests.support.ledgers import LOG, NOW, ORIGIN, note
from tests.support.story import ENTRY, FACTS, OPENED
from tests.support.verdicts import report_on, state

LARGE = "x" * 5_000


@pytest.fixture
def ledger(tmp_path: Path) -> Any:
    with new_ledger(tmp_path / "home") as opened:
        yield opened


def left_over(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "home")


def test_an_export_has_everything_and_is_valid(ledger: Ledger, tmp_path: Path) -> None:
    ledger.record(INCIDENT, OPENED, replace(ENTRY, text=prose(LARGE)))
    exported = ledger.export(tmp_path / "out")
    files = content(tmp_path / "out")
    assert (exported.entries, exported.blobs, exported.files) == (3, 2, len(files))
    assert exported.artifacts == sum(path.startswith("artifacts/") for path in files) > 1
    assert files[blob_path(hashlib.sha256(POLICY).hexdigest())] == POLICY
    assert {path for path in files if not path.startswith(("blobs/", "artifacts/"))} == {
        *("checkpoint", "log.vkey", "tile/0/000.p/3", "tile/entries/000.p/3", "VERIFY.md", "SHA256SUMS")
    }
    assert files["log.vkey"] == f"{format_vkey(VKEY)}\n".encode()
    assert report_on(files).verdict == "valid"
    assert left_over(tmp_path) == ["out"]


@pytest.mark.req("R-EVT-04")
def test_no_clear_text_is_in_an_export(ledger: Ledger, tmp_path: Path) -> None:
    ledger.record(INCIDENT, *FACTS)
    ledger.export(tmp_path / "out")
    everything = b"".join(content(tmp_path / "out").values())
    assert b"region" not in everything
    assert b"confirmed by hand" not in everything


def test_an_export_ends_at_the_checkpoint_it_was_asked_for(ledger: Ledger, tmp_path: Path) -> None:
    ledger.record(INCIDENT, OPENED)
    published = ledger.publish()
    ledger.record(INCIDENT, *FACTS[1:])
    ledger.note("alert-9")
    assert ledger.export(tmp_path / "out", published).entries == 2
    report = report_on(content(tmp_path / "out"))
    assert (report.verdict, report.size, state(report, 10)[0]) == ("valid", 2, "passed")


def test_exports_of_the_same_checkpoint_are_the_same(ledger: Ledger, tmp_path: Path) -> None:
    ledger.record(INCIDENT, *FACTS)
    published = ledger.publish()
    ledger.export(tmp_path / "one", published)
    ledger.note("alert-9")
    ledger.export(tmp_path / "two", published)
    assert content(tmp_path / "one") == content(tmp_path / "two")


def test_a_large_log_has_all_its_tiles(ledger: Ledger, tmp_path: Path) -> None:
    for _ in range(3):
        ledger.writer.append(note("alert-1", 200))
    ledger.export(tmp_path / "out")
    files = content(tmp_path / "out")
    assert {
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/89",
        "tile/1/000.p/2",
        "tile/entries/001",
    } <= files.keys()
    assert report_on(files).verdict == "valid"


def test_files_are_private_and_the_sums_are_sorted(tmp_path: Path) -> None:
    export = story_export(tmp_path)
    assert export.stat().st_mode & 0o077 == 0
    paths = [line[66:] for line in (export / "SHA256SUMS").read_text().splitlines()]
    assert paths == sorted(paths)
    assert set(paths) | {"SHA256SUMS"} == content(export).keys()


# --- what goes wrong --------------------------------------------------------------------------------------


def test_a_missing_blob_is_named_and_nothing_is_left(ledger: Ledger, tmp_path: Path) -> None:
    ledger.record(INCIDENT, OPENED)
    ledger.blobs.delete(ledger.policy)
    with pytest.raises(
        IntegrityError, match=f"blob {ledger.policy}, named by entry 1: expected a file, found none"
    ):
        ledger.export(tmp_path / "out")
    assert left_over(tmp_path) == []


def test_a_rotten_blob_is_named_and_nothing_is_left(ledger: Ledger, tmp_path: Path) -> None:
    ledger.record(INCIDENT, OPENED)
    (ledger.folder / "blobs/sha256" / ledger.policy[:2] / ledger.policy).write_bytes(b"rotten")
    with pytest.raises(IntegrityError, match="named by entry 1: expected bytes with that SHA-256"):
        ledger.export(tmp_path / "out")
    assert left_over(tmp_path) == []


def test_a_target_that_is_there_is_not_touched(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine").write_text("mine")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name in ("out", "file", "link"):
        with pytest.raises(StoreError, match="expected a new or empty directory"):
            ledger.export(tmp_path / name)
    assert left_over(tmp_path) == ["file", "link", "out"]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["mine"]


def test_an_empty_directory_is_filled(ledger: Ledger, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    ledger.export(tmp_path / "out")
    assert report_on(content(tmp_path / "out")).verdict == "valid"


def test_a_directory_that_somebody_fills_meanwhile_is_left_alone(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    published = ledger.publish()
    write_sums = application.exportfiles.ExportFiles.write_sums

    def somebody(files: application.exportfiles.ExportFiles, progress: Progress) -> None:
        write_sums(files, progress)
        (tmp_path / "out").mkdir()
        (tmp_path / "out/mine").write_text("mine")

    monkeypatch.setattr(application.exportfiles.ExportFiles, "write_sums", somebody)
    with pytest.raises(StoreError, match="Directory not empty"):
        ledger.export(tmp_path / "out", published)
    assert left_over(tmp_path) == ["out"]
    assert (tmp_path / "out/mine").read_text() == "mine"


def test_a_place_that_is_not_there_is_an_error(ledger: Ledger, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="No such file or directory"):
        ledger.export(tmp_path / "nowhere/out")


def test_a_full_disk_leaves_nothing(ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.record(INCIDENT, *FACTS)
    published = ledger.publish()
    real = os.fsync
    for survives in range(8):
        left = iter([True] * survives)

        def full(descriptor: int, left: Any = left) -> None:
            if not next(left, False):
                raise OSError(errno.ENOSPC, "No space left on device")
            real(descriptor)

        monkeypatch.setattr("application.exportfiles.os.fsync", full)
        with pytest.raises(StoreFull, match="No space left on device"):
            ledger.export(tmp_path / "out", published)
        monkeypatch.undo()
        assert left_over(tmp_path) == []


def test_every_file_and_directory_is_synced_before_the_target_appears(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger.record(INCIDENT, *FACTS)
    published, synced = ledger.publish(), []
    real = os.fsync

    def noted(descriptor: int) -> None:
        synced.append(Path(f"/proc/self/fd/{descriptor}").readlink())
        assert not (tmp_path / "out").exists() or synced[-1] == tmp_path
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    ledger.export(tmp_path / "out", published)
    names = {path.name for path in synced}
    assert {path.name for path in (tmp_path / "out").rglob("*")} <= names
    assert synced[-1] == tmp_path


def test_a_checkpoint_by_another_key_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    other = Ed25519Signer(b"\x59" * 32)
    vkey = format_vkey(replace(VKEY, public_key=other.public_key))
    with pytest.raises(IntegrityError):
        export_ledger(ledger.store, ledger.blobs, tmp_path / "out", checkpoint=ledger.publish(), vkey=vkey)
    assert left_over(tmp_path) == []


def test_a_store_that_no_longer_makes_the_published_root_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    ledger.note("alert-1")
    published = ledger.publish()

    class Swapped:
        """A store whose entries are not those that were published."""

        def __getattr__(self, name: str) -> Any:
            return getattr(other.store, name)

    with new_ledger(tmp_path / "home/other") as other:
        other.note("alert-2")
        with pytest.raises(IntegrityError, match=r"root of 2 entries: expected .*, as published, found"):
            export_ledger(
                Swapped(),
                ledger.blobs,
                tmp_path / "out",
                checkpoint=published,
                vkey=format_vkey(VKEY),
            )
    assert left_over(tmp_path) == []


def test_a_ledger_without_entries_is_not_exported(ledger: Ledger, tmp_path: Path) -> None:
    empty = Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT)
    signed = SignedCheckpoint(0, EMPTY_ROOT, sign_checkpoint(empty, LOG), NOW)
    with pytest.raises(IntegrityError, match="log: expected leaf 0 at least, found no entries"):
        ledger.export(tmp_path / "out", signed)
    assert left_over(tmp_path) == []


def test_a_store_with_missing_entries_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    for _ in range(3):
        ledger.note("alert-1")
    published = ledger.publish()
    with (
        new_ledger(tmp_path / "home/other") as other,
        pytest.raises(IntegrityError, match="expected 4 entries"),
    ):
        export_ledger(
            other.store, ledger.blobs, tmp_path / "out", checkpoint=published, vkey=format_vkey(VKEY)
        )


def test_progress_is_shown(ledger: Ledger, tmp_path: Path) -> None:
    ledger.record(INCIDENT, *FACTS)
    seen: list[tuple[str, int, int]] = []
    export_ledger(
        ledger.store,
        ledger.blobs,
        tmp_path / "out",
        checkpoint=ledger.publish(),
        vkey=format_vkey(VKEY),
        progress=lambda *step: seen.append(step),
    )
    assert ("entries", 8, 8) in seen
    assert [stage for stage, done, _ in seen if done].count("artifacts") == 1
    assert ORIGIN in (tmp_path / "out/VERIFY.md").read_text()
