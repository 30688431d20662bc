"""One incident as files that anybody can check, at any time and in any state of it (design 10).

Taken at a published checkpoint, byte for byte from the store: its streams, a proof against that checkpoint
for each entry, what the entries name, what follows from them, and what shows that no stream was cut. Two
exports at one checkpoint are equal byte for byte, unless texts are disclosed. Memory stays flat: a batch of
entries, a piece of a blob, and the facts of the one incident.
"""

from __future__ import annotations

from application.artifacts import artifacts_of
from application.disclosing import disclosures
from application.entryfiles import EntryFiles
from application.exportfiles import ExportFiles
from application.exportwish import IncidentExported, Material, Wish
from application.heads import newest_heads, tree_of_heads
from application.incident_streams import streams_of
from application.incidenthelp import IncidentHelp, incident_help
from application.policyshelf import PolicyShelf
from application.progress import Progress, no_progress
from application.reading import RecordedFact, recorded
from application.references import Ref, references_in
from domain.people_facts import STREAM as PEOPLE
from domain.prose import Prose
from domain.streams import is_alert
from ledger.completeness import Completeness, encode_completeness
from ledger.disclosure import encode_disclosure
from ledger.errors import IntegrityError, StoreError
from ledger.exportlayout import (
    CHECKPOINT,
    COMPLETENESS,
    DISCLOSURES,
    HELP,
    VKEY,
    artifact_path,
    readable_path,
)
from projections.artifacts.copies import readable
from projections.artifacts.sealed import as_sealed
from projections.names import named, names, taking_part
from projections.placeholder import short
from projections.told import Known, words


def export_incident(
    material: Material, wish: Wish, files: ExportFiles, progress: Progress = no_progress
) -> IncidentExported:
    """Fill ``files`` with the export, and return what it holds.

    Raises `IntegrityError` when store or blobs do not hold what the checkpoint and the entries promise, and
    `StoreError` when the checkpoint does not cover the incident, or no heads fact.
    """
    export = _Export(material, wish, files, progress)
    export.write_streams()
    export.write_completeness()
    export.write_artifacts(export.disclose())
    export.write_labels()
    files.write_sums(progress)
    export.exported.files = files.count
    return export.exported


class _Export:
    """One pass over the streams, then what follows from them."""

    def __init__(self, material: Material, wish: Wish, files: ExportFiles, progress: Progress) -> None:
        self._from, self._wish, self._files, self._progress = material, wish, files, progress
        self._head = material.head()
        self._streams = streams_of(material.store, wish.incident, self._head.size, wish.sees)
        if wish.incident not in self._streams:
            expected = f"expected among the {self._head.size} published entries, found none of it"
            raise StoreError(f"{wish.incident}: {expected}")
        self._facts = list[RecordedFact]()
        self._sealed = list[Ref]()
        self._called = dict[str, Prose]()
        self.exported = IncidentExported(incident=wish.incident, size=self._head.size)

    def write_streams(self) -> None:
        """Write every stream with its proofs and what it names; keep the facts of the incident."""
        heads = self._from.store.stream_heads(self._streams)
        total = sum(head.version for head in heads.values())
        entries = EntryFiles(self._from, self._wish, self._files, self.exported, self._progress)
        for stream in self._streams:
            ours = stream == self._wish.incident
            opened = self._wish.opens is not None and (ours or is_alert(stream))
            for row, event in entries.write(stream, total):
                if ours:
                    self._facts.append(recorded(row))
                if opened:
                    self._sealed += references_in(event.data)
                if stream == PEOPLE and (called := named(recorded(row).fact)) is not None:
                    self._called[called[0]] = called[1]

    def write_completeness(self) -> None:
        """Write how far the streams are whole, as a heads fact in the log claims."""
        store = self._from.store
        stated = newest_heads(store, self._head.size)
        if stated is None:
            raise StoreError(f"heads: expected a heads fact among {self._head.size} entries, found none")
        tree = tree_of_heads(store, stated.fact.size, set(self._streams))
        if (tree.streams, tree.root.hex()) != (stated.fact.streams, stated.fact.root):
            place = f"entry {stated.position}, heads of {stated.fact.size} entries"
            raise IntegrityError(place, tree.root.hex(), stated.fact.root)
        self._files.write(COMPLETENESS, encode_completeness(Completeness(stated.position, tree.proven)))
        self.exported.complete_to = stated.fact.size

    def disclose(self) -> Known | None:
        """Write what proves the sealed texts; return them by the short commitments of placeholders.

        None, and nothing is written, where nothing is to be disclosed. Of the directory that is the names of
        those who take part: who reads of them may know who they are, and needs nobody's address.
        """
        if self._wish.opens is None:
            return None
        known = dict[str, str | tuple[str, ...]]()
        part = taking_part(self._facts)
        refs = (name.sealed or name.blob for who, name in self._called.items() if who in part)
        self._sealed += [ref for ref in refs if ref is not None]
        with self._files.open(DISCLOSURES) as lines:
            for found in disclosures(self._sealed, self._wish.opens):
                lines.write(encode_disclosure(found) + b"\n")
                if (said := words(found.value)) is not None:
                    known[short(found.c)] = said
                self.exported.disclosures += 1
        return known

    def write_artifacts(self, known: Known | None) -> None:
        """Write what follows from the facts of the incident; with ``known`` texts, copies to read."""
        incident = self._wish.incident
        people = names({who: short(name.c or "") for who, name in self._called.items()}, known or {})
        facts = as_sealed(self._facts) if self._wish.sealed else None
        for artifact in artifacts_of(facts or self._facts, PolicyShelf(self._from.blobs).get):
            self._files.write(artifact_path(incident, artifact.row.path), artifact.data)
            if known is not None:
                copy = readable(artifact.row.path, artifact.data, known, people)
                self._files.write(readable_path(incident, artifact.row.path), copy)
            self.exported.artifacts += 1
            self._progress("artifacts", self.exported.artifacts, 0)

    def write_labels(self) -> None:
        """Write the checkpoint, and what says whose it is and how to check all this."""
        self._files.write(CHECKPOINT, self._from.checkpoint.note)
        self._files.write(VKEY, f"{self._from.vkey}\n".encode())
        about = IncidentHelp(
            incident=self._wish.incident,
            origin=self._head.origin,
            vkey=self._from.vkey,
            size=self._head.size,
            disclosed=self._wish.opens is not None,
        )
        self._files.write(HELP, incident_help(about))
