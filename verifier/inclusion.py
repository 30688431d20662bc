"""Step 4 in a ledger: every entry is in the signed tree, at its index, before anybody looks into it.

Hash tiles are checked from the root down (`verifier.trustedtiles`), the entries against the lowest ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from ledger.bundle import decode_bundle
from ledger.checkpoint import Checkpoint
from ledger.exportlayout import TILES
from ledger.finding import Finding
from ledger.merkle import leaf_hash
from ledger.tile import WIDTH, Tile, bundles_of, parse_tile_path, tile_at, tile_path
from verifier.errors import NotThere
from verifier.layouts import MAX_BUNDLE
from verifier.source import Source
from verifier.steps import Step
from verifier.tally import Tally
from verifier.trustedtiles import TrustedTiles

MAX_EMPTY: Final = 1_000
"""After so many bundles in a row of which nothing held, the rest is not looked for."""


class Included(msgspec.Struct, frozen=True):
    """The bytes of the entry at ``position``, and their leaf hash, which the checkpoint commits to.

    ``stream`` is the one that an export lists it in; the tree of a whole log says nothing of streams.
    ``signed_by`` is a raw public key that its signature holds under, where that was found out ahead.
    """

    position: int
    leaf: bytes
    data: bytes
    stream: str | None = None
    signed_by: bytes | None = None


def included(source: Source, checkpoint: Checkpoint, tally: Tally) -> Iterator[Included]:
    """Yield each entry that is in the tree of ``checkpoint``, in order; the rest has become findings."""
    tiles = TrustedTiles(source, checkpoint)
    makes_root = False
    with tally.collecting("tree"):
        tiles.check_edge()
        makes_root = True
    if source.listed:
        _find_surplus(source, checkpoint.size, tally)
    empty = 0
    for bundle in bundles_of(checkpoint.size) if makes_root else ():
        held = tally.count(Step.INCLUSION)
        yield from _bundle(source, tiles, bundle, tally)
        empty = empty + 1 if tally.count(Step.INCLUSION) == held else 0
        if empty == MAX_EMPTY:
            # A few forged hashes are enough to claim a tree that nobody could walk through.
            return


def _bundle(source: Source, tiles: TrustedTiles, bundle: Tile, tally: Tally) -> Iterator[Included]:
    leaves, entries = tuple[bytes, ...](), tuple[bytes, ...]()
    with tally.collecting("tree"):
        leaves = tiles.leaves(bundle.index)
    with tally.collecting("bundle"):
        entries = _entries(source, bundle) if leaves else ()
    if entries and len(entries) != len(leaves):
        expected, found = f"{len(leaves)} entries", str(len(entries))
        tally.found(Finding("bundle", tile_path(bundle), expected, found))
    held = 0
    for position, (leaf, data) in enumerate(zip(leaves, entries, strict=False), bundle.index * WIDTH):
        if (found_leaf := leaf_hash(data)) == leaf:
            held += 1
            yield Included(position, leaf, data)
        else:
            tally.found(Finding("inclusion", f"entry {position}", f"leaf {leaf.hex()}", found_leaf.hex()))
    tally.checked(Step.INCLUSION, held)


def _entries(source: Source, bundle: Tile) -> tuple[bytes, ...]:
    """Return the entries of a bundle; a live log that has grown may serve the full one for a partial one."""
    path = tile_path(bundle)
    try:
        return decode_bundle(source.read(path, MAX_BUNDLE), path)
    except NotThere:
        if source.listed or bundle.width == WIDTH:
            raise
        path = tile_path(Tile(bundle.level, bundle.index))
        return decode_bundle(source.read(path, MAX_BUNDLE), path)[: bundle.width]


def _find_surplus(source: Source, size: int, tally: Tally) -> None:
    """Report tiles that a tree of ``size`` does not have: somebody may take them for part of the log."""
    with tally.collecting("tree"):
        for file in source.files(TILES):
            if not _belongs(parse_tile_path(file.path), size):
                tally.found(Finding("tree", file.path, f"no such tile in a log of {size} entries", "a file"))


def _belongs(tile: Tile, size: int) -> bool:
    try:
        return tile == tile_at(tile.level, tile.index, size)
    except ValueError:
        return False
