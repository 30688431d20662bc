"""What a condition's stream comes to, signal by signal."""

from __future__ import annotations

from collections.abc import Iterable

from domain import alert
from domain.alert_facts import AlertFact, SignalReceived
from domain.signal import Signal
from tests.support.meaning import NOW, context, fresh_id, received


def life(signals: Iterable[Signal]) -> list[AlertFact]:
    """Return the facts that ``signals`` of one condition make, in order."""
    state, facts = alert.NOTHING, list[AlertFact]()
    for number, told in enumerate(signals):
        for fact in alert.decide(state, received(told), context(ids=(fresh_id(number),))):
            state = alert.after(state, (fact,), NOW)
            facts.append(fact)
    return facts


def effects(signals: Iterable[Signal]) -> list[str]:
    """Return what each of ``signals`` does to incidents, *again* where it repeats what is known."""
    return [fact.effect if isinstance(fact, SignalReceived) else "again" for fact in life(signals)]
