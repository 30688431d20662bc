"""The moments of an incident that its report tells, in few words; the timeline has them all (R-GATE-33).

A table: type of a fact -> what is said of it, or nothing. Facts of other types are no moments.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from domain.crew.facts import CommanderAssigned
from domain.decisions.facts import DecisionGiven, DecisionRecorded
from domain.execution.facts import (
    MitigationCommandExecuted,
    MitigationExecutionCompleted,
    MitigationExecutionStarted,
    MitigationPlanningReentered,
    OutOfBandActionRecorded,
)
from domain.flow.facts import EscalationRaised, StepMarked
from domain.gates.facts import GateEvaluated, GateWaiverDecided, GateWaiverRequested
from domain.intake.facts import (
    IncidentDeclared,
    IncidentDismissed,
    IncidentMerged,
    IncidentOpened,
    MitigationNotRequired,
    SignalAttached,
    SignalCleared,
)
from domain.notices.facts import StakeholderNotified
from domain.planning.facts import MitigationPlanProposed
from domain.recovery.facts import RecoveryCheckRecorded, RecoveryValidationCompleted
from domain.report.facts import IncidentReportWritten
from domain.resolution.facts import (
    IncidentClosed,
    IncidentReopened,
    ResolutionConfirmed,
    SloRestorationVerified,
    StabilityWindowObserved,
)
from domain.rootcause.facts import RcaEvidenceArchived
from domain.severity.facts import SeverityConsensusReached, SeverityReassessmentStarted
from domain.timeline.facts import TimelineEntryCorrected, TimelineEntryRecorded
from projections.inline import after, foreign, listed, role, said
from projections.report.deviations import GATES
from projections.report.summary import release, resolution
from projections.report.terms import CHANNELS, OUTCOMES, RECOVERY, why_again
from projections.spans import counted, span

Say = Callable[[Any, str], str | None]
"""Takes the fact and who stands behind it."""


def _fired(fact: SignalAttached, _who: str) -> str:
    on = "" if fact.service is None else f" on {foreign(fact.service)}"
    there = "" if fact.environment is None else f" ({foreign(fact.environment)})"
    return f"The alert {foreign(fact.alert_name)} fired{on}{there}"


def _opened(fact: IncidentOpened, who: str) -> str | None:
    return None if fact.origin == "signal" else f"{who} opened the incident"


def _commander(fact: CommanderAssigned, _who: str) -> str | None:
    if fact.how == "declared":
        return f"{fact.principal} leads as Incident Commander"
    how = "took over the command" if fact.how == "taken_over" else "was handed the command"
    return f"{fact.principal} {how}"


def _told(fact: StakeholderNotified, _who: str) -> str | None:
    if fact.purpose not in ("initial", "resolution"):
        return None
    about = "what happened" if fact.purpose == "initial" else "that it is over"
    return f"Told {about}: {listed(map(role, fact.roles))} ({CHANNELS[fact.channel]})"


def _given(fact: DecisionGiven, who: str) -> str:
    return f"{who} {fact.verdict} the plan as {role(fact.role)}"


def _gate(fact: GateEvaluated, _who: str) -> str | None:
    return (
        f"{GATES[fact.gate].capitalize()} did not pass"
        if fact.result == "FAIL" and fact.authoritative
        else None
    )


def _started(fact: MitigationExecutionStarted, who: str) -> str:
    again = "" if fact.attempt == 1 else f" (attempt {fact.attempt})"
    to = "" if fact.to_version is None else f" (to {release(fact.to_version)})"
    return f"{who} began to carry out the plan{to}{again}"


def _ran(fact: MitigationCommandExecuted, _who: str) -> str:
    again = f", try {fact.tried}," if fact.tried > 1 else ""
    return f"Command {fact.seq}{again} {OUTCOMES[fact.outcome]} after {span(fact.duration_ms)}"


def _completed(fact: MitigationExecutionCompleted, _who: str) -> str:
    return f"The plan was carried out: {fact.commands_succeeded} of {fact.commands_total} commands succeeded"


def _outside(fact: OutOfBandActionRecorded, who: str) -> str:
    return f"Done outside the process, as {who} reports: {said(fact.what)}"


def _check(fact: RecoveryCheckRecorded, _who: str) -> str | None:
    seen = after(": ", fact.observed)
    return None if fact.result == "pass" else f"A check of the recovery did not pass{seen}"


def _validated(fact: RecoveryValidationCompleted, _who: str) -> str:
    return f"{RECOVERY[fact.status]}: {fact.passed} of {fact.required} checks passed"


def _watched(fact: StabilityWindowObserved, _who: str) -> str:
    breaches = "without a relapse" if fact.breaches == 0 else f"with {counted(fact.breaches, 'relapse')}"
    return f"Watched for {span(fact.duration_s * 1000)} {breaches}"


def _report(fact: IncidentReportWritten, who: str) -> str | None:
    return f"{who} completed this report (revision {fact.revision})" if fact.status == "complete" else None


MOMENTS: Mapping[type, Say] = {
    IncidentOpened: _opened,
    SignalAttached: _fired,
    SignalCleared: lambda fact, _: f"The alert {foreign(fact.alert_name)} ended",
    IncidentDeclared: lambda _, who: f"{who} declared the incident",
    IncidentDismissed: lambda fact, who: f"{who} dismissed the incident: {said(fact.rationale)}",
    IncidentMerged: lambda fact, who: f"{who} merged the incident into another: {said(fact.rationale)}",
    CommanderAssigned: _commander,
    SeverityConsensusReached: lambda fact, _: f"{fact.severity} agreed",
    SeverityReassessmentStarted: lambda fact, _: (
        f"Severity assessed anew: {why_again(fact.reason, fact.cause)}"
    ),
    StakeholderNotified: _told,
    EscalationRaised: lambda fact, who: f"{who} called the {role(fact.to_role)}: {said(fact.rationale)}",
    MitigationPlanProposed: lambda fact, who: f"{who} proposed a plan (revision {fact.revision})",
    DecisionGiven: _given,
    DecisionRecorded: lambda _fact, _who: "The decision is made",
    GateEvaluated: _gate,
    GateWaiverRequested: lambda fact, who: f"{who} asked to waive {GATES[fact.gate]}",
    GateWaiverDecided: lambda fact, who: f"{who} {fact.verdict} a waiver as {role(fact.role)}",
    MitigationNotRequired: lambda fact, who: f"Nothing has to be done, says {who}: {said(fact.rationale)}",
    MitigationExecutionStarted: _started,
    MitigationCommandExecuted: _ran,
    MitigationExecutionCompleted: _completed,
    MitigationPlanningReentered: lambda fact, who: f"{who} went back to planning: {said(fact.rationale)}",
    OutOfBandActionRecorded: _outside,
    StepMarked: lambda fact, who: f"{who}: step {foreign(fact.step)} {fact.mark}: {said(fact.rationale)}",
    RecoveryCheckRecorded: _check,
    RecoveryValidationCompleted: _validated,
    TimelineEntryRecorded: lambda fact, _: said(fact.text),
    TimelineEntryCorrected: lambda fact, _: f"{said(fact.text)} Reason: {said(fact.reason)}",
    SloRestorationVerified: lambda fact, _: (
        "Service levels are met again" if fact.restored else "Service levels are NOT met yet"
    ),
    StabilityWindowObserved: _watched,
    ResolutionConfirmed: lambda fact, who: f"{who} confirmed that it is over: {resolution(fact)}",
    RcaEvidenceArchived: lambda fact, _: (
        f"Evidence for the root cause archived: {counted(fact.count, 'piece')}"
    ),
    IncidentReportWritten: _report,
    IncidentClosed: lambda _, who: f"{who} closed the incident",
    IncidentReopened: lambda fact, who: f"{who} REOPENED the incident: {said(fact.rationale)}",
}
