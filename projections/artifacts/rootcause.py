"""``rca-manifest.json``: evidence for root causes, and what was made of it (R-ART-22, R-DEC-18)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.artifacts import RCA
from domain.recorded import Recorded
from domain.rootcause.facts import (
    EvidenceKind,
    EvidenceVerified,
    RootCauseEvidenceCaptured,
    RootCauseFindingRecorded,
)
from projections.artifacts.content import Content
from projections.artifacts.registered import Registered, registered
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.told import Text, optional_text, text


class Verification(Struct, frozen=True, kw_only=True):
    """The latest comparison of the stored bytes with their hash."""

    ok: bool
    found: Literal["ok", "missing", "damaged"]
    at: str
    version: int


class EvidenceItem(Struct, frozen=True, kw_only=True):
    """One piece; without ``content`` it lies at ``uri``, where nobody can check it."""

    evidence_id: str
    kind: EvidenceKind
    critical: bool
    title: Text
    uri: Text | None
    content: Registered | None
    media_type: str | None
    encrypted: bool
    duplicate_of: str | None
    captured_at: str
    by: str
    recorded_at: str
    version: int
    verified: Verification | None


class Finding(Struct, frozen=True, kw_only=True):
    """What somebody makes of the evidence; a later finding of the same id replaces an earlier one."""

    finding_id: str
    category: str
    statement: Text
    evidence_ids: tuple[str, ...]
    by: str
    at: str
    version: int


class Remediation(Struct, frozen=True, kw_only=True):
    """What should be done about a finding."""

    finding_id: str
    proposal: Text


class RcaMetrics(Struct, frozen=True, kw_only=True):
    """``rca_evidence_count`` are pieces whose bytes hold and that repeat no other (R-GATE-41)."""

    rca_evidence_count: int
    critical_count: int
    critical_unverified: int


class RcaData(Struct, frozen=True, kw_only=True):
    """All of it; ``archive_status`` changes together with the status (R-DEC-19)."""

    archive_status: Literal["incomplete", "complete"]
    items: tuple[EvidenceItem, ...]
    findings: tuple[Finding, ...]
    remediation: tuple[Remediation, ...]


def content(rendering: Rendering) -> Content | None:
    """Return what was captured and found, None before anything was."""
    if not rendering.among(RootCauseEvidenceCaptured, RootCauseFindingRecorded):
        return None
    archived = rendering.incident.rootcause.archived > 0
    items = _items(rendering)
    findings = {item.fact.finding_id: item for item in rendering.of(RootCauseFindingRecorded)}
    return Content(
        status="archived" if archived else "collecting",
        metrics=_metrics(items),
        data=RcaData(
            archive_status="complete" if archived else "incomplete",
            items=items,
            findings=tuple(map(_finding, findings.values())),
            remediation=tuple(
                Remediation(finding_id=item.fact.finding_id, proposal=text(item.fact.remediation))
                for item in findings.values()
                if item.fact.remediation is not None
            ),
        ),
    )


def _metrics(items: tuple[EvidenceItem, ...]) -> RcaMetrics:
    hold = [item.verified is not None and item.verified.ok for item in items]
    return RcaMetrics(
        rca_evidence_count=sum(
            held and item.duplicate_of is None for item, held in zip(items, hold, strict=True)
        ),
        critical_count=sum(item.critical for item in items),
        critical_unverified=sum(item.critical and not held for item, held in zip(items, hold, strict=True)),
    )


def _items(rendering: Rendering) -> tuple[EvidenceItem, ...]:
    verified = {item.fact.evidence_id: item for item in rendering.of(EvidenceVerified)}
    captured = {item.fact.evidence_id: item for item in rendering.of(RootCauseEvidenceCaptured)}
    return tuple(_item(item, verified.get(name)) for name, item in captured.items())


def _item(
    item: Recorded[RootCauseEvidenceCaptured], verified: Recorded[EvidenceVerified] | None
) -> EvidenceItem:
    fact = item.fact
    return EvidenceItem(
        evidence_id=fact.evidence_id,
        kind=fact.kind,
        critical=fact.critical,
        title=text(fact.title),
        uri=optional_text(fact.uri),
        content=registered(fact.content),
        media_type=fact.media_type,
        encrypted=fact.encrypted,
        duplicate_of=fact.duplicate_of,
        captured_at=item.time,
        by=item.authid,
        recorded_at=item.recordedtime,
        version=item.version,
        verified=None
        if verified is None
        else Verification(
            ok=verified.fact.ok,
            found=verified.fact.found,
            at=verified.recordedtime,
            version=verified.version,
        ),
    )


def _finding(item: Recorded[RootCauseFindingRecorded]) -> Finding:
    return Finding(
        finding_id=item.fact.finding_id,
        category=item.fact.category,
        statement=text(item.fact.statement),
        evidence_ids=item.fact.evidence_ids,
        by=item.authid,
        at=item.recordedtime,
        version=item.version,
    )


ROWS = (
    Row(
        requirement="R-ART-22",
        name=RCA,
        artifact_id="rca-manifest",
        folder="rca-evidence",
        step="4.2",
        consumers=("22",),
        gate="resolution_documentation",
        counted=True,
        render=content,
        metrics=RcaMetrics,
        data=RcaData,
    ),
)
