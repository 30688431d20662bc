"""Tiles: the tree cut into immutable files of up to 256 hashes, as c2sp.org/tlog-tiles names them.

Tile ``index`` at ``level`` holds the roots of 256 complete subtrees of 256^level leaves each; level -1 stands
for the bundles of the entries themselves. Only the rightmost tile of a level may be partial.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Final, TypeAlias

import msgspec

from ledger.errors import IntegrityError
from ledger.merkle import HashReader, node_hash
from ledger.strict import MAX_NUMBER, shown

HEIGHT: Final = 8
WIDTH: Final = 2**HEIGHT
HASH_SIZE: Final = 32
ENTRIES: Final = -1
MAX_LEVEL: Final = 63

_PATH = re.compile(r"tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/([0-9]{1,3}))?")

_Levels: TypeAlias = tuple[tuple[bytes, ...], ...]


class Tile(msgspec.Struct, frozen=True):
    """The name of a tile: its level (-1 for entries), its index there, and how many hashes it holds."""

    level: int
    index: int
    width: int = WIDTH


def tile_path(tile: Tile) -> str:
    """Return the path under the log's prefix, such as ``tile/0/x001/x234/067.p/8``."""
    level = "entries" if tile.level == ENTRIES else str(tile.level)
    groups, rest = [f"{tile.index % 1000:03}"], tile.index // 1000
    while rest:
        groups.append(f"x{rest % 1000:03}")
        rest //= 1000
    suffix = "" if tile.width == WIDTH else f".p/{tile.width}"
    return f"tile/{level}/{'/'.join(reversed(groups))}{suffix}"


def parse_tile_path(path: str) -> Tile:
    """Return the tile whose path this is; anything that is not exactly such a path is an `IntegrityError`."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise IntegrityError("tile path", "tile/<level>/<index>[.p/<width>]", shown(path))
    level, index, width = match.groups()
    tile = Tile(
        ENTRIES if level == "entries" else int(level),
        int(index.replace("x", "").replace("/", "")),
        WIDTH if width is None else int(width),
    )
    if tile_path(tile) != path or not _in_range(tile):
        raise IntegrityError("tile path", "tile/<level>/<index>[.p/<width>] in its one spelling", shown(path))
    return tile


def tiles_of(size: int) -> Iterator[Tile]:
    """Yield every hash tile of a tree of ``size`` leaves, level by level, partial ones last in theirs."""
    level = 0
    while size:
        yield from _row(level, size)
        level, size = level + 1, size // WIDTH


def bundles_of(size: int) -> Iterator[Tile]:
    """Yield every entry bundle of a log of ``size`` entries, in order."""
    return _row(ENTRIES, size)


def tile_at(level: int, index: int, size: int) -> Tile:
    """Return tile ``index`` of ``level`` as wide as a tree of ``size`` leaves has it."""
    width = min(WIDTH, (size >> (HEIGHT * max(level, 0))) - index * WIDTH)
    if width < 1 or index < 0:
        raise ValueError(f"tile {index} of level {level}: not in a tree of {size} leaves")
    return Tile(level, index, width)


def tile_reader(read: Callable[[Tile], bytes], size: int) -> HashReader:
    """Return a reader of subtree hashes over the tiles of a tree of ``size`` leaves.

    ``read`` returns a tile's bytes. In place of a partial tile it may serve the full one, either at once or
    after LookupError or FileNotFoundError for the partial one: logs may drop partial tiles they outgrew.
    The hashes are as trustworthy as ``read``; proofs made from them are what is checked.
    """

    @lru_cache(maxsize=256)
    def levels(level: int, index: int) -> _Levels:
        return _subtree_levels(_read_tile(read, tile_at(level, index, size)))

    def reader(level: int, index: int) -> bytes:
        row, height = divmod(level, HEIGHT)
        tile, within = divmod(index, WIDTH >> height)
        rows = levels(row, tile)
        if height >= len(rows) or within >= len(rows[height]):
            raise ValueError(f"subtree {index} of level {level}: not complete in a tree of {size} leaves")
        return rows[height][within]

    return reader


def split_hashes(data: bytes, place: str) -> tuple[bytes, ...]:
    """Return the 1 to 256 hashes whose concatenation a tile is."""
    count, rest = divmod(len(data), HASH_SIZE)
    if rest or not 1 <= count <= WIDTH:
        raise IntegrityError(place, "1 to 256 hashes of 32 bytes", f"{len(data)} bytes")
    return tuple(data[i : i + HASH_SIZE] for i in range(0, len(data), HASH_SIZE))


def _in_range(tile: Tile) -> bool:
    return tile.level <= MAX_LEVEL and tile.index <= MAX_NUMBER and 1 <= tile.width <= WIDTH


def _row(level: int, count: int) -> Iterator[Tile]:
    full, partial = divmod(count, WIDTH)
    yield from (Tile(level, index) for index in range(full))
    if partial:
        yield Tile(level, full, partial)


def _read_tile(read: Callable[[Tile], bytes], tile: Tile) -> tuple[bytes, ...]:
    try:
        data = read(tile)
    except (LookupError, FileNotFoundError):
        if tile.width == WIDTH:
            raise
        data = read(Tile(tile.level, tile.index))
    if len(data) not in (tile.width * HASH_SIZE, WIDTH * HASH_SIZE):
        raise IntegrityError(tile_path(tile), f"{tile.width * HASH_SIZE} bytes", f"{len(data)} bytes")
    return split_hashes(data, tile_path(tile))[: tile.width]


def _subtree_levels(hashes: Sequence[bytes]) -> _Levels:
    """Return the tile's hashes and, above them, the roots of every complete subtree inside the tile."""
    rows = [tuple(hashes)]
    while len(row := rows[-1]) > 1:
        rows.append(tuple(node_hash(row[i], row[i + 1]) for i in range(0, len(row) - 1, 2)))
    return tuple(rows)
