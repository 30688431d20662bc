"""Attempts and what happened outside the process, folded."""

from __future__ import annotations

from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.execution.facts import ExecutionFact, MitigationExecutionStarted, OutOfBandActionRecorded
from domain.recorded import Stamped


class Attempt(Struct, frozen=True, kw_only=True):
    """An execution that began, in ``version`` of the stream."""

    number: int
    plan_revision: int
    option_id: str
    at: str
    version: int


class Execution(Struct, frozen=True, kw_only=True):
    """The state of execution; ``violated`` is the version of the latest execution outside the process."""

    attempt: Attempt | None = None
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
                attempt=Attempt(
                    number=fact.attempt,
                    plan_revision=fact.plan_revision,
                    option_id=fact.option_id,
                    at=item.recordedtime,
                    version=item.version,
                ),
            )
        case OutOfBandActionRecorded():
            violated = item.version if fact.kind == "execution" else state.violated
            return replace(state, out_of_band=state.out_of_band + 1, violated=violated)
        case _:
            assert_never(fact)
