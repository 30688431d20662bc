"""``mitigation-execution-report.json``: what was run, with what outcome, attempt by attempt (R-ART-18)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.artifacts import EXECUTION
from domain.execution.facts import (
    MitigationCommandExecuted,
    MitigationExecutionCompleted,
    MitigationExecutionStarted,
    Outcome,
    OutOfBandActionRecorded,
)
from domain.ratio import Ratio
from domain.recorded import Recorded
from projections.artifacts.content import Content
from projections.artifacts.registered import Registered, registered
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.told import Text, optional_text, text


class CommandRun(Struct, frozen=True, kw_only=True):
    """One line of the approved commands, run for the ``tried``-th time; without ``exit_code`` by hand."""

    seq: int
    tried: int
    command: Text | None
    outcome: Outcome
    exit_code: int | None
    expected_exit_code: int
    source: Literal["person", "exec"]
    host: Text | None
    started_at: str
    ended_at: str
    duration_ms: int
    output: Text | None
    stdout: Registered | None
    stderr: Registered | None
    by: str
    recorded_at: str
    version: int


class AttemptRun(Struct, frozen=True, kw_only=True):
    """One execution; ``completed_at`` is null while commands are missing."""

    attempt: int
    plan_revision: int
    option_id: str
    change_ref: str | None
    from_version: str | None
    to_version: str | None
    rerun: Text | None
    by: str
    started_at: str
    version: int
    completed_at: str | None
    commands_total: int | None
    commands_succeeded: int | None
    duration_ms: int | None
    commands: tuple[CommandRun, ...]


class OutOfBand(Struct, frozen=True, kw_only=True):
    """What was done outside the process; it is never undone and never hidden (R-ROL-08)."""

    kind: Literal["execution", "other"]
    what: Text
    why: Text
    principal: str | None
    who: Text | None
    happened_at: str
    by: str
    recorded_at: str
    version: int


class ExecutionMetrics(Struct, frozen=True, kw_only=True):
    """Numbers of the last attempt: ``execution_success`` is null while it is not complete (R-GATE-32)."""

    attempts: int
    execution_success: Ratio | None
    commands_recorded: int
    duration_ms: int | None
    out_of_band: int


class ExecutionData(Struct, frozen=True, kw_only=True):
    """Every attempt in order, and what was done without asking."""

    attempts: tuple[AttemptRun, ...]
    out_of_band: tuple[OutOfBand, ...]


def content(rendering: Rendering) -> Content | None:
    """Return what was run, None before anything was."""
    if not rendering.among(MitigationExecutionStarted, OutOfBandActionRecorded):
        return None
    attempts = _attempts(rendering)
    outside = tuple(map(_out_of_band, rendering.of(OutOfBandActionRecorded)))
    return Content(
        status=_status(rendering, attempts),
        metrics=_metrics(attempts, len(outside)),
        data=ExecutionData(attempts=attempts, out_of_band=outside),
    )


def _status(rendering: Rendering, attempts: tuple[AttemptRun, ...]) -> str:
    if not attempts:
        return "not_started"
    if attempts[-1].completed_at is not None:
        return "complete"
    return "halted" if rendering.incident.standing.halted is not None else "running"


def _metrics(attempts: tuple[AttemptRun, ...], outside: int) -> ExecutionMetrics:
    last = attempts[-1] if attempts else None
    succeeded = None if last is None else last.commands_succeeded
    total = None if last is None else last.commands_total
    return ExecutionMetrics(
        attempts=len(attempts),
        execution_success=None if succeeded is None or total is None else Ratio(succeeded, total),
        commands_recorded=0 if last is None else len(last.commands),
        duration_ms=None if last is None else last.duration_ms,
        out_of_band=outside,
    )


def _attempts(rendering: Rendering) -> tuple[AttemptRun, ...]:
    ran: dict[int, list[CommandRun]] = {}
    for item in rendering.of(MitigationCommandExecuted):
        ran.setdefault(item.fact.attempt, []).append(_command(item))
    done = {item.fact.attempt: item for item in rendering.of(MitigationExecutionCompleted)}
    return tuple(
        _attempt(item, tuple(ran.get(item.fact.attempt, ())), done.get(item.fact.attempt))
        for item in rendering.of(MitigationExecutionStarted)
    )


def _attempt(
    item: Recorded[MitigationExecutionStarted],
    commands: tuple[CommandRun, ...],
    done: Recorded[MitigationExecutionCompleted] | None,
) -> AttemptRun:
    fact = item.fact
    return AttemptRun(
        attempt=fact.attempt,
        plan_revision=fact.plan_revision,
        option_id=fact.option_id,
        change_ref=fact.change_ref,
        from_version=fact.from_version,
        to_version=fact.to_version,
        rerun=optional_text(fact.rerun),
        by=item.authid,
        started_at=item.recordedtime,
        version=item.version,
        completed_at=None if done is None else done.recordedtime,
        commands_total=None if done is None else done.fact.commands_total,
        commands_succeeded=None if done is None else done.fact.commands_succeeded,
        duration_ms=None if done is None else done.fact.duration_ms,
        commands=commands,
    )


def _command(item: Recorded[MitigationCommandExecuted]) -> CommandRun:
    fact = item.fact
    return CommandRun(
        seq=fact.seq,
        tried=fact.tried,
        command=optional_text(fact.command),
        outcome=fact.outcome,
        exit_code=fact.exit_code,
        expected_exit_code=fact.expected_exit_code,
        source=fact.source,
        host=optional_text(fact.host),
        started_at=fact.started_at,
        ended_at=fact.at,
        duration_ms=fact.duration_ms,
        output=optional_text(fact.output),
        stdout=registered(fact.stdout),
        stderr=registered(fact.stderr),
        by=item.authid,
        recorded_at=item.recordedtime,
        version=item.version,
    )


def _out_of_band(item: Recorded[OutOfBandActionRecorded]) -> OutOfBand:
    fact = item.fact
    return OutOfBand(
        kind=fact.kind,
        what=text(fact.what),
        why=text(fact.why),
        principal=fact.principal,
        who=optional_text(fact.who),
        happened_at=item.time,
        by=item.authid,
        recorded_at=item.recordedtime,
        version=item.version,
    )


ROWS = (
    Row(
        requirement="R-ART-18",
        name=EXECUTION,
        artifact_id="execution-report",
        step="3.1",
        consumers=(),
        gate="recovery_validation",
        counted=True,
        render=content,
        metrics=ExecutionMetrics,
        data=ExecutionData,
    ),
)
