"""Facts about executing (R-EVT-17). That a command halts the step is a `StepMarked`."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Code, Count, Id, Timestamp, Whole
from domain.prose import Filed, Prose

Outcome = Literal["success", "failed", "unexpected"]
"""``unexpected``: it ended as it should and still did not do what it was to do."""

Cause = Literal["execution_halted", "recovery_failed", "gate_failed", "recurrence"]
"""Why it goes back to planning."""


class MitigationExecutionStarted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Attempt ``attempt`` at the approved option begins; everything that R-WF-30 asks for holds.

    ``rerun`` says why the same plan is executed again, which keeps its approvals (R-TRN-17).
    """

    attempt: Count
    plan_revision: Count
    option_id: Code
    change_ref: Code | None = None
    from_version: Code | None = None
    to_version: Code | None = None
    rerun: Prose | None = None


class MitigationCommandExecuted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Line ``seq`` of the approved commands (from 1) was run, for the ``tried``-th time in this attempt.

    Without ``command`` it was run as it stands in the plan; without an ``exit_code`` it was done by hand.
    ``at`` is when it ended. ``output`` is what somebody saw; ``stdout`` and ``stderr`` are whole, as blobs.
    """

    attempt: Count
    seq: Count
    tried: Count
    outcome: Outcome
    started_at: Timestamp
    at: Timestamp
    duration_ms: Count
    exit_code: Whole | None = None
    expected_exit_code: Whole = 0
    source: Literal["person", "exec"] = "person"
    command: Prose | None = None
    host: Prose | None = None
    output: Prose | None = None
    stdout: Filed | None = None
    stderr: Filed | None = None


class MitigationExecutionCompleted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every approved command is on record: follows from them (R-TRN-09)."""

    attempt: Count
    commands_total: Count
    commands_succeeded: Count
    duration_ms: Count


class MitigationPlanningReentered(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Back to planning: another revision is wanted, and what was approved is void (R-TRN-16, 17, 19)."""

    from_attempt: Count
    cause: Cause
    rationale: Prose


class OutOfBandActionRecorded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something was done outside the process: recorded, never undone, and shown (R-ROL-08).

    ``kind`` *execution* is what gate 2 would have guarded; ``principal`` did it, or ``who`` in words.
    """

    kind: Literal["execution", "other"]
    what: Prose
    why: Prose
    principal: Id | None = None
    who: Prose | None = None
    at: Timestamp | None = None


ExecutionFact = (
    MitigationExecutionStarted
    | MitigationCommandExecuted
    | MitigationExecutionCompleted
    | MitigationPlanningReentered
    | OutOfBandActionRecorded
)
