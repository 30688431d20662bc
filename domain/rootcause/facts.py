"""Facts about root causes and the evidence for them (R-EVT-20)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Code, Count, Timestamp
from domain.prose import Filed, Prose

Found = Literal["ok", "missing", "damaged"]
"""What there was of stored bytes when they were read."""

EvidenceKind = Literal["log", "dashboard", "diff", "contributing_factor", "trace", "config", "other"]


class RootCauseEvidenceCaptured(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A piece of evidence: its bytes as a blob, its words, or where it lies, which nobody can check.

    ``at`` is when it was captured; ``duplicate_of`` names the evidence that it repeats.
    """

    evidence_id: Code
    kind: EvidenceKind
    critical: bool
    title: Prose
    encrypted: bool
    content: Filed | None = None
    uri: Prose | None = None
    media_type: Code | None = None
    duplicate_of: Code | None = None
    at: Timestamp | None = None


class EvidenceVerified(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The stored bytes of a piece of evidence were read and compared with their hash (R-GATE-51)."""

    evidence_id: Code
    ok: bool
    found: Found


class RootCauseFindingRecorded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody makes of the evidence."""

    finding_id: Code
    category: Code
    statement: Prose
    evidence_ids: tuple[Code, ...] = ()
    remediation: Prose | None = None


class RcaEvidenceArchived(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The collection is complete: ``count`` pieces that are no duplicates (R-TRN-13, R-DEC-19)."""

    count: Count
    archive_status: Literal["complete"]
    rationale: Prose | None = None


RootCauseFact = RootCauseEvidenceCaptured | EvidenceVerified | RootCauseFindingRecorded | RcaEvidenceArchived
