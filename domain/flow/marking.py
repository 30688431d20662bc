"""Halting, resuming, sending back, skipping, and calling for help (R-WF-02, R-TRN-20, R-TRN-22, R-DEC-25)."""

from __future__ import annotations

from datetime import timedelta

from domain.context import Context
from domain.crew.crew import commands
from domain.flow.commands import Escalate, MarkStep
from domain.flow.facts import EscalationRaised, StepMarked
from domain.flow.halts import still_holds
from domain.flow.steps import STEPS
from domain.flow.transitions import PLACES
from domain.gates.evaluating import case_of
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.moment import instant, timestamp
from domain.notices.notifying import requests
from domain.policies import policy_of
from domain.prose import prose
from domain.recorded_at import recorded_at
from domain.refusal import Refusal
from domain.severity.assessment import shown

GUIDELINES = tuple(number for number, step in STEPS.items() if step.skippable)
"""Steps that may be skipped with a reason; the gate asks for what they bring about (R-DEC-25)."""

MANUAL = "MANUAL"


def mark(state: Incident, command: MarkStep, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the mark on the present step; only halting needs no commander."""
    step = PLACES[state.state].step
    refusal = _refusal(state, command, context, step)
    if refusal is not None:
        return refusal
    halt_code = (command.halt_code or MANUAL) if command.mark == "halted" else None
    return (
        StepMarked(step=step, mark=command.mark, rationale=prose(command.rationale), halt_code=halt_code),
    )


def escalate(state: Incident, command: Escalate, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the call to the next one up the chain."""
    notification = policy_of(context).notification
    level = len(state.escalations) + 1
    now = instant(recorded_at(state, context))
    if level > len(notification.escalation_chain):
        return Refusal(
            code="CHAIN_EXHAUSTED",
            message="everybody up the chain was called",
            expected="at most " + ", ".join(notification.escalation_chain),
            found=f"level {level}",
        )
    within = notification.escalation_ack_minutes.of(shown(state.severity) or "SEV-1")
    raised = EscalationRaised(
        escalation_id=f"e{level}",
        level=level,
        to_role=notification.escalation_chain[level - 1],
        rationale=prose(command.rationale),
        due_at=timestamp(now + timedelta(minutes=within)),
    )
    return (raised, *requests(state, context, "escalation", (raised.to_role,), command.rationale))


def _refusal(state: Incident, command: MarkStep, context: Context, step: str) -> Refusal | None:  # noqa: PLR0911  # one line a rule
    halted = state.standing.halted
    if command.mark != "halted" and not commands(state.crew, context.principal.id):
        return _no("COMMANDER_ONLY", "only the commander resumes, returns or skips", "the commander", "you")
    if command.mark == "halted" and halted is not None:
        return _no("HALTED", "the step is halted already", "a step that goes on", halted)
    codes = (*STEPS[step].halt_codes, MANUAL)
    if command.mark == "halted" and command.halt_code not in (None, *codes):
        expected = " or ".join(codes)
        return _no("HALT_ELSEWHERE", f"step {step} has another condition", expected, str(command.halt_code))
    if command.mark == "resumed" and halted is None:
        return _no("NOT_HALTED", "nothing is halted", "a halted step", step)
    if command.mark == "resumed" and halted is not None and still_holds(case_of(state, context), halted):
        return _no("HALT_STILL_HOLDS", "why it was halted still holds", f"not {halted}", halted)
    if command.mark == "returned" and PLACES[state.state].before is None:
        return _no("NO_STEP_BEFORE", "there is no step to go back to", "a later step", step)
    if command.mark == "skipped" and step not in GUIDELINES:
        return _no("STEP_NOT_SKIPPABLE", "only guideline steps are skipped", ", ".join(GUIDELINES), step)
    return None


def _no(code: str, message: str, expected: str, found: str) -> Refusal:
    return Refusal(code=code, message=message, place="mark", expected=expected, found=found)
