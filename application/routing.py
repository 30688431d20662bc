"""From the alerts of one delivery to facts for alert streams and for the incidents they concern.

Several alerts of a delivery may concern one alert stream or one incident, so the states evolve
here as facts are decided; what is returned holds every fact of a stream in one part.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from application.engine import Engine
from application.recording import Decided
from domain import alert, incident
from domain.alert import Alert
from domain.alert_facts import AlertFact, SignalReceived
from domain.context import Context
from domain.correlation import answer
from domain.facts import Fact
from domain.incident import Incident
from domain.incident_facts import IncidentFact
from domain.machine import AttachSignal, ClearSignal, OpenCandidate, ReceiveSignal
from domain.refusal import Refusal
from domain.rules import route
from domain.signal import Signal
from domain.streams import alert_stream, candidate_stream

MAX_ORDINALS = 100_000


class _Open(msgspec.Struct):
    """A stream while its facts are decided; mutable, and never leaves this module."""

    version: int
    facts: list[Fact]
    ids: list[str]
    cause: str | None = None


class Routing:
    """Decides one delivery's signals, in order."""

    def __init__(self, engine: Engine, context: Context, delivery_id: str) -> None:
        self._engine, self._context, self._delivery_id = engine, context, delivery_id
        self._streams: dict[str, _Open] = {}
        self._alerts: dict[str, Alert] = {}
        self._incidents: dict[str, Incident] = {}
        self._concerns: dict[str, str] = {}
        self.received = 0
        self.duplicates = 0

    @property
    def incidents(self) -> tuple[str, ...]:
        """The incidents that got facts."""
        return tuple(stream for stream in self._incidents if self._streams[stream].facts)

    def route(self, signals: Iterable[Signal]) -> tuple[Decided, ...]:
        """Return the facts that ``signals`` lead to, one part a stream."""
        for signal in signals:
            self._signal(signal)
        return tuple(self._decided(stream, part) for stream, part in self._streams.items() if part.facts)

    def _decided(self, stream: str, part: _Open) -> Decided:
        concerns = stream if stream in self._incidents else self._concerns.get(stream)
        return Decided(
            stream=stream,
            version=part.version,
            facts=tuple(part.facts),
            ids=tuple(part.ids),
            cause=part.cause,
            incident=concerns,
        )

    def _signal(self, signal: Signal) -> None:
        stream = alert_stream(signal.source, signal.fingerprint)
        state = self._alert(stream)
        context = msgspec.structs.replace(self._context, ids=(self._engine.new_id(),))
        command = ReceiveSignal(
            delivery_id=self._delivery_id, signal=signal, route=route(signal, self._engine.rules)
        )
        for fact in alert.decide(state, command, context):
            event_id = self._add(stream, fact)
            self._alerts[stream] = alert.evolve(self._alerts[stream], fact)
            self._concern(stream, fact, event_id)

    def _concern(self, stream: str, fact: AlertFact, event_id: str) -> None:
        if not isinstance(fact, SignalReceived):
            self.duplicates += 1
            return
        self.received += 1
        for candidate, command in self._asked(stream, fact):
            self._ask(candidate, command, event_id)
            self._concerns.setdefault(stream, candidate)

    def _asked(
        self, stream: str, signal: SignalReceived
    ) -> Iterable[tuple[str, OpenCandidate | AttachSignal | ClearSignal]]:
        """Yield what to ask of which incident: the correlation's, and where a person attached the alert."""
        asked: set[str] = set()
        for ordinal in range(MAX_ORDINALS):
            candidate = candidate_stream(signal.correlation, ordinal)
            command = answer(signal, stream, self._incident(candidate), ordinal)
            if command == "next":
                continue
            if command is not None:
                asked.add(candidate)
                yield candidate, command
            break
        if signal.effect == "clear":
            for holder in self._engine.index.holders(stream):
                if holder not in asked:
                    yield holder, ClearSignal(alert=stream, signal=signal)

    def _ask(self, stream: str, command: OpenCandidate | AttachSignal | ClearSignal, cause: str) -> None:
        facts = incident.decide(self._incident(stream), command, self._context)
        if isinstance(facts, Refusal):
            raise AssertionError(f"{stream}: {command} was refused: {facts.message}")
        for fact in facts:
            self._add(stream, fact, cause)
            self._incidents[stream] = incident.evolve(self._incidents[stream], fact)

    def _add(self, stream: str, fact: AlertFact | IncidentFact, cause: str | None = None) -> str:
        part = self._streams[stream]
        part.facts.append(fact)
        part.ids.append(self._engine.new_id())
        # The first cause stands for the part: a candidate's facts react to the signal that opened it.
        part.cause = part.cause or cause
        return part.ids[-1]

    def _alert(self, stream: str) -> Alert:
        if stream not in self._alerts:
            folded = self._engine.states.alert(stream)
            self._alerts[stream] = folded.state
            self._streams[stream] = _Open(folded.version, [], [])
        return self._alerts[stream]

    def _incident(self, stream: str) -> Incident:
        if stream not in self._incidents:
            folded = self._engine.states.incident(stream)
            self._incidents[stream] = folded.state
            self._streams[stream] = _Open(folded.version, [], [])
        return self._incidents[stream]
