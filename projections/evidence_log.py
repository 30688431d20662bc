"""The evidence for root causes: what was captured, whether its bytes hold, what it showed (R-STEP-42)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from domain.facts import Fact
from domain.gates.criterion import Case
from domain.prose import BlobRef
from domain.recorded import Stamped, UnknownFact
from domain.rootcause.facts import (
    EvidenceKind,
    EvidenceVerified,
    RootCauseEvidenceCaptured,
    RootCauseFindingRecorded,
)
from projections.told import Text, optional_text, text

Checked = Literal["unchecked", "ok", "missing", "damaged"]


class EvidenceShown(Struct, frozen=True, kw_only=True):
    """One piece: a stored file by the SHA-256 and size of its encrypted bytes, words, or where it lies.

    ``checked`` says what its bytes were when they were last compared.
    """

    evidence_id: str
    kind: EvidenceKind
    title: Text
    critical: bool
    sha256: str | None
    size: int | None
    content: Text | None
    uri: Text | None
    media_type: str | None
    duplicate_of: str | None
    checked: Checked
    at: str
    by: str
    version: int


class FindingShown(Struct, frozen=True, kw_only=True):
    """What somebody made of the evidence."""

    finding_id: str
    category: str
    statement: Text
    evidence_ids: tuple[str, ...]
    remediation: Text | None
    by: str
    version: int


class EvidenceLog(Struct, frozen=True, kw_only=True):
    """All of it, in the order in which it was recorded; ``archived`` once the collection is complete."""

    version: int
    as_of: str
    archived: bool
    evidence: tuple[EvidenceShown, ...]
    findings: tuple[FindingShown, ...]


def evidence_log(facts: Iterable[Stamped[Fact | UnknownFact]], case: Case) -> EvidenceLog:
    """Return the evidence of one incident, whose ``facts`` lead to the case."""
    items = tuple(facts)
    checks = {
        item.fact.evidence_id: item.fact.found for item in items if isinstance(item.fact, EvidenceVerified)
    }
    return EvidenceLog(
        version=case.incident.version,
        as_of=case.at,
        archived=case.incident.rootcause.archived > 0,
        evidence=tuple(
            _piece(item, item.fact, checks.get(item.fact.evidence_id, "unchecked"))
            for item in items
            if isinstance(item.fact, RootCauseEvidenceCaptured)
        ),
        findings=tuple(
            _finding(item, item.fact) for item in items if isinstance(item.fact, RootCauseFindingRecorded)
        ),
    )


def _piece(
    item: Stamped[Fact | UnknownFact], fact: RootCauseEvidenceCaptured, checked: Checked
) -> EvidenceShown:
    blob = _blob(fact)
    return EvidenceShown(
        evidence_id=fact.evidence_id,
        kind=fact.kind,
        title=text(fact.title),
        critical=fact.critical,
        sha256=None if blob is None else blob.sha256,
        size=None if blob is None else blob.size,
        content=None if blob is not None else optional_text(fact.content),
        uri=optional_text(fact.uri),
        media_type=fact.media_type,
        duplicate_of=fact.duplicate_of,
        checked=checked,
        at=fact.at or item.recordedtime,
        by=item.authid,
        version=item.version,
    )


def _blob(fact: RootCauseEvidenceCaptured) -> BlobRef | None:
    return None if fact.content is None else fact.content.blob


def _finding(item: Stamped[Fact | UnknownFact], fact: RootCauseFindingRecorded) -> FindingShown:
    return FindingShown(
        finding_id=fact.finding_id,
        category=fact.category,
        statement=text(fact.statement),
        evidence_ids=fact.evidence_ids,
        remediation=optional_text(fact.remediation),
        by=item.authid,
        version=item.version,
    )
