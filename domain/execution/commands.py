"""Commands about executing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from domain.execution.facts import Outcome
from domain.stored_blob import StoredBlob
from domain.words import Amount, Moment, Name, PrincipalId, Rationale, Text

ExitCode = Annotated[int, Meta(ge=-(2**31), le=2**31 - 1, description="What the command returned.")]
Line = Annotated[
    int, Meta(ge=1, le=64, description="Which of the approved commands, from 1; the next one by default.")
]


class StartExecution(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="start-execution", forbid_unknown_fields=True
):
    """Begin to execute the approved option; refused unless everything of R-WF-30 holds now.

    `rerun` says why the same plan is executed again once an attempt was halted or did not help: its
    approvals stand, and only the commander may (R-TRN-17).
    """

    change_ref: Name | None = None
    rerun: Rationale | None = None


class RecordCommand(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="record-command", forbid_unknown_fields=True
):
    """Record that one of the approved commands was run: what it returned, or how it went (R-STEP-31).

    With the last one the execution is complete; one that fails halts the step. What is not in the plan is
    recorded as out of band.
    """

    line: Line | None = None
    exit_code: ExitCode | None = None
    expected_exit_code: ExitCode = 0
    outcome: Outcome | None = None
    command: Text | None = None
    started_at: Moment | None = None
    ended_at: Moment | None = None
    duration_ms: Amount | None = None
    host: Name | None = None
    output: Text | None = None
    stdout: StoredBlob | None = None
    stderr: StoredBlob | None = None
    source: Literal["person", "exec"] = "person"


class ReenterPlanning(
    Struct, frozen=True, kw_only=True, tag_field="action", tag="re-enter-planning", forbid_unknown_fields=True
):
    """Go back to planning because it did not work or came back: another revision is needed (R-TRN-16)."""

    rationale: Rationale


class RecordOutOfBand(
    Struct,
    frozen=True,
    kw_only=True,
    tag_field="action",
    tag="record-out-of-band",
    forbid_unknown_fields=True,
):
    """Record what was done outside the process; always possible, and shown at gate 2 (R-ROL-08)."""

    what: Text
    why: Rationale
    kind: Literal["execution", "other"] = "execution"
    principal: PrincipalId | None = None
    who: Text | None = None
    at: Moment | None = None


EXAMPLES = (
    StartExecution(change_ref="CHG-4711"),
    RecordCommand(line=1, exit_code=0, duration_ms=214_000, host="deploy-1"),
    ReenterPlanning(rationale="Version 1.2.3 is slow as well: it is not the release."),
    RecordOutOfBand(
        what="Restarted the payment gateway by hand.",
        why="Orders were being lost every second.",
        who="The provider's engineer on the phone.",
        at=datetime(2026, 3, 1, 2, 21, tzinfo=UTC),
    ),
)
