"""The code of Go's checksum database audits directories of ours, and refuses tampered ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ledger.bundle import decode_bundle, encode_bundle
from tests.support.logs import ORIGIN, MemoryLog, event_entries, write_tiles
from tests.support.outsiders import go_audit

ENTRIES = event_entries(600)
CHECKS = ["checkpoint", "log.vkey", "entry bundles", "hash tiles", "hash tiles", "inclusion"]


def log_of(size: int) -> MemoryLog:
    return MemoryLog(ENTRIES[:size])


@pytest.mark.req("R-SVC-14")
@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 600])
def test_a_log_of_any_size_is_accepted(size: int, tmp_path: Path) -> None:
    log = log_of(size)
    audit = go_audit(write_tiles(log, tmp_path), log.vkey)
    assert audit.returncode == 0, audit.stdout
    lines = audit.stdout.splitlines()
    assert [line.removeprefix("ok").strip().split(":")[0] for line in lines] == CHECKS
    assert lines[-1].endswith(f"{size} of {size} entries proven")


@pytest.mark.parametrize("old", [0, 1, 255, 256, 257, 512, 599, 600])
def test_every_older_checkpoint_is_consistent(old: int, tmp_path: Path) -> None:
    log = log_of(600)
    audit = go_audit(write_tiles(log, tmp_path), log.vkey, log.checkpoint(old))
    assert audit.returncode == 0, audit.stdout
    assert (
        audit.stdout.splitlines()[-1]
        == f"ok   consistency: the {old} entries of the older checkpoint are a prefix"
    )


def test_of_a_large_log_a_spread_of_entries_is_proven(tmp_path: Path) -> None:
    log = log_of(600)
    audit = go_audit(write_tiles(log, tmp_path), log.vkey, sample=50)
    # Every 13th of 600, and the last.
    assert audit.stdout.splitlines()[-1] == "ok   inclusion: 48 of 600 entries proven"


def change_entry(directory: Path) -> None:
    path = directory / "tile/entries/001"
    first, *rest = decode_bundle(path.read_bytes(), "bundle")
    path.write_bytes(encode_bundle([first.replace(b"A", b"B", 1), *rest]))


def swap_entries(directory: Path) -> None:
    path = directory / "tile/entries/000"
    first, second, *rest = decode_bundle(path.read_bytes(), "bundle")
    path.write_bytes(encode_bundle([second, first, *rest]))


def drop_entry(directory: Path) -> None:
    path = directory / "tile/entries/002.p/88"
    path.write_bytes(encode_bundle(decode_bundle(path.read_bytes(), "bundle")[:-1]))


def add_entry(directory: Path) -> None:
    path = directory / "tile/entries/002.p/88"
    path.write_bytes(path.read_bytes() + b"\x00\x01x")


def cut_entry(directory: Path) -> None:
    path = directory / "tile/entries/002.p/88"
    path.write_bytes(path.read_bytes()[:-1])


def lose_bundle(directory: Path) -> None:
    (directory / "tile/entries/001").unlink()


def flip_bit_in(name: str, offset: int = 40) -> Callable[[Path], None]:
    def flip(directory: Path) -> None:
        data = bytearray((directory / name).read_bytes())
        data[offset % len(data)] ^= 1
        (directory / name).write_bytes(data)

    return flip


def lose_tile(directory: Path) -> None:
    (directory / "tile/1/000.p/2").unlink()


def replace_in_checkpoint(old: bytes, new: bytes) -> Callable[[Path], None]:
    def replace(directory: Path) -> None:
        path = directory / "checkpoint"
        assert old in path.read_bytes()
        path.write_bytes(path.read_bytes().replace(old, new, 1))

    return replace


def relabel(directory: Path) -> None:
    (directory / "log.vkey").write_text("other.example+00000000+AA==\n")


TAMPERINGS: dict[str, tuple[Callable[[Path], None], str]] = {
    "an entry changed": (change_entry, "entry bundles: expected root"),
    "entries swapped": (swap_entries, "entry bundles: expected root"),
    "an entry dropped": (drop_entry, "entry 599: the bundle ends inside it"),
    "an entry added": (add_entry, "expected 88 entries, found 3 bytes more"),
    "an entry cut": (cut_entry, "entry 599: the bundle ends inside it"),
    "a bundle lost": (lose_bundle, "tile/entries/001: no such file"),
    "a leaf hash changed": (flip_bit_in("tile/0/001"), "tile/0/001: does not hold the hashes"),
    "the last leaf hash changed": (flip_bit_in("tile/0/002.p/88", -1), "tile/0/002.p/88: does not hold"),
    "a node hash changed": (flip_bit_in("tile/1/000.p/2"), "tile/1/000.p/2: does not hold"),
    "a tile lost": (lose_tile, "no such file"),
    "another size": (replace_in_checkpoint(b"\n600\n", b"\n599\n"), "checkpoint: invalid signature"),
    "another origin": (
        replace_in_checkpoint(ORIGIN.encode(), b"ledger.example/other"),
        "checkpoint: invalid signature",
    ),
    "another log's label": (relabel, "log.vkey: expected"),
}


@pytest.mark.parametrize(("tamper", "reason"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_a_tampered_log_is_refused_for_its_reason(
    tamper: Callable[[Path], None], reason: str, tmp_path: Path
) -> None:
    log = log_of(600)
    tamper(write_tiles(log, tmp_path))
    audit = go_audit(tmp_path, log.vkey)
    assert audit.returncode == 1, audit.stdout
    last = audit.stdout.splitlines()[-1]
    assert last.startswith("FAIL ")
    assert reason in last


def test_a_log_under_another_key_is_refused(tmp_path: Path) -> None:
    log = log_of(5)
    audit = go_audit(
        write_tiles(log, tmp_path), "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    )
    assert audit.returncode == 1
    assert audit.stdout.startswith("FAIL checkpoint: note has no verifiable signatures")


def test_a_rewritten_log_is_refused_with_an_older_checkpoint(tmp_path: Path) -> None:
    honest, rewritten = log_of(300), MemoryLog((*ENTRIES[:100], ENTRIES[599], *ENTRIES[101:600]))
    write_tiles(rewritten, tmp_path)
    assert go_audit(tmp_path, rewritten.vkey).returncode == 0
    audit = go_audit(tmp_path, rewritten.vkey, honest.checkpoint())
    assert audit.returncode == 1
    assert "FAIL consistency from size 300 to 600" in audit.stdout


def test_a_cut_tail_is_refused_with_an_older_checkpoint(tmp_path: Path) -> None:
    log = log_of(299)
    older = tmp_path / "older"
    older.write_bytes(log_of(300).checkpoint())
    audit = go_audit(write_tiles(log, tmp_path / "log"), log.vkey, older)
    assert audit.returncode == 1
    assert "expected at least the 300 entries of the older checkpoint, found 299" in audit.stdout
