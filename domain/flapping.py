"""Conditions that begin and end again and again: when one flaps, and when it has settled.

A change is a message after which the condition is in the other status. What counts is when it was received;
and if it was not flapping by the times that its source tells either, it is a backlog that came in one go.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from domain.alert_facts import FlappingEnded, FlappingStarted, SignalReceived
from domain.classified import Status
from domain.moment import instant
from domain.rules import FlappingRule

WHY = "flapping"
"""Why a signal has no effect while its condition flaps."""

REMEMBERED = 50
"""How many changes a state keeps; no rule may ask for more."""


class Change(Struct, frozen=True, kw_only=True):
    """A change of status, received ``at``; ``told`` is its source's time, never before an earlier one's."""

    at: str
    told: str


class Flaps(Struct, frozen=True, kw_only=True):
    """A condition that flaps: how often it changed ``since`` then, and how many signals were held."""

    since: str
    changes: int
    settled_minutes: int
    held: int = 0


def noted(changes: tuple[Change, ...], signal: SignalReceived, at: str) -> tuple[Change, ...]:
    """Return the changes with that which ``signal`` told, received ``at``."""
    told = signal.fired_at if signal.status == "firing" else signal.ended_at or at
    latest = changes[-1].told if changes else told
    return (*changes, Change(at=at, told=max(told, latest)))[-REMEMBERED:]


def started(changes: tuple[Change, ...], rule: FlappingRule, alert_name: str) -> FlappingStarted | None:
    """Return that a condition flaps from its last change on, None if it does not."""
    recent = _within(changes, timedelta(minutes=rule.window_minutes))
    if len(recent) < rule.changes:
        return None
    return FlappingStarted(
        alert_name=alert_name,
        since=recent[0].at,
        changes=len(recent),
        window_minutes=rule.window_minutes,
        settled_minutes=rule.settled_minutes,
    )


def ended(
    flaps: Flaps, changes: tuple[Change, ...], status: Status, alert_name: str, now: datetime
) -> FlappingEnded | None:
    """Return that a condition has settled at ``status``, None while it was not quiet for long enough."""
    if now < settles_at(flaps, changes):
        return None
    return FlappingEnded(
        alert_name=alert_name,
        status=status,
        since=flaps.since,
        quiet_since=_last(flaps, changes),
        changes=flaps.changes,
        held=flaps.held,
    )


def begun(fact: FlappingStarted) -> Flaps:
    """Return how a condition flaps after the fact that it does; the signal that made it so comes next."""
    return Flaps(since=fact.since, changes=fact.changes - 1, settled_minutes=fact.settled_minutes)


def counted(flaps: Flaps, *, changed: bool, held: bool) -> Flaps:
    """Return how a condition flaps after a signal."""
    return replace(flaps, changes=flaps.changes + changed, held=flaps.held + held)


def settles_at(flaps: Flaps, changes: tuple[Change, ...]) -> datetime:
    """Return when the condition has settled if nothing changes any more."""
    return instant(_last(flaps, changes)) + timedelta(minutes=flaps.settled_minutes)


def _last(flaps: Flaps, changes: tuple[Change, ...]) -> str:
    return changes[-1].at if changes else flaps.since


def _within(changes: tuple[Change, ...], window: timedelta) -> list[Change]:
    last = changes[-1]
    return [
        change
        for change in changes
        if instant(last.at) - instant(change.at) <= window
        and instant(last.told) - instant(change.told) <= window
    ]
