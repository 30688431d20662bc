"""From the alerts of one delivery to facts for alert streams and for the incidents they concern.

Several alerts of a delivery may concern one alert stream or one incident, so the states evolve
here as facts are decided; what is returned holds every fact of a stream in one part.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import count

import msgspec

from application.aggregating import Report, Tree
from application.engine import Engine
from application.holders import Holders
from application.recording import Decided, Item
from domain import alert, incident
from domain.alert import Alert
from domain.alert_facts import AlertFact, FlappingEnded, SignalDeduplicated, SignalReceived, SignalsAggregated
from domain.context import Context
from domain.correlation import answer
from domain.incident import Incident
from domain.incident_state import accepts_signals
from domain.own_commands import (
    AttachSignal,
    ClearSignal,
    NoteRemark,
    OpenCandidate,
    ReceiveSignal,
    RepeatSignals,
    SettleAlert,
)
from domain.refusal import OnRecord, Refusal
from domain.rules import route
from domain.signal import Remark, Signal
from domain.streams import alert_stream, candidate_stream

AlertCommand = ReceiveSignal | RepeatSignals | NoteRemark | SettleAlert
Request = OpenCandidate | AttachSignal | ClearSignal


class _Open(msgspec.Struct):
    """A stream while its facts are decided; mutable, and never leaves this module."""

    version: int
    items: list[Item]


class _Repeats(msgspec.Struct):
    """How often a signal was repeated, and by what; mutable, and never leaves this module."""

    first_at: str
    last_at: str
    tree: Tree


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """An end that was told: the ``signal`` of ``alert``, by event ``id``; ``settled`` if it flapped."""

    alert: str
    signal: SignalReceived
    id: str
    settled: bool = False


class Routing:
    """Decides the signals of deliveries, in order."""

    def __init__(self, engine: Engine, context: Context) -> None:
        self._engine, self._context = engine, context
        self._delivery_id = ""
        self._cause: str | None = None
        self._streams: dict[str, _Open] = {}
        self._alerts: dict[str, Alert] = {}
        self._incidents: dict[str, Incident] = {}
        self._relied_on: set[str] = set()
        self._holders = Holders(engine)
        self.received = 0
        self.duplicates = 0
        self.ended: list[Ended] = []

    @property
    def incidents(self) -> tuple[str, ...]:
        """The incidents that got facts."""
        return tuple(stream for stream in self._incidents if self._streams[stream].items)

    def route(
        self, delivery_id: str, cause: str, signals: Iterable[Signal], remarks: Iterable[Remark] = ()
    ) -> None:
        """Decide what a delivery tells; ``cause`` is the id of the fact that it arrived."""
        self._delivery_id, self._cause = delivery_id, cause
        for signal in signals:
            self._signal(signal)
        for remark in remarks:
            self._remark(remark)

    def count(self, delivery_id: str, cause: str, reports: Iterable[Report]) -> None:
        """Decide what messages of a storm tell: repetitions are counted, and told as one fact each signal."""
        self._delivery_id, self._cause = delivery_id, cause
        counted: dict[str, dict[str, _Repeats]] = {}
        for report in reports:
            stream = alert_stream(report.signal.source, report.signal.fingerprint)
            told = alert.repeated(self._alert(stream), report.signal)
            if told is None:
                # Somebody else has recorded of this alert since: what came before stays before it.
                self._repeat(stream, counted.pop(stream, {}))
                self._signal(report.signal)
                continue
            of_alert = counted.setdefault(stream, {})
            repeats = of_alert.get(told.signal_id) or _Repeats(report.at, report.at, Tree())
            repeats.last_at = report.at
            repeats.tree.add(report.leaf)
            of_alert[told.signal_id] = repeats
        for stream, of_alert in counted.items():
            self._repeat(stream, of_alert)

    def settle(self, stream: str) -> None:
        """Decide whether a condition that flaps has been quiet for long enough."""
        self._decided(stream, SettleAlert())

    @property
    def parts(self) -> tuple[Decided, ...]:
        """The facts that all of it leads to, one part a stream."""
        # Alerts first: in the log, what happened comes before what it led to.
        return tuple(
            Decided(stream=stream, version=part.version, items=tuple(part.items))
            for stream in (*self._alerts, *self._incidents)
            if (part := self._streams[stream]).items or stream in self._relied_on
        )

    def _signal(self, signal: Signal) -> None:
        stream = alert_stream(signal.source, signal.fingerprint)
        holding = self._holding(stream)[:1] if self._alert(stream).flaps else ()
        # It must not end between this look and the append, or what it is not told is told nobody.
        self._relied_on.update(holding)
        command = ReceiveSignal(
            delivery_id=self._delivery_id,
            signal=signal,
            route=route(signal, self._engine.rules),
            held=bool(holding),
        )
        self._decided(stream, command)

    def _repeat(self, stream: str, of_alert: dict[str, _Repeats]) -> None:
        for signal_id, repeats in of_alert.items():
            command = RepeatSignals(
                delivery_id=self._delivery_id,
                duplicate_of=signal_id,
                added=repeats.tree.size,
                first_at=repeats.first_at,
                last_at=repeats.last_at,
                root=repeats.tree.root,
            )
            self._decided(stream, command)

    def _remark(self, remark: Remark) -> None:
        stream = alert_stream(remark.source, remark.fingerprint)
        self._decided(stream, NoteRemark(delivery_id=self._delivery_id, remark=remark))

    def _decided(self, stream: str, command: AlertCommand) -> None:
        context = msgspec.structs.replace(self._context, ids=(self._engine.new_id(),))
        for fact in alert.decide(self._alert(stream), command, context):
            before = self._alerts[stream]
            self._alerts[stream] = alert.after(before, (fact,), context.now)
            event_id = self._engine.new_id()
            concerns = self._led_to(stream, before, fact, event_id)
            item = Item(fact=fact, id=event_id, cause=self._cause, incident=concerns)
            self._streams[stream].items.append(item)

    def _led_to(self, stream: str, before: Alert, fact: AlertFact, cause: str) -> str | None:
        """Ask the incidents that a fact concerns, and return the first of them."""
        match fact:
            case SignalReceived():
                self.received += 1
                return self._concern(stream, fact, cause)
            case SignalDeduplicated():
                self.duplicates += 1
            case SignalsAggregated():
                self.duplicates += fact.added
            case FlappingEnded() if (signal := alert.settled_at(before, fact)) is not None:
                return self._settled(stream, before, signal, cause)
        return None

    def _concern(self, stream: str, signal: SignalReceived, cause: str) -> str | None:
        """Ask every incident that a signal concerns, and return the first of them."""
        if signal.effect == "clear":
            self.ended.append(Ended(alert=stream, signal=signal, id=cause))
        return self._asked(self._requests(stream, signal), cause)

    def _settled(self, stream: str, before: Alert, signal: SignalReceived, cause: str) -> str | None:
        """Tell the incidents that have an alert what it settled at: its end, once, or its newest episode."""
        if signal.status == "resolved":
            self.ended.append(Ended(alert=stream, signal=signal, id=cause, settled=True))
            end = ClearSignal(alert=stream, signal=signal, settled=True)
            return self._asked(((holder, end) for holder in self._holders.of(stream)), cause)
        holding = self._holding(stream)
        if not holding and before.latest is not signal:
            # It was held back, and those that had it then have ended since: now it is told, not hidden.
            return self._asked(self._requests(stream, signal), cause)
        firing = AttachSignal(alert=stream, signal=signal, settled=True)
        return self._asked(((holder, firing) for holder in holding), cause)

    def _holding(self, stream: str) -> tuple[str, ...]:
        """Return the open incidents for which an alert fires, those of this delivery included."""
        streams = dict.fromkeys((*self._holders.of(stream), *self._incidents))
        return tuple(name for name in streams if _holds(self._incident(name), stream))

    def _asked(self, requests: Iterable[tuple[str, Request]], cause: str) -> str | None:
        """Ask each incident once, and return the first of them."""
        asked: dict[str, None] = {}
        for candidate, request in requests:
            if candidate not in asked:
                self._ask(candidate, request, cause)
                asked[candidate] = None
        return next(iter(asked), None)

    def _requests(self, stream: str, signal: SignalReceived) -> Iterator[tuple[str, Request]]:
        """Yield what to ask of which incident: the correlation's, and those that hold the alert."""
        for ordinal in count():
            candidate = self._goes_on_as(candidate_stream(signal.correlation, ordinal))
            request = answer(signal, stream, self._incident(candidate), ordinal)
            if isinstance(request, Request):
                yield candidate, request
            if request != "next":
                break
        if signal.effect == "clear":
            for holder in self._holders.of(stream):
                yield holder, ClearSignal(alert=stream, signal=signal)

    def _goes_on_as(self, stream: str) -> str:
        """Return the incident as which one goes on that was merged: its alerts follow (R-TRN-25)."""
        while (into := self._incident(stream).intake.merged_into) is not None:
            stream = into
        return stream

    def _ask(self, stream: str, request: Request, cause: str) -> None:
        state = self._incident(stream)
        facts = incident.decide(state, request, self._context)
        if isinstance(facts, Refusal | OnRecord):
            raise AssertionError(f"{stream}: {request} was refused: {facts}")
        self._incidents[stream] = incident.after(state, facts, self._context)
        for fact in facts:
            item = Item(fact=fact, id=self._engine.new_id(), cause=cause, incident=stream)
            self._streams[stream].items.append(item)

    def _alert(self, stream: str) -> Alert:
        if stream not in self._alerts:
            folded = self._engine.states.alert(stream)
            self._alerts[stream] = folded.state
            self._streams[stream] = _Open(folded.version, [])
        return self._alerts[stream]

    def _incident(self, stream: str) -> Incident:
        if stream not in self._incidents:
            folded = self._engine.states.incident(stream)
            self._incidents[stream] = folded.state
            self._streams[stream] = _Open(folded.version, [])
        return self._incidents[stream]


def _holds(incident: Incident, alert: str) -> bool:
    attached = incident.intake.alerts.get(alert)
    return accepts_signals(incident) and attached is not None and attached.firing
