"""The life of one alert stream: episodes of one condition, told apart by their exact start (design 8).

A message about an episode whose status is already known is a duplicate. Anything else is received,
and `effect` with `why` states what it may do to incidents. While a condition flaps, that is held back: see
`domain.flapping`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain import flapping
from domain.alert_facts import (
    AlertFact,
    AlertRemarked,
    Effect,
    FlappingEnded,
    FlappingStarted,
    SignalDeduplicated,
    SignalReceived,
    SignalsAggregated,
)
from domain.classified import Status
from domain.context import Context
from domain.episode import Episode, Told, ended_by, episodes_after, retold, start_of
from domain.facts import Fact
from domain.flapping import Change, Flaps
from domain.moment import TOLERANCE, from_nanoseconds, nanoseconds, timestamp
from domain.own_commands import NoteRemark, ReceiveSignal, RepeatSignals, SettleAlert
from domain.prose import optional_prose, prose
from domain.recorded import Stamped, UnknownFact
from domain.repetition import many_more, once_more
from domain.rules import Route
from domain.signal import Signal
from domain.text import code


class Alert(Struct, frozen=True, kw_only=True):
    """What is known of one condition: its latest episodes by start, and the newest episode's firing.

    ``end`` is the end that was told last; ``changes`` are the last changes of its status, and ``flaps`` is
    there while it flaps.
    """

    episodes: tuple[Episode, ...] = ()
    latest: SignalReceived | None = None
    end: SignalReceived | None = None
    changes: tuple[Change, ...] = ()
    flaps: Flaps | None = None

    @property
    def status(self) -> Status:
        """The status of the newest episode."""
        return self.episodes[-1].status if self.episodes else "resolved"

    @property
    def fires(self) -> bool:
        """Whether it fires for incidents: one that flaps does until it has settled."""
        return self.flaps is not None or self.status == "firing"

    def episode(self, start: int) -> Episode | None:
        """Return the episode that began at ``start``, if it is remembered."""
        return next((episode for episode in self.episodes if episode.start == start), None)


NOTHING = Alert()
"""The state of a stream without facts."""


def repeated(state: Alert, signal: Signal) -> Told | None:
    """Return the signal that ``signal`` would repeat, None if it says something new."""
    known = state.episode(start_of(state.episodes, signal))
    if known is None:
        return None
    if _is_late(state, signal) and known.firing is not None:
        return known.firing  # the very message that began it, once more
    return known.told(signal.status)


def decide(
    state: Alert, command: ReceiveSignal | RepeatSignals | NoteRemark | SettleAlert, context: Context
) -> tuple[AlertFact, ...]:
    """Return what the source's message adds to what is known; a message is never refused."""
    match command:
        case NoteRemark():
            return (_remarked(command, context),)
        case SettleAlert():
            return _settled(state, context.now)
        case RepeatSignals():
            settled = _settled(state, context.now)
            return (*settled, many_more(state.episodes, command, context))
        case ReceiveSignal():
            # The next message is one of two that find a condition quiet: what it tells is no flapping then.
            settled = _settled(state, context.now)
            return (*settled, *_heard(after(state, settled, context.now), command, context))


def evolve(state: Alert, fact: AlertFact, at: str) -> Alert:
    """Return the state after ``fact``, recorded ``at``."""
    match fact:
        case SignalReceived():
            return _noted(state, fact, at)
        case FlappingStarted():
            return replace(state, flaps=flapping.begun(fact))
        case FlappingEnded():
            # Counted anew: one more firing is no flapping because of what was before the quiet.
            return replace(state, flaps=None, changes=())
        case SignalDeduplicated() | SignalsAggregated():
            return replace(state, episodes=tuple(retold(item, fact) for item in state.episodes))
        case AlertRemarked():
            return state
        case _:
            assert_never(fact)


def after(state: Alert, facts: Iterable[AlertFact], now: datetime) -> Alert:
    """Return the state after ``facts`` that are decided ``now``."""
    for fact in facts:
        state = evolve(state, fact, timestamp(now))
    return state


def fold(items: Iterable[Stamped[Fact | UnknownFact]], state: Alert = NOTHING) -> Alert:
    """Return ``state`` after all ``items``; those that are not an alert's facts change nothing."""
    for item in items:
        if isinstance(item.fact, AlertFact):
            state = evolve(state, item.fact, item.recordedtime)
    return state


def settled_at(state: Alert, fact: FlappingEnded) -> SignalReceived | None:
    """Return the signal that told what a condition settled at, as if nothing had held it back.

    ``state`` is that before the fact. None where incidents have nothing to learn.
    """
    signal = state.end if fact.status == "resolved" else state.latest
    if signal is None or signal.held is None:
        return signal
    return replace(signal, effect=signal.held, why=signal.held_why or signal.why, held=None, held_why=None)


def _settled(state: Alert, now: datetime) -> tuple[FlappingEnded, ...]:
    if state.flaps is None:
        return ()
    name = state.latest.alert_name if state.latest else ""
    ended = flapping.ended(state.flaps, state.changes, state.status, name, now)
    return () if ended is None else (ended,)


def _heard(state: Alert, command: ReceiveSignal, context: Context) -> tuple[AlertFact, ...]:
    told = repeated(state, command.signal)
    if told:
        return (once_more(told, command, context),)
    return _unless_flapping(state, _received(state, command, context), command, context.now)


def _unless_flapping(
    state: Alert, signal: SignalReceived, command: ReceiveSignal, now: datetime
) -> tuple[AlertFact, ...]:
    """Return ``signal`` as it is, or held back while its condition flaps, and that it does from here on.

    An end is held, since the alert will fire again. A firing is held only where an open incident has the
    alert as firing: none is ever hidden. What makes the condition flap is either an end, which is held, or
    a firing, of which no incident has heard yet.
    """
    if state.flaps is not None:
        return (_held(signal, firing=command.held),)
    rule = command.route.flapping
    if rule is None or len(state.changes) + 1 < rule.changes:
        return (signal,)  # nearly always, and a storm is no time to fold everything twice
    started = flapping.started(after(state, (signal,), now).changes, rule, signal.alert_name)
    return (signal,) if started is None else (started, _held(signal, firing=False))


def _held(signal: SignalReceived, *, firing: bool) -> SignalReceived:
    if signal.effect == "none" or (signal.status == "firing" and not firing):
        return signal
    return replace(signal, effect="none", why=flapping.WHY, held=signal.effect, held_why=signal.why)


def _is_late(state: Alert, signal: Signal) -> bool:
    """Return whether a source that does not say when an episode began tells a firing of before its last end.

    By the times of its own messages: a queue has delivered one again, or out of order.
    """
    end = state.end
    if (
        signal.episode_from != "state"
        or signal.status != "firing"
        or end is None
        or end.episode_from != "state"
    ):
        return False
    return not state.fires and nanoseconds(signal.starts_at) < nanoseconds(end.starts_at)


def _remarked(command: NoteRemark, context: Context) -> AlertRemarked:
    remark = command.remark
    return AlertRemarked(
        remark_id=context.ids[0],
        delivery_id=command.delivery_id,
        source=code(remark.source),
        fingerprint=code(remark.fingerprint),
        kind=remark.kind,
        at=remark.at,
        text=optional_prose(remark.text),
    )


def _received(state: Alert, command: ReceiveSignal, context: Context) -> SignalReceived:
    signal, route = command.signal, command.route
    start = start_of(state.episodes, signal)
    known = state.episode(start)
    fired_at = from_nanoseconds(start)
    ended_at = signal.ends_at and timestamp(from_nanoseconds(nanoseconds(signal.ends_at)))
    ends_others = any(ended_by(item, ended_at) for item in state.episodes if signal.status == "resolved")
    effect, why = _effect(state, start, signal, route, ends_others=ends_others)
    return SignalReceived(
        signal_id=context.ids[0],
        delivery_id=command.delivery_id,
        source=code(signal.source),
        fingerprint=code(signal.fingerprint),
        fingerprint_from=signal.fingerprint_from,
        status=signal.status,
        starts_at=signal.starts_at,
        episode=str(start),
        fired_at=timestamp(fired_at),
        ended_at=ended_at,
        alert_name=route.alert_name,
        service=route.service,
        environment=route.environment,
        severity_hint=route.severity_hint,
        correlation=route.correlation,
        effect=effect,
        why=why,
        note=_note(known, signal.status, fired_at, context.now),
        title=optional_prose(dict(signal.annotations).get("summary")),
        labels=prose(signal.labels),
        annotations=prose(signal.annotations) if signal.annotations else None,
        generator_url=optional_prose(signal.generator_url),
        episode_from=signal.episode_from,
        counts_as=route.counts_as,
        join_within_minutes=route.join_within_minutes,
    )


def _effect(
    state: Alert, start: int, signal: Signal, route: Route, *, ends_others: bool
) -> tuple[Effect, str]:
    known = state.episode(start)
    if signal.status == "resolved":
        return ("clear", "episode-ended") if known or ends_others else ("none", "resolved-without-firing")
    if known and known.firing is None:
        return "none", "late-firing"  # its end was reported first, so it is over
    if _is_late(state, signal) or any(episode.start > start for episode in state.episodes):
        return "none", "late-firing"
    return ("none" if route.action == "record" else route.action), route.why


def _note(known: Episode | None, status: Status, fired_at: datetime, now: datetime) -> str | None:
    if fired_at > now + TOLERANCE:
        return "clock-ahead"
    return "refired" if known and known.firing and status == "firing" else None


def _noted(state: Alert, fact: SignalReceived, at: str) -> Alert:
    newest = fact.status == "firing" and (
        state.latest is None or int(fact.episode) >= int(state.latest.episode)
    )
    told = replace(
        state,
        episodes=episodes_after(state.episodes, fact),
        latest=fact if newest else state.latest,
        end=fact if "clear" in {fact.effect, fact.held} else state.end,
    )
    changed = told.status != state.status
    return replace(
        told,
        changes=flapping.noted(state.changes, fact, at) if changed else state.changes,
        flaps=state.flaps and flapping.counted(state.flaps, changed=changed, held=fact.held is not None),
    )
