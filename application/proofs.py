"""Proofs of single entries against the newest published checkpoint (c2sp.org/tlog-proof)."""

from __future__ import annotations

from application.engine import Engine
from ledger.merkle import inclusion_proof
from ledger.proof import TlogProof, encode_proof
from ledger.tile import tile_reader


def inclusion(engine: Engine, position: int) -> bytes | None:
    """Return the ``.tlog-proof`` of an entry, None while no published checkpoint covers it."""
    newest = engine.store.newest_publication()
    if newest is None or not 0 <= position < newest.size:
        return None
    path = inclusion_proof(position, newest.size, tile_reader(engine.store.read_tile, newest.size))
    return encode_proof(TlogProof(index=position, path=path, checkpoint=newest.note))
