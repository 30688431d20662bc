"""Something that is known is told again: once, or many times in a second of a storm."""

from __future__ import annotations

from collections.abc import Iterable

from domain.alert_facts import SignalDeduplicated, SignalsAggregated
from domain.context import Context
from domain.episode import Episode, Told
from domain.own_commands import ReceiveSignal, RepeatSignals


def once_more(told: Told, command: ReceiveSignal, context: Context) -> SignalDeduplicated:
    """Return that a signal was told again."""
    return SignalDeduplicated(
        signal_id=context.ids[0],
        delivery_id=command.delivery_id,
        duplicate_of=told.signal_id,
        count=told.repeats + 1,
    )


def many_more(episodes: Iterable[Episode], command: RepeatSignals, context: Context) -> SignalsAggregated:
    """Return that a signal about one of ``episodes`` was told many times again."""
    tellings = (told for item in episodes for told in (item.firing, item.resolved) if told)
    repeats = next((told.repeats for told in tellings if told.signal_id == command.duplicate_of), 0)
    return SignalsAggregated(
        signal_id=context.ids[0],
        delivery_id=command.delivery_id,
        duplicate_of=command.duplicate_of,
        count=repeats + command.added,
        added=command.added,
        first_at=command.first_at,
        last_at=command.last_at,
        root=command.root,
    )
