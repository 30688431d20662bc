"""The incident: one state machine, decided command by command (R-TRN, R-WF).

`decide` asks the decider of the command's noun (`domain.actions`), then adds what follows necessarily
(`domain.consequences`). Facts are always recordable, transitions are guarded (R-WF-02).
"""

from __future__ import annotations

from domain.actions import Decision, decided
from domain.authority import role_for
from domain.commands import ACTIONS, Command
from domain.consequences import follow
from domain.context import Context
from domain.foreseen import after
from domain.incident_facts import IncidentFact
from domain.incident_state import NOTHING, Incident, accepts_signals, evolve, fold
from domain.intake.attaching import attach, clear
from domain.intake.linking import absorb, mirror
from domain.intake.opening import open_candidate
from domain.notices.notifying import record_delivery
from domain.own_commands import (
    AbsorbIncident,
    AttachSignal,
    CheckTimers,
    ClearSignal,
    MirrorLink,
    OpenCandidate,
    RecordDelivery,
    RecordVerification,
)
from domain.refusal import OnRecord, Refusal
from domain.rootcause.capturing import record_verification
from domain.severity.escalating import on_signal, on_time

MachineCommand = (
    OpenCandidate
    | AttachSignal
    | ClearSignal
    | CheckTimers
    | RecordDelivery
    | RecordVerification
    | AbsorbIncident
    | MirrorLink
)
IncidentCommand = Command | MachineCommand

MOST = 64
"""More rounds of consequences than any command can have; beyond it a rule repeats itself."""

__all__ = [
    "NOTHING",
    "Incident",
    "IncidentCommand",
    "accepts_signals",
    "after",
    "decide",
    "evolve",
    "fold",
]


def decide(state: Incident, command: IncidentCommand, context: Context) -> Decision:
    """Return the facts that ``command`` adds, none if it adds nothing new, or why it is refused."""
    answer = _answered(state, command, context)
    # Alerts and links decide nothing, so no rule follows from them that needs a policy.
    quiet = isinstance(command, OpenCandidate | AttachSignal | ClearSignal | AbsorbIncident | MirrorLink)
    if isinstance(answer, Refusal) or not answer:
        return answer
    if quiet and isinstance(answer, tuple):
        # That an alert says more than people agreed on, though, they are asked about at once (R-SVC-10).
        return (*answer, *on_signal(after(state, answer, context))) if state.severity.agreed else answer
    if isinstance(answer, OnRecord):
        return OnRecord(refusal=answer.refusal, facts=_with_consequences(state, answer.facts, context))
    return _with_consequences(state, answer, context)


def _with_consequences(
    state: Incident, facts: tuple[IncidentFact, ...], context: Context
) -> tuple[IncidentFact, ...]:
    return (*facts, *consequences(after(state, facts, context), context))


def consequences(state: Incident, context: Context) -> tuple[IncidentFact, ...]:
    """Return everything that follows from ``state``, in order."""
    found: list[IncidentFact] = []
    for _ in range(MOST):
        more = follow(state, context)
        if not more:
            return tuple(found)
        found += more
        state = after(state, more, context)
    raise AssertionError(f"consequences: expected an end, found {type(found[-1]).__name__} again and again")


def _answered(  # noqa: PLR0911  # one line a command of our own
    state: Incident, command: IncidentCommand, context: Context
) -> Decision:
    match command:
        case OpenCandidate():
            return open_candidate(state, command, context)
        case AttachSignal():
            return attach(state, command, context)
        case ClearSignal():
            return clear(state, command, context)
        case CheckTimers():
            return on_time(state, context)
        case RecordDelivery():
            return record_delivery(state, command)
        case RecordVerification():
            return record_verification(state, command)
        case AbsorbIncident():
            return absorb(state, command, context)
        case MirrorLink():
            return mirror(state, command, context)
        case _:
            action = ACTIONS[type(command)]
            role = role_for(action, state.crew, context.principal)
            return role if isinstance(role, Refusal) else decided(action, state, command, context)
