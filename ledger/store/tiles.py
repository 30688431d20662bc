"""Tiles of a store: full ones are rows, partial ones are computed on read (C2SP tlog-tiles)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from ledger.bundle import encode_bundle
from ledger.errors import IntegrityError
from ledger.merkle import extend, frontier_root
from ledger.tile import WIDTH, Tile, tile_path

HASH = 32


def completed_tiles(old_size: int, new_size: int) -> tuple[Tile, ...]:
    """Return the tiles that became full between two sizes, each after the ones it is made of."""
    full: list[Tile] = []
    level, span = 0, WIDTH
    while new_size // span:
        full += [Tile(level, n, WIDTH) for n in range(old_size // span, new_size // span)]
        level, span = level + 1, span * WIDTH
    return tuple(full)


@lru_cache(maxsize=1024)  # 8 KB each
def tile_root(hashes: bytes) -> bytes:
    """Return the root of a full tile's 256 hashes."""
    frontier: tuple[bytes, ...] = ()
    for i in range(WIDTH):
        frontier = extend(frontier, i, hashes[i * HASH : (i + 1) * HASH])
    return frontier_root(frontier)


class TileSource:
    """Reads any tile that the entries behind three queries can make."""

    def __init__(
        self,
        *,
        stored: Callable[[int, int], bytes | None],
        leaves: Callable[[int, int], Sequence[bytes]],
        entries: Callable[[int, int], Sequence[bytes]],
    ) -> None:
        self._stored = stored
        self._leaves = leaves
        self._entries = entries

    def read(self, tile: Tile) -> bytes:
        """Return the bytes of ``tile``; raises `IntegrityError` when entries for it are missing."""
        if tile.level < 0:
            entries = self._entries(tile.index * WIDTH, tile.width)
            self._check_width(tile, len(entries))
            return encode_bundle(entries)
        full = self._stored(tile.level, tile.index)
        if full is not None:
            return full[: tile.width * HASH]
        return self.computed(tile)

    def computed(self, tile: Tile) -> bytes:
        """Return a hash tile from the level below it, whatever is stored."""
        first = tile.index * WIDTH
        if tile.level == 0:
            hashes: Sequence[bytes] = self._leaves(first, tile.width)
        else:
            hashes = [self._root(Tile(tile.level - 1, first + i, WIDTH)) for i in range(tile.width)]
        self._check_width(tile, len(hashes))
        return b"".join(hashes)

    def _root(self, tile: Tile) -> bytes:
        return tile_root(self.read(tile))

    @staticmethod
    def _check_width(tile: Tile, found: int) -> None:
        if found != tile.width:
            raise IntegrityError(tile_path(tile), f"{tile.width} entries", found)
