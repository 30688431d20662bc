"""A person's or program's command on an incident: load, decide, record."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from application.attaching import attach_alert
from application.engine import Engine
from application.recording import Decided, Item, Recording, record
from application.repeating import Idempotency, command_row, earlier
from application.states import Folded
from application.steps import Steps
from domain import incident
from domain.authority import role_for
from domain.commands import COMMANDS, AttachAlert, Command
from domain.context import IDS_NEEDED, Context, Principal
from domain.incident import Incident
from domain.refusal import Refusal
from domain.streams import manual_stream
from ledger.append import Receipt
from ledger.errors import StoreBusy, VersionConflict

ATTEMPTS = 32
"""How often a command is decided anew when others are first."""

ACTIONS = {kind: name for name, kind in COMMANDS.items()}


class ActRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One command; ``stream`` is None for `open`, ``expected`` the version the caller has seen."""

    command: Command
    stream: str | None
    principal: Principal
    expected: int | None = None
    idempotency: Idempotency | None = None


def act(engine: Engine, request: ActRequest) -> Steps[Receipt | Refusal]:
    """Return the receipt of what the command recorded, or why the rules refuse it.

    An idempotency key is looked up before the version is compared, so that a client which lost
    the answer gets it again. Raises `VersionConflict` when ``expected`` does not hold,
    `IdempotencyReused`, `StoreBusy` when others were first time and again, and what `record` raises.
    """
    stream = request.stream or manual_stream(engine.new_id())
    return (yield from engine.turns.during((stream,), _decide_and_record(engine, request, stream)))


def _decide_and_record(engine: Engine, request: ActRequest, stream: str) -> Steps[Receipt | Refusal]:
    context = _context(engine, request)
    conflict: VersionConflict | None = None
    for _ in range(ATTEMPTS):
        # In this order: a state that shows what the same request did comes after its key.
        folded = engine.states.incident(stream)
        if (before := earlier(engine, request.principal, request.idempotency)) is not None:
            return before
        if request.expected is not None and request.expected != folded.version:
            raise VersionConflict(stream, request.expected, folded.version)
        parts = yield from _decided(engine, request.command, stream, folded, context)
        if isinstance(parts, Refusal):
            return parts
        try:
            return (yield from record(engine, _recording(request, context, parts)))
        except VersionConflict as e:
            conflict = e
    raise StoreBusy(f"{conflict}; others were first {ATTEMPTS} times, nothing was recorded") from conflict


def _decided(
    engine: Engine, command: Command, stream: str, folded: Folded[Incident], context: Context
) -> Steps[tuple[Decided, ...] | Refusal]:
    if isinstance(command, AttachAlert):
        return (yield from attach_alert(engine, command, stream, folded, context))
    facts = incident.decide(folded.state, command, context)
    if isinstance(facts, Refusal):
        return facts
    items = tuple(Item(fact=fact, id=engine.new_id(), incident=stream) for fact in facts)
    return (Decided(stream=stream, version=folded.version, items=items),)


def _context(engine: Engine, request: ActRequest) -> Context:
    return Context(
        principal=request.principal,
        now=engine.clock(),
        ids=tuple(engine.new_id() for _ in range(IDS_NEEDED)),
        policies=engine.policies,
        profile=engine.profile,
    )


def _recording(request: ActRequest, context: Context, parts: Sequence[Decided]) -> Recording:
    role = role_for(ACTIONS[type(request.command)], request.principal)
    return Recording(
        parts=tuple(parts),
        principal=request.principal,
        roles=() if isinstance(role, Refusal) else (role,),
        now=context.now,
        command=command_row(request.principal, request.idempotency),
    )
