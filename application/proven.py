"""One fact with everything that proves it: envelope, link to the entry before it, path, checkpoint."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from application.engine import Engine
from application.proofs import inclusion
from ledger import canonical
from ledger.canonical import Json
from ledger.checkpoint import Checkpoint, peek_checkpoint
from ledger.dsse import Envelope
from ledger.errors import IntegrityError
from ledger.event import Event
from ledger.keyfacts import STREAM as KEYS
from ledger.merkle import leaf_hash, node_hash
from ledger.proof import parse_proof
from ledger.store.contract import Row
from ledger.store.rows import open_row


class Level(msgspec.Struct, frozen=True, kw_only=True):
    """One step from a leaf to the root: the hash beside it, on which side, and the hash of both."""

    sibling: bytes
    is_left: bool
    node: bytes


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """A fact under the newest published checkpoint. ``keys`` are the positions of the facts about keys.

    ``previous`` and ``following`` are the positions of its neighbours in its stream, as far as there are any.
    """

    position: int
    event: Event
    envelope: Envelope
    raw: bytes
    leaf: bytes
    previous: int | None
    following: int | None
    levels: tuple[Level, ...]
    checkpoint: Checkpoint
    note: str
    keys: tuple[int, ...]

    @property
    def attributes(self) -> dict[str, Json]:
        """The event's attributes as they are spelled, but its data."""
        fields = canonical.decode(self.envelope.payload, f"entry {self.position}")
        if not isinstance(fields, dict):
            raise IntegrityError(f"entry {self.position}", "an object", type(fields).__name__)
        return {name: value for name, value in fields.items() if name != "data"}


def proven(engine: Engine, position: int) -> Proven | None:
    """Return the fact at ``position``, None while no published checkpoint covers it."""
    found = inclusion(engine, position)
    if found is None:
        return None
    proof = parse_proof(found)
    checkpoint = peek_checkpoint(proof.checkpoint)
    (row,) = engine.store.rows(position, 1)
    envelope, event = open_row(row)
    leaf = leaf_hash(row.envelope)
    levels = tuple(climb(leaf, position, checkpoint.size, proof.path))
    root = levels[-1].node if levels else leaf
    if root != checkpoint.root:
        raise IntegrityError(f"entry {position}", f"root {checkpoint.root.hex()}", root.hex())
    stream, version = event.subject, event.streamversion
    before = engine.store.stream_rows(stream, version - 2, 1) if version > 1 else ()
    after = engine.store.stream_rows(stream, version, 1)
    return Proven(
        position=position,
        event=event,
        envelope=envelope,
        raw=row.envelope,
        leaf=leaf,
        previous=_covered(before, checkpoint),
        following=_covered(after, checkpoint),
        levels=levels,
        checkpoint=checkpoint,
        note=proof.checkpoint.decode(),
        keys=tuple(r.position for r in engine.store.stream_rows(KEYS) if r.position < checkpoint.size),
    )


def climb(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> Iterator[Level]:
    """Yield each level of an inclusion path that has the right length (RFC 9162, 2.1.3.2)."""
    node, last, computed = index, size - 1, leaf
    for sibling in path:
        is_left = bool(node & 1) or node == last
        computed = node_hash(sibling, computed) if is_left else node_hash(computed, sibling)
        yield Level(sibling=sibling, is_left=is_left, node=computed)
        while is_left and node and not node & 1:
            node, last = node >> 1, last >> 1
        node, last = node >> 1, last >> 1


def sealed_fields(data: Json, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield where in ``data`` a text is sealed, and the commitment in its place."""
    if isinstance(data, dict):
        sealed = data.get("sealed")
        if data.keys() == {"sealed"} and isinstance(sealed, dict):
            yield path, str(sealed.get("c"))
            return
        for name, value in data.items():
            yield from sealed_fields(value, f"{path}.{name}" if path else name)
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from sealed_fields(value, f"{path}[{number}]")


def _covered(rows: Sequence[Row], checkpoint: Checkpoint) -> int | None:
    return next((row.position for row in rows if row.position < checkpoint.size), None)
