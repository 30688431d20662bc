"""Attempts and what happened outside the process, folded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.execution.facts import (
    ExecutionFact,
    MitigationCommandExecuted,
    MitigationExecutionCompleted,
    MitigationExecutionStarted,
    MitigationPlanningReentered,
    OutOfBandActionRecorded,
)
from domain.recorded import Stamped


class Attempt(Struct, frozen=True, kw_only=True):
    """An execution that began, in ``version`` of the stream."""

    number: int
    plan_revision: int
    option_id: str
    at: str
    version: int


class Ran(Struct, frozen=True, kw_only=True):
    """The last time that one line of the approved commands was run, in ``version`` of the stream."""

    fact: MitigationCommandExecuted
    version: int


class Completed(Struct, frozen=True, kw_only=True):
    """That every approved command of an attempt is on record, ``at`` in ``version`` of the stream."""

    fact: MitigationExecutionCompleted
    at: str
    version: int


class Execution(Struct, frozen=True, kw_only=True):
    """The state of execution; ``violated`` is the version of the latest execution outside the process.

    ``ran`` holds the commands of the present attempt by their number; ``completed`` is about it too.
    """

    attempt: Attempt | None = None
    ran: Mapping[int, Ran] = {}
    completed: Completed | None = None
    reentered: int = 0
    out_of_band: int = 0
    violated: int = 0


def is_begun(state: Execution, plan_revision: int) -> bool:
    """Return whether the present attempt is at this revision of the plan: its guards have done their part."""
    return state.attempt is not None and state.attempt.plan_revision == plan_revision


def evolve(state: Execution, item: Stamped[ExecutionFact]) -> Execution:
    """Return the state after a fact."""
    fact = item.fact
    match fact:
        case MitigationExecutionStarted():
            return replace(
                state,
                ran={},
                completed=None,
                attempt=Attempt(
                    number=fact.attempt,
                    plan_revision=fact.plan_revision,
                    option_id=fact.option_id,
                    at=item.recordedtime,
                    version=item.version,
                ),
            )
        case MitigationCommandExecuted():
            return replace(state, ran={**state.ran, fact.seq: Ran(fact=fact, version=item.version)})
        case MitigationExecutionCompleted():
            completed = Completed(fact=fact, at=item.recordedtime, version=item.version)
            return replace(state, completed=completed)
        case MitigationPlanningReentered():
            return replace(state, reentered=item.version)
        case OutOfBandActionRecorded():
            violated = item.version if fact.kind == "execution" else state.violated
            return replace(state, out_of_band=state.out_of_band + 1, violated=violated)
        case _:
            assert_never(fact)
