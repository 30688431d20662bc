"""Entries of single streams as files: envelopes, positions, proofs, and what the entries name (design 10)."""

from __future__ import annotations

from collections.abc import Iterator

from application.exportfiles import ExportFiles
from application.exportwish import IncidentExported, Material, Wish
from application.incident_streams import rows_below
from application.lost_evidence import LostEvidence
from application.namedfiles import copy_named
from application.progress import Progress
from ledger.event import Event
from ledger.exportlayout import blob_path, policy_path, positions_path, proof_path, stream_path
from ledger.merkle import inclusion_proof, verify_inclusion
from ledger.proof import TlogProof, encode_proof
from ledger.references import Reference, references
from ledger.store.contract import Row
from ledger.store.rows import open_row
from ledger.tile import tile_reader


class EntryFiles:
    """Writes streams one after another, each entry proven against the one checkpoint."""

    def __init__(
        self,
        material: Material,
        wish: Wish,
        files: ExportFiles,
        exported: IncidentExported,
        progress: Progress,
    ) -> None:
        self._store, self._blobs, self._note = material.store, material.blobs, material.checkpoint.note
        self._with_blobs, self._files = wish.blobs, files
        self._exported, self._progress = exported, progress
        self._head = material.head()
        self._lost = LostEvidence(material.store, self._head.size)
        self._tree = tile_reader(self._store.read_tile, self._head.size)

    def write(self, stream: str, total: int) -> Iterator[tuple[Row, Event]]:
        """Write a stream, and yield its entries on the way; ``total`` is about how many there are in all.

        Raises `IntegrityError` when an entry or what it names is not what it must be.
        """
        with (
            self._files.open(stream_path(stream)) as envelopes,
            self._files.open(positions_path(stream)) as positions,
        ):
            for row in rows_below(self._store, stream, self._head.size):
                _, event = open_row(row)
                envelopes.write(row.envelope + b"\n")
                positions.write(b"%d\n" % row.position)
                self._files.write(proof_path(row.position), self._proof(row))
                for reference in references(event.data):
                    self._named(reference, row)
                self._exported.entries += 1
                self._progress("entries", self._exported.entries, total)
                yield row, event
        self._exported.streams += 1

    def _proof(self, row: Row) -> bytes:
        head, place = self._head, f"entry {row.position}"
        path = inclusion_proof(row.position, head.size, self._tree)
        verify_inclusion(row.leaf_hash, row.position, head.size, path, head.root, place)
        return encode_proof(TlogProof(index=row.position, path=path, checkpoint=self._note))

    def _named(self, reference: Reference, row: Row) -> None:
        # Blobs state their size, policies do not.
        is_policy = reference.size is None
        path = policy_path(reference.sha256) if is_policy else blob_path(reference.sha256)
        if not (is_policy or self._with_blobs) or self._files.has(path):
            return
        if not is_policy and self._lost.has(row.stream, reference.sha256):
            self._exported.lost += 1
            return
        copy_named(self._blobs, reference.sha256, self._files, path, row.position)
        if is_policy:
            self._exported.policies += 1
        else:
            self._exported.blobs += 1
