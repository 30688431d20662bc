"""Verifying items: of the rollback checklist, or prerequisites of execution (R-STEP-22, R-PRE-41)."""

from __future__ import annotations

from collections.abc import Mapping

from domain.authority import COMMAND
from domain.context import Context
from domain.crew.crew import COMMANDER, commands, roles_of
from domain.expiry import until
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.planning.checklist import RELEASE_MANAGER, listed
from domain.planning.commands import VerifyItem
from domain.planning.facts import RollbackPrerequisiteVerified
from domain.policies import policy_of
from domain.prerequisite_items import ITEMS
from domain.prose import optional_prose
from domain.readiness.facts import PrerequisiteAttested
from domain.refusal import Refusal

SAID_BY: Mapping[str, frozenset[str]] = {
    "R-PRE-20": frozenset(COMMAND),
    "R-PRE-21": frozenset({RELEASE_MANAGER}),
    "R-PRE-22": frozenset(),
}
"""Approvals among the prerequisites -> whose word they are; nobody can attest them for somebody else."""


def verify(state: Incident, command: VerifyItem, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return what the asker says of an item: of the plan's checklist, or a prerequisite of execution."""
    if command.result == "not_applicable" and command.justification is None:
        return Refusal(
            code="JUSTIFICATION_MISSING",
            message="an item is not applicable for a reason",
            place="justification",
            expected="why it does not apply",
            found="none",
        )
    if command.item in ITEMS:
        return _attested(state, command, context)
    known = {item.item_id: item for item in listed(state, policy_of(context))}
    item = known.get(command.item)
    if item is None:
        return Refusal(
            code="ITEM_UNKNOWN",
            message="there is no such item",
            place="item",
            expected="one of " + ", ".join((*known, *ITEMS)),
            found=command.item,
        )
    return (
        RollbackPrerequisiteVerified(
            item_id=item.item_id,
            category=item.category,
            result=command.result,
            role=_speaks_as(state, context),
            source="person",
            expires_at=until(state, context, policy_of(context).gates.mitigation_readiness.item_ttl_hours),
            justification=optional_prose(command.justification),
        ),
    )


def _attested(state: Incident, command: VerifyItem, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    if command.result != "verified":
        return Refusal(
            code="ITEM_NOT_VERIFIED",
            message="a prerequisite is attested or stays missing",
            place="result",
            expected="verified",
            found=command.result,
        )
    roles = roles_of(state.crew, context.principal)
    if command.item in SAID_BY and SAID_BY[command.item].isdisjoint(roles):
        return Refusal(
            code="ROLE_MISSING",
            message=f"{command.item} is for those to say whom it is about",
            place="item",
            expected="one of " + (", ".join(sorted(SAID_BY[command.item])) or "none: approve the plan"),
            found=", ".join(roles),
        )
    hours = policy_of(context).prerequisites.attestation_ttl_hours
    return (
        PrerequisiteAttested(
            item_id=command.item,
            expires_at=until(state, context, hours),
            source="person",
            detail=optional_prose(command.justification),
        ),
    )


def _speaks_as(state: Incident, context: Context) -> str:
    """Return the role that makes the word count most: some items need the commander's, or a manager's."""
    if commands(state.crew, context.principal.id):
        return COMMANDER
    roles = roles_of(state.crew, context.principal)
    return RELEASE_MANAGER if RELEASE_MANAGER in roles else "responder"
