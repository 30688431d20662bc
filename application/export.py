"""The whole ledger as files that anybody can check: a C2SP tlog-tiles directory and what its entries name.

Taken at the newest published checkpoint, byte for byte from the store, and compared on the way with that
checkpoint's root. A target that is there is complete and on durable storage. Memory stays flat: entries,
pieces of blobs and incidents pass through a batch at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from application.artifacts import artifacts_of
from application.blobs import Blobs
from application.exportfiles import ExportFiles
from application.exporttarget import whole_or_absent
from application.lost_evidence import LostEvidence
from application.namedfiles import copy_named
from application.policyshelf import PolicyShelf
from application.progress import Progress, no_progress
from application.reading import log_rows, stream_facts
from application.verifyhelp import Help, Slice, verify_help
from domain.streams import is_incident
from ledger.bundle import encode_bundle
from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.errors import IntegrityError
from ledger.exportlayout import CHECKPOINT, HELP, VKEY, artifact_path, blob_path
from ledger.keyfacts import STREAM as KEYS
from ledger.merkle import extend, frontier_root
from ledger.note import parse_vkey
from ledger.references import Reference, references
from ledger.store.contract import Row, SignedCheckpoint, Store
from ledger.store.rows import open_row
from ledger.tile import WIDTH, Tile, bundles_of, tile_at, tile_path, tiles_of
from projections.artifacts.rendering import Policies


class Exported(msgspec.Struct, kw_only=True):
    """What an export holds so far, and how many files are left out because the record says they are lost."""

    entries: int = 0
    blobs: int = 0
    lost: int = 0
    artifacts: int = 0
    files: int = 0


def export_ledger(
    store: Store,
    blobs: Blobs,
    out: Path,
    *,
    checkpoint: SignedCheckpoint,
    vkey: str,
    progress: Progress = no_progress,
) -> Exported:
    """Return what was written to ``out``, a new directory or ZIP: the ledger up to ``checkpoint``.

    Raises `IntegrityError` when store or blobs do not hold what the checkpoint and the entries promise, and
    `StoreError` when ``out`` is there already or cannot be written; then nothing is at ``out``.
    """
    head = open_checkpoint(checkpoint.note, parse_vkey(vkey))
    with whole_or_absent(out, progress) as files:
        export = _Export(store, blobs, files, head, progress)
        export.write_entries()
        export.write_tiles()
        export.write_artifacts()
        files.write(CHECKPOINT, checkpoint.note)
        files.write(VKEY, f"{vkey}\n".encode())
        files.write(HELP, verify_help(export.help(vkey)))
        files.write_sums(progress)
    export.exported.files = files.count
    return export.exported


class _Export:
    """One pass over the entries, then what follows from them."""

    def __init__(
        self, store: Store, blobs: Blobs, files: ExportFiles, head: Checkpoint, progress: Progress
    ) -> None:
        self._store, self._blobs, self._files = store, blobs, files
        self._head, self._progress = head, progress
        self._lost = LostEvidence(store, head.size)
        self._frontier: tuple[bytes, ...] = ()
        self._first: Slice | None = None
        self._authorised: Slice | None = None
        self.exported = Exported()

    def write_entries(self) -> None:
        """Write the bundles and what their entries refer to; raise unless they make the signed root."""
        for bundle in bundles_of(self._head.size):
            rows = self._rows(bundle)
            self._files.write(tile_path(bundle), encode_bundle([row.envelope for row in rows]))
            offset = 2
            for row in rows:
                place = Slice(
                    position=row.position, path=tile_path(bundle), offset=offset, size=len(row.envelope)
                )
                self._entry(row, place)
                offset += len(row.envelope) + 2
            self._progress("entries", self.exported.entries, self._head.size)
        if (root := frontier_root(self._frontier)) != self._head.root:
            place_of_root = f"root of {self._head.size} entries"
            raise IntegrityError(place_of_root, f"{self._head.root.hex()}, as published", root.hex())

    def write_tiles(self) -> None:
        """Write the hash tiles, partial ones included."""
        for tile in tiles_of(self._head.size):
            self._files.write(tile_path(tile), self._store.read_tile(tile))

    def write_artifacts(self) -> None:
        """Write what follows from the facts of each incident, as of the checkpoint."""
        policies = PolicyShelf(self._blobs).get
        for row in log_rows(self._store, 0, self._head.size):
            if row.version == 1 and is_incident(row.stream):
                self._artifacts(row.stream, policies)
                self._progress("artifacts", self.exported.artifacts, 0)

    def help(self, vkey: str) -> Help:
        """Return what VERIFY.md names."""
        if self._first is None:
            raise IntegrityError("log", "leaf 0 at least", "no entries")
        return Help(
            origin=self._head.origin,
            vkey=vkey,
            size=self._head.size,
            first=self._first,
            first_tile=tile_path(tile_at(0, 0, self._head.size)),
            authorised=self._authorised,
        )

    def _rows(self, bundle: Tile) -> Sequence[Row]:
        first = bundle.index * WIDTH
        rows = self._store.rows(first, bundle.width)
        if [row.position for row in rows] != list(range(first, first + bundle.width)):
            raise IntegrityError(tile_path(bundle), f"{bundle.width} entries from {first}", len(rows))
        return rows

    def _entry(self, row: Row, place: Slice) -> None:
        _, event = open_row(row)
        self._frontier = extend(self._frontier, row.position, row.leaf_hash)
        self.exported.entries += 1
        self._first = self._first or place
        if event.subject == KEYS and event.data.get("rootsignatures"):
            self._authorised = self._authorised or place
        for reference in references(event.data):
            self._blob(reference, row)

    def _blob(self, reference: Reference, row: Row) -> None:
        path = blob_path(reference.sha256)
        if self._files.has(path):
            return
        if self._lost.has(row.stream, reference.sha256):
            self.exported.lost += 1
            return
        copy_named(self._blobs, reference.sha256, self._files, path, row.position)
        self.exported.blobs += 1

    def _artifacts(self, stream: str, policies: Policies) -> None:
        facts = [fact for fact in stream_facts(self._store, stream) if fact.position < self._head.size]
        for artifact in artifacts_of(facts, policies):
            self._files.write(artifact_path(stream, artifact.row.path), artifact.data)
            self.exported.artifacts += 1
