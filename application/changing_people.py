"""A change of the directory: load, decide, record. A token is drawn here, told once, recorded as a hash."""

from __future__ import annotations

import msgspec

from application.engine import Engine
from application.people_asks import Ask, command_of
from application.people_view import named
from application.reading import recorded
from application.recording import Decided, Item, Recording, record
from application.repeating import Idempotency, command_row, earlier
from application.steps import Steps
from application.tokens import new_token, token_digest
from domain import people
from domain.authority import administers
from domain.context import IDS_NEEDED, Context, Principal
from domain.people_commands import PeopleCommand
from domain.people_facts import STREAM, PersonAdded, PersonChanged, TokenIssued, TokenRevoked
from domain.refusal import Refusal
from domain.role_facts import RoleGranted, RoleRevoked
from ledger.append import Receipt
from ledger.errors import StoreBusy, VersionConflict

ATTEMPTS = 32
"""How often a command is decided anew when other processes are first."""

ISSUE = "issue-token"


class PeopleRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Something asked of the directory by ``principal``."""

    ask: Ask
    principal: Principal
    idempotency: Idempotency | None = None


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """What was recorded about ``person``; ``token`` is told in the first answer and in no other."""

    receipt: Receipt
    person: str
    token_id: str | None = None
    token: str | None = None


def change_people(engine: Engine, request: PeopleRequest) -> Steps[Changed | Refusal]:
    """Return what was recorded, or why the rules refuse it.

    An idempotency key is looked up before anything is decided. Raises `IdempotencyReused`, `StoreBusy` when
    others were first time and again, and what `record` raises.
    """
    if (before := earlier(engine, request.principal, request.idempotency)) is not None:
        return _changed(engine, before, None)
    # Before anybody is looked for: who may not, learns nothing of who is in the directory.
    role = administers(request.ask.action, request.principal)
    if isinstance(role, Refusal):
        return role
    person = yield from _person(engine, request.ask)
    if isinstance(person, Refusal):
        return person
    token = new_token() if request.ask.action == ISSUE else None
    digest = {} if token is None else {"digest": token_digest(token).hex()}
    command = command_of(request.ask, person, **digest)
    steps = _decide_and_record(engine, request, command, role)
    outcome = yield from engine.turns.during((STREAM,), steps)
    return outcome if isinstance(outcome, Refusal) else _changed(engine, outcome, token)


def _person(engine: Engine, ask: Ask) -> Steps[str | Refusal]:
    """Return the principal who is meant; names lie in the vault, so a thread looks for them."""
    if ask.who is None:
        return ""
    if ask.who in engine.people.current().state.people:
        return ask.who
    found: str | Refusal = yield engine.disk.submit(named, engine, ask.who)
    return found


def _decide_and_record(
    engine: Engine, request: PeopleRequest, command: PeopleCommand, role: str
) -> Steps[Receipt | Refusal]:
    context = Context(
        principal=request.principal,
        now=engine.clock(),
        ids=tuple(engine.new_id() for _ in range(IDS_NEEDED)),
    )
    conflict: VersionConflict | None = None
    for _ in range(ATTEMPTS):
        # In this order: a directory that shows what the same request did comes after its key.
        folded = engine.people.current()
        if (before := earlier(engine, request.principal, request.idempotency)) is not None:
            return before
        facts = people.decide(folded.state, command, context)
        if isinstance(facts, Refusal):
            return facts
        items = tuple(Item(fact=fact, id=engine.new_id()) for fact in facts)
        recording = Recording(
            parts=(Decided(stream=STREAM, version=folded.version, items=items),),
            principal=request.principal,
            roles=(role,),
            now=context.now,
            command=command_row(request.principal, request.idempotency),
        )
        try:
            return (yield from record(engine, recording))
        except VersionConflict as e:
            conflict = e
    raise StoreBusy(f"{conflict}; others were first {ATTEMPTS} times, nothing was recorded") from conflict


def _changed(engine: Engine, receipt: Receipt, token: str | None) -> Changed:
    fact = recorded(receipt.rows[0]).fact
    match fact:
        case TokenIssued():
            # Where another request was first, what was drawn for this one opens nothing.
            told = None if receipt.replayed else token
            return Changed(receipt=receipt, person=fact.principal, token_id=fact.token_id, token=told)
        case TokenRevoked():
            tokens = engine.people.current().state.tokens.values()
            person = next(known.principal for known in tokens if known.token_id == fact.token_id)
            return Changed(receipt=receipt, person=person, token_id=fact.token_id)
        case PersonAdded() | PersonChanged() | RoleGranted() | RoleRevoked():
            return Changed(receipt=receipt, person=fact.principal)
        case _:
            raise TypeError(f"expected a fact of stream {STREAM}, found {type(fact).__name__}")
