"""What is known of the end of the incident, folded. Reopening begins anew; action items stay."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.recorded import Stamped
from domain.resolution.facts import (
    ActionItemRecorded,
    AlertsClearedVerified,
    IncidentClosed,
    IncidentReopened,
    ResolutionConfirmed,
    ResolutionFact,
    SloRestorationVerified,
    StabilityWindowObserved,
)


class Restored(Struct, frozen=True, kw_only=True):
    """What was last seen of the objectives, in ``version`` of the stream."""

    fact: SloRestorationVerified
    version: int


class Cleared(Struct, frozen=True, kw_only=True):
    """What was last seen of the alerts, in ``version`` of the stream."""

    fact: AlertsClearedVerified
    at: str
    version: int


class Watched(Struct, frozen=True, kw_only=True):
    """The last window in which the service was watched, in ``version`` of the stream."""

    fact: StabilityWindowObserved
    version: int


class Confirmed(Struct, frozen=True, kw_only=True):
    """The commander's word that it is over, recorded ``at`` in ``version`` of the stream."""

    fact: ResolutionConfirmed
    by: str
    at: str
    version: int


class Resolution(Struct, frozen=True, kw_only=True):
    """The state of resolution; ``items`` are the action items by id, ``closed`` and ``reopened`` versions."""

    restored: Restored | None = None
    cleared: Cleared | None = None
    watched: Watched | None = None
    confirmed: Confirmed | None = None
    items: Mapping[str, ActionItemRecorded] = {}
    closed_at: str | None = None
    closed: int = 0
    reopened: int = 0


def evolve(state: Resolution, item: Stamped[ResolutionFact]) -> Resolution:  # noqa: PLR0911  # one case a fact
    """Return the state after a fact."""
    fact, at, version = item.fact, item.recordedtime, item.version
    match fact:
        case SloRestorationVerified():
            return replace(state, restored=Restored(fact=fact, version=version))
        case AlertsClearedVerified():
            return replace(state, cleared=Cleared(fact=fact, at=at, version=version))
        case StabilityWindowObserved():
            return replace(state, watched=Watched(fact=fact, version=version))
        case ResolutionConfirmed():
            return replace(state, confirmed=Confirmed(fact=fact, by=item.authid, at=at, version=version))
        case ActionItemRecorded():
            return replace(state, items={**state.items, fact.item_id: fact})
        case IncidentClosed():
            return replace(state, closed_at=at, closed=version)
        case IncidentReopened():
            return Resolution(items=state.items, reopened=version)
        case _:
            assert_never(fact)
