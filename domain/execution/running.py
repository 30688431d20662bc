"""Running what was approved: commands on record, and what they come to (R-STEP-31, R-TRN-09)."""

from __future__ import annotations

from msgspec import Struct

from domain.context import Context
from domain.execution.commands import RecordCommand
from domain.execution.execution import Execution
from domain.execution.facts import MitigationCommandExecuted, MitigationExecutionCompleted, Outcome
from domain.execution.span import Span, ran_between
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.moment import milliseconds, timestamp
from domain.planning.plan import option
from domain.prose import optional_prose
from domain.refusal import Refusal
from domain.stored_blob import optional_blob_prose


class Run(Struct, frozen=True):
    """Which command of which attempt ran, and how often it was tried."""

    attempt: int
    line: int
    tried: int


def record(state: Incident, command: RecordCommand, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return that a command was run; what it halts or completes follows."""
    attempt, execution = state.execution.attempt, state.execution
    if attempt is None or not state.standing.running or execution.completed is not None:
        return _nothing_runs(execution)
    total = commands_total(state)
    line = command.line or _next(execution, total)
    refusal = _line(execution, line, total)
    if refusal is not None:
        return refusal
    outcome, span = _outcome(command), ran_between(command, context.now)
    if isinstance(outcome, Refusal):
        return outcome
    if isinstance(span, Refusal):
        return span
    last = execution.ran.get(line)
    run = Run(attempt.number, line, 1 if last is None else last.fact.tried + 1)
    return (_executed(command, run, outcome, span),)


def _executed(command: RecordCommand, run: Run, outcome: Outcome, span: Span) -> MitigationCommandExecuted:
    began, ended = timestamp(span.begin), timestamp(span.end)
    return MitigationCommandExecuted(
        attempt=run.attempt,
        seq=run.line,
        tried=run.tried,
        outcome=outcome,
        started_at=began,
        at=ended,
        duration_ms=milliseconds(began, ended),
        exit_code=command.exit_code,
        expected_exit_code=command.expected_exit_code,
        source=command.source,
        command=optional_prose(command.command),
        host=optional_prose(command.host),
        output=optional_prose(command.output),
        stdout=optional_blob_prose(command.stdout),
        stderr=optional_blob_prose(command.stderr),
    )


def commands_total(state: Incident) -> int:
    """Return how many commands the present attempt has; an option without any is carried out in one go."""
    attempt = state.execution.attempt
    chosen = None if attempt is None else option(state.planning, attempt.option_id)
    return max(1, 0 if chosen is None else chosen.commands_count)


def completion(state: Incident) -> MitigationExecutionCompleted | None:
    """Return what the commands come to, None until every one of them is on record (R-GATE-32)."""
    attempt, ran = state.execution.attempt, state.execution.ran
    total = commands_total(state)
    if attempt is None or any(line not in ran for line in range(1, total + 1)):
        return None
    done = [ran[line].fact for line in range(1, total + 1)]
    return MitigationExecutionCompleted(
        attempt=attempt.number,
        commands_total=total,
        commands_succeeded=sum(fact.outcome == "success" for fact in done),
        duration_ms=milliseconds(attempt.at, max(fact.at for fact in done)),
    )


def _next(execution: Execution, total: int) -> int:
    """Return the first command that is not on record, or the first that did not succeed."""
    missing = (line for line in range(1, total + 1) if line not in execution.ran)
    unsuccessful = (line for line, ran in sorted(execution.ran.items()) if ran.fact.outcome != "success")
    return next(missing, next(unsuccessful, total))


def _outcome(command: RecordCommand) -> Outcome | Refusal:
    """Return how it went: an exit code that is not the expected one has failed, whatever is said of it."""
    as_expected = command.exit_code == command.expected_exit_code
    if command.exit_code is None:
        return command.outcome or Refusal(
            code="OUTCOME_MISSING",
            message="say what the command returned, or how it went",
            place="exit_code",
            expected="exit_code or outcome",
            found="neither",
        )
    if not as_expected and command.outcome == "success":
        return Refusal(
            code="OUTCOME_CONTRADICTED",
            message="a command that returned something else did not succeed",
            place="outcome",
            expected=f"exit code {command.expected_exit_code}",
            found=str(command.exit_code),
        )
    return command.outcome or ("success" if as_expected else "failed")


def _line(execution: Execution, line: int, total: int) -> Refusal | None:
    if line > total:
        return Refusal(
            code="COMMAND_NOT_APPROVED",
            message="the approved option has no such command; record what else was done as out of band",
            place="line",
            expected=f"1 to {total}",
            found=str(line),
        )
    last = execution.ran.get(line)
    if last is not None and last.fact.outcome == "success":
        return Refusal(
            code="COMMAND_DONE",
            message="this command is on record already, and it succeeded",
            place="line",
            expected="a command that has not succeeded",
            found=f"{line}, in version {last.version}",
        )
    return None


def _nothing_runs(execution: Execution) -> Refusal:
    found = "none" if execution.attempt is None else f"attempt {execution.attempt.number}, over"
    return Refusal(
        code="NOTHING_RUNS",
        message="no attempt runs: start the execution, or record what was done as out of band",
        expected="an attempt that runs",
        found=found,
    )
