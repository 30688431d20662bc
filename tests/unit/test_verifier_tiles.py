"""Step 4: tiles from the root down, entries against the lowest tiles; what is bad is named."""

from __future__ import annotations

import pytest

from ledger.bundle import decode_bundle, encode_bundle
from ledger.checkpoint import Checkpoint
from ledger.errors import IntegrityError
from ledger.merkle import EMPTY_ROOT, root
from ledger.tile import Tile, tile_path, tiles_of
from tests.support.forging import Content, ForgedLog, entries_of, signed_by, with_sums
from tests.support.ledgers import LOG, ORIGIN
from tests.support.logs import MemoryLog, note_entries
from tests.support.verdicts import first, kinds, report_on, state
from verifier.container import Accepted
from verifier.inclusion import MAX_EMPTY, included
from verifier.source import Memory
from verifier.tally import Tally
from verifier.trustedtiles import TrustedTiles, edge

SIZE = 600


@pytest.fixture(scope="module")
def export() -> Content:
    log = ForgedLog()
    while len(log.entries) < SIZE:
        log.add("alert-1")
    return log.content()


def changed(export: Content, path: str, byte: int = 0) -> Content:
    data = bytearray(export[path])
    data[byte] ^= 1
    return with_sums({**export, path: bytes(data)})


def without(export: Content, path: str) -> Content:
    return with_sums({name: data for name, data in export.items() if name != path})


def test_a_log_of_several_tiles_is_valid(export: Content) -> None:
    report = report_on(export)
    assert (report.verdict, report.size, report.streams) == ("valid", SIZE, 2)
    assert [state(report, number) for number in (4, 5, 7, 8)] == [("passed", SIZE)] * 4


def test_a_bad_full_tile_is_named_and_only_its_entries_are_refused(export: Content) -> None:
    report = report_on(changed(export, "tile/0/001"))
    assert kinds(report) == {"tree": 1, "chain": 1}
    assert first(report, "tree").startswith("tile/0/001: expected a tile with root ")
    assert state(report, 4) == ("failed", SIZE - 256)


@pytest.mark.parametrize("path", ["tile/0/002.p/88", "tile/1/000.p/2"])
def test_a_bad_partial_tile_leaves_no_root(export: Content, path: str) -> None:
    report = report_on(changed(export, path))
    assert kinds(report) == {"tree": 1}
    assert first(report, "tree").startswith("root of tile/0/002.p/88, tile/1/000.p/2: expected ")
    assert state(report, 5) == ("incomplete", 0)


@pytest.mark.parametrize("path", ["tile/0/000", "tile/0/001", "tile/0/002.p/88", "tile/1/000.p/2"])
def test_a_missing_tile_is_found(export: Content, path: str) -> None:
    assert first(report_on(without(export, path)), "tree") == f"{path}: expected a file, found none"


@pytest.mark.parametrize("path", ["tile/entries/000", "tile/entries/001", "tile/entries/002.p/88"])
def test_a_missing_bundle_is_found(export: Content, path: str) -> None:
    report = report_on(without(export, path))
    assert first(report, "bundle") == f"{path}: expected a file, found none"


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/002",
        "tile/0/002.p/87",
        "tile/0/003",
        "tile/0/000.p/88",
        "tile/1/000",
        "tile/2/000.p/1",
        "tile/entries/002",
        "tile/entries/003.p/1",
    ],
)
def test_a_tile_too_many_is_found(export: Content, path: str) -> None:
    report = report_on(with_sums({**export, path: export["tile/0/000"]}))
    assert kinds(report) == {"tree": 1}
    assert first(report, "tree") == f"{path}: expected no such tile in a log of 600 entries, found a file"


@pytest.mark.parametrize("surplus", [b"x", b"x" * 32])
def test_a_tile_longer_than_its_name_says_is_found(export: Content, surplus: bytes) -> None:
    for path in ("tile/0/002.p/88", "tile/1/000.p/2"):
        report = report_on(with_sums({**export, path: export[path] + surplus}))
        size = len(export[path])
        assert first(report, "tree") == f"{path}: expected {size} bytes, found {size + len(surplus)}"


def test_an_entry_with_another_hash_is_found_before_anybody_reads_it(export: Content) -> None:
    report = report_on(changed(export, "tile/entries/001", 2))
    assert kinds(report) == {"inclusion": 1, "chain": 1}
    assert first(report, "inclusion").startswith("entry 256: expected leaf ")


@pytest.mark.parametrize("path", ["tile/entries/000", "tile/entries/002.p/88"])
def test_a_record_deleted_doubled_or_moved_is_found(export: Content, path: str) -> None:
    entries = decode_bundle(export[path], path)
    for forged in (
        entries[:-1],
        entries[1:],
        (*entries[:5], *entries[4:]),
        (entries[1], entries[0], *entries[2:]),
    ):
        report = report_on(with_sums({**export, path: encode_bundle(forged[:256])}))
        assert report.verdict == "invalid"
        assert kinds(report).keys() & {"bundle", "inclusion"}


def test_a_bundle_with_an_entry_too_many_is_found(export: Content) -> None:
    path = "tile/entries/002.p/88"
    entries = decode_bundle(export[path], path)
    report = report_on(with_sums({**export, path: encode_bundle((*entries, entries[0]))}))
    assert kinds(report) == {"bundle": 1}
    assert first(report, "bundle") == f"{path}: expected 88 entries, found 89"
    assert state(report, 4) == ("failed", SIZE)


def test_a_bundle_that_is_none_is_found(export: Content) -> None:
    for data in (b"", export["tile/entries/001"][:-1], b"\xff\xff"):
        report = report_on(with_sums({**export, "tile/entries/001": data}))
        assert kinds(report)["bundle"] == 1


def test_bundles_in_each_others_place_are_found(export: Content) -> None:
    one, two = "tile/entries/000", "tile/entries/001"
    report = report_on(with_sums({**export, one: export[two], two: export[one]}))
    assert kinds(report)["inclusion"] == 512


def test_tiles_that_fit_the_changed_entries_do_not_fit_the_root(export: Content) -> None:
    entries = list(entries_of(export))
    entries[300], entries[301] = entries[301], entries[300]
    log = MemoryLog(entries)
    tiles = {tile_path(tile): log.read(tile) for tile in tiles_of(SIZE)}
    bundles = {"tile/entries/001": encode_bundle(entries[256:512])}
    report = report_on(with_sums({**export, **tiles, **bundles}))
    assert kinds(report) == {"tree": 1}


def test_an_empty_log_has_nothing_to_prove() -> None:
    head = Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT)
    tally = Tally()
    assert list(included(Accepted(Memory({})), head, tally)) == []
    assert tally.findings == ()
    assert report_on(signed_by({"VERIFY.md": b"x"}, LOG)).verdict == "valid"


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 70_000])
def test_the_edge_is_the_partial_tiles(size: int) -> None:
    assert list(edge(size)) == [tile for tile in tiles_of(size) if tile.width < 256]


@pytest.mark.parametrize("size", [1, 255, 256, 257, 512, 513, 1000])
def test_leaves_are_handed_out_only_under_the_root(size: int) -> None:
    log = MemoryLog(note_entries(size))
    head = Checkpoint(origin=ORIGIN, size=size, root=log.roots[-1])
    content = {tile_path(tile): log.read(tile) for tile in tiles_of(size)}
    tiles = TrustedTiles(Memory(content), head)
    tiles.check_edge()
    assert b"".join(b"".join(tiles.leaves(i)) for i in range(-(-size // 256))) == b"".join(log.leaves)
    for tile in tiles_of(size):
        bad = dict(content)
        bad[tile_path(tile)] = bytes(32) + bad[tile_path(tile)][32:]
        other = TrustedTiles(Memory(bad), head)
        with pytest.raises(IntegrityError):
            _read_everything(other, size)


def _read_everything(tiles: TrustedTiles, size: int) -> None:
    tiles.check_edge()
    for index in range(-(-size // 256)):
        tiles.leaves(index)


def test_a_live_log_may_serve_the_full_tile_for_a_partial_one() -> None:
    log, size = MemoryLog(note_entries(300)), 260
    head = Checkpoint(origin=ORIGIN, size=size, root=log.roots[size])
    # The log has grown to 512 since, and dropped its partial tiles.
    grown = MemoryLog(note_entries(512))
    content = {
        tile_path(tile): grown.read(tile) for tile in (Tile(0, 0), Tile(0, 1), Tile(-1, 0), Tile(-1, 1))
    }
    content["tile/1/000.p/1"] = log.read(Tile(1, 0, 1))
    source = Memory(content)
    tally = Tally()
    assert list(included(source, head, tally)) == []
    source.listed = False  # as a server would be
    assert [entry.data for entry in included(source, head, tally)] == list(note_entries(size))


def test_a_tree_too_large_to_be_walked_through_is_given_up() -> None:
    # Hashes from nowhere make the edge of a tree of 256^7 + 1 leaves; its owner signs it.
    size = 256**7 + 1
    content = {tile_path(tile): bytes(32 * tile.width) for tile in edge(size)}
    found = root(size, lambda level, index: bytes(32))
    head = Checkpoint(origin=ORIGIN, size=size, root=found)
    tally = Tally()
    assert list(included(Accepted(Memory(content)), head, tally)) == []
    assert {item.kind: item.count for item in tally.findings} == {"tree": MAX_EMPTY}


def test_a_bundle_that_holds_starts_the_count_anew(export: Content, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("verifier.inclusion.MAX_EMPTY", 1)
    assert state(report_on(without(export, "tile/entries/002.p/88")), 4) == ("failed", 512)
    assert state(report_on(without(export, "tile/entries/001")), 4) == ("failed", 256)
    assert report_on(export).verdict == "valid"
