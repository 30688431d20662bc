"""Evidence and findings, folded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.recorded import Stamped
from domain.rootcause.facts import (
    EvidenceVerified,
    RcaEvidenceArchived,
    RootCauseEvidenceCaptured,
    RootCauseFact,
    RootCauseFindingRecorded,
)


class Piece(Struct, frozen=True, kw_only=True):
    """One piece of evidence; ``checked`` is the version in which its bytes were last compared, and how."""

    fact: RootCauseEvidenceCaptured
    version: int
    checked: int = 0
    ok: bool = False


class RootCause(Struct, frozen=True, kw_only=True):
    """The state of the root cause inputs; ``archived`` is the version of the archive, or 0."""

    evidence: Mapping[str, Piece] = {}
    findings: Mapping[str, RootCauseFindingRecorded] = {}
    archived: int = 0


def evolve(state: RootCause, item: Stamped[RootCauseFact]) -> RootCause:
    """Return the state after a fact."""
    fact = item.fact
    match fact:
        case RootCauseEvidenceCaptured():
            piece = Piece(fact=fact, version=item.version)
            return replace(state, evidence={**state.evidence, fact.evidence_id: piece})
        case EvidenceVerified():
            return _verified(state, fact, item.version)
        case RootCauseFindingRecorded():
            return replace(state, findings={**state.findings, fact.finding_id: fact})
        case RcaEvidenceArchived():
            return replace(state, archived=item.version)
        case _:
            assert_never(fact)


def _verified(state: RootCause, fact: EvidenceVerified, version: int) -> RootCause:
    piece = state.evidence.get(fact.evidence_id)
    if piece is None:
        return state
    checked = replace(piece, checked=version, ok=fact.ok)
    return replace(state, evidence={**state.evidence, fact.evidence_id: checked})
