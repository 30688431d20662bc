"""The end of an alert, for incidents to which somebody attached it while the end was being recorded.

Whoever attaches an alert demands that its stream has not moved, and so sees every end recorded
before. This is the other half: an end looks again at what was attached between its look and its append.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from application.engine import Engine
from application.holders import Holders, attached
from application.recording import Decided, Item
from application.signal_routing import Ended
from domain import incident
from domain.context import Context
from domain.own_commands import ClearSignal
from domain.refusal import OnRecord, Refusal


def late_ends(
    engine: Engine, ended: Sequence[Ended], looked: int, told: int, context: Context
) -> tuple[Decided, ...]:
    """Return what is still to be told of ends that were decided at size ``looked``, recorded at ``told``."""
    holding: defaultdict[str, set[str]] = defaultdict(set)
    for alert, stream in attached(engine, looked, told):
        holding[stream].add(alert)
    parts = (
        _told(engine, stream, [end for end in ended if end.alert in alerts], context)
        for stream, alerts in holding.items()
    )
    return tuple(part for part in parts if part.items)


def untold(engine: Engine, end: Ended, context: Context) -> tuple[Decided, ...]:
    """Return what an end that was recorded before has still to tell those that have the alert as firing."""
    parts = (_told(engine, stream, [end], context) for stream in Holders(engine).of(end.alert))
    return tuple(part for part in parts if part.items)


def _told(engine: Engine, stream: str, ended: Iterable[Ended], context: Context) -> Decided:
    folded = engine.states.incident(stream)
    state, items = folded.state, list[Item]()
    for end in ended:
        command = ClearSignal(alert=end.alert, signal=end.signal, settled=end.settled)
        facts = incident.decide(state, command, context)
        known = () if isinstance(facts, Refusal | OnRecord) else facts
        items += [Item(fact=fact, id=engine.new_id(), cause=end.id, incident=stream) for fact in known]
        state = incident.after(state, known, context)
    return Decided(stream=stream, version=folded.version, items=tuple(items))
