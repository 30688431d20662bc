"""Incidents with known times, for tests of metrics: a fact each minute, alerts before that."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from domain.execution.facts import (
    MitigationCommandExecuted,
    MitigationExecutionCompleted,
    MitigationExecutionStarted,
)
from domain.intake.facts import AlertValidityConfirmed, IncidentDeclared, IncidentOpened, SignalAttached
from domain.moment import timestamp
from domain.notices.facts import StakeholderAcknowledged
from domain.prose import prose
from domain.recovery.facts import RecoveryValidationCompleted
from domain.severity.facts import SeverityConsensusReached
from projections.metrics.measured import Chronicle, Sample, chronicle
from projections.metrics.reading import samples
from tests.support.meaning import ALERT, NOW, TEAM, fresh_id, recorded

WHY = prose("Because the graphs say so.")
OPENED = IncidentOpened(
    origin="person",
    why="manual",
    title=prose("Checkout is slow"),
    services=(),
    detected_at=timestamp(NOW),
    drill=False,
    visibility="open",
    profile="team",
    policy_sha256="a" * 64,
)
REAL = AlertValidityConfirmed(verdict="real", rationale=WHY)
DECLARED = IncidentDeclared(authority_role="incident_commander", rationale=WHY)
AGREED = SeverityConsensusReached(round=1, severity="SEV-1", agreeing=1, responders=1)
ACKNOWLEDGED = StakeholderAcknowledged(notification_id="n1-1")
STARTED = MitigationExecutionStarted(attempt=1, plan_revision=1, option_id="A")
COMPLETED = MitigationExecutionCompleted(attempt=1, commands_total=1, commands_succeeded=1, duration_ms=1)
RECOVERED = RecoveryValidationCompleted(
    attempt=1, required=1, passed=1, critical_total=1, critical_failed=0, status="success"
)


def minute(number: float) -> str:
    """Return the time so many minutes after the first fact."""
    return timestamp(NOW + timedelta(minutes=number))


def fired(at: str, alert: str = ALERT) -> SignalAttached:
    """Return an alert that fired then."""
    return SignalAttached(
        signal_id=fresh_id(7),
        alert=alert,
        alert_name="HighLatency",
        episode="1772331000123456789",
        fired_at=at,
        why="rule:any-alert",
    )


def command(begin: str, end: str, **changes: Any) -> MitigationCommandExecuted:
    """Return a run of a command, from one time to another."""
    usual: dict[str, Any] = {"attempt": 1, "seq": 1, "tried": 1, "outcome": "success", "command": prose("x")}
    return MitigationCommandExecuted(**{**usual, **changes}, started_at=begin, at=end, duration_ms=1)


def told(facts: Sequence[Any], at: str = "2026-03-02T00:00:00.000000Z") -> Chronicle:
    """Return the chronicle of facts recorded a minute apart."""
    return chronicle(recorded(facts), lambda _: TEAM, at)


def measured(facts: Sequence[Any], name: str, **as_of: str) -> Sample | None:
    """Return what facts recorded a minute apart measure."""
    return samples(told(facts, **as_of)).get(name)


def seconds(facts: Sequence[Any], name: str) -> tuple[float, float, bool] | None:
    """Return a span in seconds, raw and recorded, and whether something was reported late."""
    found = measured(facts, name)
    return None if found is None else (found.raw.num / 1000, found.recorded.num / 1000, found.late)
