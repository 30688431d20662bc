"""What a complete timeline holds: the milestones of an incident, as rows (R-GATE-33, R-TRN-24)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.decisions.approvals import is_recorded
from domain.execution.running import commands_total
from domain.gates.criterion import Case
from domain.gates.granting import once_waived
from domain.notices.latency import untold
from domain.ratio import Ratio
from domain.recovery.checks import validated_now


def mitigated(case: Case) -> bool:
    """Return whether something is to be executed; where not, its milestones are not applicable."""
    return not case.incident.standing.not_required


def _triggered(case: Case) -> bool:
    return case.incident.intake.detected_at is not None


def _declared(case: Case) -> bool:
    return case.incident.intake.declared_at is not None


def _agreed(case: Case) -> bool:
    return case.incident.severity.agreed is not None


def _told(case: Case) -> bool:
    return _agreed(case) and not untold(case.incident, case.policy)


def _decided(case: Case) -> bool:
    """Return whether a decision is on record, or a waiver of gate 2 that stood in its place (R-ROL-28)."""
    return is_recorded(case.incident) or once_waived(case.incident, "mitigation_readiness")


def _started(case: Case) -> bool:
    return case.incident.standing.running > 0


def _completed(case: Case) -> bool:
    return case.incident.execution.completed is not None


def _validated(case: Case) -> bool:
    return validated_now(case.incident) is not None


MILESTONES: Mapping[str, Callable[[Case], bool]] = {
    "alert_triggered": _triggered,
    "incident_declared": _declared,
    "severity_agreed": _agreed,
    "stakeholders_notified": _told,
    "decision_recorded": _decided,
    "mitigation_started": _started,
    "mitigation_completed": _completed,
    "recovery_validated": _validated,
}
"""Milestone -> whether it is on record."""

OF_MITIGATION = frozenset({"decision_recorded", "mitigation_started", "mitigation_completed"})
"""Not applicable where nothing has to be executed."""


def timeline_completeness(case: Case) -> Ratio:
    """Return how many milestones and commands are on record, of how many."""
    applies = mitigated(case)
    wanted = [holds for name, holds in MILESTONES.items() if applies or name not in OF_MITIGATION]
    present = sum(holds(case) for holds in wanted)
    if not applies:
        return Ratio(present, len(wanted))
    return Ratio(present + len(case.incident.execution.ran), len(wanted) + commands_total(case.incident))
