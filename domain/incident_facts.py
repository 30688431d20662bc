"""All facts of a stream ``incident-*``, by the noun they are about."""

from __future__ import annotations

from typing import get_args

from domain.archive.facts import ArchiveFact
from domain.crew.facts import CrewFact
from domain.decisions.facts import DecisionFact
from domain.execution.facts import ExecutionFact
from domain.flow.facts import FlowFact
from domain.gates.facts import GateFact
from domain.intake.facts import IntakeFact
from domain.notices.facts import NoticeFact
from domain.planning.facts import PlanningFact
from domain.readiness.facts import ReadinessFact
from domain.recovery.facts import RecoveryFact
from domain.report.facts import ReportFact
from domain.resolution.facts import ResolutionFact
from domain.rootcause.facts import RootCauseFact
from domain.severity.facts import SeverityFact
from domain.timeline.facts import TimelineFact

IncidentFact = (
    IntakeFact
    | TimelineFact
    | CrewFact
    | SeverityFact
    | NoticeFact
    | PlanningFact
    | DecisionFact
    | ReadinessFact
    | ExecutionFact
    | RecoveryFact
    | ResolutionFact
    | RootCauseFact
    | ReportFact
    | ArchiveFact
    | GateFact
    | FlowFact
)

INCIDENT_FACTS: frozenset[type] = frozenset(get_args(IncidentFact))
"""The same as a set, to ask quickly whether a fact is one of them."""
