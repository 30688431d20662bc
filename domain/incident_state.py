"""What later decisions need to know of an incident, folded from its facts: one part a noun.

Each noun folds its own facts; `FOLDS` says which fact belongs to whom, and a test holds it total.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any, get_args

from msgspec import Struct
from msgspec.structs import replace

from domain.archive import archive
from domain.archive.archive import Archive
from domain.archive.facts import ArchiveFact
from domain.crew import crew
from domain.crew.crew import Crew
from domain.crew.facts import CrewFact
from domain.decisions import decision
from domain.decisions.decision import Decision
from domain.decisions.facts import DecisionFact
from domain.execution import execution
from domain.execution.execution import Execution
from domain.execution.facts import ExecutionFact
from domain.facts import Fact
from domain.flow import escalations, standing
from domain.flow.escalations import Escalations
from domain.flow.facts import FlowFact
from domain.flow.standing import Standing
from domain.flow.transitions import OPEN, State
from domain.gates import gates
from domain.gates.facts import GateFact
from domain.gates.gates import Gates
from domain.incident_facts import INCIDENT_FACTS, IncidentFact
from domain.intake import intake
from domain.intake.facts import IntakeFact
from domain.intake.intake import Intake
from domain.notices import notices
from domain.notices.facts import NoticeFact
from domain.notices.notices import Notices
from domain.planning import plan
from domain.planning.facts import PlanningFact
from domain.planning.plan import Planning
from domain.readiness import readiness
from domain.readiness.facts import ReadinessFact
from domain.readiness.readiness import Readiness
from domain.recorded import Stamped, UnknownFact
from domain.recovery import recovery
from domain.recovery.facts import RecoveryFact
from domain.recovery.recovery import Recovery
from domain.report import report
from domain.report.facts import ReportFact
from domain.report.report import Report
from domain.resolution import resolution
from domain.resolution.facts import ResolutionFact
from domain.resolution.resolution import Resolution
from domain.rootcause import rootcause
from domain.rootcause.facts import RootCauseFact
from domain.rootcause.rootcause import RootCause
from domain.severity import assessment, hints
from domain.severity.assessment import Assessment
from domain.severity.facts import SeverityFact
from domain.severity.hints import Hints
from domain.timeline import entries
from domain.timeline.entries import Entries
from domain.timeline.facts import TimelineFact


class Incident(Struct, frozen=True, kw_only=True):
    """The state of one incident after ``version`` facts, the last of them recorded at ``recorded_at``."""

    version: int = 0
    recorded_at: str = ""
    standing: Standing = Standing()
    intake: Intake = Intake()
    entries: Entries = Entries()
    crew: Crew = Crew()
    severity: Assessment = Assessment()
    hints: Hints = Hints()
    notices: Notices = Notices()
    planning: Planning = Planning()
    decision: Decision | None = None
    readiness: Readiness = Readiness()
    execution: Execution = Execution()
    recovery: Recovery = Recovery()
    resolution: Resolution = Resolution()
    rootcause: RootCause = RootCause()
    report: Report = Report()
    archive: Archive = Archive()
    gates: Gates = Gates()
    escalations: Escalations = {}

    @property
    def state(self) -> State:
        """Where it stands (R-TRN)."""
        return self.standing.state


NOTHING = Incident()
"""The state of a stream without facts."""

# Any: each fold takes its own part and its own facts, and `FOLDS` is what brings them together.
Fold = Callable[[Any, Stamped[Any]], Any]

_GROUPS: tuple[tuple[str, Any, Fold], ...] = (
    ("intake", IntakeFact, intake.evolve),
    ("entries", TimelineFact, entries.evolve),
    ("crew", CrewFact, crew.evolve),
    ("severity", SeverityFact, assessment.evolve),
    ("notices", NoticeFact, notices.evolve),
    ("planning", PlanningFact, plan.evolve),
    ("decision", DecisionFact, decision.evolve),
    ("readiness", ReadinessFact, readiness.evolve),
    ("execution", ExecutionFact, execution.evolve),
    ("recovery", RecoveryFact, recovery.evolve),
    ("resolution", ResolutionFact, resolution.evolve),
    ("rootcause", RootCauseFact, rootcause.evolve),
    ("report", ReportFact, report.evolve),
    ("archive", ArchiveFact, archive.evolve),
    ("gates", GateFact, gates.evolve),
    ("escalations", FlowFact, escalations.evolve),
)

FOLDS: Mapping[type, tuple[str, Fold]] = {
    kind: (part, fold) for part, group, fold in _GROUPS for kind in get_args(group) or (group,)
}
"""Type of a fact -> the part of the state that it changes, and how."""


def evolve(state: Incident, item: Stamped[IncidentFact]) -> Incident:
    """Return the state after a fact."""
    part, fold_part = FOLDS[type(item.fact)]
    return replace(
        state,
        version=item.version,
        recorded_at=item.recordedtime,
        standing=standing.after(state.standing, item),
        hints=hints.after(state.hints, item),
        **{part: fold_part(getattr(state, part), item)},
    )


def seen(state: Incident, item: Stamped[Fact | UnknownFact]) -> Incident:
    """Return the state after a fact of any type; one that is not an incident's only counts."""
    if type(item.fact) in INCIDENT_FACTS:
        return evolve(state, item)  # type: ignore[arg-type]  # the line before says what mypy cannot follow
    return replace(state, version=item.version, recorded_at=item.recordedtime)


def fold(items: Iterable[Stamped[Fact | UnknownFact]]) -> Incident:
    """Return the state after all ``items``, the facts of one stream in order."""
    return reduce(seen, items, NOTHING)


def accepts_signals(state: Incident) -> bool:
    """Return whether further alerts may join; a correlation goes on to its next incident otherwise."""
    return state.state in OPEN
