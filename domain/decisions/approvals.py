"""Whose approval a plan needs, and whether enough distinct people gave it (R-DEC-31, R-DEC-62, R-GATE-21)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.crew.crew import COMMANDER
from domain.decisions.decision import Decision, Given
from domain.incident_state import Incident
from domain.policy import Policy
from domain.ratio import Ratio
from domain.severity.facts import AffectedScopeConfirmed


def required_roles(incident: Incident, policy: Policy) -> tuple[str, ...]:
    """Return ``Q``: the policy's approvers, and those that the confirmed scope adds."""
    gate = policy.gates.mitigation_readiness
    scope = incident.severity.scope
    if scope is None:
        return gate.approvers
    return tuple(dict.fromkeys((*gate.approvers, *added_by(scope.fact, policy))))


def added_by(scope: AffectedScopeConfirmed, policy: Policy) -> tuple[str, ...]:
    """Return the roles that must agree because of what the scope touches; one role may stand for both."""
    added = policy.gates.mitigation_readiness.conditional_approvers
    needed = (
        (added.regulated_data, scope.regulated_data),
        (added.customer_notification, scope.customer_notification),
    )
    return tuple(dict.fromkeys(role for role, touched in needed if touched))


def current(incident: Incident) -> Decision | None:
    """Return the decision on the revision in force, unless an upgrade of severity voided it (R-GATE-24)."""
    decision, plan = incident.decision, incident.planning.plan
    if decision is None or plan is None or decision.plan_revision != plan.revision:
        return None
    return decision if decision.requested > incident.severity.upgraded else None


def is_recorded(incident: Incident) -> bool:
    """Return whether a decision in force is on record, and for the option that is selected now."""
    decision, selected = current(incident), incident.planning.selected
    return (
        decision is not None
        and selected is not None
        and decision.recorded > 0
        and decision.option_id == selected.option_id
    )


def approvals(incident: Incident) -> tuple[Given, ...]:
    """Return the approvals that count: of the selected option, by nobody who rejected it since."""
    decision, selected = current(incident), incident.planning.selected
    if decision is None or selected is None:
        return ()
    return tuple(
        given
        for given in _latest(decision)
        if given.verdict == "approved" and given.option_id == selected.option_id
    )


def rejections(incident: Incident, policy: Policy) -> tuple[Given, ...]:
    """Return the rejections that stand, in a role that must agree."""
    decision = current(incident)
    wanted = required_roles(incident, policy)
    latest = () if decision is None else _latest(decision)
    return tuple(given for given in latest if given.verdict == "rejected" and given.role in wanted)


def approval(incident: Incident, policy: Policy) -> Ratio:
    """Return how many of the required roles are covered by approvals of distinct people, of how many."""
    wanted = required_roles(incident, policy)
    return Ratio(len(matched(wanted, approvals(incident), incident)), len(wanted))


def matched(roles: Iterable[str], given: Iterable[Given], incident: Incident) -> Mapping[str, str]:
    """Return role -> principal for a largest matching: everybody counts once, in one role (R-ROL-08).

    The commander's approval counts as long as they command.
    """
    commander = incident.crew.commander
    edges: dict[str, list[str]] = {role: [] for role in roles}
    for item in given:
        active = item.role != COMMANDER or (commander is not None and commander.principal == item.principal)
        if item.role in edges and active:
            edges[item.role].append(item.principal)
    return match(edges)


def match(edges: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """Return a maximum matching of roles to people, by augmenting paths."""
    holder: dict[str, str] = {}  # person -> role

    def place(role: str, tried: set[str]) -> bool:
        for person in edges[role]:
            if person in tried:
                continue
            tried.add(person)
            if person not in holder or place(holder[person], tried):
                holder[person] = role
                return True
        return False

    for role in edges:
        place(role, set())
    return {role: person for person, role in holder.items()}


def _latest(decision: Decision) -> tuple[Given, ...]:
    """Return the verdicts, without those of people who said the opposite later."""
    said: dict[str, str] = {given.principal: given.verdict for given in decision.given.values()}
    return tuple(given for given in decision.given.values() if given.verdict == said[given.principal])
