"""Evidence, findings, and the end of the collection (R-STEP-42, R-TRN-13)."""

from __future__ import annotations

from domain.context import Context
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.moment import timestamp
from domain.own_commands import RecordVerification
from domain.past import checked
from domain.policies import policy_of
from domain.prose import Prose, optional_prose, prose
from domain.refusal import Refusal
from domain.rootcause.commands import ArchiveEvidence, CaptureEvidence, RecordFinding
from domain.rootcause.facts import (
    EvidenceVerified,
    RcaEvidenceArchived,
    RootCauseEvidenceCaptured,
    RootCauseFindingRecorded,
)
from domain.rootcause.pieces import count, has_bytes, lacking
from domain.stored_blob import optional_blob_prose
from domain.text import code


def capture(
    state: Incident, command: CaptureEvidence, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return the piece; a duplicate is one of what its original is one of."""
    at = checked("captured_at", command.captured_at, context.now)
    if isinstance(at, Refusal):
        return at
    if refusal := _unfit(command) or _unknown(state, "duplicate_of", command.duplicate_of):
        return refusal
    content = _content(command)
    return (
        RootCauseEvidenceCaptured(
            evidence_id=f"ev{len(state.rootcause.evidence) + 1}",
            kind=command.kind,
            critical=command.critical,
            title=prose(command.title),
            # What we keep is sealed, or a blob: encrypted either way (R-CMP-14).
            encrypted=content is not None,
            content=content,
            uri=optional_prose(command.uri),
            media_type=None if command.media_type is None else code(command.media_type),
            duplicate_of=_first(state, command.duplicate_of),
            at=None if at is None else timestamp(at),
        ),
    )


def find(state: Incident, command: RecordFinding, _context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the finding, with the evidence that it rests on."""
    for place, name in enumerate(command.evidence):
        if refusal := _unknown(state, f"evidence[{place}]", name):
            return refusal
    return (
        RootCauseFindingRecorded(
            finding_id=f"f{len(state.rootcause.findings) + 1}",
            category=code(command.category),
            statement=prose(command.statement),
            evidence_ids=tuple(dict.fromkeys(command.evidence)),
            remediation=optional_prose(command.remediation),
        ),
    )


def archive(
    state: Incident, command: ArchiveEvidence, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return that the collection is complete; a refusal names all that is missing."""
    missing = (
        *lacking(state.rootcause, policy_of(context)),
        *(("a step that goes on",) if state.standing.halted else ()),
    )
    if missing:
        return Refusal(
            code="CRITICAL_EVIDENCE_MISSING",
            message="the collection is not complete",
            expected="enough distinct pieces of the kinds that the policy wants, their bytes as they were",
            found="missing: " + ", ".join(missing),
        )
    return (
        RcaEvidenceArchived(
            count=count(state.rootcause),
            archive_status="complete",
            rationale=optional_prose(command.rationale),
        ),
    )


def record_verification(state: Incident, command: RecordVerification) -> tuple[IncidentFact, ...]:
    """Return what was found of stored bytes, of each piece of which that says something new (R-GATE-51)."""
    facts = []
    for name, found in command.found:
        piece = state.rootcause.evidence.get(name)
        if piece is not None and has_bytes(piece) and piece.found != found:
            facts.append(EvidenceVerified(evidence_id=name, ok=found == "ok", found=found))
    return tuple(facts)


def _content(command: CaptureEvidence) -> Prose | None:
    return optional_blob_prose(command.blob) or optional_prose(command.content)


def _first(state: Incident, name: str | None) -> str | None:
    """Return the piece that a duplicate repeats in the end: duplicates do not stand in a row."""
    if name is None:
        return None
    return state.rootcause.evidence[name].fact.duplicate_of or name


def _unfit(command: CaptureEvidence) -> Refusal | None:
    kept = [command.content, command.blob]
    if None in kept and [*kept, command.uri] != [None] * 3:
        return None
    return Refusal(
        code="EVIDENCE_UNFIT",
        message="a piece of evidence is its words, an uploaded file, or where it lies",
        place="content",
        expected="content or blob, not both; or uri",
        found="content and blob" if None not in kept else "none of them",
    )


def _unknown(state: Incident, place: str, name: str | None) -> Refusal | None:
    if name is None or name in state.rootcause.evidence:
        return None
    return Refusal(
        code="EVIDENCE_UNKNOWN",
        message="there is no such piece of evidence",
        place=place,
        expected="one of " + (", ".join(state.rootcause.evidence) or "none yet"),
        found=name,
    )
