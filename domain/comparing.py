"""When stored evidence is read and compared before anything is decided (R-GATE-51).

Rules read facts only: whether bytes are still what they were is a fact, recorded just before it matters.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.commands import Command
from domain.gates.commands import EvaluateGate
from domain.gates.table import gate_named
from domain.incident_state import Incident
from domain.prose import BlobRef, SealedRef
from domain.report.commands import WriteReport
from domain.rootcause.commands import ArchiveEvidence


def compares_first(command: Command) -> bool:
    """Return whether ``command`` is decided by what the stored evidence is now."""
    if isinstance(command, EvaluateGate):
        return gate_named(command.gate) == "resolution_documentation"
    return isinstance(command, ArchiveEvidence) or (
        isinstance(command, WriteReport) and command.status == "complete"
    )


def comparable(state: Incident) -> Mapping[str, SealedRef | BlobRef]:
    """Return the references to what is stored of pieces of evidence, by their ids."""
    contents = {name: piece.fact.content for name, piece in state.rootcause.evidence.items()}
    refs = {name: part.sealed or part.blob for name, part in contents.items() if part is not None}
    return {name: ref for name, ref in refs.items() if ref is not None}
