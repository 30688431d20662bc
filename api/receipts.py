"""Receipts: what was recorded and where, with the signed envelopes themselves.

An envelope is the recorder's signed promise; its leaf hash can be looked for in any later checkpoint.
``envelope`` is a text with the exact bytes, so ``SHA-256(0x00 || envelope)`` is ``leaf``.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from api.service import Service
from api.waiting import grown
from application import proofs
from ledger.store.contract import Row


class ReceiptEntry(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One recorded fact; ``proof`` is its ``.tlog-proof`` where the caller waited for one."""

    position: int
    stream: str
    version: int
    type: str
    id: str
    leaf: str
    envelope: str
    proof: str | None = None


class ActionReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What an action recorded; ``version`` is the incident's afterwards."""

    incident: str
    number: str
    version: int
    positions: tuple[int, ...]
    entries: tuple[ReceiptEntry, ...]


def entries(rows: Sequence[Row]) -> tuple[ReceiptEntry, ...]:
    """Return the recorded facts as a receipt names them."""
    return tuple(
        ReceiptEntry(
            position=row.position,
            stream=row.stream,
            version=row.version,
            type=row.type,
            id=row.event_id,
            leaf=row.leaf_hash.hex(),
            envelope=row.envelope.decode("ascii"),
        )
        for row in rows
    )


async def proven(
    service: Service, found: tuple[ReceiptEntry, ...], timeout_s: float
) -> tuple[ReceiptEntry, ...] | None:
    """Return the entries with proofs against a published checkpoint, None if none covers them in time."""
    last = found[-1].position
    if not await published(service, last, timeout_s):
        return None
    return await service.read(_with_proofs, service, found)


async def published(service: Service, position: int, timeout_s: float) -> bool:
    """Return whether ``position`` is published; asks the store as well, for another process may publish."""
    engine, left = service.engine, timeout_s
    while True:
        newest = await service.read(engine.store.newest_publication)
        if newest is not None and newest.size > position:
            return True
        if left <= 0:
            return False
        await grown(engine.published, position, min(1.0, left))
        left -= 1.0


def _with_proofs(service: Service, found: tuple[ReceiptEntry, ...]) -> tuple[ReceiptEntry, ...] | None:
    texts = [proofs.inclusion(service.engine, entry.position) for entry in found]
    return tuple(
        msgspec.structs.replace(entry, proof=None if text is None else text.decode())
        for entry, text in zip(found, texts, strict=True)
    )
