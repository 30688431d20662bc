"""Finds conditions that have flapped and are quiet now, where no further message comes to say so.

*Killed before the append: the condition flaps as before, and whoever looks next finds it. Killed after it:
each end of flapping is looked at once more, here or after the next start, for an incident to which somebody
attached the alert meanwhile.* Two processes may look at once: the append of one finds the stream moved, and
it has nothing left to do.
"""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import msgspec
import structlog

from application.engine import Engine
from application.insisting import insisting
from application.late_ends import untold
from application.reading import BATCH, RecordedFact, recorded
from application.recording import Decided, Recording, record
from application.signal_routing import Ended, Routing
from application.steps import Steps, run
from domain.alert_facts import FlappingEnded, FlappingStarted
from domain.context import Context, Principal
from domain.facts import NAMES
from domain.flapping import settles_at
from domain.moment import instant
from ledger.errors import IntegrityError
from ledger.store.contract import Row

EVERY_S = 3.0
MOST = 200
"""How many conditions are looked at before the others, and the end of the process, get their turn."""

SETTLING = Principal(id="p-settling", type="system")
TYPES = (NAMES[FlappingStarted], NAMES[FlappingEnded])

log = structlog.get_logger(__name__)


class _Watched(msgspec.Struct, frozen=True):
    """A condition to look at, not before ``due``; ``ended`` is the event that says that it flaps no more."""

    due: datetime
    ended: str | None = None


class Settling:
    """The conditions of one ledger that flap; one thread at a time uses it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._reached = 0
        self._watched: dict[str, _Watched] = {}

    def run(self, stop: threading.Event) -> None:
        """Look every few seconds until ``stop``; an error is reported, and the next look tries again."""
        while not stop.wait(EVERY_S):
            try:
                self.look()
            except Exception:  # whatever it is, a thread that ends in silence helps nobody
                log.exception("settling failed")

    def look(self) -> int:
        """Look at conditions whose time has come, at most `MOST`, and return how many those were."""
        self._catch_up()
        if self._engine.writer.refusal is not None:
            return 0
        now = self._engine.clock()
        due = [stream for stream, watched in self._watched.items() if watched.due <= now][:MOST]
        for stream in due:
            watched = self._watched.pop(stream)
            try:
                again = self._look_at(stream, watched, now)
            except Exception:  # one that cannot be settled must not keep the others waiting
                log.exception("a condition is not settled", alert=stream)
                again = msgspec.structs.replace(watched, due=now + timedelta(seconds=EVERY_S))
            if again is not None:
                self._watched[stream] = again
        return len(due)

    def _look_at(self, stream: str, watched: _Watched, now: datetime) -> _Watched | None:
        """Settle a condition, and return it if it is to be looked at again without a further fact."""
        state = self._engine.states.alert(stream).state
        if state.flaps is not None:
            due = settles_at(state.flaps, state.changes)
            if now < due:
                return _Watched(due)
            # The end of flapping that this records is read at the next look, and looked at once more.
            run(settle(self._engine, stream))
        elif watched.ended is not None:
            run(tell_untold(self._engine, stream, watched.ended))
        return None

    def _catch_up(self) -> None:
        end = self._engine.store.head().size
        while self._reached < end:
            rows = self._engine.store.rows_of_type(TYPES, self._reached, BATCH)
            for row in rows:
                self._read(row)
            beyond = rows[-1].position + 1 if rows else 0
            self._reached = beyond if len(rows) == BATCH else max(end, beyond)

    def _read(self, row: Row) -> None:
        try:
            item = recorded(row)
        except IntegrityError:
            # `log fsck` says what is wrong with it; the other conditions must settle all the same.
            log.exception("a fact about a condition does not hold", position=row.position)
            return
        watched = _watched(item)
        if watched is not None:
            self._watched[item.stream] = watched


def settle(engine: Engine, stream: str) -> Steps[None]:
    """Return once a condition that is quiet has settled, and its incidents know; raises as `record` does."""
    yield from insisting(engine, lambda: _settled(engine, stream))


def tell_untold(engine: Engine, stream: str, ended: str) -> Steps[None]:
    """Return once no incident has an alert as firing that has ended; ``ended`` is the event that says so."""
    yield from insisting(engine, lambda: _told(engine, stream, ended))


def _settled(engine: Engine, stream: str) -> Steps[None]:
    context = _context(engine)
    routing = Routing(engine, context)
    routing.settle(stream)
    if routing.parts:
        yield from record(engine, _recording(routing.parts, context))


def _told(engine: Engine, stream: str, ended: str) -> Steps[None]:
    alert, context = engine.states.alert(stream).state, _context(engine)
    if alert.fires or alert.end is None:
        return
    end = Ended(alert=stream, signal=alert.end, id=ended, settled=True)
    parts = untold(engine, end, context)
    if parts:
        # Should it fire again meanwhile, the incidents that take it have moved, and those that have not are
        # told of an end that was.
        yield from record(engine, _recording(parts, context))


def _watched(item: RecordedFact) -> _Watched | None:
    at = instant(item.recordedtime)
    match item.fact:
        case FlappingStarted(settled_minutes=minutes):
            return _Watched(at + timedelta(minutes=minutes))
        case FlappingEnded():
            return _Watched(at, item.id)
        case _:
            return None


def _context(engine: Engine) -> Context:
    return Context(principal=SETTLING, now=engine.clock(), policies=engine.policies, profile=engine.profile)


def _recording(parts: tuple[Decided, ...], context: Context) -> Recording:
    return Recording(parts=parts, principal=context.principal, roles=(), now=context.now)
