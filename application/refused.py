"""Refusals that are on record, also when the same request is sent again (R-WF-32, design section 11)."""

from __future__ import annotations

import msgspec

from application.deciding import full_context
from application.engine import Engine
from application.reading import recorded
from application.states import Folded
from domain import incident
from domain.commands import Command
from domain.context import Context
from domain.execution.commands import StartExecution
from domain.gates.commands import RequestWaiver
from domain.incident_state import fold
from domain.moment import instant
from domain.planning.commands import ProposePlan
from domain.refusal import OnRecord, Refusal
from ledger.append import Receipt

ON_RECORD = (StartExecution, RequestWaiver, ProposePlan)
"""The commands whose refusal may be recorded."""


class Refused(msgspec.Struct, frozen=True):
    """The rules refused a command, and what that left on record."""

    refusal: Refusal
    receipt: Receipt


def replayed_refusal(engine: Engine, receipt: Receipt, command: Command, context: Context) -> Refused | None:
    """Return the refusal that an earlier request of the same command met, None if it was not refused.

    Deciding is pure, so the state that it was decided on, and the time, give the same answer again.
    """
    if not isinstance(command, ON_RECORD):
        return None
    first = receipt.rows[0]
    before = engine.store.stream_rows(first.stream, 0, first.version - 1) if first.version > 1 else ()
    state = fold(recorded(row) for row in before)
    then = msgspec.structs.replace(context, now=instant(recorded(first).recordedtime))
    told = full_context(engine, then, Folded(first.version - 1, state), command)
    answer = incident.decide(state, command, told)
    return Refused(answer.refusal, receipt) if isinstance(answer, OnRecord) else None
