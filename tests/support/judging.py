"""An incident that went through gates 1 and 2 on a real ledger, its export, and a forger with every key."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from application.engine import Engine
from application.export import export_ledger
from application.reading import place
from domain.context import Principal
from domain.decisions.commands import ApprovePlan, SignedStatement
from domain.execution.commands import StartExecution
from domain.facts import encode
from domain.gates.commands import EvaluateGate
from domain.moment import timestamp
from domain.notices.commands import AttestNotice
from domain.planning.commands import ProposePlan
from domain.planning.plan_hash import plan_sha256
from domain.severity.commands import ConfirmScope, ProposeSeverity
from domain.streams import is_incident
from ledger import keyorders
from ledger.attestation import Attestation, Decision, sign_decision
from ledger.event import Event
from ledger.note import VerifierKey, log_vkey
from ledger.signer import Ed25519Signer, Signer
from tallystick.home import Home
from tallystick.keychanges import Authority, record
from tallystick.keys import open_log_signer, open_recorder_signer
from tallystick.settings import load_settings
from tests.support.exports import content
from tests.support.forging import (
    Content,
    artifacts_of,
    entries_of,
    event_of,
    rechained,
    signed_by,
    with_entries,
)
from tests.support.playing import ALICE, BOB
from tests.support.use_cases import DECLARE, SteppingClock, do, open_home, open_one, publish
from verifier import Memory, Report, verify

BOB_KEY, OTHER_KEY = Ed25519Signer(b"\x18" * 32), Ed25519Signer(b"\x19" * 32)
PROPOSE = ProposeSeverity(severity="SEV-1", rationale="A third of payments fail.")
SCOPE = ConfirmScope(services=("checkout",), regulated_data=False, customer_notification=False)
TOLD = AttestNotice(roles=("incident_commander", "sre_on_call", "product_owner"), channel="meeting")
PLAN = ProposePlan(template="rollback", to_version="1.2.3")
APPROVE = ApprovePlan(revision=1, rationale="The version before ran well.")
DIAGNOSE = EvaluateGate(gate="mitigation", mode="relaxed", threshold="0.5")
TIGHTER = EvaluateGate(gate="severity", sla_s=60)

Change = Callable[[Event], Event | None]


@contextmanager
def a_ledger(home: Path) -> Iterator[tuple[Engine, SteppingClock]]:
    """Give a ledger on which p-bob has a key of his own, and its clock."""
    clock = SteppingClock()
    with open_home(home, clock) as engine:
        enrol(engine, home, BOB.id, BOB_KEY)
        yield engine, clock


def enrol(engine: Engine, home: Path, principal: str, key: Signer) -> None:
    """Let somebody sign decisions with a key."""
    record(
        engine,
        Home(home),
        lambda keys, roots: keyorders.enrol_actor(keys.head, principal, key, roots),
        Authority((), ()),
    )


def until_planned(engine: Engine, clock: SteppingClock) -> str:
    """Return an incident with a plan that is put to a decision."""
    stream = open_one(engine, principal=ALICE)
    for command in (DECLARE, PROPOSE, SCOPE, TOLD, PLAN):
        clock.forward(seconds=30)
        do(engine, command, stream, principal=ALICE)
    return stream


def decided(engine: Engine, clock: SteppingClock) -> str:
    """Return an incident that went all the way to execution, with verdicts of all modes on the way."""
    stream = until_planned(engine, clock)
    asked: tuple[tuple[Any, Principal], ...] = (
        (DIAGNOSE, ALICE),
        (TIGHTER, ALICE),
        (APPROVE, ALICE),
        (replace(APPROVE, attestation=signed(engine, stream, clock)), BOB),
        (StartExecution(), ALICE),
    )
    for command, who in asked:
        clock.forward(seconds=30)
        do(engine, command, stream, principal=who)
    return stream


def statement(engine: Engine, stream: str, clock: SteppingClock, **changes: str) -> Decision:
    """Return what p-bob states when he approves the plan in force, with ``changes``."""
    state = engine.states.incident(stream).state
    assert state.decision is not None
    assert state.planning.plan is not None
    lines = {
        "origin": engine.origin,
        "subject": stream,
        "decision": state.decision.decision_id,
        "object": f"plan:{plan_sha256(state.planning.plan.fact)}",
        "verdict": "approved",
        "principal": BOB.id,
        "issued": timestamp(clock.now),
        "expires": timestamp(clock.now + timedelta(minutes=10)),
    }
    return Decision(**{**lines, **changes})


def signed(
    engine: Engine, stream: str, clock: SteppingClock, key: Signer = BOB_KEY, **changes: str
) -> SignedStatement:
    """Return p-bob's approval of the plan in force with a signature of his own."""
    return told(sign_decision(statement(engine, stream, clock, **changes), key))


def told(attestation: Attestation) -> SignedStatement:
    """Return a signature as a command carries it."""
    return SignedStatement(statement=attestation.statement, signature=attestation.signature)


class Judged(msgspec.Struct, frozen=True):
    """An export of a ledger, the keys that made it, and the auditor's."""

    content: Content
    origin: str
    recorder: Signer
    log: Signer

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that is recorded, in order."""
        return tuple(map(event_of, entries_of(self.content)))

    @property
    def pinned(self) -> tuple[VerifierKey, ...]:
        """What the auditor has pinned."""
        return (log_vkey(self.origin, self.log.public_key),)

    def report(self, forged: Content | None = None) -> Report:
        """Return the report on the export, or on a forgery of it."""
        return verify(Memory(self.content if forged is None else forged), log_keys=self.pinned)

    def forged(self, change: Change, *more: tuple[str, Event]) -> Content:
        """Return what somebody with all the keys makes of it: every fact of an incident changed at will.

        ``more`` are events to put behind the one with the id before it.
        """
        items: list[Event | bytes] = []
        behind = dict(more)
        for entry in entries_of(self.content):
            event = event_of(entry)
            changed = change(event) if is_incident(event.subject) else entry
            items += [] if changed is None else [changed]
            while (event_id := event.id) in behind:
                event = behind[event_id]
                items.append(event)
        entries = rechained(items, self.recorder, self.origin)
        others = {path: data for path, data in self.content.items() if not path.startswith("artifacts/")}
        return signed_by(with_entries({**others, **artifacts_of(entries)}, entries), self.log, self.origin)

    def position(self, kind: str, number: int = -1) -> int:
        """Return where the last fact of a type stands, or the one with a number."""
        return [at for at, event in enumerate(self.events) if event.type == kind][number]


def judged_export(home: Path, out: Path, act: Callable[[Engine, SteppingClock], object] = decided) -> Judged:
    """Return the export of a new ledger on which ``act`` has happened."""
    with a_ledger(home) as (engine, clock):
        act(engine, clock)
        publish(engine, home)
        newest = engine.store.newest_publication()
        assert newest is not None
        export_ledger(engine.store, engine.blobs, out, checkpoint=newest, vkey=engine.vkey)
        settings = load_settings(home=home)
        return Judged(content(out), engine.origin, open_recorder_signer(settings), open_log_signer(settings))


def with_fact(kind: str, number: int = -1, **changes: Any) -> Callable[[Judged], Change]:
    """Return how a forger changes fields of one fact of a type, the last by default."""

    def of(judged: Judged) -> Change:
        target = judged.events[judged.position(kind, number)]
        return partial(_changed, target.id, changes)

    return of


def _changed(wanted: str, changes: dict[str, Any], event: Event) -> Event:
    if event.id != wanted:
        return event
    fact: Any = place(event, 0, "").fact
    return replace(event, data=encode(replace(fact, **changes)))
