"""Gate 3: what was to be done is done, and the service recovered (R-GATE-03, R-GATE-30 to 34)."""

from __future__ import annotations

from domain.gates.criterion import Case, Criterion
from domain.gates.facts import Gate, Metric
from domain.gates.milestones import mitigated, timeline_completeness
from domain.moment import milliseconds
from domain.ratio import Ratio, of_decimal, of_truth
from domain.recovery.checks import count, same, validated_now, validation

GATE: Gate = "recovery_validation"


def _success(case: Case) -> Ratio:
    found = count(case.incident, case.policy)
    return Ratio(found.passed, found.required)


def _critical_failed(case: Case) -> Ratio:
    return Ratio(count(case.incident, case.policy).critical_failed)


def _critical_count(case: Case) -> Ratio:
    return Ratio(count(case.incident, case.policy).critical_total)


def _recovered(case: Case) -> Ratio:
    """Return whether the recorded validation says success, and recomputing it agrees (R-GATE-31)."""
    known = validated_now(case.incident)
    if known is None or known.status != "success":
        return of_truth(False)
    return of_truth(same(known, validation(case.incident, case.policy, case.at)))


def _executed(case: Case) -> Ratio:
    standing = case.incident.standing
    return of_truth(standing.executed > 0 and standing.halted is None)


def _execution_success(case: Case) -> Ratio | None:
    completed = case.incident.execution.completed
    if completed is None:
        return None
    return Ratio(completed.fact.commands_succeeded, completed.fact.commands_total)


CRITERIA = (
    Criterion(
        id="recovery_validation_success",
        gate=GATE,
        unit="ratio",
        measure=_success,
        threshold=lambda case: of_decimal(case.policy.gates.recovery_validation.success),
        tightened_by="threshold",
        softens=True,
        remedy="Have the failing checks pass and record them: record-checks, or re-enter-planning.",
        owner="incident_commander",
    ),
    Criterion(
        id="critical_failed",
        gate=GATE,
        unit="count",
        op="=",
        measure=_critical_failed,
        threshold=lambda _: Ratio(0),
        cosigned_by="sre_lead",
        remedy="Have every critical check pass and record it: record-checks.",
        owner="sre_lead",
    ),
    Criterion(
        id="critical_check_count",
        gate=GATE,
        unit="count",
        measure=_critical_count,
        remedy="Name critical checks in the policy or the plan.",
        owner="incident_commander",
    ),
    Criterion(
        id="recovery_validation.status",
        gate=GATE,
        unit="truth",
        op="=",
        measure=_recovered,
        remedy="Record every required check: record-checks.",
        owner="incident_commander",
    ),
    Criterion(
        id="mitigation_execution.status",
        gate=GATE,
        unit="truth",
        op="=",
        measure=_executed,
        applies=mitigated,
        remedy="Record every approved command: record-command.",
        owner="incident_commander",
    ),
    Criterion(
        id="timeline_completeness",
        gate=GATE,
        unit="ratio",
        measure=timeline_completeness,
        threshold=lambda case: of_decimal(case.policy.gates.recovery_validation.timeline),
        softens=True,
        remedy="Record what is missing between the alert and the recovery.",
        owner="incident_commander",
    ),
    Criterion(
        id="execution_success",
        gate=GATE,
        unit="ratio",
        level="minimum",
        measure=_execution_success,
        threshold=lambda case: of_decimal(case.policy.gates.recovery_validation.execution_success),
        applies=mitigated,
        softens=True,
        remedy="Have the failing commands succeed, or execute the plan again.",
        owner="incident_commander",
    ),
)


def metrics(case: Case) -> tuple[Metric, ...]:
    """Return what is recorded beside the criteria (R-GATE-34)."""
    incident, validated = case.incident, case.incident.recovery.validated
    intake, completed = incident.intake, incident.execution.completed
    fired = intake.earliest_fired_at or intake.detected_at
    known = validated_now(incident)
    found: list[Metric] = []
    if completed is not None and mitigated(case):
        found.append(_ms("execution_duration", completed.fact.duration_ms))
    if known is not None and known.recovery_time_ms is not None:
        found.append(_ms("recovery_time", known.recovery_time_ms))
    if fired is not None and intake.declared_at is not None:
        found.append(_ms("mttd", milliseconds(fired, intake.declared_at)))
    if fired is not None and known is not None and validated is not None:
        found.append(_ms("mttr", milliseconds(fired, validated.at)))
    return tuple(found)


def _ms(name: str, value: int) -> Metric:
    return Metric(id=name, unit="ms", actual=Ratio(value))
