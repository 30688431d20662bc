"""That it is over, why it happened, what was archived and who reviewed it, in words."""

from __future__ import annotations

from collections.abc import Mapping

from domain.archive.facts import EvidenceBundleSealed, EvidenceManifestSealed, ReviewerSignedOff
from domain.artifacts import BUNDLE, MANIFEST, RCA, REPORT, RESOLUTION, SIGNOFF, TIMELINE
from domain.report.facts import IncidentReportWritten
from domain.resolution.facts import (
    ActionItemRecorded,
    AlertsClearedVerified,
    IncidentClosed,
    IncidentReopened,
    ResolutionConfirmed,
    SloRestorationVerified,
    StabilityWindowObserved,
)
from domain.rootcause.facts import (
    EvidenceVerified,
    RcaEvidenceArchived,
    RootCauseEvidenceCaptured,
    RootCauseFindingRecorded,
)
from domain.sentence import Foreign, Row, Sentence, listed, named, told

RESOLUTIONS = {
    "rollback": "rollback",
    "feature_flag": "feature flag",
    "hotfix": "hotfix",
    "self_recovered": "it recovered by itself",
    "other": "other means",
}


def _restored(fact: SloRestorationVerified, who: str) -> Sentence:
    found = "restored" if fact.restored else "NOT restored"
    off = [slo.slo_id for slo in fact.slos if not slo.met]
    return (
        f"Service levels {found}, says {who}: {len(fact.slos) - len(off)} of {len(fact.slos)} met",
        *((": not ", *listed(off)) if off else ()),
        *told(". Note: ", fact.note),
    )


def _cleared(fact: AlertsClearedVerified, who: str) -> Sentence:
    firing: Sentence = (": still firing ", *listed(fact.still_firing)) if fact.still_firing else ()
    found = "cleared" if fact.cleared else "NOT cleared"
    return f"Alerts {found}, says {who}", *firing, *told(". Note: ", fact.note)


def _watched(fact: StabilityWindowObserved, who: str) -> Sentence:
    breaches = "no breach" if fact.breaches == 0 else f"{fact.breaches} BREACHES"
    return (
        f"Stable for {fact.duration_s} s with {breaches}, says {who}, from ",
        Foreign(fact.started_at),
        *told(". Note: ", fact.note),
    )


def _confirmed(fact: ResolutionConfirmed, who: str) -> Sentence:
    return (
        f"Resolution confirmed by {who}: {RESOLUTIONS[fact.kind]}",
        *named(" to version ", fact.restored_version),
        ". ",
        fact.summary,
    )


def _action_item(fact: ActionItemRecorded, who: str) -> Sentence:
    return (
        "Action item ",
        Foreign(fact.item_id),
        f" {fact.status}, says {who}: ",
        fact.title,
        *named(", for ", fact.owner),
        *named(", due ", fact.due_on),
    )


def _closed(fact: IncidentClosed, who: str) -> Sentence:
    return f"Incident closed by {who}. Reason: ", fact.rationale


def _reopened(fact: IncidentReopened, who: str) -> Sentence:
    return f"Incident REOPENED by {who}. Reason: ", fact.rationale


def _captured(fact: RootCauseEvidenceCaptured, who: str) -> Sentence:
    critical = " (critical)" if fact.critical else ""
    return (
        "Evidence ",
        Foreign(fact.evidence_id),
        f", {fact.kind.replace('_', ' ')}{critical}, captured by {who}: ",
        fact.title,
        *named(", the same as ", fact.duplicate_of),
    )


def _verified(fact: EvidenceVerified, _who: str) -> Sentence:
    return (
        "Bytes of evidence ",
        Foreign(fact.evidence_id),
        f": {fact.found if fact.ok else fact.found.upper()}",
    )


def _found(fact: RootCauseFindingRecorded, who: str) -> Sentence:
    return (
        "Finding ",
        Foreign(fact.finding_id),
        " (",
        Foreign(fact.category),
        f") by {who}: ",
        fact.statement,
        *((" (from ", *listed(fact.evidence_ids), ")") if fact.evidence_ids else ()),
        *told(". Remedy: ", fact.remediation),
    )


def _archived(fact: RcaEvidenceArchived, who: str) -> Sentence:
    pieces = f"Root cause inputs archived by {who}: {fact.count} pieces of evidence"
    return pieces, *told(". Reason: ", fact.rationale)


def _report(fact: IncidentReportWritten, who: str) -> Sentence:
    filled = sum(section.filled for section in fact.sections)
    said = f"{filled} of {len(fact.sections)} sections"
    return (f"Report, revision {fact.revision}, {fact.status}, by {who}: {said}",)


def _manifest(fact: EvidenceManifestSealed, who: str) -> Sentence:
    return (
        f"Evidence manifest, revision {fact.revision}, sealed by {who}: {fact.listed} listed, missing ",
        *listed(fact.missing, "nothing"),
    )


def _reviewed(fact: ReviewerSignedOff, who: str) -> Sentence:
    return f"{who} {fact.verdict} the manifest as ", Foreign(fact.role), ". Reason: ", fact.rationale


def _bundled(fact: EvidenceBundleSealed, who: str) -> Sentence:
    return "Bundle ", Foreign(fact.name), f" sealed by {who}: {fact.size_bytes} bytes"


_END = (RESOLUTION, TIMELINE, REPORT)
_CAUSE = (RCA, TIMELINE, REPORT)

ROWS: Mapping[type, Row] = {
    SloRestorationVerified: Row(say=_restored, category="validation", step="4.1", artifacts=_END),
    AlertsClearedVerified: Row(say=_cleared, category="validation", step="4.1", artifacts=_END),
    StabilityWindowObserved: Row(say=_watched, category="validation", step="4.1", artifacts=_END),
    ResolutionConfirmed: Row(say=_confirmed, category="decision", step="4.1", artifacts=_END),
    ActionItemRecorded: Row(say=_action_item, category="note", step="4.1", artifacts=_END),
    IncidentClosed: Row(say=_closed, category="decision", step="4.3", artifacts=_END),
    IncidentReopened: Row(say=_reopened, category="decision", step="4.1", artifacts=_END),
    RootCauseEvidenceCaptured: Row(say=_captured, category="note", step="4.2", artifacts=_CAUSE),
    EvidenceVerified: Row(say=_verified, category="validation", step="4.2", artifacts=_CAUSE),
    RootCauseFindingRecorded: Row(say=_found, category="note", step="4.2", artifacts=_CAUSE),
    RcaEvidenceArchived: Row(say=_archived, category="decision", step="4.2", artifacts=_CAUSE),
    IncidentReportWritten: Row(say=_report, category="note", step="4.3", artifacts=(REPORT, TIMELINE)),
    EvidenceManifestSealed: Row(
        say=_manifest, category="decision", step="4.3", artifacts=(MANIFEST, TIMELINE)
    ),
    ReviewerSignedOff: Row(say=_reviewed, category="decision", step="4.3", artifacts=(SIGNOFF, TIMELINE)),
    EvidenceBundleSealed: Row(say=_bundled, category="decision", step="4.3", artifacts=(BUNDLE, TIMELINE)),
}
