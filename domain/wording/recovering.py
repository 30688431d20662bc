"""What was executed and whether the service recovered, in words."""

from __future__ import annotations

from collections.abc import Mapping

from domain.artifacts import EXECUTION, RECOVERY, REPORT, TIMELINE
from domain.execution.facts import (
    MitigationCommandExecuted,
    MitigationExecutionCompleted,
    MitigationExecutionStarted,
    MitigationPlanningReentered,
    OutOfBandActionRecorded,
)
from domain.recovery.facts import RecoveryCheckRecorded, RecoveryValidationCompleted
from domain.sentence import Foreign, Row, Sentence, named, told

CAUSES = {
    "execution_halted": "the execution was halted",
    "recovery_failed": "the service did not recover",
    "gate_failed": "gate 3 does not let it through",
    "recurrence": "it came back",
}


def _started(fact: MitigationExecutionStarted, who: str) -> Sentence:
    return (
        f"Execution {fact.attempt} of option ",
        Foreign(fact.option_id),
        f", revision {fact.plan_revision},",
        f" started by {who}",
        *named(" under change ", fact.change_ref),
        *named(" to version ", fact.to_version),
        *told(". Run again because: ", fact.rerun),
    )


def _ran(fact: MitigationCommandExecuted, who: str) -> Sentence:
    again = f" (try {fact.tried})" if fact.tried > 1 else ""
    code = "" if fact.exit_code is None else f", exit code {fact.exit_code}"
    how = "" if fact.outcome == "success" else f" {fact.outcome.upper()}"
    return (
        f"Command {fact.seq}{again}{how}{code}, {fact.duration_ms} ms, by {who}",
        *told(" on ", fact.host),
        *(told(": ", fact.command) or (", as approved",)),
        *told(". Output: ", fact.output),
    )


def _completed(fact: MitigationExecutionCompleted, _who: str) -> Sentence:
    done = f"{fact.commands_succeeded} of {fact.commands_total} commands succeeded"
    return (f"Execution {fact.attempt} completed: {done}, in {fact.duration_ms} ms",)


def _reentered(fact: MitigationPlanningReentered, who: str) -> Sentence:
    cause = CAUSES[fact.cause]
    return (
        f"Back to planning after execution {fact.from_attempt}: {cause}, says {who}. Reason: ",
        fact.rationale,
    )


def _out_of_band(fact: OutOfBandActionRecorded, who: str) -> Sentence:
    by: Sentence = named(" by ", fact.principal) or told(" by ", fact.who)
    return "OUT OF BAND: ", fact.what, *by, f", told by {who}. Reason: ", fact.why


def _checked(fact: RecoveryCheckRecorded, who: str) -> Sentence:
    critical = " (critical)" if fact.critical else ""
    return (
        "Check ",
        Foreign(fact.check_id),
        f"{critical}: {fact.result.upper()}, says {who}",
        *told(". Expected: ", fact.expected),
        *told(". Observed: ", fact.observed),
    )


def _validated(fact: RecoveryValidationCompleted, _who: str) -> Sentence:
    critical = f", {fact.critical_failed} critical failed" if fact.critical_failed else ""
    return (f"Recovery {fact.status.upper()}: {fact.passed} of {fact.required} checks passed{critical}",)


_EXECUTION = (EXECUTION, TIMELINE, REPORT)
_RECOVERY = (RECOVERY, TIMELINE, REPORT)

ROWS: Mapping[type, Row] = {
    MitigationExecutionStarted: Row(say=_started, category="command", step="3.1", artifacts=_EXECUTION),
    MitigationCommandExecuted: Row(say=_ran, category="command", step="3.1", artifacts=_EXECUTION),
    MitigationExecutionCompleted: Row(say=_completed, category="command", step="3.1", artifacts=_EXECUTION),
    MitigationPlanningReentered: Row(say=_reentered, category="decision", step="3.2", artifacts=_EXECUTION),
    OutOfBandActionRecorded: Row(say=_out_of_band, category="command", step="3.1", artifacts=_EXECUTION),
    RecoveryCheckRecorded: Row(say=_checked, category="validation", step="3.2", artifacts=_RECOVERY),
    RecoveryValidationCompleted: Row(say=_validated, category="validation", step="3.2", artifacts=_RECOVERY),
}
