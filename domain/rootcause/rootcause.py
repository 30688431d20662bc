"""Evidence and findings, folded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.recorded import Stamped
from domain.rootcause.facts import (
    EvidenceVerified,
    Found,
    RcaEvidenceArchived,
    RootCauseEvidenceCaptured,
    RootCauseFact,
    RootCauseFindingRecorded,
)


class Piece(Struct, frozen=True, kw_only=True):
    """One piece of evidence; ``checked`` is the version in which its bytes were last compared, and how."""

    fact: RootCauseEvidenceCaptured
    checked: int = 0
    found: Found | None = None

    @property
    def ok(self) -> bool:
        """Whether its bytes were as they should be when they were last compared."""
        return self.found == "ok"


class RootCause(Struct, frozen=True, kw_only=True):
    """The state of the root cause inputs; ``archived`` is the version of the archive, or 0.

    ``changed`` is the version since which there is nothing new to report.
    """

    evidence: Mapping[str, Piece] = {}
    findings: Mapping[str, RootCauseFindingRecorded] = {}
    archived: int = 0
    changed: int = 0


def evolve(state: RootCause, item: Stamped[RootCauseFact]) -> RootCause:
    """Return the state after a fact."""
    fact = item.fact
    match fact:
        case RootCauseEvidenceCaptured():
            evidence = {**state.evidence, fact.evidence_id: Piece(fact=fact)}
            return replace(state, evidence=evidence, changed=item.version)
        case EvidenceVerified():
            return _verified(state, fact, item.version)
        case RootCauseFindingRecorded():
            findings = {**state.findings, fact.finding_id: fact}
            return replace(state, findings=findings, changed=item.version)
        case RcaEvidenceArchived():
            return replace(state, archived=item.version)
        case _:
            assert_never(fact)


def _verified(state: RootCause, fact: EvidenceVerified, version: int) -> RootCause:
    piece = state.evidence.get(fact.evidence_id)
    if piece is None:
        return state
    checked = replace(piece, checked=version, found=fact.found)
    return replace(state, evidence={**state.evidence, fact.evidence_id: checked}, changed=version)
