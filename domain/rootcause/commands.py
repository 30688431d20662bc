"""Commands about what the root cause is looked for in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from msgspec import Meta, Struct

from domain.rootcause.facts import EvidenceKind
from domain.stored_blob import StoredBlob
from domain.words import Ident, Moment, Name, Rationale, Text, Title

Uri = Annotated[
    str,
    Meta(
        max_length=2_000,
        pattern=r"^[^\x00-\x20\x7f]+$(?!\n)",
        description="Where it lies; nothing here ever fetches it.",
    ),
]


class CaptureEvidence(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="capture-evidence", forbid_unknown_fields=True
):
    """Keep a piece of evidence: its words, an uploaded file, or where it lies, which nobody can check later.

    `duplicate_of` names the piece that it repeats: both count as one, and it stands in for one that is lost.
    """

    kind: EvidenceKind
    title: Title
    critical: bool = False
    content: Text | None = None
    blob: StoredBlob | None = None
    uri: Uri | None = None
    media_type: Name | None = None
    duplicate_of: Ident | None = None
    captured_at: Moment | None = None


class RecordFinding(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="record-finding", forbid_unknown_fields=True
):
    """Say what you make of the evidence, and what would help."""

    statement: Text
    category: Ident
    evidence: Annotated[tuple[Ident, ...], Meta(max_length=32)] = ()
    remediation: Text | None = None


class ArchiveEvidence(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="archive-evidence", forbid_unknown_fields=True
):
    """Say that the collection is complete. Refused while pieces, kinds or critical evidence are missing."""

    rationale: Rationale | None = None


EXAMPLES = (
    CaptureEvidence(
        kind="log",
        title="Log of the payment workers, 02:00 to 02:40",
        content="02:09:58 pool exhausted: 200 of 200 connections in use",
        critical=True,
        captured_at=datetime(2026, 3, 1, 2, 50, tzinfo=UTC),
    ),
    RecordFinding(
        statement="Release 1.2.4 opens a connection for each retry and never closes it.",
        category="code_defect",
        evidence=("ev1",),
        remediation="Bound the pool, and retry on the same connection.",
    ),
    ArchiveEvidence(rationale="Logs, the dashboard and the change are there; nothing else was asked for."),
)
