"""An alert that a person attaches to an incident: as it is, with its end if it has ended (R-STEP-11)."""

from __future__ import annotations

from functools import partial

import msgspec

from application.engine import Engine
from application.reading import stream_facts
from application.recording import Decided, Item
from application.states import Folded
from application.steps import Steps, weighed
from domain import incident
from domain.alert_facts import SignalReceived
from domain.context import Context
from domain.incident import Incident
from domain.intake.commands import AttachAlert
from domain.own_commands import ClearSignal
from domain.recorded_at import recorded_at
from domain.refusal import OnRecord, Refusal


def attach_alert(
    engine: Engine, command: AttachAlert, stream: str, folded: Folded[Incident], context: Context
) -> Steps[tuple[Decided, ...] | Refusal]:
    """Return the joining, and the alert's end where it has ended: nobody will tell it again."""
    alert = engine.states.alert(command.alert)
    asking = msgspec.structs.replace(context, signal=alert.state.latest)
    facts = incident.decide(folded.state, command, asking)
    if isinstance(facts, Refusal | OnRecord):
        return facts.refusal if isinstance(facts, OnRecord) else facts
    items = tuple(Item(fact=fact, id=engine.new_id(), incident=stream) for fact in facts)
    if not alert.state.fires:
        state = incident.after(folded.state, facts, context)
        end = partial(_end, engine, command.alert, stream, state, context)
        items += yield from weighed(engine.disk, alert.version, end)
    return (
        # The alert must not end between this look and the append: its end would not find us here yet.
        Decided(stream=command.alert, version=alert.version, items=()),
        # What follows from the attachment may have read the time.
        Decided(
            stream=stream,
            version=folded.version,
            items=items,
            at=recorded_at(folded.state, context),
        ),
    )


def _end(engine: Engine, alert: str, stream: str, state: Incident, context: Context) -> tuple[Item, ...]:
    """Return the end of what fires in ``state``, told by the newest message that ends it."""
    for item in reversed(stream_facts(engine.store, alert)):
        if isinstance(item.fact, SignalReceived) and item.fact.status == "resolved":
            facts = incident.decide(state, ClearSignal(alert=alert, signal=item.fact), context)
            if facts and not isinstance(facts, Refusal | OnRecord):
                return tuple(
                    Item(fact=fact, id=engine.new_id(), cause=item.id, incident=stream) for fact in facts
                )
    return ()
