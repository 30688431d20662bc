"""The states of an incident, their places in the protocol, and the table of transitions (R-TRN, R-STEP).

Some facts move an incident by themselves (`BY_FACT`). All other transitions wait for evidence: a row of
`TRANSITIONS` fires once every mark it needs is set, one of them since the last return to its state. The one
interpreter is `domain.flow.standing`; what guards the facts is `domain.actions`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from domain.execution.facts import MitigationExecutionStarted, MitigationPlanningReentered
from domain.intake.facts import (
    IncidentDeclared,
    IncidentDismissed,
    IncidentMerged,
    IncidentOpened,
    MitigationNotRequired,
)
from domain.planning.facts import MitigationPlanProposed
from domain.resolution.facts import IncidentClosed, ResolutionConfirmed
from domain.rootcause.facts import RcaEvidenceArchived
from domain.severity.facts import SeverityReassessmentStarted

State = Literal[
    "none",
    "detecting",
    "assessing",
    "notifying",
    "planning",
    "verifying_rollback",
    "aligning",
    "executing",
    "validating_recovery",
    "timeline_review",
    "confirming_resolution",
    "capturing_rca",
    "drafting_report",
    "documented",
    "closed",
    "dismissed",
    "merged",
]
"""Where an incident stands; ``none`` is a stream in which nothing was opened."""


class Place(Struct, frozen=True):
    """A state's phase and step (R-STEP), and the state before it, to which it can be sent back."""

    phase: int
    step: str
    before: State | None = None


PLACES: Mapping[State, Place] = {
    "detecting": Place(1, "1.1"),
    "assessing": Place(1, "1.2"),
    "notifying": Place(1, "1.3", "assessing"),
    "planning": Place(2, "2.1", "notifying"),
    "verifying_rollback": Place(2, "2.2", "planning"),
    "aligning": Place(2, "2.3", "verifying_rollback"),
    "executing": Place(3, "3.1"),
    "validating_recovery": Place(3, "3.2"),
    "timeline_review": Place(3, "3.3", "validating_recovery"),
    "confirming_resolution": Place(4, "4.1", "timeline_review"),
    "capturing_rca": Place(4, "4.2", "confirming_resolution"),
    "drafting_report": Place(4, "4.3", "capturing_rca"),
    "documented": Place(4, "4.3", "drafting_report"),
}
"""The states of an incident that is open, in the order of the protocol."""

EXECUTION_PHASE = 3

OPEN: frozenset[State] = frozenset(PLACES)
DECLARED: frozenset[State] = OPEN - {"detecting"}
BEFORE_EXECUTION: frozenset[State] = frozenset(
    state for state in DECLARED if PLACES[state].phase < EXECUTION_PHASE
)
IN_RECOVERY: frozenset[State] = frozenset({"validating_recovery", "timeline_review"})
UNCONFIRMED: frozenset[State] = IN_RECOVERY | {"confirming_resolution"}
"""Executed, and not confirmed to be over: what the checks say still moves the incident."""

DOCUMENTING: frozenset[State] = frozenset({"capturing_rca", "drafting_report", "documented"})
"""Confirmed to be over: severity is not assessed anew any more (R-TRN-18)."""

AFTER_EXECUTION: frozenset[State] = UNCONFIRMED | DOCUMENTING
UNRESOLVED: frozenset[State] = DECLARED - DOCUMENTING
PLANNED: frozenset[State] = frozenset({"planning", "verifying_rollback", "aligning"})


class Transition(Struct, frozen=True, kw_only=True):
    """A transition that fires by itself once its marks are set."""

    id: str
    source: State
    target: State
    needs: tuple[str, ...]


TRANSITIONS: tuple[Transition, ...] = (
    Transition(id="R-TRN-04", source="assessing", target="notifying", needs=("agreed", "scoped")),
    Transition(id="R-TRN-05", source="notifying", target="planning", needs=("gate_1",)),
    # Before planning goes on: where nothing is to be executed, a new round ends in recovery again.
    Transition(id="R-TRN-24", source="planning", target="validating_recovery", needs=("not_required",)),
    # What runs is not interrupted by a new round (R-TRN-18): it is still being executed afterwards.
    Transition(id="R-TRN-18", source="planning", target="executing", needs=("running",)),
    Transition(id="R-TRN-06", source="planning", target="verifying_rollback", needs=("planned",)),
    Transition(id="R-TRN-07", source="verifying_rollback", target="aligning", needs=("ready",)),
    Transition(id="R-TRN-09", source="executing", target="validating_recovery", needs=("executed",)),
    Transition(id="R-TRN-10", source="validating_recovery", target="timeline_review", needs=("validated",)),
    Transition(id="R-TRN-11", source="timeline_review", target="confirming_resolution", needs=("gate_3",)),
    Transition(id="R-TRN-14", source="drafting_report", target="documented", needs=("gate_4",)),
)

BY_FACT: Mapping[type, State] = {
    IncidentOpened: "detecting",  # R-TRN-01
    IncidentDismissed: "dismissed",  # R-TRN-02, R-TRN-23
    IncidentDeclared: "assessing",  # R-TRN-03
    MitigationExecutionStarted: "executing",  # R-TRN-08
    SeverityReassessmentStarted: "assessing",  # R-TRN-18
    MitigationPlanProposed: "planning",  # another revision is verified and agreed on anew
    MitigationNotRequired: "validating_recovery",  # R-TRN-24
    ResolutionConfirmed: "capturing_rca",  # R-TRN-12
    RcaEvidenceArchived: "drafting_report",  # R-TRN-13
    MitigationPlanningReentered: "planning",  # R-TRN-16, R-TRN-17, R-TRN-19
    IncidentClosed: "closed",  # R-TRN-15
    IncidentMerged: "merged",  # R-TRN-25
}
"""Facts that move an incident by themselves; what guards them is in `domain.actions`."""


def phase(state: State) -> int | None:
    """Return the phase of an open incident."""
    place = PLACES.get(state)
    return None if place is None else place.phase
