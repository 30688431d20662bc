"""Evidence read again and compared, on record before a decision rests on it (R-GATE-51, R-GATE-56)."""

from __future__ import annotations

from collections.abc import Mapping

from application.contexts import fresh_context, full_context
from application.engine import Engine
from application.evidence import condition
from application.insisting import insisting
from application.recording import Decided, Item, Recording, record
from application.states import Folded
from application.steps import Steps
from application.vault_reader import Opened
from domain import incident
from domain.comparing import comparable
from domain.context import Context, Principal
from domain.incident import Incident
from domain.incident_facts import IncidentFact
from domain.own_commands import RecordVerification
from domain.prose import BlobRef, SealedRef
from domain.recorded_at import recorded_at
from domain.refusal import OnRecord, Refusal
from domain.rootcause.facts import Found

KEEPER = Principal(id="p-keeper", type="system")

Moved = tuple[int, int]
"""The version of a stream before something was recorded, and after it."""


def compare_evidence(engine: Engine, stream: str) -> Steps[Moved | None]:
    """Put on record what is stored of an incident's evidence, as far as that is news.

    Returns the versions around what was recorded, None where there was nothing new. Raises `StoreBusy` when
    others were first time and again, and what `record` and the blobs raise.
    """
    context = fresh_context(engine, KEEPER)
    return (yield from insisting(engine, lambda: _attempt(engine, stream, context)))


def compared(
    engine: Engine, folded: Folded[Incident], context: Context
) -> Steps[tuple[tuple[IncidentFact, ...], Context]]:
    """Return what a comparison of an incident's evidence would record now, and what it was decided with."""
    refs = comparable(folded.state)
    if not refs:
        return (), context
    found: Mapping[str, Found] = yield engine.disk.submit(_found, engine, refs)
    command = RecordVerification(found=tuple(found.items()))
    told = full_context(engine, context, folded, command)
    facts = incident.decide(folded.state, command, told)
    if isinstance(facts, Refusal | OnRecord):
        raise AssertionError(f"a comparison was refused: {facts}")
    return facts, told


def _attempt(engine: Engine, stream: str, context: Context) -> Steps[Moved | None]:
    folded = engine.states.incident(stream)
    facts, told = yield from compared(engine, folded, context)
    if not facts:
        return None
    items = tuple(Item(fact=fact, id=engine.new_id(), incident=stream) for fact in facts)
    at = recorded_at(folded.state, told)
    part = Decided(stream=stream, version=folded.version, items=items, at=at)
    yield from record(engine, Recording(parts=(part,), principal=KEEPER, roles=(), now=told.now))
    return folded.version, folded.version + len(items)


def _found(engine: Engine, refs: Mapping[str, SealedRef | BlobRef]) -> Mapping[str, Found]:
    return {name: _one(engine, ref) for name, ref in refs.items()}


def _one(engine: Engine, ref: SealedRef | BlobRef) -> Found:
    if isinstance(ref, BlobRef):
        return condition(ref, engine.blobs)
    held = engine.vault.examine((ref.c,)).get(ref.c)
    if held is None:
        return "missing"
    return "ok" if isinstance(held, Opened) else "damaged"
