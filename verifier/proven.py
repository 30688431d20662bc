"""Step 4 in the export of an incident: each entry is in the signed tree at its index, by a proof of its own.

Every proof must carry the very checkpoint of the export, so that one signature and one tree stand for all.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from domain.streams import is_incident
from ledger.errors import IntegrityError
from ledger.exportlayout import PROOFS, STREAMS, parse_proof_path, proof_path
from ledger.finding import Finding
from ledger.merkle import leaf_hash, verify_inclusion
from ledger.proof import parse_proof
from verifier.container import Accepted
from verifier.inclusion import Included
from verifier.layouts import MAX_PROOF
from verifier.signedhead import SignedHead
from verifier.spool import PARTS, Spool
from verifier.steps import Step
from verifier.streams import Listed, listed, streams_of
from verifier.tally import Tally


class _Use(msgspec.Struct, frozen=True, array_like=True):
    """A position that a stream lists (``stream``), or one for which there is a proof (None)."""

    position: int
    stream: str | None


class Proven:
    """The entries of an export; ``count`` is how many its streams list."""

    def __init__(self, source: Accepted, head: SignedHead, tally: Tally) -> None:
        self._source, self._head, self._tally = source, head, tally
        self.count = 0

    def entries(self) -> Iterator[Included]:
        """Yield each entry that its proof holds for, stream by stream; the rest has become findings."""
        with Spool(_Use, lambda use: use.position, lambda position: position % PARTS) as uses:
            streams = streams_of(self._source, self._tally)
            if not any(map(is_incident, streams)):
                self._tally.found(Finding("stream", STREAMS, "the stream of an incident", "none"))
            for stream in streams:
                for item in listed(self._source, stream, self._head.checkpoint.size, self._tally):
                    self.count += 1
                    uses.put(_Use(item.position, stream))
                    yield from self._included(item)
            self._compare(uses)

    def _included(self, item: Listed) -> Iterator[Included]:
        leaf, path = leaf_hash(item.data), None
        with self._tally.collecting("proof"):
            path = self._path(item.position)
        if path is None:
            return
        with self._tally.collecting("inclusion"):
            place, head = f"entry {item.position}", self._head.checkpoint
            verify_inclusion(leaf, item.position, head.size, path, head.root, place)
            self._tally.checked(Step.INCLUSION)
            yield Included(item.position, leaf, item.data, item.stream)

    def _path(self, position: int) -> tuple[bytes, ...]:
        place = proof_path(position)
        proof = parse_proof(self._source.read(place, MAX_PROOF), place)
        if proof.index != position:
            raise IntegrityError(f"{place}, index", position, proof.index)
        if proof.checkpoint != self._head.note:
            raise IntegrityError(f"{place}, checkpoint", "the bytes of this export's checkpoint", "others")
        return proof.path

    def _compare(self, uses: Spool[int, _Use]) -> None:
        """Report proofs of entries that no stream lists, and entries that two streams list."""
        with self._tally.collecting("proof"):
            for file in self._source.files(PROOFS):
                uses.put(_Use(parse_proof_path(file.path), None))
        for part in uses.parts:
            for position, found in uses.part(part).items():
                streams = [use.stream for use in found if use.stream is not None]
                if not streams:
                    place = proof_path(position)
                    self._tally.found(Finding("proof", place, "an entry in a stream", "none"))
                elif len(streams) > 1:
                    place = f"entry {position}"
                    self._tally.found(Finding("stream", place, f"in {streams[0]} only", f"in {streams[1]}"))
