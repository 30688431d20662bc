"""Closing, and that it was not over after all (R-TRN-15, R-TRN-21, R-ROL-30)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from domain.archive.reviews import GATE, reviewable, unreviewed
from domain.context import Context
from domain.gates.board import light
from domain.gates.criterion import Case
from domain.gates.evaluating import case_of
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.moment import instant, timestamp
from domain.prose import prose
from domain.recorded_at import recorded_at
from domain.refusal import Refusal
from domain.resolution.commands import CloseIncident, ReopenIncident
from domain.resolution.facts import IncidentClosed, IncidentReopened
from domain.severity.facts import SeverityReassessmentStarted

REOPENED_WITHIN = timedelta(days=7)


def _regulation_known(case: Case) -> bool:
    """Return whether it is said whether regulated data or customers are concerned (R-PRE-22)."""
    scope = case.incident.severity.scope
    return scope is not None and None not in (scope.fact.regulated_data, scope.fact.customer_notification)


CHECKS: Mapping[str, Callable[[Case], bool]] = {
    "gate_4": lambda case: light(case.incident, GATE, case.at).state == "PASS",
    "manifest": lambda case: reviewable(case.incident) is not None,
    "reviews": lambda case: not unreviewed(case.incident),
    "regulatory_decision": _regulation_known,
    "not_halted": lambda case: case.incident.standing.halted is None,
}
"""What has to hold before an incident is closed."""


def lacking(case: Case) -> tuple[str, ...]:
    """Return what does not hold."""
    return tuple(name for name, holds in CHECKS.items() if not holds(case))


def close(state: Incident, command: CloseIncident, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the closing; a refusal names all that is missing."""
    missing = lacking(case_of(state, context))
    if missing:
        return Refusal(
            code="NOT_CLOSABLE",
            message="nothing is closed before all of these hold",
            expected="gate 4, a sealed manifest, both reviews of it and no open regulatory decision",
            found="missing: " + ", ".join(missing),
        )
    return (IncidentClosed(rationale=prose(command.rationale)),)


def reopen(state: Incident, command: ReopenIncident, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return that it goes on with a new round of severity; after a week it is another incident."""
    until = reopened_until(state)
    if until is None or recorded_at(state, context) > until:
        return Refusal(
            code="REOPEN_TOO_LATE",
            message="it was closed more than seven days ago: open a new incident and link this one",
            expected=f"until {until}",
            found=recorded_at(state, context),
        )
    return (
        IncidentReopened(rationale=prose(command.rationale)),
        SeverityReassessmentStarted(round=state.severity.round + 1, reason="reopened"),
    )


def reopened_until(state: Incident) -> str | None:
    """Return the last moment at which a closed incident can be reopened."""
    closed = state.resolution.closed_at
    return None if closed is None else timestamp(instant(closed) + REOPENED_WITHIN)
