"""A person's or program's command on an incident: load, decide, record."""

from __future__ import annotations

import msgspec

from application.attaching import attach_alert
from application.attesting import attested
from application.comparing import compare_evidence
from application.contexts import fresh_context, full_context
from application.documents import documents_for
from application.engine import Engine
from application.linking import decide_both, other_of
from application.recording import Decided, Item, Recording, record
from application.repeating import Idempotency, command_row, earlier
from application.replaying import Refused, replayed_refusal
from application.states import Folded
from application.steps import Steps
from application.upload_check import stored_blobs, unfit_upload
from domain import incident
from domain.actions import TABLE
from domain.authority import role_for
from domain.commands import ACTIONS, Command
from domain.comparing import compares_first
from domain.context import Context, Principal
from domain.documents import NOT_RENDERED
from domain.incident import Incident
from domain.intake.commands import AttachAlert, LinkIncident, MergeIncident
from domain.recorded_at import recorded_at
from domain.refusal import OnRecord, Refusal
from domain.streams import manual_stream
from ledger.append import Receipt
from ledger.errors import StoreBusy, VersionConflict

ATTEMPTS = 32
"""How often a command is decided anew when others are first."""

Outcome = Receipt | Refusal | Refused
"""What became of a command: recorded, refused, or refused with the refusal on record."""


class ActRequest(msgspec.Struct, frozen=True, kw_only=True):
    """One command; ``stream`` is None for `open`, ``expected`` the version the caller has seen."""

    command: Command
    stream: str | None
    principal: Principal
    expected: int | None = None
    idempotency: Idempotency | None = None


class Parts(msgspec.Struct, frozen=True):
    """What was decided, stream by stream, and the refusal if this is the record of one."""

    decided: tuple[Decided, ...]
    refusal: Refusal | None = None


def act(engine: Engine, request: ActRequest) -> Steps[Outcome]:
    """Return the receipt of what the command recorded, or why the rules refuse it.

    An idempotency key is looked up before the version is compared, so that a client which lost
    the answer gets it again. Raises `VersionConflict` when ``expected`` does not hold,
    `IdempotencyReused`, `StoreBusy` when others were first time and again, and what `record` raises.
    """
    stream = request.stream or manual_stream(engine.new_id())
    other = yield from other_of(engine, request.command, stream, request.principal)
    streams = (stream,) if other is None else (stream, other)
    request = yield from _with_comparison(engine, request, stream)
    return (yield from engine.turns.during(streams, _decide_and_record(engine, request, stream, other)))


def _decide_and_record(engine: Engine, request: ActRequest, stream: str, other: str | None) -> Steps[Outcome]:
    context = fresh_context(engine, request.principal)
    conflict: VersionConflict | None = None
    for _ in range(ATTEMPTS):
        # In this order: a state that shows what the same request did comes after its key.
        folded = engine.states.incident(stream)
        if (before := earlier(engine, request.principal, request.idempotency)) is not None:
            return replayed_refusal(engine, before, request.command, context) or before
        if request.expected is not None and request.expected != folded.version:
            raise VersionConflict(stream, request.expected, folded.version)
        unfit = yield from _unfit_upload(engine, stream, request.command)
        if unfit is not None:
            return unfit
        told = full_context(engine, context, folded, request.command, other)
        parts = yield from decided(engine, request.command, stream, folded, told)
        if isinstance(parts, Refusal) and parts.code == NOT_RENDERED:
            # Only now: a document takes time to make, and whoever may not ask for it shall not have it made.
            documents = yield from documents_for(engine, stream, folded.version, request.command)
            told = msgspec.structs.replace(told, documents=documents)
            parts = yield from decided(engine, request.command, stream, folded, told)
        if isinstance(parts, Refusal):
            return parts
        try:
            receipt = yield from record(engine, _recording(request, folded.state, told, parts))
        except VersionConflict as e:
            conflict = e
        else:
            return receipt if parts.refusal is None else Refused(parts.refusal, receipt)
    raise StoreBusy(f"{conflict}; others were first {ATTEMPTS} times, nothing was recorded") from conflict


def _with_comparison(engine: Engine, request: ActRequest, stream: str) -> Steps[ActRequest]:
    """Have evidence compared where the command is decided by it; the caller has seen what came before."""
    if not compares_first(request.command):
        return request
    state, action = engine.states.incident(stream).state, ACTIONS[type(request.command)]
    may = not isinstance(role_for(action, state.crew, request.principal), Refusal)
    if not may or state.state not in TABLE[action].states:
        return request
    moved = yield from compare_evidence(engine, stream)
    if moved is None or request.expected != moved[0]:
        return request
    return msgspec.structs.replace(request, expected=moved[1])


def _unfit_upload(engine: Engine, stream: str, command: Command) -> Steps[Refusal | None]:
    if next(stored_blobs(command), None) is None:
        return None
    refusal: Refusal | None = yield engine.disk.submit(unfit_upload, engine, stream, command)
    return refusal


def decided(
    engine: Engine, command: Command, stream: str, folded: Folded[Incident], context: Context
) -> Steps[Parts | Refusal]:
    """Return what a command comes to on this state, or why the rules refuse it; nothing is recorded."""
    if isinstance(command, AttachAlert):
        attached = yield from attach_alert(engine, command, stream, folded, context)
        return attached if isinstance(attached, Refusal) else Parts(attached)
    if isinstance(command, MergeIncident | LinkIncident) and context.other is not None:
        both = decide_both(engine, command, stream, folded, context)
        return both if isinstance(both, Refusal) else Parts(both)
    answer = incident.decide(folded.state, command, context)
    if isinstance(answer, Refusal):
        return answer
    facts, refusal = (answer.facts, answer.refusal) if isinstance(answer, OnRecord) else (answer, None)
    keys = attested(engine, stream, folded.state, facts, context)
    if isinstance(keys, Refusal):
        return keys
    items = tuple(Item(fact=fact, id=engine.new_id(), incident=stream) for fact in facts)
    at = recorded_at(folded.state, context)
    return Parts((*keys, Decided(stream=stream, version=folded.version, items=items, at=at)), refusal)


def _recording(request: ActRequest, state: Incident, context: Context, parts: Parts) -> Recording:
    role = role_for(ACTIONS[type(request.command)], state.crew, request.principal)
    return Recording(
        parts=parts.decided,
        principal=request.principal,
        roles=() if isinstance(role, Refusal) else (role,),
        now=context.now,
        command=command_row(request.principal, request.idempotency),
    )
