"""One firing of a condition, told apart from others by its exact start (design 8)."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from domain.alert_facts import SignalDeduplicated, SignalReceived, SignalsAggregated
from domain.classified import Status
from domain.moment import from_nanoseconds, nanoseconds, timestamp
from domain.signal import Signal

REMEMBERED = 64
"""How many episodes a state keeps; an older one can only be late."""


class Told(Struct, frozen=True, kw_only=True):
    """The latest signal that told a status, and how often it was retold."""

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


def start_of(episodes: Sequence[Episode], signal: Signal) -> int:
    """Return when the episode began that a signal is about, in nanoseconds.

    Of a source that does not say so it is the one that fires; an end that finds none is the end of the
    last one again, or of one that was never told. An end that comes late ends nothing that began after it.
    """
    stated = nanoseconds(signal.starts_at)
    if signal.episode_from == "sender":
        return stated
    ended = signal.status == "resolved"
    begun = [item for item in episodes if not ended or item.start <= stated]
    firing = [item.start for item in begun if item.status == "firing"]
    if firing:
        return max(firing)
    return begun[-1].start if ended and begun else stated


def episodes_after(episodes: tuple[Episode, ...], fact: SignalReceived) -> tuple[Episode, ...]:
    """Return the episodes of a condition, by their start, after a signal about one of them."""
    start = int(fact.episode)
    known = next((item for item in episodes if item.start == start), None)
    others = (_overtaken(item, fact) for item in episodes if item.start != start)
    return tuple(sorted((*others, _told(known, start, fact)), key=lambda item: item.start))[-REMEMBERED:]


def retold(episode: Episode, fact: SignalDeduplicated | SignalsAggregated) -> Episode:
    """Return the episode after a repetition, which counts where it repeats what this one was told."""
    return replace(episode, firing=_counted(episode.firing, fact), resolved=_counted(episode.resolved, fact))


def ended_by(episode: Episode, ended_at: str | None) -> bool:
    """Return whether an end at that moment, told of another episode, is the end of this one.

    A sender that merges two reports of one condition moves its start, so an episode that was told
    may never end under the start it was told with.
    """
    if ended_at is None or episode.status == "resolved":
        return False
    return timestamp(from_nanoseconds(episode.start)) <= ended_at


def _overtaken(episode: Episode, fact: SignalReceived) -> Episode:
    """Return another episode after ``fact``: an end ends whatever began before it, too."""
    ended = fact.status == "resolved" and ended_by(episode, fact.ended_at)
    return replace(episode, status="resolved") if ended else episode


def _told(known: Episode | None, start: int, fact: SignalReceived) -> Episode:
    episode = known or Episode(start=start, status=fact.status)
    told = Told(signal_id=fact.signal_id)
    if fact.status == "resolved":
        return replace(episode, status="resolved", resolved=told)
    if episode.resolved and episode.firing is None:
        return replace(episode, firing=told, inverted=True)  # told late: the episode stays over
    return replace(episode, status="firing", firing=told)


def _counted(told: Told | None, fact: SignalDeduplicated | SignalsAggregated) -> Told | None:
    if told is None or told.signal_id != fact.duplicate_of:
        return told
    return replace(told, repeats=fact.count)
