"""A person's or program's command on an incident: load, decide, record."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Future
from typing import Any

import msgspec

from application.engine import Engine
from application.recording import Decided, Recording, record
from domain import incident
from domain.authority import role_for
from domain.commands import COMMANDS, AttachAlert, Command
from domain.context import IDS_NEEDED, Context, Principal
from domain.refusal import Refusal
from domain.streams import manual_stream
from ledger.append import Receipt
from ledger.errors import IdempotencyReused, VersionConflict
from ledger.store.contract import CommandRow

ATTEMPTS = 8
"""How often a command without an expected version is decided anew when other processes are first."""

ACTIONS = {kind: name for name, kind in COMMANDS.items()}


class Idempotency(msgspec.Struct, frozen=True):
    """A key that a principal chose for one request, and the SHA-256 of that request."""

    key: str
    request_hash: bytes


class ActRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One command; ``stream`` is None for `open`, ``expected`` the version the caller has seen."""

    command: Command
    stream: str | None
    principal: Principal
    expected: int | None = None
    idempotency: Idempotency | None = None


Acting = Generator["Future[Any]", Any, Receipt | Refusal]


def act(engine: Engine, request: ActRequest) -> Acting:
    """Return the receipt of what the command recorded, or why the rules refuse it.

    An idempotency key is looked up before the version is compared, so that a client which lost
    the answer gets it again. Raises `VersionConflict`, `IdempotencyReused` and what `record` raises.
    """
    earlier = _earlier(engine, request)
    if earlier is not None:
        return earlier
    stream = request.stream or manual_stream(engine.new_id())
    turn = engine.turns.take(stream)
    try:
        yield turn
        return (yield from _decide_and_record(engine, request, stream))
    finally:
        engine.turns.done(stream, turn)


def _decide_and_record(engine: Engine, request: ActRequest, stream: str) -> Acting:
    context = _context(engine, request)
    event_ids: tuple[str, ...] = ()
    for attempt in range(ATTEMPTS):
        folded = engine.states.incident(stream)
        if request.expected is not None and request.expected != folded.version:
            raise VersionConflict(stream, request.expected, folded.version)
        facts = incident.decide(folded.state, request.command, context)
        if isinstance(facts, Refusal):
            return facts
        event_ids += tuple(engine.new_id() for _ in facts[len(event_ids) :])
        part = Decided(
            stream=stream,
            version=folded.version,
            facts=facts,
            ids=event_ids[: len(facts)],
            incident=stream,
        )
        try:
            return (yield from record(engine, _recording(request, context, part)))
        except VersionConflict:
            if request.expected is not None or attempt + 1 == ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")


def _earlier(engine: Engine, request: ActRequest) -> Receipt | None:
    asked = request.idempotency
    if asked is None or (found := engine.store.command(request.principal.id, asked.key)) is None:
        return None
    if found.request_hash != asked.request_hash:
        raise IdempotencyReused(asked.key)
    return Receipt(tuple(engine.store.rows(found.first, found.count)), replayed=True)


def _context(engine: Engine, request: ActRequest) -> Context:
    command = request.command
    return Context(
        principal=request.principal,
        now=engine.clock(),
        ids=tuple(engine.new_id() for _ in range(IDS_NEEDED)),
        policies=engine.policies,
        profile=engine.profile,
        signal=engine.states.alert(command.alert).state.latest if isinstance(command, AttachAlert) else None,
    )


def _recording(request: ActRequest, context: Context, part: Decided) -> Recording:
    role = role_for(ACTIONS[type(request.command)], request.principal)
    return Recording(
        parts=(part,),
        principal=request.principal,
        roles=() if isinstance(role, Refusal) else (role,),
        now=context.now,
        command=_command_row(request),
    )


def _command_row(request: ActRequest) -> CommandRow | None:
    asked = request.idempotency
    if asked is None:
        return None
    return CommandRow(principal=request.principal.id, key=asked.key, request_hash=asked.request_hash)
