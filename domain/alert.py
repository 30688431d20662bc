"""The life of one alert stream: episodes of one condition, told apart by their exact start (design 8).

A message about an episode whose status is already known is a duplicate. Anything else is received,
and `effect` with `why` states what it may do to incidents.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.alert_facts import (
    AlertFact,
    AlertRemarked,
    Effect,
    SignalDeduplicated,
    SignalReceived,
    SignalsAggregated,
)
from domain.classified import Status
from domain.context import Context
from domain.facts import Fact
from domain.moment import TOLERANCE, from_nanoseconds, nanoseconds, timestamp
from domain.own_commands import NoteRemark, ReceiveSignal, RepeatSignals
from domain.prose import optional_prose, prose
from domain.recorded import UnknownFact
from domain.rules import Route
from domain.signal import Signal
from domain.text import code

REMEMBERED = 64
"""How many episodes a state keeps; an older one can only be late."""


class Told(Struct, frozen=True, kw_only=True):
    """The latest signal that told a status, and how often it was repeated."""

    signal_id: str
    repeats: int = 0


class Episode(Struct, frozen=True, kw_only=True):
    """One firing from its exact ``start`` (nanoseconds); ``inverted`` if its end was told first."""

    start: int
    status: Status
    firing: Told | None = None
    resolved: Told | None = None
    inverted: bool = False

    def told(self, status: Status) -> Told | None:
        """Return the signal that telling ``status`` would repeat, or None if it says something new."""
        if status == "resolved":
            return self.resolved if self.status == "resolved" else None
        return self.firing if self.status == "firing" or self.inverted else None


class Alert(Struct, frozen=True, kw_only=True):
    """What is known of one condition: its latest episodes by start, and the newest episode's firing."""

    episodes: tuple[Episode, ...] = ()
    latest: SignalReceived | None = None

    def episode(self, start: int) -> Episode | None:
        """Return the episode that began at ``start``, if it is remembered."""
        return next((episode for episode in self.episodes if episode.start == start), None)


NOTHING = Alert()
"""The state of a stream without facts."""


def repeated(state: Alert, signal: Signal) -> Told | None:
    """Return the signal that ``signal`` would repeat, None if it says something new."""
    known = state.episode(_start(state, signal))
    return None if known is None else known.told(signal.status)


def decide(
    state: Alert, command: ReceiveSignal | RepeatSignals | NoteRemark, context: Context
) -> tuple[AlertFact, ...]:
    """Return what the source's message adds to what is known; a message is never refused."""
    if isinstance(command, NoteRemark):
        return (_remarked(command, context),)
    if isinstance(command, RepeatSignals):
        return (_again(state, command, context),)
    told = repeated(state, command.signal)
    if told:
        return (_duplicate(told, command, context),)
    start = _start(state, command.signal)
    return (_received(state, state.episode(start), start, command, context),)


def evolve(state: Alert, fact: AlertFact) -> Alert:
    """Return the state after ``fact``."""
    match fact:
        case SignalReceived():
            return _noted(state, fact)
        case SignalDeduplicated() | SignalsAggregated():
            return replace(state, episodes=tuple(_repeated(item, fact) for item in state.episodes))
        case AlertRemarked():
            return state
        case _:
            assert_never(fact)


def fold(facts: Iterable[Fact | UnknownFact]) -> Alert:
    """Return the state after all ``facts``; those that are not an alert's change nothing."""
    return reduce(evolve, (fact for fact in facts if isinstance(fact, AlertFact)), NOTHING)


def _start(state: Alert, signal: Signal) -> int:
    """Return when the episode began that a signal is about, in nanoseconds.

    Of a source that does not say so it is the one that fires; an end that finds none is the end of the
    last one again, or of one that was never told. An end that comes late ends nothing that began after it.
    """
    stated = nanoseconds(signal.starts_at)
    if signal.episode_from == "sender":
        return stated
    ended = signal.status == "resolved"
    begun = [item for item in state.episodes if not ended or item.start <= stated]
    firing = [item.start for item in begun if item.status == "firing"]
    if firing:
        return max(firing)
    return begun[-1].start if ended and begun else stated


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


def _duplicate(told: Told, command: ReceiveSignal, context: Context) -> SignalDeduplicated:
    return SignalDeduplicated(
        signal_id=context.ids[0],
        delivery_id=command.delivery_id,
        duplicate_of=told.signal_id,
        count=told.repeats + 1,
    )


def _again(state: Alert, command: RepeatSignals, context: Context) -> SignalsAggregated:
    tellings = (told for item in state.episodes for told in (item.firing, item.resolved) if told)
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


def _received(
    state: Alert, known: Episode | None, start: int, command: ReceiveSignal, context: Context
) -> SignalReceived:
    signal, route = command.signal, command.route
    fired_at = from_nanoseconds(start)
    ended_at = signal.ends_at and timestamp(from_nanoseconds(nanoseconds(signal.ends_at)))
    ends_others = any(_ended_by(item, ended_at) for item in state.episodes if signal.status == "resolved")
    effect, why = _effect(state, known, start, signal.status, route, ends_others=ends_others)
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
    )


def _effect(
    state: Alert, known: Episode | None, start: int, status: Status, route: Route, *, ends_others: bool
) -> tuple[Effect, str]:
    if status == "resolved":
        return ("clear", "episode-ended") if known or ends_others else ("none", "resolved-without-firing")
    if known and known.firing is None:
        return "none", "late-firing"  # its end was reported first, so it is over
    if any(episode.start > start for episode in state.episodes):
        return "none", "late-firing"
    return ("none" if route.action == "record" else route.action), route.why


def _note(known: Episode | None, status: Status, fired_at: datetime, now: datetime) -> str | None:
    if fired_at > now + TOLERANCE:
        return "clock-ahead"
    return "refired" if known and known.firing and status == "firing" else None


def _noted(state: Alert, fact: SignalReceived) -> Alert:
    start = int(fact.episode)
    episode = _told(state.episode(start), start, fact)
    others = tuple(_overtaken(item, fact) for item in state.episodes if item.start != start)
    episodes = tuple(sorted((*others, episode), key=lambda item: item.start))[-REMEMBERED:]
    newest = fact.status == "firing" and (state.latest is None or start >= int(state.latest.episode))
    return Alert(episodes=episodes, latest=fact if newest else state.latest)


def _overtaken(episode: Episode, fact: SignalReceived) -> Episode:
    """Return another episode after ``fact``: an end ends whatever began before it, too."""
    ended = fact.status == "resolved" and _ended_by(episode, fact.ended_at)
    return replace(episode, status="resolved") if ended else episode


def _ended_by(episode: Episode, ended_at: str | None) -> bool:
    """Return whether an end at that moment, told of another episode, is the end of this one.

    A sender that merges two reports of one condition moves its start, so an episode that was told
    may never end under the start it was told with.
    """
    if ended_at is None or episode.status == "resolved":
        return False
    return timestamp(from_nanoseconds(episode.start)) <= ended_at


def _told(known: Episode | None, start: int, fact: SignalReceived) -> Episode:
    episode = known or Episode(start=start, status=fact.status)
    told = Told(signal_id=fact.signal_id)
    if fact.status == "resolved":
        return replace(episode, status="resolved", resolved=told)
    if episode.resolved and episode.firing is None:
        return replace(episode, firing=told, inverted=True)  # told late: the episode stays over
    return replace(episode, status="firing", firing=told)


def _repeated(episode: Episode, fact: SignalDeduplicated | SignalsAggregated) -> Episode:
    return replace(episode, firing=_counted(episode.firing, fact), resolved=_counted(episode.resolved, fact))


def _counted(told: Told | None, fact: SignalDeduplicated | SignalsAggregated) -> Told | None:
    if told is None or told.signal_id != fact.duplicate_of:
        return told
    return replace(told, repeats=fact.count)
