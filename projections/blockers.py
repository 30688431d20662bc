"""Everything that keeps an incident from going on now: rows of data and one interpreter (R-WF-02, R-WF-30).

A row stands for one kind of thing, in the states in which it is in the way, before the gate that asks for
it. Rows stand in the order in which things are best done: the first blocker is the next step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

from msgspec import Struct

from domain.crew.crew import COMMANDER
from domain.execution.safety import unmet
from domain.flow.halts import still_holds
from domain.flow.transitions import DOCUMENTING, IN_RECOVERY, OPEN, PLACES, PLANNED, UNCONFIRMED, State
from domain.gates.facts import Gate
from projections import blocking_agreement as agreement
from projections import blocking_closing as closing
from projections import blocking_documentation as documentation
from projections import blocking_planning as planning
from projections import blocking_readiness as readiness
from projections import blocking_recovery as recovery
from projections import blocking_resolution as resolution
from projections import blocking_return as returned
from projections.blocker import Blocker, blocker
from projections.look import Look

Find = Callable[[Look], Iterable[Blocker]]

SEVERITY: Gate = "severity_alignment"
MITIGATION: Gate = "mitigation_readiness"
RECOVERY: Gate = "recovery_validation"
CANDIDATE: frozenset[State] = frozenset({"detecting"})
ASSESSING: frozenset[State] = frozenset({"assessing"})
PLANNING: frozenset[State] = frozenset({"planning"})
VERIFYING: frozenset[State] = frozenset({"verifying_rollback"})
ALIGNING: frozenset[State] = frozenset({"aligning"})
# A stricter policy asks for gate 1 again wherever the incident stands before it is over (R-PROF-01).
AGREEING: frozenset[State] = PLANNED | UNCONFIRMED | {"assessing", "notifying"}
EXECUTING: frozenset[State] = frozenset({"executing"})
CONFIRMING: frozenset[State] = frozenset({"confirming_resolution"})
CAPTURING: frozenset[State] = frozenset({"capturing_rca"})
REPORTING: frozenset[State] = frozenset({"drafting_report", "documented"})
DOCUMENTED: frozenset[State] = frozenset({"documented"})
CLOSED: frozenset[State] = frozenset({"closed"})


class Row(Struct, frozen=True):
    """How one kind of blocker is found; behind a gate only as long as that does not let through."""

    states: frozenset[State]
    find: Find
    gate: Gate | None = None


def _halted(look: Look) -> Iterable[Blocker]:
    code = look.incident.standing.halted
    if code is not None:
        still = ", and why it was halted still holds" if still_holds(look.case, code) else ""
        step = PLACES[look.incident.state].step
        yield blocker(
            look,
            "HALTED",
            f"Step {step} is halted ({code}){still}.",
            "mark-step",
            who=(COMMANDER,),
            mark="resumed",
        )


def _undeclared(look: Look) -> Iterable[Blocker]:
    yield blocker(
        look,
        "ALERT_VALIDITY_UNCONFIRMED",
        "Nobody has said yet whether this is real: declare it, or dismiss it.",
        "declare",
    )


ROWS: tuple[Row, ...] = (
    Row(CANDIDATE, _undeclared),
    Row(AGREEING, agreement.consensus, SEVERITY),
    Row(ASSESSING, agreement.scope),
    Row(ASSESSING, returned.scope_again),
    Row(AGREEING, agreement.untold, SEVERITY),
    Row(AGREEING, agreement.too_late, SEVERITY),
    Row(PLANNING, planning.no_plan),
    Row(PLANNING, planning.unclear),
    Row(PLANNING, returned.plan_again),
    Row(VERIFYING, returned.verify_again),
    Row(PLANNED, planning.incomplete, MITIGATION),
    Row(PLANNED, planning.unverified, MITIGATION),
    Row(PLANNED, planning.unselected),
    Row(PLANNED, planning.unknown_compliance, MITIGATION),
    Row(PLANNED, planning.rejected, MITIGATION),
    Row(PLANNED, planning.unapproved, MITIGATION),
    Row(PLANNED, partial(planning.undecided_waiver, MITIGATION), MITIGATION),
    Row(ALIGNING, readiness.missing_prerequisites),
    Row(EXECUTING, recovery.failed_commands),
    Row(IN_RECOVERY, recovery.unchecked),
    Row(UNCONFIRMED, partial(planning.undecided_waiver, RECOVERY), RECOVERY),
    Row(IN_RECOVERY, recovery.not_recovered, RECOVERY),
    Row(IN_RECOVERY, recovery.gate_3, RECOVERY),
    Row(CONFIRMING, recovery.fallen_back),
    Row(CONFIRMING, resolution.not_restored),
    Row(CONFIRMING, resolution.not_cleared),
    Row(CONFIRMING, resolution.untold),
    Row(CONFIRMING, resolution.not_stable),
    Row(DOCUMENTING, documentation.lost),
    Row(CAPTURING, documentation.missing_kinds),
    Row(CAPTURING, documentation.too_few),
    Row(REPORTING, documentation.unfilled),
    Row(DOCUMENTING, resolution.not_restored),
    Row(DOCUMENTING, resolution.not_cleared),
    Row(DOCUMENTING, resolution.untold),
    Row(DOCUMENTING, resolution.not_stable),
    Row(DOCUMENTED, planning.unknown_compliance),
    Row(DOCUMENTED, documentation.outdated),
    Row(DOCUMENTED, closing.unsealed),
    Row(DOCUMENTED, closing.unapproved),
    Row(CLOSED, closing.unfinished),
    Row(OPEN, _halted),
)
"""In the order in which things are best done."""

NAMED: Mapping[str, str] = {
    "severity": "the severity of this round is not agreed",
    "scope": "the scope is not confirmed in this round",
    "gate_1": "gate 1 has not passed in this round",
    "gate_2": "gate 2 does not let this through",
    "stakeholders_notified": "somebody who must be told is not",
    "approved_option": "the selected option is not the approved one",
    "decision_recorded": "the decision is not recorded",
    "execution_readiness": "what execution needs is not there",
    "aligned": "the incident is not at step 2.3, where decision makers are aligned",
    "not_halted": "the step is halted",
}
"""Precondition of execution (R-WF-30) -> what it means that it does not hold; a test holds it total."""


def blockers(look: Look) -> tuple[Blocker, ...]:
    """Return what is in the way, first what is best done first; nothing where the next step is free."""
    state = look.incident.state
    found = [
        blocker
        for row in ROWS
        if state in row.states and (row.gate is None or not look.lets_through(row.gate))
        for blocker in row.find(look)
    ]
    return tuple(found or _guarded(look))


def _guarded(look: Look) -> Iterable[Blocker]:
    """Return what the safety rule itself names where no row explains it: the guard has the last word."""
    if look.incident.state != "aligning":
        return
    for name in unmet(look.incident, look.context, gate_open=look.lets_through(MITIGATION)):
        yield blocker(
            look,
            "SAFETY_PRECONDITION_UNMET",
            f"Nothing may be executed: {NAMED[name]}.",
            "evaluate-gate",
            gate="severity" if name == "gate_1" else "mitigation",
        )
