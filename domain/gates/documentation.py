"""What complete documentation holds: artifacts, sections of the report, fields of the summary (R-GATE-40).

Artifacts are rendered from facts, so one is there once the facts are that fill it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from domain import artifacts as names
from domain.gates.criterion import Case
from domain.incident_state import Incident
from domain.ratio import Ratio
from domain.report.sections import is_filled, sections
from domain.resolution.summary import FIELDS


class Element(Struct, frozen=True, kw_only=True):
    """An artifact that is counted: the step it belongs to, and whether the facts that fill it are there."""

    step: str
    filled: Callable[[Incident], bool]


def archived(incident: Incident) -> bool:
    """Return whether the evidence is archived, since it was reopened last if it was."""
    return incident.rootcause.archived > incident.resolution.reopened


ARTIFACTS: Mapping[str, Element] = {
    names.INTAKE_LOG: Element(step="1.1", filled=lambda it: it.intake.detected_at is not None),
    names.SEVERITY: Element(step="1.2", filled=lambda it: it.severity.agreed is not None),
    names.COMMUNICATION: Element(step="1.3", filled=lambda it: bool(it.notices.told)),
    names.PLAN: Element(step="2.1", filled=lambda it: it.planning.plan is not None),
    names.CHECKLIST: Element(step="2.2", filled=lambda it: it.planning.assessed is not None),
    names.DECISIONS: Element(step="2.3", filled=lambda it: is_filled(it, "decisions")),
    names.EXECUTION: Element(step="3.1", filled=lambda it: it.execution.completed is not None),
    names.RECOVERY: Element(step="3.2", filled=lambda it: it.recovery.validated is not None),
    names.TIMELINE: Element(step="3.3", filled=lambda it: it.intake.declared_at is not None),
    names.RESOLUTION: Element(step="4.1", filled=lambda it: it.resolution.confirmed is not None),
    names.RCA: Element(step="4.2", filled=archived),
    names.REPORT: Element(step="4.3", filled=lambda it: it.report.written is not None),
}
"""Artifact -> when it is there: those that the requirements count in documentation completeness."""

OF_MITIGATION = frozenset({"2.1", "2.2", "2.3", "3.1"})
"""Steps of which nothing is owed where nothing had to be executed (R-TRN-24)."""

CORE = (
    "section.severity",
    "section.timeline",
    "section.actions",
    "section.next_steps",
    names.RESOLUTION,
    names.RCA,
)
"""What has to be there whatever the ratio."""


def elements(case: Case) -> Mapping[str, bool]:
    """Return each element of ``D`` and whether it is filled."""
    incident = case.incident
    applies = {
        name: row.filled(incident)
        for name, row in ARTIFACTS.items()
        if not (incident.standing.not_required and row.step in OF_MITIGATION)
    }
    report = {f"section.{name}": filled for name, filled in sections(case)}
    summary = {f"summary.{name}": filled(incident) for name, filled in FIELDS.items()}
    return {**applies, **report, **summary}


def completeness(case: Case) -> Ratio:
    """Return filled of required elements."""
    found = elements(case)
    return Ratio(sum(found.values()), len(found))


def core_missing(case: Case) -> tuple[str, ...]:
    """Return the elements that must be there and are not; of sections those that the policy requires."""
    found = elements(case)
    return tuple(name for name in CORE if not found.get(name, True))
