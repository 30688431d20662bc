"""Whose approval of a waiver counts, and what a waiver is about (R-GATE-55, R-ROL-08)."""

from __future__ import annotations

from domain.crew.crew import COMMANDER, commands
from domain.decisions.approvals import match
from domain.gates.facts import Gate
from domain.gates.gates import Waiver
from domain.incident_state import Incident
from domain.recovery.checks import attempt_number


def counted(incident: Incident, waiver: Waiver) -> tuple[tuple[str, str], ...]:
    """Return the approvals (principal, role) that count; the commander's as long as they command."""
    return tuple(
        (who, role) for who, role in waiver.approvals if role != COMMANDER or commands(incident.crew, who)
    )


def granted(incident: Incident, waiver: Waiver) -> bool:
    """Return whether distinct people approved the waiver in all the roles it needs."""
    edges: dict[str, list[str]] = {role: [] for role in waiver.fact.required_roles}
    for who, role in counted(incident, waiver):
        if role in edges:
            edges[role].append(who)
    return waiver.rejected_by is None and len(match(edges)) == len(edges)


def once_waived(incident: Incident, gate: Gate) -> bool:
    """Return whether any waiver of ``gate`` was granted, in force or not."""
    return any(w.fact.gate == gate and granted(incident, w) for w in incident.gates.waivers.values())


def in_scope(incident: Incident, waiver: Waiver) -> bool:
    """Return whether a waiver is about this revision and the option selected now, at no lower severity.

    One of gate 3 is about this attempt, or this time that nothing had to be executed.
    """
    plan, selected = incident.planning.plan, incident.planning.selected
    same_plan = waiver.fact.scope.plan_revision == (None if plan is None else plan.revision)
    if waiver.fact.gate == "recovery_validation":
        began = incident.standing.began
        return (
            same_plan and waiver.fact.scope.attempt == attempt_number(incident) and waiver.version > began > 0
        )
    same_option = selected is None or waiver.version > selected.version
    return same_plan and same_option and waiver.version > incident.severity.upgraded


def security_waives(incident: Incident, criterion: str, role: str, at: str) -> bool:
    """Return whether a granted waiver names ``criterion`` and ``role`` has signed it (R-GATE-55)."""
    return any(
        criterion in waiver.fact.criteria
        and role in {signed_as for _, signed_as in waiver.approvals}
        and granted(incident, waiver)
        and in_scope(incident, waiver)
        and waiver.fact.expires_at > at
        for waiver in incident.gates.waivers.values()
    )
