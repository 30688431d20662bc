"""What later decisions need to know of an incident, folded from its facts.

`evolve` is total over the facts of the group (``assert_never``); a new fact type means a new case.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Literal, assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.alert_facts import SignalReceived
from domain.classified import Verdict
from domain.facts import Fact
from domain.incident_facts import (
    AlertValidityConfirmed,
    IncidentDeclared,
    IncidentFact,
    IncidentOpened,
    SignalAttached,
    SignalCleared,
    TimelineEntryCorrected,
    TimelineEntryRecorded,
)
from domain.recorded import UnknownFact

State = Literal["none", "detecting", "assessing"]
"""Where an incident stands (R-TRN); ``none`` is a stream in which nothing was opened."""

JOINABLE: frozenset[State] = frozenset({"detecting", "assessing"})
"""The states in which an incident takes further alerts."""


class Attached(Struct, frozen=True, kw_only=True):
    """The newest episode of an alert that belongs to the incident, and whether it still fires."""

    signal_id: str
    episode: int
    fired_at: str
    firing: bool


class Incident(Struct, frozen=True, kw_only=True):
    """The state of one incident; ``alerts`` by alert stream, ``entries`` by entry id."""

    state: State = "none"
    verdict: Verdict | None = None
    alerts: Mapping[str, Attached] = {}
    entries: frozenset[str] = frozenset()


NOTHING = Incident()
"""The state of a stream without facts."""


def accepts_signals(state: Incident) -> bool:
    """Return whether further alerts may join; a correlation goes on to its next incident otherwise."""
    return state.state in JOINABLE


def ends_here(state: Incident, alert: str, ended: SignalReceived) -> bool:
    """Return whether ``ended``, the end of an episode of ``alert``, ends what fires in the incident.

    An end is also the end of an episode that began before it: a sender that merges two reports of
    one condition moves its start.
    """
    attached = state.alerts.get(alert)
    if attached is None or not attached.firing:
        return False
    began = ended.ended_at is not None and attached.fired_at <= ended.ended_at
    return began or attached.episode == int(ended.episode)


def evolve(state: Incident, fact: IncidentFact) -> Incident:  # noqa: PLR0911  # one case a fact
    """Return the state after ``fact``."""
    match fact:
        case IncidentOpened():
            return replace(state, state="detecting")
        case SignalAttached():
            return _attached(state, fact)
        case SignalCleared():
            return _cleared(state, fact)
        case AlertValidityConfirmed():
            return replace(state, verdict=fact.verdict)
        case IncidentDeclared():
            return replace(state, state="assessing")
        case TimelineEntryRecorded():
            return replace(state, entries=state.entries | {fact.entry_id})
        case TimelineEntryCorrected():
            return state
        case _:
            assert_never(fact)


def fold(facts: Iterable[Fact | UnknownFact]) -> Incident:
    """Return the state after all ``facts``; those that are not an incident's change nothing."""
    return reduce(evolve, (fact for fact in facts if isinstance(fact, IncidentFact)), NOTHING)


def _attached(state: Incident, fact: SignalAttached) -> Incident:
    attached = Attached(
        signal_id=fact.signal_id, episode=int(fact.episode), fired_at=fact.fired_at, firing=True
    )
    return replace(state, alerts={**state.alerts, fact.alert: attached})


def _cleared(state: Incident, fact: SignalCleared) -> Incident:
    attached = state.alerts.get(fact.alert)
    if attached is None or attached.signal_id != fact.signal_id:
        return state
    return replace(state, alerts={**state.alerts, fact.alert: replace(attached, firing=False)})
