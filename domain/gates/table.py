"""The gates: each a list of criteria and what is recorded beside them. Further gates are rows to add."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from domain.flow.transitions import DECLARED, DOCUMENTING, UNCONFIRMED, State
from domain.gates import (
    mitigation_readiness,
    recovery_validation,
    resolution_documentation,
    severity_alignment,
)
from domain.gates.criterion import Case, Criterion
from domain.gates.facts import Gate, GateScope, Metric
from domain.incident_state import Incident
from domain.recovery.checks import attempt_number


class GateRow(Struct, frozen=True, kw_only=True):
    """One gate: ``number`` as people call it, ``scope`` what a verdict of now is about.

    ``due`` are the states in which it can be evaluated by hand.
    ``hard`` gates never soften and nobody can waive them (R-DEC-26, R-GATE-52).
    """

    number: int
    title: str
    guards: str
    criteria: tuple[Criterion, ...]
    metrics: Callable[[Case], tuple[Metric, ...]]
    scope: Callable[[Incident], GateScope]
    hard: bool
    due: frozenset[State] = DECLARED


def _round(incident: Incident) -> GateScope:
    return GateScope(round=incident.severity.round)


def _revision(incident: Incident) -> GateScope:
    plan = incident.planning.plan
    return GateScope(round=incident.severity.round, plan_revision=None if plan is None else plan.revision)


def _attempt(incident: Incident) -> GateScope:
    plan = incident.planning.plan
    revision = None if plan is None else plan.revision
    return GateScope(plan_revision=revision, attempt=attempt_number(incident))


def _report(incident: Incident) -> GateScope:
    return GateScope(attempt=attempt_number(incident), report_revision=incident.report.revision)


GATES: Mapping[Gate, GateRow] = {
    "severity_alignment": GateRow(
        number=1,
        title="Severity Alignment Gate",
        guards="planning",
        criteria=severity_alignment.CRITERIA,
        metrics=severity_alignment.metrics,
        scope=_round,
        hard=True,
    ),
    "mitigation_readiness": GateRow(
        number=2,
        title="Mitigation Readiness Gate",
        guards="execution",
        criteria=mitigation_readiness.CRITERIA,
        metrics=mitigation_readiness.metrics,
        scope=_revision,
        hard=False,
    ),
    "recovery_validation": GateRow(
        number=3,
        title="Recovery Validation Gate",
        guards="resolution",
        criteria=recovery_validation.CRITERIA,
        metrics=recovery_validation.metrics,
        scope=_attempt,
        hard=False,
        due=UNCONFIRMED,
    ),
    "resolution_documentation": GateRow(
        number=4,
        title="Resolution & Documentation Gate",
        guards="closure",
        criteria=resolution_documentation.CRITERIA,
        metrics=resolution_documentation.metrics,
        scope=_report,
        hard=True,
        due=DOCUMENTING | {"confirming_resolution"},
    ),
}

ALIASES: Mapping[str, Gate] = {
    "severity": "severity_alignment",
    "mitigation": "mitigation_readiness",
    "recovery": "recovery_validation",
    "resolution": "resolution_documentation",
}

NEVER_WAIVED: frozenset[Gate] = frozenset({"severity_alignment", "resolution_documentation"})
"""Gates 1 and 4: whatever a configuration says (R-CFG-05, R-DEC-26)."""


FULL: Mapping[str, Gate] = {gate: gate for gate in ALIASES.values()}


def gate_named(name: str) -> Gate:
    """Return the gate that a name or its short form means; raises KeyError."""
    return ALIASES.get(name) or FULL[name]
