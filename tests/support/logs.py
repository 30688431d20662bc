"""Small logs with fixed keys, ids and times, in memory or written out as a tlog-tiles directory.

The same call gives the same bytes on every machine.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from ledger.bundle import encode_bundle
from ledger.checkpoint import Checkpoint, sign_checkpoint
from ledger.dsse import seal
from ledger.event import Event, encode_event, genesis
from ledger.merkle import extend, frontier_root, inclusion_proof, leaf_hash
from ledger.note import format_vkey, log_vkey
from ledger.proof import TlogProof, encode_proof
from ledger.signer import Ed25519Signer
from ledger.tile import ENTRIES, WIDTH, Tile, bundles_of, tile_path, tiles_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ledger.canonical import Json

ORIGIN = "ledger.example/incidents"
LOG = Ed25519Signer(b"\x01" * 32)
WITNESS = Ed25519Signer(b"\x02" * 32)
RECORDER = Ed25519Signer(b"\x03" * 32)
STRANGER = Ed25519Signer(b"\x04" * 32)
VKEY = log_vkey(ORIGIN, LOG.public_key)


class MemoryLog:
    """A log of the given entries at every size up to all of them."""

    def __init__(self, entries: Sequence[bytes], origin: str = ORIGIN) -> None:
        self.entries = tuple(entries)
        self.origin = origin
        self.leaves = tuple(map(leaf_hash, self.entries))

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.entries)

    @property
    def vkey(self) -> str:
        """The text an auditor pins."""
        return format_vkey(log_vkey(self.origin, LOG.public_key))

    @cached_property
    def roots(self) -> tuple[bytes, ...]:
        """The root at every size from 0."""
        frontier: tuple[bytes, ...] = ()
        roots = [frontier_root(frontier)]
        for size, leaf in enumerate(self.leaves):
            frontier = extend(frontier, size, leaf)
            roots.append(frontier_root(frontier))
        return tuple(roots)

    def subtree(self, level: int, index: int) -> bytes:
        """Return the root of a complete subtree: a `HashReader`."""
        part = self.leaves[index << level : (index + 1) << level]
        if len(part) != 1 << level:
            raise ValueError(f"subtree {index} of level {level}: not complete in {self.size} leaves")
        return MemoryLog.root_of(part)

    @staticmethod
    def root_of(leaves: Sequence[bytes]) -> bytes:
        """Return the root over leaf hashes."""
        frontier: tuple[bytes, ...] = ()
        for size, leaf in enumerate(leaves):
            frontier = extend(frontier, size, leaf)
        return frontier_root(frontier)

    def read(self, tile: Tile) -> bytes:
        """Return the bytes of a hash tile or of an entry bundle."""
        first = tile.index * WIDTH
        if tile.level == ENTRIES:
            return encode_bundle(self.entries[first : first + tile.width])
        return b"".join(self.subtree(8 * tile.level, first + i) for i in range(tile.width))

    def checkpoint(self, size: int | None = None) -> bytes:
        """Return the signed checkpoint at ``size``."""
        size = self.size if size is None else size
        head = Checkpoint(origin=self.origin, size=size, root=self.roots[size])
        return sign_checkpoint(head, LOG)

    def proof(self, index: int, size: int | None = None) -> bytes:
        """Return the tlog-proof of the entry at ``index`` in the tree of ``size``."""
        size = self.size if size is None else size
        path = inclusion_proof(index, size, self.subtree)
        return encode_proof(TlogProof(index=index, path=path, checkpoint=self.checkpoint(size)))


def note_entries(count: int) -> tuple[bytes, ...]:
    """Return the entries of the design's example log: ``{"seq":0,"type":"Note"}`` and so on."""
    return tuple(b'{"seq":%d,"type":"Note"}' % number for number in range(count))


def sample_event(number: int = 0, /, **changes: object) -> Event:
    """Return a valid event, a different one for each ``number``; ``changes`` replace attributes."""
    stream, version = f"incident-{number % 3}", number // 3 + 1
    moment = f"2026-11-01T{number // 3600 % 24:02}:{number // 60 % 60:02}:{number % 60:02}.000001Z"
    data: dict[str, Json] = {
        "number": number,
        "labels": [["job", "checkout"]],
        "observed": "0.25",
        "note": "é⟦",
    }
    attributes: dict[str, object] = {
        "id": f"0192f000-0000-7000-8000-{number:012x}",
        "source": f"//{ORIGIN}",
        "type": "tallystick.sample-recorded.v1",
        "subject": stream,
        "streamversion": version,
        "prevhash": genesis(ORIGIN, stream),
        "time": moment,
        "recordedtime": moment,
        "authtype": "user",
        "authid": f"p-{number % 7}",
        "authroles": ("incident_commander", "technical_lead"),
        "correlationid": stream,
        "data": data,
    }
    return Event(**{**attributes, **changes})  # type: ignore[arg-type] # tests also break the types on purpose


def event_entries(count: int) -> tuple[bytes, ...]:
    """Return ``count`` envelopes of three interleaved streams, chained and signed by `RECORDER`."""
    entries, heads = list[bytes](), dict[str, str]()
    for number in range(count):
        event = sample_event(number)
        if event.subject in heads:
            event = sample_event(number, prevhash=heads[event.subject])
        entries.append(seal(encode_event(event), RECORDER))
        heads[event.subject] = leaf_hash(entries[-1]).hex()
    return tuple(entries)


def write_tiles(log: MemoryLog, directory: Path) -> Path:
    """Write ``log`` as a tlog-tiles directory, checkpoint and vkey beside the tiles; return ``directory``."""
    for tile in (*tiles_of(log.size), *bundles_of(log.size)):
        path = directory / tile_path(tile)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(log.read(tile))
    directory.mkdir(parents=True, exist_ok=True)
    (directory / "checkpoint").write_bytes(log.checkpoint())
    (directory / "log.vkey").write_text(f"{log.vkey}\n")
    return directory
