"""Tiles: their paths, which of them a size has, and subtree hashes read from them."""

from __future__ import annotations

import pytest

from ledger.errors import IntegrityError
from ledger.merkle import consistency_proof, inclusion_proof, root
from ledger.tile import (
    ENTRIES,
    WIDTH,
    Tile,
    bundles_of,
    parse_tile_path,
    split_hashes,
    tile_at,
    tile_path,
    tile_reader,
    tiles_of,
)
from tests.support.logs import MemoryLog, note_entries
from tests.support.naive_tree import NaiveTree

LOG = MemoryLog(note_entries(600))
NAIVE = NaiveTree(note_entries(600))
FULL = b"\xaa" * 32 * WIDTH


@pytest.mark.parametrize(
    ("tile", "path"),
    [
        (Tile(0, 0), "tile/0/000"),
        (Tile(0, 0, 1), "tile/0/000.p/1"),
        (Tile(ENTRIES, 273, 112), "tile/entries/273.p/112"),
        (Tile(63, 1_234_067, 255), "tile/63/x001/x234/067.p/255"),
        (Tile(0, 1000), "tile/0/x001/000"),
        (Tile(0, 2**63 - 1), "tile/0/x009/x223/x372/x036/x854/x775/807"),
    ],
)
def test_a_tile_path_comes_back(tile: Tile, path: str) -> None:
    assert tile_path(tile) == path
    assert parse_tile_path(path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/000/",
        "tile/0/00",
        "tile/0/0000",
        "tile/0/x000",
        "tile/0/x000/001",
        "tile/0/001/001",
        "tile/0/x001/x001",
        "tile/00/000",
        "tile/01/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/8/0/000",
        "tile/data/000",
        "tile/entries/000.p/0",
        "tile/0/000.p/",
        "tile/0/000.p/0",
        "tile/0/000.p/01",
        "tile/0/000.p/256",
        "tile/0/000.p/1/",
        "tile/0/000.P/1",
        "tile/0/000\n",
        "tile/0/٠٠٠",
        "tile/0/../000",
        "tile/0/x999/x999/x999/x999/x999/x999/999",
        "tile/0/x001/x000/x000/x000/x000/x000/x000/000",
        "tile/entries/\ud800",
    ],
)
def test_anything_else_is_no_tile_path(path: str) -> None:
    with pytest.raises(IntegrityError, match="tile path: expected"):
        parse_tile_path(path)


def test_an_empty_log_has_no_tiles() -> None:
    assert list(tiles_of(0)) == list(bundles_of(0)) == []


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 511, 512, 600, 65_535, 65_536, 65_537, 16_777_217])
def test_the_widths_of_a_level_add_up_to_its_full_subtrees(size: int) -> None:
    for level in range(4):
        tiles = [tile for tile in tiles_of(size) if tile.level == level]
        assert sum(tile.width for tile in tiles) == size >> (8 * level)
        assert [tile.index for tile in tiles] == list(range(len(tiles)))
        assert all(tile == tile_at(level, tile.index, size) for tile in tiles)
    assert sum(tile.width for tile in bundles_of(size)) == size
    assert [tile_at(ENTRIES, tile.index, size) for tile in bundles_of(size)] == list(bundles_of(size))


@pytest.mark.parametrize(("level", "index", "size"), [(0, 1, 256), (1, 0, 255), (0, -1, 256), (-1, 1, 256)])
def test_a_tile_beyond_the_tree_is_a_mistake_of_the_caller(level: int, index: int, size: int) -> None:
    with pytest.raises(ValueError, match="not in a tree of"):
        tile_at(level, index, size)


@pytest.mark.parametrize("size", [1, 2, 5, 255, 256, 257, 511, 512, 600])
def test_every_complete_subtree_is_read_from_the_tiles(size: int) -> None:
    reader = tile_reader(LOG.read, size)
    for level in range(11):
        for index in range(size >> level):
            assert reader(level, index) == NAIVE.subtree(level, index)
        with pytest.raises(ValueError, match="not "):
            reader(level, size >> level)


def test_proofs_are_made_from_the_tiles_of_their_size_alone() -> None:
    size, asked = 515, list[Tile]()

    def read(tile: Tile) -> bytes:
        asked.append(tile)
        return LOG.read(tile)

    reader = tile_reader(read, size)
    assert root(size, reader) == NAIVE.root(size)
    for index in (0, 255, 256, 511, 512, 514):
        assert inclusion_proof(index, size, reader) == NAIVE.path(index, size)
    for old in (1, 3, 256, 300, 512, 514):
        assert consistency_proof(old, size, reader) == NAIVE.proof(old, size)
    assert set(asked) <= set(tiles_of(size))
    assert len(asked) == len(set(asked)), "each tile is read once"


@pytest.mark.parametrize("error", [LookupError, KeyError, FileNotFoundError])
def test_a_full_tile_serves_where_the_partial_one_is_gone(error: type[Exception]) -> None:
    def read(tile: Tile) -> bytes:
        if tile.width < WIDTH:
            raise error(tile_path(tile))
        return LOG.read(tile)

    assert root(
        300, tile_reader(lambda tile: LOG.read(tile) if tile.level else read(tile), 300)
    ) == NAIVE.root(300)


def test_a_full_tile_that_is_gone_is_asked_for_once() -> None:
    asked = list[Tile]()

    def read(tile: Tile) -> bytes:
        asked.append(tile)
        raise FileNotFoundError(tile_path(tile))

    with pytest.raises(FileNotFoundError, match="tile/0/000"):
        tile_reader(read, 300)(0, 0)
    assert asked == [Tile(0, 0)]


def test_a_full_tile_may_come_at_once() -> None:
    def read(tile: Tile) -> bytes:
        return LOG.read(Tile(tile.level, tile.index, WIDTH if tile.level == 0 else tile.width))

    reader = tile_reader(read, 300)
    assert root(300, reader) == NAIVE.root(300)
    with pytest.raises(ValueError, match="subtree 300 of level 0: not complete in a tree of 300 leaves"):
        reader(0, 300)


@pytest.mark.parametrize(
    "data", [b"", b"x" * 31, b"x" * 32, b"x" * (32 * 43), b"x" * (32 * 44 + 1), FULL + b"x"]
)
def test_a_tile_of_another_size_is_reported_by_its_path(data: bytes) -> None:
    with pytest.raises(IntegrityError, match=r"tile/0/001\.p/44: expected 1408 bytes"):
        tile_reader(lambda _: data, 300)(0, 299)


@pytest.mark.parametrize("data", [b"", b"x" * 33, FULL + b"x" * 32])
def test_what_is_no_row_of_hashes_is_refused(data: bytes) -> None:
    assert split_hashes(FULL, "tile/0/000") == (b"\xaa" * 32,) * WIDTH
    with pytest.raises(IntegrityError, match="tile/0/000: expected 1 to 256 hashes of 32 bytes"):
        split_hashes(data, "tile/0/000")
