"""Step 4, first half: hash tiles that the checkpoint's root commits to, read from the root down.

The partial tiles at the right edge make the root together; each full tile is the child of one hash of the
level above. So a tile is used only after everything above it was, and a bad one is named exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ledger.checkpoint import Checkpoint
from ledger.errors import IntegrityError
from ledger.merkle import node_hash, root
from ledger.tile import HASH_SIZE, WIDTH, Tile, split_hashes, tile_at, tile_path, tile_reader
from verifier.errors import NotThere
from verifier.layouts import MAX_TILE
from verifier.source import Source


def read_hashes(source: Source, tile: Tile) -> bytes:
    """Return the hashes of a tile, exactly as many as its name says.

    A live log that has grown may serve the full tile in place of a partial one.
    """
    try:
        return _exactly(source, tile)
    except NotThere:
        if source.listed or tile.width == WIDTH:
            raise
        return _exactly(source, Tile(tile.level, tile.index))[: tile.width * HASH_SIZE]


class TrustedTiles:
    """The hash tiles of one checkpoint. ``check_edge`` comes first."""

    def __init__(self, source: Source, checkpoint: Checkpoint) -> None:
        self._source = source
        self._checkpoint = checkpoint
        self._hashes = lru_cache(maxsize=32)(self._trusted)

    def check_edge(self) -> None:
        """Return when the tiles at the right edge make the checkpoint's root, or raise `IntegrityError`."""
        size = self._checkpoint.size
        found = root(size, tile_reader(self._read, size)) if size else self._checkpoint.root
        if found != self._checkpoint.root:
            paths = ", ".join(tile_path(tile) for tile in edge(size))
            raise IntegrityError(f"root of {paths}", self._checkpoint.root.hex(), found.hex())

    def leaves(self, index: int) -> tuple[bytes, ...]:
        """Return the leaf hashes of entry bundle ``index``, or raise for the first bad tile above them."""
        return self._hashes(0, index)

    def _trusted(self, level: int, index: int) -> tuple[bytes, ...]:
        tile = tile_at(level, index, self._checkpoint.size)
        if tile.width == WIDTH:
            # The level above first: it says what this tile must hash to.
            expected = self._hashes(level + 1, index // WIDTH)[index % WIDTH]
        hashes = split_hashes(self._read(tile), tile_path(tile))
        if tile.width == WIDTH and (found := tile_root(hashes)) != expected:
            raise IntegrityError(tile_path(tile), f"a tile with root {expected.hex()}", found.hex())
        return hashes

    def _read(self, tile: Tile) -> bytes:
        return read_hashes(self._source, tile)


def _exactly(source: Source, tile: Tile) -> bytes:
    data = source.read(tile_path(tile), MAX_TILE)
    if len(data) != tile.width * HASH_SIZE:
        raise IntegrityError(tile_path(tile), f"{tile.width * HASH_SIZE} bytes", len(data))
    return data


def edge(size: int) -> Iterator[Tile]:
    """Yield the partial tiles of a tree, lowest level first."""
    level = 0
    while size >> (8 * level):
        width = (size >> (8 * level)) % WIDTH
        if width:
            yield Tile(level, (size >> (8 * level)) // WIDTH, width)
        level += 1


def tile_root(hashes: tuple[bytes, ...]) -> bytes:
    """Return the root of a full tile's hashes."""
    row = list(hashes)
    while len(row) > 1:
        row = [node_hash(row[i], row[i + 1]) for i in range(0, len(row), 2)]
    return row[0]
