"""Inclusion proofs from tiles, made and checked, at growing sizes of the tree."""

from __future__ import annotations

import random
from hashlib import sha256

from benchmarks.measure import rate, shown
from benchmarks.table import Table
from ledger.merkle import consistency_proof, inclusion_proof, node_hash, root, verify_inclusion
from ledger.tile import Tile, tile_reader

SIZES = (10_000, 100_000, 1_000_000)
PROOFS = 500


def measure() -> Table:
    """Return the section on proofs."""
    hashes = [sha256(i.to_bytes(8, "big")).digest() for i in range(SIZES[-1])]
    base = rate(100_000, lambda: [node_hash(hashes[i], hashes[i + 1]) for i in range(100_000)])
    return Table(
        "Proofs",
        f"One node hash is {base.median:,.0f}/s here. Proofs of random leaves from a cold and a warm reader over tiles "
        "in memory; a store adds its reads.",
        ("leaves", "made, cold tiles", "made, warm tiles", "checked", "consistency proofs"),
        [_row(size, hashes[:size]) for size in SIZES],
    )


def _row(size: int, hashes: list[bytes]) -> tuple[str, ...]:
    levels = _levels(hashes)
    chosen = random.Random(size)

    def read(tile: Tile) -> bytes:
        start = tile.index * 256
        return b"".join(levels[tile.level][start : start + tile.width])

    warm = tile_reader(read, size)
    top = root(size, warm)
    indexes = [chosen.randrange(size) for _ in range(PROOFS)]
    proofs = {i: inclusion_proof(i, size, warm) for i in indexes}
    cold = rate(20, lambda: [inclusion_proof(i, size, tile_reader(read, size)) for i in indexes[:20]])
    made = rate(PROOFS, lambda: [inclusion_proof(i, size, warm) for i in indexes])

    def check() -> None:
        for i in indexes:
            verify_inclusion(hashes[i], i, size, proofs[i], top, "benchmark")

    checked = rate(PROOFS, check)
    consistent = rate(PROOFS, lambda: [consistency_proof(i + 1, size, warm) for i in indexes])
    return f"{size:,}", shown(cold), shown(made), shown(checked), shown(consistent)


def _levels(hashes: list[bytes]) -> list[list[bytes]]:
    levels = [hashes]
    while len(levels[-1]) >= 256:
        below = levels[-1]
        levels.append([_subtree(below[i : i + 256]) for i in range(0, len(below) - 255, 256)])
    return levels


def _subtree(nodes: list[bytes]) -> bytes:
    while len(nodes) > 1:
        nodes = [node_hash(nodes[i], nodes[i + 1]) for i in range(0, len(nodes), 2)]
    return nodes[0]
