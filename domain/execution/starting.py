"""Starting the approved option, and what was done without asking (R-TRN-08, R-ROL-08)."""

from __future__ import annotations

from domain.context import Context
from domain.crew.crew import commands
from domain.execution.commands import RecordOutOfBand, StartExecution
from domain.execution.facts import MitigationExecutionStarted, OutOfBandActionRecorded
from domain.execution.reentering import failing
from domain.execution.safety import unmet
from domain.flow.transitions import BEFORE_EXECUTION
from domain.gates.evaluating import passes
from domain.gates.facts import GateEvaluated
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.moment import timestamp
from domain.past import checked
from domain.policies import policy_of
from domain.prose import optional_prose, prose
from domain.readiness.evaluator import prerequisites
from domain.recorded_at import recorded_at
from domain.refusal import OnRecord, Refusal
from domain.text import code


def start(
    state: Incident, command: StartExecution, context: Context
) -> tuple[IncidentFact, ...] | Refusal | OnRecord:
    """Return the start of the approved option; every precondition is looked at anew, at this very version.

    A refusal names all that is missing; a verdict that gate 2 gives on the way is recorded either way.
    """
    again = _again(state, command, context)
    if isinstance(again, Refusal):
        return again
    passed = passes(state, "mitigation_readiness", context)
    verdicts = passed if isinstance(passed, tuple) else passed.facts if isinstance(passed, OnRecord) else ()
    missing = unmet(state, context, gate_open=isinstance(passed, tuple), again=again)
    plan, selected = state.planning.plan, state.planning.selected
    if missing or plan is None or selected is None:
        return _refused(missing, verdicts)
    evaluation = _evaluated(state, context)
    started = MitigationExecutionStarted(
        attempt=1 if state.execution.attempt is None else state.execution.attempt.number + 1,
        plan_revision=plan.revision,
        option_id=selected.option_id,
        change_ref=command.change_ref and code(command.change_ref),
        from_version=plan.fact.from_version,
        to_version=plan.fact.to_version,
        rerun=optional_prose(command.rerun),
    )
    return (*verdicts, *evaluation, started)


def _again(state: Incident, command: StartExecution, context: Context) -> bool | Refusal:
    """Return whether the same plan is executed again, which the commander may say and give a reason for."""
    begun = state.state not in BEFORE_EXECUTION
    if not begun and command.rerun is None:
        return False
    if not begun or not state.standing.running:
        return _not_again("nothing was executed that could be executed again", "rerun", "an attempt", "none")
    if failing(state) is None:
        return _not_again("nothing says yet that it did not work", "rerun", "a halt or a failure", "neither")
    if command.rerun is None:
        return _not_again("say why the same plan is executed again", "rerun", "a rationale", "none")
    if not commands(state.crew, context.principal.id):
        return Refusal(
            code="COMMANDER_ONLY",
            message="only the commander has it executed again",
            expected="the commander",
            found="you",
        )
    return True


def _not_again(message: str, place: str, expected: str, found: str) -> Refusal:
    return Refusal(code="NO_RERUN", message=message, place=place, expected=expected, found=found)


def record_out_of_band(
    _state: Incident, command: RecordOutOfBand, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return what was done outside the process; always possible (R-ROL-08)."""
    at = checked("at", command.at, context.now)
    if isinstance(at, Refusal):
        return at
    return (
        OutOfBandActionRecorded(
            kind=command.kind,
            what=prose(command.what),
            why=prose(command.why),
            principal=command.principal,
            who=optional_prose(command.who),
            at=None if at is None else timestamp(at),
        ),
    )


def _evaluated(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """Return the evaluation of the prerequisites if it says something new."""
    now = prerequisites(state, policy_of(context), recorded_at(state, context))
    known = state.readiness.evaluated
    statuses = {item.id: item.status for item in now.items}
    if now.outcome != "proceed" or (known is not None and known.strict and known.statuses == statuses):
        return ()
    return (now,)


def _refused(missing: tuple[str, ...], verdicts: tuple[GateEvaluated, ...]) -> Refusal | OnRecord:
    refusal = Refusal(
        code="SAFETY_PRECONDITION_UNMET",
        message="nothing is executed before all of these hold",
        expected="severity, scope, notices, gates, decision and readiness confirmed at this version",
        found="missing: " + ", ".join(missing),
    )
    return OnRecord(refusal=refusal, facts=verdicts) if verdicts else refusal
