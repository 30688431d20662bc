"""Evidence index: what there is to look at besides this report, and how to check that it is what it was."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.archive.facts import EvidenceBundleSealed, EvidenceManifestSealed, ReviewerSignedOff
from domain.gates.facts import Gate, GateEvaluated
from domain.recorded import UnknownFact
from domain.rootcause.facts import RootCauseEvidenceCaptured
from domain.rootcause.rootcause import Piece
from domain.sentences import SENTENCES
from projections.artifacts.gate_reports import ROWS
from projections.artifacts.rendering import Rendering
from projections.blocks import Blocks, items, paragraph
from projections.inline import foreign, role, said
from projections.placeholder import placeholder
from projections.report.found import began, found
from projections.report.terms import DOCUMENTS, EVIDENCE
from projections.spans import clock, counted

VERDICTS: Mapping[Gate, str] = {row.gate: row.name for row in ROWS if row.gate is not None}
"""Gate -> where its verdicts are."""


def blocks(rendering: Rendering) -> Blocks:
    """Return the documents that the facts feed, the pieces of evidence, and the seals."""
    count = len(rendering.incident.rootcause.evidence)
    seals = (*_manifests(rendering), *_reviews(rendering), *_bundles(rendering))
    archived = " The collection is archived." if rendering.incident.rootcause.archived else ""
    return (
        paragraph("Documents made from the same record:"),
        *items(f"{foreign(name)}: {DOCUMENTS[name]}" for name in documents(rendering)),
        paragraph(f"{counted(count, 'piece')} of evidence, listed under root cause inputs.{archived}"),
        *items(line for _, line in sorted(seals, key=lambda seal: seal[0])),
        paragraph(
            f"Every statement above rests on one of {rendering.last.version:,} signed entries in the ledger.",
            "Whoever has the exported incident can check, without trusting those who wrote it, that none was"
            " changed or left out: `tallystick verify`.",
        ),
    )


def documents(rendering: Rendering) -> tuple[str, ...]:
    """Return the names of the artifacts that the facts so far belong to."""
    rows = (SENTENCES[type(item.fact)] for item in rendering.facts if not isinstance(item.fact, UnknownFact))
    judged = {VERDICTS[fact.gate] for _, fact in found(rendering, GateEvaluated)}
    present = {name for row in rows for name in row.artifacts} - set(VERDICTS.values()) | judged
    return tuple(name for name in DOCUMENTS if name in present)


def pieces(rendering: Rendering) -> tuple[str, ...]:
    """Return each piece of evidence: what it is, who captured it, and whether its bytes were checked."""
    known = rendering.incident.rootcause.evidence
    return tuple(
        _piece(fact, item.authid, known[fact.evidence_id], clock(item.time, began(rendering)))
        for item, fact in found(rendering, RootCauseEvidenceCaptured)
    )


def _piece(fact: RootCauseEvidenceCaptured, who: str, piece: Piece, at: str) -> str:
    critical = ", critical" if fact.critical else ""
    return (
        f"{placeholder(fact.title)} ({EVIDENCE[fact.kind]}{critical}), captured by {who} at {at}"
        f"{_bytes(fact, piece)}"
    )


def _bytes(fact: RootCauseEvidenceCaptured, piece: Piece) -> str:
    if fact.duplicate_of is not None:
        return f"; the same as {foreign(fact.duplicate_of)}"
    if fact.content is None:
        return "" if fact.uri is None else f"; only a link, whose content nobody can check: {said(fact.uri)}"
    if not piece.checked:
        return "; stored, not checked again yet"
    return "; stored and found unchanged" if piece.ok else "; stored, and found MISSING OR DAMAGED"


def _manifests(rendering: Rendering) -> Iterable[tuple[int, str]]:
    for item, fact in found(rendering, EvidenceManifestSealed):
        lacks = f", {len(fact.missing)} of {fact.required} required missing" if fact.missing else ""
        at = clock(item.recordedtime, began(rendering))
        what = f"List of evidence, revision {fact.revision}, sealed by {item.authid} at {at}{lacks}"
        yield item.version, f"{what}. SHA-256: `{fact.sha256}`"


def _reviews(rendering: Rendering) -> Iterable[tuple[int, str]]:
    for item, fact in found(rendering, ReviewerSignedOff):
        at = clock(item.recordedtime, began(rendering))
        yield (
            item.version,
            f"{item.authid} {fact.verdict} it as {role(fact.role)} at {at}: {said(fact.rationale)}",
        )


def _bundles(rendering: Rendering) -> Iterable[tuple[int, str]]:
    for item, fact in found(rendering, EvidenceBundleSealed):
        at = clock(item.recordedtime, began(rendering))
        what = f"{foreign(fact.name)}, sealed by {item.authid} at {at}, {fact.size_bytes:,} bytes"
        yield item.version, f"{what}. SHA-256: `{fact.sha256}`"
