"""What next, and why not yet: the one next step, what is in its way, and what to know (R-STEP, R-DEC-65)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from domain.authority import AUTHORITY
from domain.classified import Profile, Severity
from domain.context import Principal
from domain.flow.escalations import is_escalated
from domain.flow.steps import STEPS, Need
from domain.flow.transitions import OPEN, PLACES, State
from domain.gates.board import GateState, light
from domain.gates.criterion import Case
from domain.gates.facts import Gate
from domain.gates.table import GATES
from domain.roster import NOBODY, Roster
from domain.severity.assessment import shown
from projections.allowed import Allowed, allowed
from projections.blocker import Blocker, example
from projections.blockers import blockers
from projections.blocking_planning import TEMPLATE
from projections.blocking_readiness import MissingPrerequisite, banner
from projections.look import Look
from projections.verdicts import CriterionShown, preview
from projections.warnings import Warned, warnings


class Suggestion(Struct, frozen=True, kw_only=True):
    """The one next step: in words, and as the request that makes it; null where only waiting is left."""

    what: str
    action: str | None
    who: tuple[str, ...]
    people: tuple[str, ...]
    example: dict[str, Any]
    known: tuple[str, ...]


class GateGuard(Struct, frozen=True, kw_only=True):
    """The gate that guards what comes next, and which of its criteria would fail now."""

    gate: Gate
    number: int
    title: str
    guards: str
    state: GateState
    failing: tuple[CriterionShown, ...]


class NextStep(Struct, frozen=True, kw_only=True):
    """Where an incident stands as of ``as_of``, what is next, and why it may be blocked.

    ``allowed`` is what the principal who looks may ask for now.
    """

    version: int
    as_of: str
    state: State
    phase: int | None
    step: str | None
    step_title: str | None
    step_need: Need | None
    halted: str | None
    escalated: bool
    severity: Severity | None
    severity_agreed: bool
    commander: str | None
    profile: Profile
    drill: bool
    next: Suggestion
    blocked: bool
    blockers: tuple[Blocker, ...]
    guard: GateGuard | None
    prerequisites: tuple[MissingPrerequisite, ...]
    warnings: tuple[Warned, ...]
    allowed: tuple[Allowed, ...]


class Forward(Struct, frozen=True):
    """What is done in a state when nothing is in the way, and fields with which that is asked for."""

    what: str
    action: str | None = None
    fields: Mapping[str, Any] = {}


FORWARD: Mapping[State, Forward] = {
    "detecting": Forward("Say whether it is real: declare it, or dismiss it.", "declare"),
    "assessing": Forward("Agree on a severity and confirm the scope.", "vote-severity"),
    "notifying": Forward(
        "Evaluate gate 1; planning begins once it passes.", "evaluate-gate", {"gate": "severity"}
    ),
    "planning": Forward("Propose a plan.", "propose-plan", TEMPLATE),
    "verifying_rollback": Forward("Verify the items of the checklist.", "verify-item"),
    "aligning": Forward("Start the execution: everything it needs is there.", "start-execution"),
    "executing": Forward(
        "Run the approved commands with `tallystick exec`, or record each with what it returned.",
        "record-command",
        {"exit_code": 0},
    ),
    "validating_recovery": Forward("Check that the service recovered.", "record-checks", {"complete": True}),
    "timeline_review": Forward(
        "Evaluate gate 3; resolution begins once it passes.", "evaluate-gate", {"gate": "recovery"}
    ),
    "confirming_resolution": Forward("Confirm that it is over.", "confirm-resolution"),
    "capturing_rca": Forward("Archive the evidence: everything that is wanted is there.", "archive-evidence"),
    "drafting_report": Forward("Read the report, and complete it.", "write-report", {"status": "complete"}),
    "documented": Forward("Close the incident.", "close"),
    "closed": Forward("Nothing: the incident is closed, and its evidence sealed."),
    "dismissed": Forward("Nothing: there was no incident."),
    "merged": Forward("Nothing here: it goes on as the incident it was merged into."),
    "none": Forward("Open an incident."),
}
"""State -> the next step where nothing blocks it; a test holds it total."""

GUARDED: Mapping[State, Gate] = {
    "assessing": "severity_alignment",
    "notifying": "severity_alignment",
    "planning": "mitigation_readiness",
    "verifying_rollback": "mitigation_readiness",
    "aligning": "mitigation_readiness",
    "validating_recovery": "recovery_validation",
    "timeline_review": "recovery_validation",
    "drafting_report": "resolution_documentation",
    "documented": "resolution_documentation",
}
"""State -> the gate that stands before what comes after it."""


def next_step(case: Case, principal: Principal, roster: Roster = NOBODY) -> NextStep:
    """Return what is next in the case, as ``principal`` sees it."""
    look = Look(case=case, roster=roster)
    incident = case.incident
    place = PLACES.get(incident.state)
    step = None if place is None else STEPS[place.step]
    found = blockers(look)
    return NextStep(
        version=incident.version,
        as_of=case.at,
        state=incident.state,
        phase=None if place is None else place.phase,
        step=None if place is None else place.step,
        step_title=None if step is None else step.title,
        step_need=None if step is None else step.need,
        halted=incident.standing.halted,
        escalated=is_escalated(incident.escalations),
        severity=shown(incident.severity),
        severity_agreed=incident.severity.agreed is not None,
        commander=None if incident.crew.commander is None else incident.crew.commander.principal,
        profile=incident.intake.profile,
        drill=incident.intake.drill,
        next=_suggestion(incident.state, found),
        blocked=bool(found),
        blockers=found,
        guard=_guard(look),
        prerequisites=banner(look) if incident.state in OPEN and not incident.execution.attempt else (),
        warnings=warnings(look),
        allowed=allowed(incident, principal),
    )


def _suggestion(state: State, found: tuple[Blocker, ...]) -> Suggestion:
    if found:
        first = found[0]
        return Suggestion(
            what=first.what,
            action=first.action,
            who=first.who,
            people=first.people,
            example=first.example,
            known=first.known,
        )
    forward = FORWARD[state]
    return Suggestion(
        what=forward.what,
        action=forward.action,
        who=() if forward.action is None else AUTHORITY[forward.action],
        people=(),
        example={} if forward.action is None else example(forward.action, **forward.fields),
        known=tuple(forward.fields),
    )


def _guard(look: Look) -> GateGuard | None:
    gate = GUARDED.get(look.incident.state)
    if gate is not None and not look.incident.standing.gate_1:
        # Also in planning, once a stricter policy made what had passed stale.
        gate = "severity_alignment"
    if gate is None:
        return None
    row = GATES[gate]
    criteria = preview(gate, look.case).criteria
    return GateGuard(
        gate=gate,
        number=row.number,
        title=row.title,
        guards=row.guards,
        state=light(look.incident, gate, look.at).state,
        failing=tuple(criterion for criterion in criteria if criterion.passed == "no"),
    )
