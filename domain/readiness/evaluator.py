"""Whether the prerequisites of execution hold, as the policy weighs them (R-PRE-01, R-PRE-40 to 42)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.authority import COMMAND
from domain.decisions.approvals import added_by, approvals, matched, required_roles
from domain.gates.granting import security_waives
from domain.incident_state import Incident
from domain.policy import Policy
from domain.policy_prerequisites import Prerequisite, Way
from domain.prerequisite_items import ITEMS, PrerequisiteId
from domain.readiness.facts import Outcome, PrerequisitesEvaluated, PrerequisiteState, Status

COMPLIANCE_ITEM = "R-PRE-22"
COMPLIANCE = "security_compliance"
NEVER_A_GAP = ("R-PRE-20", COMPLIANCE_ITEM)
"""What no evaluation can turn into a gap (R-PRE-42)."""


def prerequisites(
    incident: Incident, policy: Policy, at: str, *, strict: bool = True
) -> PrerequisitesEvaluated:
    """Return the items as of recorded time ``at``, and what follows: proceed, proceed with gaps, or halt."""
    rows = policy.prerequisites.items
    states = tuple(_state(item, rows[item], incident, policy, at) for item in ITEMS)
    missing = tuple(state.id for state in states if _stands_in_the_way(state))
    return PrerequisitesEvaluated(
        strict=strict, outcome=_outcome(missing, strict=strict), items=states, missing=missing
    )


def _outcome(missing: tuple[str, ...], *, strict: bool) -> Outcome:
    if not missing:
        return "proceed"
    softened = not strict and not any(item in NEVER_A_GAP for item in missing)
    return "proceed_with_gaps" if softened else "halt"


def _stands_in_the_way(state: PrerequisiteState) -> bool:
    met = state.status in ("present", "attested", "not_applicable")
    return state.item_class in ("required", "conditional") and not met


def _state(
    item: PrerequisiteId, row: Prerequisite, incident: Incident, policy: Policy, at: str
) -> PrerequisiteState:
    status, by = _status(item, row, incident, policy, at)
    return PrerequisiteState(
        id=item,
        kind=ITEMS[item].kind,
        item_class=row.weight,
        status=status,
        by=by,
    )


def _status(
    item: str, row: Prerequisite, incident: Incident, policy: Policy, at: str
) -> tuple[Status, str | None]:
    if item == COMPLIANCE_ITEM:
        return _compliance(incident, policy, at)
    for way in row.holds_by:
        if WAYS[way](item, incident, policy, at):
            return ("attested" if way in ("attestation", "template") else "present"), way
    return "missing", None


def _compliance(incident: Incident, policy: Policy, at: str) -> tuple[Status, str | None]:
    """Return whether security and compliance agree, if regulated data or customers are involved.

    A waiver in force that names it and that they signed is their agreement (R-GATE-55, R-PRE-42).
    """
    status, by = _agreed(incident, policy)
    if status in ("unknown", "missing") and security_waives(incident, "compliance_approval", COMPLIANCE, at):
        return "present", "waiver"
    return status, by


def _agreed(incident: Incident, policy: Policy) -> tuple[Status, str | None]:
    scope = incident.severity.scope
    if scope is None or scope.fact.regulated_data is None or scope.fact.customer_notification is None:
        return "unknown", None
    if not (scope.fact.regulated_data or scope.fact.customer_notification):
        return "not_applicable", None
    agreed = matched(required_roles(incident, policy), approvals(incident), incident)
    roles = added_by(scope.fact, policy)
    return ("present", "approvals") if all(role in agreed for role in roles) else ("missing", None)


def _attested(item: str, incident: Incident, _policy: Policy, at: str) -> bool:
    said = incident.readiness.attested.get(item)
    return said is not None and said.expires_at > at


def _by_template(item: str, incident: Incident, _policy: Policy, at: str) -> bool:
    said = incident.readiness.stated.get(item)
    return said is not None and said.expires_at > at


def _declared(_item: str, incident: Incident, _policy: Policy, _at: str) -> bool:
    """Return whether somebody with authority declared; in team and solo responders have it (R-PROF-01)."""
    declared_as = incident.intake.declared_as
    return declared_as in COMMAND or (declared_as is not None and incident.intake.profile != "strict")


def _approved(_item: str, incident: Incident, policy: Policy, _at: str) -> bool:
    wanted = required_roles(incident, policy)
    return len(matched(wanted, approvals(incident), incident)) == len(wanted)


WAYS: Mapping[Way, Callable[[str, Incident, Policy, str], bool]] = {
    "attestation": _attested,
    "template": _by_template,
    "declaration": _declared,
    "approvals": _approved,
}
"""What makes an item hold -> whether it does."""
