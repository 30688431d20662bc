"""What did not go as planned: one place for whatever a reader might otherwise miss (R-ROL-08, R-DEC-28).

Rows and one interpreter: each finds the sentences of one kind of deviation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from domain.crew.facts import CommanderAssigned
from domain.decisions.facts import DecisionGiven
from domain.execution.facts import (
    MitigationCommandExecuted,
    MitigationPlanningReentered,
    OutOfBandActionRecorded,
)
from domain.flow.facts import StepMarked
from domain.gates.facts import Gate, GateEvaluated, GateWaiverRefused, GateWaiverRequested
from domain.notices.facts import StakeholderNotificationFailed
from domain.readiness.facts import PrerequisitesOverridden
from domain.recovery.facts import RecoveryCheckRecorded
from domain.resolution.facts import IncidentReopened
from domain.rootcause.facts import EvidenceVerified
from domain.severity.facts import SeverityConsensusReached
from domain.timeline.facts import TimelineEntryCorrected
from projections.artifacts.rendering import Rendering
from projections.inline import after, foreign, listed, role, said
from projections.report.found import began, check_title, found
from projections.severity_history import severity_history
from projections.spans import clock, counted
from projections.timeline import is_late
from projections.units import duration
from projections.waivers import status

GATES: dict[Gate, str] = {
    "severity_alignment": "gate 1 (severity)",
    "mitigation_readiness": "gate 2 (readiness to act)",
    "recovery_validation": "gate 3 (recovery)",
    "resolution_documentation": "gate 4 (documentation)",
}
_STATUS = {
    "granted": "granted",
    "pending": "not decided",
    "rejected": "rejected",
    "expired": "expired",
    "none": "not decided",
}


def lines(rendering: Rendering) -> tuple[str, ...]:
    """Return a sentence for each deviation."""
    return tuple(line for find in ROWS for line in find(rendering))


def _outside(rendering: Rendering) -> Iterable[str]:
    for item, fact in found(rendering, OutOfBandActionRecorded):
        past = " It should have waited for approval." if fact.kind == "execution" else ""
        yield (
            f"Something was done outside the process ({clock(item.time, began(rendering))}):"
            f" {said(fact.what)} because {said(fact.why)}.{past}"
        )


def _waived(rendering: Rendering) -> Iterable[str]:
    for item, fact in found(rendering, GateWaiverRequested):
        waiver = rendering.incident.gates.waivers[fact.waiver_id]
        how = _STATUS[status(rendering.incident, waiver, rendering.last.recordedtime)]
        by = listed(dict.fromkeys(who for who, _ in waiver.approvals))
        signed = f", approved by {by}" if waiver.approvals else ""
        yield (
            f"A waiver of {GATES[fact.gate]} was asked for by {item.authid}"
            f" ({listed(map(foreign, fact.criteria))}) and is {how}{signed}: {said(fact.justification)}"
        )


def _refused(rendering: Rendering) -> Iterable[str]:
    for item, fact in found(rendering, GateWaiverRefused):
        yield f"{item.authid} asked to waive {GATES[fact.gate]}, which nobody can: {said(fact.justification)}"


def _failed(rendering: Rendering) -> Iterable[str]:
    for item, fact in found(rendering, GateEvaluated):
        if fact.result == "FAIL" and fact.authoritative:
            names = (foreign(row.id) for row in fact.criteria if row.passed == "no")
            at = clock(item.recordedtime, began(rendering))
            yield f"{GATES[fact.gate].capitalize()} did not pass at {at}: {listed(names)}"


def _rejected(rendering: Rendering) -> Iterable[str]:
    for item, fact in found(rendering, DecisionGiven):
        if fact.verdict == "rejected":
            yield f"{item.authid} rejected the plan as {role(fact.role)}: {said(fact.rationale)}"


def _overridden(rendering: Rendering) -> Iterable[str]:
    for item, fact in found(rendering, PrerequisitesOverridden):
        missing = listed(map(foreign, fact.missing))
        yield f"{item.authid} went on without {missing}: {said(fact.rationale)}"


def _late_notices(rendering: Rendering) -> Iterable[str]:
    if not found(rendering, SeverityConsensusReached):
        return
    for spell in severity_history(rendering.facts, rendering.case, rendering.policies).rounds:
        notice = spell.notice
        if notice is not None and notice.late:
            took = "not everybody was told" if notice.latency_ms is None else duration(notice.latency_ms)
            yield f"People were told late: {took}, where {duration(notice.sla_ms)} are allowed"


def _undelivered(rendering: Rendering) -> Iterable[str]:
    count = len(found(rendering, StakeholderNotificationFailed))
    if count:
        yield f"Notices that did not arrive at once: {counted(count, 'failed attempt')} (see Communications)"


def _took_over(rendering: Rendering) -> Iterable[str]:
    for item, fact in found(rendering, CommanderAssigned):
        if fact.how == "taken_over":
            reason = after(": ", fact.rationale)
            at = clock(item.recordedtime, began(rendering))
            yield f"{fact.principal} took over the command at {at} without a handover{reason}"


def _halted(rendering: Rendering) -> Iterable[str]:
    for item, fact in found(rendering, StepMarked):
        if fact.mark in ("halted", "returned", "skipped"):
            word = {"halted": "halted", "returned": "sent back", "skipped": "skipped"}[fact.mark]
            at = clock(item.recordedtime, began(rendering))
            yield f"Step {foreign(fact.step)} was {word} by {item.authid} at {at}: {said(fact.rationale)}"


def _troubled(rendering: Rendering) -> Iterable[str]:
    for item, fact in found(rendering, MitigationCommandExecuted):
        if fact.outcome != "success":
            at = clock(item.time, began(rendering))
            word = "failed" if fact.outcome == "failed" else "did not do what it should"
            yield f"Command {fact.seq} {word} at {at}"
        if fact.command is not None:
            yield f"Command {fact.seq} was not run as approved (see Actions)"
    for item, reentry in found(rendering, MitigationPlanningReentered):
        at = clock(item.recordedtime, began(rendering))
        yield f"The plan had to be made anew at {at}: {said(reentry.rationale)}"


def _unhealthy(rendering: Rendering) -> Iterable[str]:
    for item, fact in found(rendering, RecoveryCheckRecorded):
        if fact.result in ("fail", "error"):
            at = clock(item.time, began(rendering))
            check = check_title(rendering, fact.check_id)
            yield f"A recovery check did not pass at {at} (see Recovery validation): {check}"


def _reopened(rendering: Rendering) -> Iterable[str]:
    for item, fact in found(rendering, IncidentReopened):
        at = clock(item.recordedtime, began(rendering))
        yield f"The incident was reopened by {item.authid} at {at}: {said(fact.rationale)}"


def _damaged(rendering: Rendering) -> Iterable[str]:
    for _, fact in found(rendering, EvidenceVerified):
        if not fact.ok:
            yield f"Evidence {foreign(fact.evidence_id)} was found {fact.found}"


def _reported_late(rendering: Rendering) -> Iterable[str]:
    count = sum(is_late(item.time, item.recordedtime) for item in rendering.facts)
    if count:
        yield f"Written down later than it happened: {counted(count, 'event')} (see Timeline)"


def _corrected(rendering: Rendering) -> Iterable[str]:
    count = len(found(rendering, TimelineEntryCorrected))
    if count:
        yield f"Corrected later: {counted(count, 'line')} of the timeline (see Timeline)"


ROWS: tuple[Callable[[Rendering], Iterable[str]], ...] = (
    _outside,
    _waived,
    _refused,
    _failed,
    _rejected,
    _overridden,
    _late_notices,
    _undelivered,
    _took_over,
    _halted,
    _troubled,
    _unhealthy,
    _reopened,
    _damaged,
    _reported_late,
    _corrected,
)
