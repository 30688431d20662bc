"""As of when the artifacts are that a sealed manifest lists (R-MAN-05)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.archive.facts import EvidenceManifestSealed
from projections.artifacts.rendering import RecordedFact
from projections.until import until


def sealed_version(facts: Iterable[RecordedFact], sha256: str) -> int | None:
    """Return the version as of which the manifest with this SHA-256 was made; None where none was sealed."""
    found = (item.fact for item in facts if isinstance(item.fact, EvidenceManifestSealed))
    return next((fact.at_version for fact in found if fact.sha256 == sha256), None)


def as_sealed(facts: Sequence[RecordedFact]) -> tuple[RecordedFact, ...] | None:
    """Return the facts of which the newest sealed manifest was made; None before the first."""
    seals = [item.fact for item in facts if isinstance(item.fact, EvidenceManifestSealed)]
    return until(facts, at_version=seals[-1].at_version) if seals else None
