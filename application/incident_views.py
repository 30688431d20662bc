"""The process of an incident as readers see it: gates, decisions, severity, notices, plan, and what is next.

Each view is a projection of the incident's own facts at any version or recorded time, with the texts that
can be opened in their places. Who holds a role is looked up in the directory of that time.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from application.engine import Engine
from application.past import NOW, At, as_of, opened_in, past_facts
from application.reading import RecordedFact, stream_facts
from application.rosters import roster
from domain.context import Principal
from domain.directory import fold as fold_people
from domain.gates.criterion import Case
from domain.incident_state import fold
from domain.moment import instant
from domain.people_facts import STREAM as PEOPLE
from domain.roster import Roster
from projections.communication_log import CommunicationLog, communication_log
from projections.decision_log import DecisionLog, decision_log
from projections.evidence_log import EvidenceLog, evidence_log
from projections.gate_board import GateBoard, gate_board
from projections.next_step import NextStep
from projections.next_step import next_step as project_next
from projections.plan_view import PlanView, plan_view
from projections.run_view import RunView, run_view
from projections.severity_history import SeverityHistory, severity_history
from projections.told import revealed
from projections.until import until

V = TypeVar("V", bound=msgspec.Struct)


class GatesView(GateBoard, frozen=True, kw_only=True):
    """The gates of an incident."""

    incident: str
    number: str


class DecisionsView(DecisionLog, frozen=True, kw_only=True):
    """The decisions of an incident."""

    incident: str
    number: str


class SeverityView(SeverityHistory, frozen=True, kw_only=True):
    """How the severity of an incident was found."""

    incident: str
    number: str


class CommunicationsView(CommunicationLog, frozen=True, kw_only=True):
    """Who was told what of an incident."""

    incident: str
    number: str


class EvidenceView(EvidenceLog, frozen=True, kw_only=True):
    """The evidence for the cause of an incident."""

    incident: str
    number: str


class NextView(NextStep, frozen=True, kw_only=True):
    """What is next in an incident."""

    incident: str
    number: str


class PlanOfIncident(PlanView, frozen=True, kw_only=True):
    """The plan of an incident."""

    incident: str
    number: str


class RunOfIncident(RunView, frozen=True, kw_only=True):
    """What is executed and checked in an incident."""

    incident: str
    number: str


class Scene(msgspec.Struct, frozen=True):
    """An incident at a moment: its facts until then, and what they lead to."""

    engine: Engine
    stream: str
    facts: tuple[RecordedFact, ...]
    case: Case
    now: bool


def scene(engine: Engine, stream: str, at: At = NOW) -> Scene | None:
    """Return an incident at a moment, None where it was not yet open."""
    facts = past_facts(engine, stream, at)
    state = engine.remembered.folded(fold, stream, facts)
    if state.intake.policy_sha256 is None:
        return None
    policy = engine.shelf.get(state.intake.policy_sha256)
    case = Case(incident=state, policy=policy, at=as_of(engine, facts, at))
    return Scene(engine, stream, facts, case, at == NOW)


def gates(engine: Engine, stream: str, at: At = NOW) -> GatesView | None:
    """Return the gates, None where the incident was not yet open; so do the others here."""
    found = scene(engine, stream, at)
    return None if found is None else _shown(GatesView, gate_board(found.facts, found.case), found)


def decisions(engine: Engine, stream: str, at: At = NOW) -> DecisionsView | None:
    """Return the decisions about plans, and the waivers."""
    found = scene(engine, stream, at)
    return None if found is None else _shown(DecisionsView, decision_log(found.facts, found.case), found)


def severity(engine: Engine, stream: str, at: At = NOW) -> SeverityView | None:
    """Return the rounds in which the severity was found."""
    found = scene(engine, stream, at)
    if found is None:
        return None
    return _shown(SeverityView, severity_history(found.facts, found.case, engine.shelf.get), found)


def communications(engine: Engine, stream: str, at: At = NOW) -> CommunicationsView | None:
    """Return what was told to whom, and who still has to be told."""
    found = scene(engine, stream, at)
    if found is None:
        return None
    return _shown(CommunicationsView, communication_log(found.facts, found.case, roster_then(found)), found)


def plan(engine: Engine, stream: str, at: At = NOW) -> PlanOfIncident | None:
    """Return the plan in force."""
    found = scene(engine, stream, at)
    return None if found is None else _shown(PlanOfIncident, plan_view(found.facts, found.case), found)


def run(engine: Engine, stream: str, at: At = NOW) -> RunOfIncident | None:
    """Return what is executed and checked."""
    found = scene(engine, stream, at)
    return None if found is None else _shown(RunOfIncident, run_view(found.case), found)


def evidence(engine: Engine, stream: str, at: At = NOW) -> EvidenceView | None:
    """Return what was captured as evidence, and what was found."""
    found = scene(engine, stream, at)
    return None if found is None else _shown(EvidenceView, evidence_log(found.facts, found.case), found)


def next_step(engine: Engine, stream: str, principal: Principal, at: At = NOW) -> NextView | None:
    """Return what is next, and why not yet, as ``principal`` sees it."""
    found = scene(engine, stream, at)
    if found is None:
        return None
    return _named(NextView, project_next(found.case, principal, roster_then(found)), found)


def _shown(kind: type[V], view: msgspec.Struct, found: Scene) -> V:
    # A view says much less than the facts it is made of, and each text is a row of the vault to open.
    return _named(kind, revealed(view, opened_in(found.engine, found.facts, view)), found)


def _named(kind: type[V], view: msgspec.Struct, found: Scene) -> V:
    return kind(
        incident=found.stream,
        number=found.engine.index.number(found.stream),
        **{name: getattr(view, name) for name in view.__struct_fields__},
    )


def roster_then(found: Scene) -> Roster:
    """Return who could be told at that time; of the on-call table there is only the present one."""
    engine, at = found.engine, found.case.at
    if found.now:
        directory = engine.people.current().state
    else:
        directory = fold_people(until(stream_facts(engine.store, PEOPLE), at=at))
    return roster(directory, engine.oncall, instant(at))
