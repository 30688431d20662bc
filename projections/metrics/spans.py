"""How long things took in an incident (R-GATE-34, R-LRN-20, R-WF-35)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from domain.decisions.facts import DecisionGiven, DecisionRecorded, DecisionRequested
from domain.execution.facts import (
    MitigationCommandExecuted,
    MitigationExecutionCompleted,
    MitigationExecutionStarted,
)
from domain.flow.transitions import PLACES, State
from domain.intake.facts import IncidentDeclared, IncidentOpened
from domain.moment import milliseconds
from domain.notices.facts import StakeholderAcknowledged
from domain.notices.latency import notification_latency_ms
from domain.ratio import Ratio
from domain.recovery.facts import RecoveryValidationCompleted
from domain.resolution.facts import IncidentClosed
from domain.resolution.restored import recovered
from domain.severity.facts import SeverityConsensusReached
from projections.metrics.measured import Chronicle, Point, Sample, exactly, machine, span


def time_to_detect(told: Chronicle) -> Sample | None:
    """Return declared - earliest fired_at."""
    return span(_began(told), _first(told, IncidentDeclared))


def time_to_acknowledge(told: Chronicle) -> Sample | None:
    """Return first acknowledgement - declared."""
    return span(_first(told, IncidentDeclared), _first(told, StakeholderAcknowledged))


def time_to_recover(told: Chronicle) -> Sample | None:
    """Return recovery validated - earliest fired_at."""
    back = _recovered(told)
    return None if back is None else span(_began(told), back[0])


def time_to_declare(told: Chronicle) -> Sample | None:
    """Return declared - opened."""
    return span(_first(told, IncidentOpened), _first(told, IncidentDeclared))


def time_to_consensus(told: Chronicle) -> Sample | None:
    """Return first consensus - declared."""
    return span(_first(told, IncidentDeclared), _first(told, SeverityConsensusReached))


def time_to_close(told: Chronicle) -> Sample | None:
    """Return last closed - declared."""
    return span(_first(told, IncidentDeclared), _last(told, IncidentClosed))


def notification_latency(told: Chronicle) -> Sample | None:
    """Return the last required role's first notice - consensus, of the last round; by recorded time alone."""
    latency = notification_latency_ms(told.incident, told.policy)
    return None if latency is None else exactly(latency)


def decision_latency(told: Chronicle) -> Sample | None:
    """Return the last decision's record - its request."""
    decided = max(told.all(DecisionRecorded), key=lambda pair: pair[0].recorded, default=None)
    return None if decided is None else span(_asked(told, decided[1].decision_id), decided[0])


def approval_latency(told: Chronicle) -> Sample | None:
    """Return the slowest approval of all decisions."""
    waits = [
        span(_asked(told, fact.decision_id), at)
        for at, fact in told.all(DecisionGiven)
        if fact.verdict == "approved"
    ]
    return max((wait for wait in waits if wait is not None), key=lambda wait: wait.recorded.num, default=None)


def execution_duration(told: Chronicle) -> Sample | None:
    """Return the last completed attempt: its commands as they were stated, and as the facts were recorded."""
    completed = list(told.all(MitigationExecutionCompleted))
    if not completed:
        return None
    end, fact = completed[-1]
    recorded = span(_started(told, fact.attempt), end)
    commands = [(at, run) for at, run in told.all(MitigationCommandExecuted) if run.attempt == fact.attempt]
    if recorded is None or not commands:
        return recorded
    begin, finish = min(run.started_at for _, run in commands), max(run.at for _, run in commands)
    late = recorded.late or any(at.late for at, _ in commands)
    return Sample(raw=Ratio(milliseconds(begin, finish)), recorded=recorded.recorded, late=late)


def recovery_time(told: Chronicle) -> Sample | None:
    """Return recovery validated - execution started, of the attempt that recovered."""
    back = _recovered(told)
    return None if back is None else span(_started(told, back[1].attempt), back[0])


def time_in_step(step: str) -> Callable[[Chronicle], Sample | None]:
    """Return the measure of the time spent in ``step``, all visits together, up to the last fact."""

    def measure(told: Chronicle) -> Sample | None:
        times = [item.recordedtime for item in told.facts]
        inside = [_step(state) == step for state in told.states]
        spans = zip(inside, pairwise((*times, times[-1])), strict=True)
        spent = sum(milliseconds(*between) for here, between in spans if here)
        return exactly(spent) if any(inside) else None

    return measure


def _step(state: State) -> str | None:
    return PLACES[state].step if state in PLACES else None


def _began(told: Chronicle) -> Point | None:
    """Return when an alert fired first; where none did, when somebody says that it was detected."""
    intake = told.incident.intake
    if intake.earliest_fired_at is not None:
        return machine(intake.earliest_fired_at)
    if intake.detected_at is None or intake.opened_at is None:
        return None
    return Point(intake.detected_at, intake.opened_at)


def _first(told: Chronicle, kind: type) -> Point | None:
    return next((at for at, _ in told.all(kind)), None)


def _last(told: Chronicle, kind: type) -> Point | None:
    return max((at for at, _ in told.all(kind)), key=lambda at: at.recorded, default=None)


def _asked(told: Chronicle, decision: str) -> Point | None:
    return next((at for at, fact in told.all(DecisionRequested) if fact.decision_id == decision), None)


def _started(told: Chronicle, attempt: int) -> Point | None:
    return next((at for at, fact in told.all(MitigationExecutionStarted) if fact.attempt == attempt), None)


def _recovered(told: Chronicle) -> tuple[Point, RecoveryValidationCompleted] | None:
    """Return the validation that stands, and when it was."""
    standing = recovered(told.incident)
    if standing is None:
        return None
    item = next(item for item in told.facts if item.version == standing.version)
    return Point(item.time, item.recordedtime), standing.fact
