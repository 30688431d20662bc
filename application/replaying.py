"""Refusals that are on record, also when the same request is sent again (R-WF-32, design section 11)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from application.contexts import full_context
from application.engine import Engine
from application.reading import recorded
from application.states import Folded
from domain import incident
from domain.commands import Command
from domain.context import Context
from domain.execution.commands import StartExecution
from domain.execution.facts import MitigationExecutionStarted
from domain.gates.commands import RequestWaiver
from domain.gates.facts import GateWaiverRequested
from domain.incident_state import fold
from domain.moment import instant
from domain.planning.commands import ProposePlan
from domain.planning.facts import MitigationPlanProposed
from domain.refusal import OnRecord, Refusal
from ledger.append import Receipt

ON_RECORD: Mapping[type, tuple[type, str]] = {
    StartExecution: (MitigationExecutionStarted, "SAFETY_PRECONDITION_UNMET"),
    RequestWaiver: (GateWaiverRequested, "WAIVER_NOT_PERMITTED"),
    ProposePlan: (MitigationPlanProposed, "GATE_NOT_PASSED"),
}
"""The commands whose refusal may be recorded: the fact without which it is one, and the usual code of it."""


class Refused(msgspec.Struct, frozen=True):
    """The rules refused a command, and what that left on record."""

    refusal: Refusal
    receipt: Receipt


def replayed_refusal(engine: Engine, receipt: Receipt, command: Command, context: Context) -> Refused | None:
    """Return the refusal that an earlier request of the same command met, None if it was not refused.

    The facts say whether it was. Why, deciding says, which is pure: the state that it was decided on, the
    time and the roles that counted then give the same answer again, whatever the principal may do by now.
    """
    if type(command) not in ON_RECORD:
        return None
    granted, code = ON_RECORD[type(command)]
    facts = [recorded(row) for row in receipt.rows]
    if any(isinstance(item.fact, granted) for item in facts):
        return None
    first = facts[0]
    before = engine.store.stream_rows(first.stream, 0, first.version - 1) if first.version > 1 else ()
    state = fold(recorded(row) for row in before)
    asker = msgspec.structs.replace(context.principal, roles=first.authroles)
    then = msgspec.structs.replace(context, now=instant(first.recordedtime), principal=asker)
    told = full_context(engine, then, Folded(first.version - 1, state), command)
    answer = incident.decide(state, command, told)
    if isinstance(answer, OnRecord):
        return Refused(answer.refusal, receipt)
    # Rules that changed since would decide otherwise; it stays refused.
    message = "this was refused before; what was recorded says why"
    return Refused(answer if isinstance(answer, Refusal) else Refusal(code=code, message=message), receipt)
