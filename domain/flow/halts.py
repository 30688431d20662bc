"""The halt conditions of the steps, as they hold now (R-STEP-11 to 23, R-WF-02)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.incident_state import Incident


def _not_assessed(incident: Incident) -> bool:
    assessed = incident.planning.assessed
    return assessed is None or assessed.status != "verified"


CONDITIONS: Mapping[str, Callable[[Incident], bool]] = {
    "ALERT_VALIDITY_UNCONFIRMED": lambda incident: incident.intake.verdict is None,
    "SEVERITY_NO_CONSENSUS": lambda incident: incident.severity.agreed is None,
    "MITIGATION_UNCLEAR": lambda incident: incident.standing.planned == 0,
    "ROLLBACK_PREREQ_UNMET": _not_assessed,
}
"""Halt code -> whether its condition holds. A halt for another reason is over when the commander says so."""

AT_STEP: Mapping[str, str] = {
    "1.1": "ALERT_VALIDITY_UNCONFIRMED",
    "1.2": "SEVERITY_NO_CONSENSUS",
    "2.1": "MITIGATION_UNCLEAR",
    "2.2": "ROLLBACK_PREREQ_UNMET",
}
"""Step -> the condition that halts it."""


def still_holds(incident: Incident, halt_code: str) -> bool:
    """Return whether the condition behind a halt code holds."""
    condition = CONDITIONS.get(halt_code)
    return condition is not None and condition(incident)
