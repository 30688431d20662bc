"""What the passing of time alone makes due in incidents: looked for now and then (R-AUT-63).

A look finds candidates in the list of incidents, which may lag; what is recorded is decided anew from the
incident's own facts, and only at the version that they were read at. So several processes may look at once,
and any of them may die between any two steps: whoever looks next finds it due still, or answered.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator

import structlog

from application.contexts import fresh_context, full_context
from application.engine import Engine
from application.insisting import insisting
from application.recording import Decided, Item, Recording, record
from application.steps import Steps, run
from domain import incident
from domain.context import Context, Principal
from domain.moment import timestamp
from domain.own_commands import CheckTimers
from domain.recorded_at import recorded_at
from domain.refusal import OnRecord, Refusal
from domain.severity.escalating import due_at
from ledger.append import Receipt
from projections.incident_list import Row

SCHEDULER = Principal(id="p-scheduler", type="system", roles=("scheduler",))
EVERY_S = 15.0
PAGE = 100
log = structlog.get_logger(__name__)


class Timers:
    """Looks at the incidents that are not over."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def look(self, stop: threading.Event | None = None) -> int:
        """Return in how many incidents something was recorded; until ``stop``.

        An error in one incident is reported, and does not keep the others waiting.
        """
        recorded = 0
        for row in self._unresolved():
            if self._engine.writer.refusal is not None or (stop and stop.is_set()):
                break
            try:
                if self._is_due(row) and run(check_timers(self._engine, row.stream)) is not None:
                    recorded += 1
            except Exception:  # whatever it is, the next look tries again
                log.exception("the timers of an incident are not looked at", stream=row.stream)
        return recorded

    def _unresolved(self) -> Iterator[Row]:
        # A page at a time: however many incidents are open, few are in memory.
        number = 0
        while rows := self._engine.index.unresolved(number, PAGE):
            yield from rows
            number = rows[-1].number

    def _is_due(self, row: Row) -> bool:
        """Return whether it is worth to load the incident; the decision does not rest on it."""
        policy = self._engine.shelf.get(row.policy_sha256).severity.auto_escalate
        due = due_at(row.assessment, row.standing, policy)
        return due is not None and due <= timestamp(self._engine.clock())


def check_timers(engine: Engine, stream: str) -> Steps[Receipt | None]:
    """Return the receipt of what time has made due in an incident, with all that follows; None if nothing is.

    Raises `StoreBusy` when others were first time and again, and what `record` raises.
    """
    context = fresh_context(engine, SCHEDULER)
    return (yield from insisting(engine, lambda: _attempt(engine, stream, context)))


def run_timers(timers: Timers, stop: threading.Event) -> None:
    """Look every few seconds until ``stop``; an error is reported and the next look tries again."""
    while not stop.wait(EVERY_S):
        try:
            timers.look(stop)
        except Exception:  # whatever it is, a thread that ends in silence helps nobody
            log.exception("timers failed")


def _attempt(engine: Engine, stream: str, context: Context) -> Steps[Receipt | None]:
    folded, command = engine.states.incident(stream), CheckTimers()
    told = full_context(engine, context, folded, command)
    facts = incident.decide(folded.state, command, told)
    if isinstance(facts, Refusal | OnRecord):
        raise AssertionError(f"{stream}: its timers were refused: {facts}")
    if not facts:
        return None
    items = tuple(Item(fact=fact, id=engine.new_id(), incident=stream) for fact in facts)
    part = Decided(stream=stream, version=folded.version, items=items, at=recorded_at(folded.state, told))
    recording = Recording(parts=(part,), principal=SCHEDULER, roles=SCHEDULER.roles, now=told.now)
    return (yield from record(engine, recording))
