"""What follows, or partly follows, of the facts of an incident's end: derived again (R-GATE-51).

What people say (a number, a reason, a text) is taken from the fact; what the record says of it is not.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from domain.actions import TABLE
from domain.archive.facts import EvidenceBundleSealed, EvidenceManifestSealed, ReviewerSignedOff
from domain.archive.reviews import reviewable
from domain.archive.sealing import manifest_is_final, manifest_is_sealed
from domain.context import Context
from domain.derivation import Derivation
from domain.gates.evaluating import case_of
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.policies import policy_of
from domain.recorded_at import recorded_at
from domain.report.facts import IncidentReportWritten
from domain.report.sections import names
from domain.report.writing import COMPLETED_IN, sections_after
from domain.resolution import closing
from domain.resolution.confirming import duration_ms, resolved_at
from domain.resolution.facts import (
    AlertsClearedVerified,
    IncidentClosed,
    IncidentReopened,
    ResolutionConfirmed,
    SloRestorationVerified,
    StabilityWindowObserved,
)
from domain.resolution.restored import fired_between, firing, lacking, recovered_at, seconds
from domain.rootcause import pieces
from domain.rootcause.facts import RcaEvidenceArchived

FactOfTheEnd = (
    SloRestorationVerified
    | AlertsClearedVerified
    | StabilityWindowObserved
    | ResolutionConfirmed
    | RcaEvidenceArchived
    | IncidentReportWritten
    | EvidenceManifestSealed
    | ReviewerSignedOff
    | IncidentClosed
    | IncidentReopened
    | EvidenceBundleSealed
)


def _restored(_state: Incident, fact: SloRestorationVerified, _context: Context) -> IncidentFact:
    return replace(fact, restored=all(slo.met for slo in fact.slos))


def _cleared(state: Incident, fact: AlertsClearedVerified, _context: Context) -> IncidentFact:
    still = tuple(alert.fact.alert for alert in firing(state))
    return replace(fact, still_firing=still, cleared=fact.cleared and not still)


def _watched(state: Incident, fact: StabilityWindowObserved, _context: Context) -> IncidentFact | None:
    recovered, fired = recovered_at(state), fired_between(state, fact.started_at, fact.ended_at)
    if recovered is None or fact.started_at < recovered:
        return None
    counted = max(fact.breaches, len(fired))
    return replace(fact, duration_s=seconds(fact.started_at, fact.ended_at), breaches=counted)


def _confirmed(state: Incident, fact: ResolutionConfirmed, context: Context) -> IncidentFact | None:
    if lacking(case_of(state, context)) or state.standing.halted is not None:
        return None
    at = resolved_at(state, recorded_at(state, context))
    return replace(fact, resolved_at=at, incident_duration_ms=duration_ms(state, at))


def _archived(state: Incident, fact: RcaEvidenceArchived, context: Context) -> IncidentFact | None:
    if pieces.lacking(state.rootcause, policy_of(context)) or state.standing.halted is not None:
        return None
    return replace(fact, count=pieces.count(state.rootcause))


def _written(state: Incident, fact: IncidentReportWritten, context: Context) -> IncidentFact | None:
    complete = fact.status == "complete"
    # What is complete is so of the very bytes that it names, which the verifier renders again.
    named = fact.sha256 is not None and fact.renderer is not None
    if complete is not named or (complete and state.state not in COMPLETED_IN):
        return None
    said = {section.name: section.text for section in fact.sections if section.text is not None}
    return replace(
        fact,
        revision=state.report.revision + 1,
        at_version=state.version,
        sections=sections_after(state, said, names(policy_of(context))),
    )


def _manifest(state: Incident, fact: EvidenceManifestSealed, _context: Context) -> IncidentFact | None:
    before = state.archive.manifest
    if manifest_is_sealed(state):
        return None
    return replace(
        fact,
        revision=1 if before is None else before.fact.revision + 1,
        at_version=state.version,
        previous_sha256=None if before is None else before.fact.sha256,
    )


def _reviewed(state: Incident, fact: ReviewerSignedOff, _context: Context) -> IncidentFact | None:
    manifest = reviewable(state)
    if manifest is None:
        return None
    return replace(fact, decision_id=manifest.fact.decision_id, manifest_sha256=manifest.fact.sha256)


def _closed(state: Incident, fact: IncidentClosed, context: Context) -> IncidentFact | None:
    return None if closing.lacking(case_of(state, context)) else fact


def _reopened(state: Incident, fact: IncidentReopened, context: Context) -> IncidentFact | None:
    until = closing.reopened_until(state)
    return None if until is None or recorded_at(state, context) > until else fact


def _bundled(state: Incident, fact: EvidenceBundleSealed, _context: Context) -> IncidentFact | None:
    manifest = state.archive.manifest
    if manifest is None or not manifest_is_final(state):
        return None
    return replace(fact, manifest_revision=manifest.fact.revision)


def _when(action: str, derive: Derivation) -> Derivation:
    """Return ``derive`` where ``action`` has its place: what is recorded elsewhere follows from nothing."""
    states = TABLE[action].states

    def derived(state: Incident, fact: IncidentFact, context: Context) -> IncidentFact | None:
        return derive(state, fact, context) if state.state in states else None

    return derived


DERIVED: Mapping[type, Derivation] = {
    SloRestorationVerified: _when("verify-restoration", _restored),
    AlertsClearedVerified: _when("verify-restoration", _cleared),
    StabilityWindowObserved: _when("verify-restoration", _watched),
    ResolutionConfirmed: _when("confirm-resolution", _confirmed),
    RcaEvidenceArchived: _when("archive-evidence", _archived),
    IncidentReportWritten: _when("write-report", _written),
    EvidenceManifestSealed: _when("seal", _manifest),
    ReviewerSignedOff: _when("review", _reviewed),
    IncidentClosed: _when("close", _closed),
    IncidentReopened: _when("reopen", _reopened),
    EvidenceBundleSealed: _when("seal", _bundled),
}
"""Type of a fact -> how it follows."""
