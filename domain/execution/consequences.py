"""What follows from commands that ran: a halt, or that the execution is complete (R-STEP-31, R-TRN-09)."""

from __future__ import annotations

from domain.context import Context
from domain.execution.running import completion
from domain.flow.facts import StepMarked
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.prose import prose

HALTS = {"failed": "EXECUTION_FAILED", "unexpected": "EXECUTION_UNEXPECTED"}


def halt(state: Incident, _context: Context) -> tuple[IncidentFact, ...]:
    """A command that failed or did something unexpected halts the step; going on is the commander's."""
    standing = state.standing
    if state.state != "executing" or standing.halted is not None:
        return ()
    # What somebody resumed over is settled; a later try is not.
    ran = [item for item in state.execution.ran.values() if item.version > standing.resumed]
    bad = next((item.fact for item in ran if item.fact.outcome != "success"), None)
    if bad is None:
        return ()
    code = "" if bad.exit_code is None else f", exit code {bad.exit_code}, expected {bad.expected_exit_code}"
    why = f"Command {bad.seq}: {bad.outcome}{code}."
    return (StepMarked(step="3.1", mark="halted", rationale=prose(why), halt_code=HALTS[bad.outcome]),)


def complete(state: Incident, _context: Context) -> tuple[IncidentFact, ...]:
    """With the last command on record the execution is complete; also while severity is assessed anew."""
    standing = state.standing
    if not standing.running or standing.executed or standing.halted is not None:
        return ()
    completed = completion(state)
    return () if completed is None else (completed,)
