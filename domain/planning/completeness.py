"""How complete the strategy is: twelve elements, each filled or not (R-GATE-24, R-WF-03)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.incident_state import Incident
from domain.planning.facts import MitigationPlanProposed
from domain.planning.plan import chosen, option
from domain.ratio import Ratio
from domain.severity.assessment import scope_confirmed


def _falls_back(incident: Incident, _plan: MitigationPlanProposed) -> bool:
    """Return whether there is a way back: the rollback itself is one, all else names one (R-WF-04)."""
    picked, selected = chosen(incident.planning), incident.planning.selected
    if picked is None or selected is None:
        return False
    fallback = option(incident.planning, selected.fallback_option_id)
    return picked.kind == "rollback" or (fallback is not None and fallback.kind == "rollback")


def _has_commands(incident: Incident, _plan: MitigationPlanProposed) -> bool:
    picked = chosen(incident.planning)
    return picked is not None and picked.commands_count > 0


def _knows_dependencies(incident: Incident, _plan: MitigationPlanProposed) -> bool:
    picked = chosen(incident.planning)
    return picked is not None and all(item.known for item in picked.dependencies)


ELEMENTS: Mapping[str, Callable[[Incident, MitigationPlanProposed], bool]] = {
    "premises": lambda _, plan: plan.premises is not None,
    "constraints": lambda _, plan: plan.constraints is not None,
    "alternatives": lambda _, plan: len(plan.options) >= 2,
    "selected_option": lambda incident, _: chosen(incident.planning) is not None,
    "rationale": lambda _, plan: plan.rationale is not None,
    "evidence": lambda _, plan: plan.evidence is not None,
    "affected_scope": lambda incident, _: scope_confirmed(incident.severity),
    "risks": lambda _, plan: len(plan.risks) >= 1,
    "risk_mitigations": lambda _, plan: all(risk.mitigation is not None for risk in plan.risks),
    "fallback": _falls_back,
    "command_list": _has_commands,
    "dependencies_known": _knows_dependencies,
}
"""Element -> whether it is filled."""


def missing(incident: Incident) -> tuple[str, ...]:
    """Return the elements that are not filled; all of them where there is no plan."""
    plan = incident.planning.plan
    if plan is None:
        return tuple(ELEMENTS)
    return tuple(name for name, filled in ELEMENTS.items() if not filled(incident, plan.fact))


def strategy_completeness(incident: Incident) -> Ratio:
    """Return filled of required elements."""
    return Ratio(len(ELEMENTS) - len(missing(incident)), len(ELEMENTS))
