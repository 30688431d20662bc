"""The registry of facts: stable stored names on one side, types on the other (R-EVT-03).

A name is never renamed or reused; a new shape gets a new version. `encode` refuses prose that is
still clear and `decode` refuses stored text that should have been sealed, so clear prose can
neither leave nor enter through here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from domain.alert_facts import (
    AlertFact,
    AlertRemarked,
    FlappingEnded,
    FlappingStarted,
    SignalDeduplicated,
    SignalReceived,
    SignalsAggregated,
)
from domain.archive import facts as archive
from domain.crew import facts as crew
from domain.decisions import facts as decisions
from domain.execution import facts as execution
from domain.flow import facts as flow
from domain.gates import facts as gates
from domain.heads_facts import HeadsRecorded
from domain.incident_facts import IncidentFact
from domain.intake import facts as intake
from domain.moment import from_nanoseconds, nanoseconds, timestamp
from domain.notices import facts as notices
from domain.people_facts import PeopleFact, PersonAdded, PersonChanged, TokenIssued, TokenRevoked
from domain.planning import facts as planning
from domain.prose import proses
from domain.readiness import facts as readiness
from domain.recorded import UnknownFact
from domain.recovery import facts as recovery
from domain.report import facts as report
from domain.resolution import facts as resolution
from domain.role_facts import RoleGranted, RoleRevoked
from domain.rootcause import facts as rootcause
from domain.severity import facts as severity
from domain.source_facts import (
    ChangeReported,
    DeliveriesAggregated,
    DeliveryReceived,
    SignalRejected,
    SignalsTruncated,
    SilenceReported,
    SourceFact,
    SourceGapFound,
    SourceResumed,
)
from domain.timeline import facts as timeline

Fact = AlertFact | SourceFact | IncidentFact | PeopleFact | HeadsRecorded

FACTS: Mapping[str, type[Fact]] = {
    "tallystick.signal-received.v1": SignalReceived,
    "tallystick.signal-deduplicated.v1": SignalDeduplicated,
    "tallystick.signals-aggregated.v1": SignalsAggregated,
    "tallystick.alert-remarked.v1": AlertRemarked,
    "tallystick.flapping-started.v1": FlappingStarted,
    "tallystick.flapping-ended.v1": FlappingEnded,
    "tallystick.delivery-received.v1": DeliveryReceived,
    "tallystick.deliveries-aggregated.v1": DeliveriesAggregated,
    "tallystick.signals-truncated.v1": SignalsTruncated,
    "tallystick.signal-rejected.v1": SignalRejected,
    "tallystick.source-gap-found.v1": SourceGapFound,
    "tallystick.source-resumed.v1": SourceResumed,
    "tallystick.change-reported.v1": ChangeReported,
    "tallystick.silence-reported.v1": SilenceReported,
    "tallystick.incident-opened.v1": intake.IncidentOpened,
    "tallystick.signal-attached.v1": intake.SignalAttached,
    "tallystick.signal-cleared.v1": intake.SignalCleared,
    "tallystick.alert-validity-confirmed.v1": intake.AlertValidityConfirmed,
    "tallystick.incident-declared.v1": intake.IncidentDeclared,
    "tallystick.incident-dismissed.v1": intake.IncidentDismissed,
    "tallystick.mitigation-not-required.v1": intake.MitigationNotRequired,
    "tallystick.incident-merged.v1": intake.IncidentMerged,
    "tallystick.incident-linked.v1": intake.IncidentLinked,
    "tallystick.policy-adopted.v1": intake.PolicyAdopted,
    "tallystick.timeline-entry-recorded.v1": timeline.TimelineEntryRecorded,
    "tallystick.timeline-entry-corrected.v1": timeline.TimelineEntryCorrected,
    "tallystick.responder-joined.v1": crew.ResponderJoined,
    "tallystick.responder-left.v1": crew.ResponderLeft,
    "tallystick.command-offered.v1": crew.CommandOffered,
    "tallystick.commander-assigned.v1": crew.CommanderAssigned,
    "tallystick.role-covered.v1": crew.RoleCovered,
    "tallystick.role-granted.v1": RoleGranted,
    "tallystick.role-revoked.v1": RoleRevoked,
    "tallystick.severity-proposed.v1": severity.SeverityProposed,
    "tallystick.severity-vote-cast.v1": severity.SeverityVoteCast,
    "tallystick.severity-consensus-reached.v1": severity.SeverityConsensusReached,
    "tallystick.severity-reassessment-started.v1": severity.SeverityReassessmentStarted,
    "tallystick.affected-scope-confirmed.v1": severity.AffectedScopeConfirmed,
    "tallystick.stakeholder-notification-requested.v1": notices.StakeholderNotificationRequested,
    "tallystick.stakeholder-notified.v1": notices.StakeholderNotified,
    "tallystick.stakeholder-notification-failed.v1": notices.StakeholderNotificationFailed,
    "tallystick.stakeholder-acknowledged.v1": notices.StakeholderAcknowledged,
    "tallystick.mitigation-plan-proposed.v1": planning.MitigationPlanProposed,
    "tallystick.mitigation-option-selected.v1": planning.MitigationOptionSelected,
    "tallystick.rollback-prerequisite-verified.v1": planning.RollbackPrerequisiteVerified,
    "tallystick.rollback-readiness-assessed.v1": planning.RollbackReadinessAssessed,
    "tallystick.decision-requested.v1": decisions.DecisionRequested,
    "tallystick.decision-given.v1": decisions.DecisionGiven,
    "tallystick.decision-recorded.v1": decisions.DecisionRecorded,
    "tallystick.prerequisites-evaluated.v1": readiness.PrerequisitesEvaluated,
    "tallystick.prerequisites-overridden.v1": readiness.PrerequisitesOverridden,
    "tallystick.prerequisite-attested.v1": readiness.PrerequisiteAttested,
    "tallystick.gate-evaluated.v1": gates.GateEvaluated,
    "tallystick.gate-waiver-requested.v1": gates.GateWaiverRequested,
    "tallystick.gate-waiver-decided.v1": gates.GateWaiverDecided,
    "tallystick.gate-waiver-refused.v1": gates.GateWaiverRefused,
    "tallystick.mitigation-execution-started.v1": execution.MitigationExecutionStarted,
    "tallystick.mitigation-command-executed.v1": execution.MitigationCommandExecuted,
    "tallystick.mitigation-execution-completed.v1": execution.MitigationExecutionCompleted,
    "tallystick.mitigation-planning-reentered.v1": execution.MitigationPlanningReentered,
    "tallystick.out-of-band-action-recorded.v1": execution.OutOfBandActionRecorded,
    "tallystick.recovery-check-recorded.v1": recovery.RecoveryCheckRecorded,
    "tallystick.recovery-validation-completed.v1": recovery.RecoveryValidationCompleted,
    "tallystick.slo-restoration-verified.v1": resolution.SloRestorationVerified,
    "tallystick.alerts-cleared-verified.v1": resolution.AlertsClearedVerified,
    "tallystick.stability-window-observed.v1": resolution.StabilityWindowObserved,
    "tallystick.resolution-confirmed.v1": resolution.ResolutionConfirmed,
    "tallystick.action-item-recorded.v1": resolution.ActionItemRecorded,
    "tallystick.incident-closed.v1": resolution.IncidentClosed,
    "tallystick.incident-reopened.v1": resolution.IncidentReopened,
    "tallystick.root-cause-evidence-captured.v1": rootcause.RootCauseEvidenceCaptured,
    "tallystick.evidence-verified.v1": rootcause.EvidenceVerified,
    "tallystick.root-cause-finding-recorded.v1": rootcause.RootCauseFindingRecorded,
    "tallystick.rca-evidence-archived.v1": rootcause.RcaEvidenceArchived,
    "tallystick.incident-report-written.v1": report.IncidentReportWritten,
    "tallystick.evidence-manifest-sealed.v1": archive.EvidenceManifestSealed,
    "tallystick.reviewer-signed-off.v1": archive.ReviewerSignedOff,
    "tallystick.evidence-bundle-sealed.v1": archive.EvidenceBundleSealed,
    "tallystick.step-marked.v1": flow.StepMarked,
    "tallystick.escalation-raised.v1": flow.EscalationRaised,
    "tallystick.escalation-acknowledged.v1": flow.EscalationAcknowledged,
    "tallystick.person-added.v1": PersonAdded,
    "tallystick.person-changed.v1": PersonChanged,
    "tallystick.token-issued.v1": TokenIssued,
    "tallystick.token-revoked.v1": TokenRevoked,
    "tallystick.heads-recorded.v1": HeadsRecorded,
}
"""Stored name -> type, in the order in which an incident meets them."""

NAMES: Mapping[type[Fact], str] = {cls: name for name, cls in FACTS.items()}
"""Type -> stored name."""

_OURS = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")

# Made ready before any thread can ask: msgspec crashes when two are the first to read one type.
_READY = tuple(msgspec.json.Decoder(cls) for cls in FACTS.values())


class MalformedFact(ValueError):
    """A stored fact of a known type does not have that type's shape."""


def type_name(fact: Fact) -> str:
    """Return the stable name under which ``fact`` is stored."""
    return NAMES[type(fact)]


def encode(fact: Fact) -> dict[str, Any]:
    """Return the ``data`` of the event for a sealed fact; unset fields are absent."""
    if any(part.c is None for part in proses(fact)):
        raise ValueError(f"{type_name(fact)}: expected every text sealed, found clear text")
    data: dict[str, Any] = msgspec.to_builtins(fact)
    return data


def decode(name: str, data: dict[str, Any]) -> Fact | UnknownFact:
    """Return the fact stored under ``name``, or an `UnknownFact`; raises `MalformedFact`.

    Unknown fields are ignored: they stay in the event's bytes.
    """
    cls = FACTS.get(name)
    if cls is None:
        return UnknownFact(type=name, data=data)
    try:
        fact = msgspec.convert(data, cls)
    except msgspec.ValidationError as error:
        raise MalformedFact(f"{name}: {error}") from error
    if not all(part.is_reference for part in proses(fact)):
        raise MalformedFact(f"{name}: expected sealed references, found clear text")
    return fact


def happened_at(fact: Fact) -> str | None:
    """Return when the fact happened if it says so (the event's ``time``); None means when it is recorded.

    A source's time, which a fact keeps as it was written, is told in the one form that ours have.
    """
    at: str | None = getattr(fact, "at", None)
    if at is None or _OURS.fullmatch(at):
        return at
    return timestamp(from_nanoseconds(nanoseconds(at)))
