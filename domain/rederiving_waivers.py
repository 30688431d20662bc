"""What follows of a waiver: whose approval it needs and until when is not for who asks to say (R-GATE-55)."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from domain.context import Context
from domain.derivation import Derivation
from domain.expiry import until
from domain.gates.board import is_current
from domain.gates.facts import GateWaiverDecided, GateWaiverRequested
from domain.gates.table import NEVER_WAIVED
from domain.gates.waivers import approvers, settled_as, terms
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.policies import policy_of
from domain.recorded_at import recorded_at

FactOfWaivers = GateWaiverRequested | GateWaiverDecided


def _requested(state: Incident, fact: GateWaiverRequested, context: Context) -> IncidentFact | None:
    row, verdict = terms(policy_of(context), fact.gate), state.gates.authoritative.get(fact.gate)
    if row is None or fact.gate in NEVER_WAIVED or verdict is None or not is_current(state, verdict):
        return None
    # A verdict that passed has no criteria that failed.
    if not fact.criteria or not set(fact.criteria) <= set(verdict.failed):
        return None
    if getattr(fact, row.requires) is None:
        return None
    return replace(
        fact,
        waiver_id=f"w{len(state.gates.waivers) + 1}",
        evaluation_id=verdict.fact.evaluation_id,
        scope=verdict.fact.scope,
        required_roles=approvers(row, fact.gate, fact.criteria),
        expires_at=until(state, context, row.ttl_hours),
    )


def _decided(state: Incident, fact: GateWaiverDecided, context: Context) -> IncidentFact | None:
    waiver = state.gates.waivers.get(fact.waiver_id)
    if waiver is None or fact.role not in waiver.fact.required_roles:
        return None
    settled = settled_as(state, waiver, recorded_at(state, context))
    return fact if settled is None else None


DERIVED: Mapping[type, Derivation] = {GateWaiverRequested: _requested, GateWaiverDecided: _decided}
"""Type of a fact -> how it follows."""
