"""What is known of severity and scope: round, votes, and what was agreed (R-GATE-10, R-GATE-11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.classified import Severity
from domain.recorded import Stamped
from domain.severity.facts import (
    AffectedScopeConfirmed,
    SeverityConsensusReached,
    SeverityFact,
    SeverityProposed,
    SeverityReassessmentStarted,
    SeverityVoteCast,
)


class Agreed(Struct, frozen=True, kw_only=True):
    """The consensus of a round: recorded ``at``, in ``version`` of the stream."""

    round: int
    severity: Severity
    at: str
    version: int


class Scope(Struct, frozen=True, kw_only=True):
    """The latest confirmed scope."""

    fact: AffectedScopeConfirmed
    version: int


class Assessment(Struct, frozen=True, kw_only=True):
    """The state of severity. ``votes`` are those of the round, frozen once it is ``agreed``.

    ``cast`` is who ever voted, and in which version of the stream they did last.
    ``previous`` is what the last round before agreed on, ``upgraded`` the version in which a consensus was
    last more severe than the one before: approvals from before it are void (R-GATE-24).
    """

    round: int = 1
    proposed: Severity | None = None
    votes: Mapping[str, Severity] = {}
    cast: Mapping[str, int] = {}
    agreed: Agreed | None = None
    previous: Severity | None = None
    upgraded: int = 0
    scope: Scope | None = None


def evolve(state: Assessment, item: Stamped[SeverityFact]) -> Assessment:
    """Return the state after a fact."""
    fact = item.fact
    match fact:
        case SeverityProposed():
            return replace(state, proposed=fact.severity)
        case SeverityVoteCast():
            return _voted(state, fact, item)
        case SeverityConsensusReached():
            return _agreed(state, fact, item)
        case SeverityReassessmentStarted():
            return _reopened(state, fact)
        case AffectedScopeConfirmed():
            return replace(state, scope=Scope(fact=fact, version=item.version))
        case _:
            assert_never(fact)


def shown(state: Assessment) -> Severity | None:
    """Return the severity to show: the agreed one, else the highest open vote, else the last agreed."""
    if state.agreed is not None:
        return state.agreed.severity
    return min(state.votes.values(), default=state.proposed or state.previous)


def scope_confirmed(state: Assessment) -> bool:
    """Return whether the scope was confirmed in the present round (R-WF-30)."""
    return state.scope is not None and state.scope.fact.round >= state.round


def _voted(state: Assessment, fact: SeverityVoteCast, item: Stamped[SeverityFact]) -> Assessment:
    state = replace(state, cast={**state.cast, item.authid: item.version})
    if fact.round != state.round or state.agreed is not None:
        return state
    return replace(state, votes={**state.votes, item.authid: fact.severity})


def _agreed(state: Assessment, fact: SeverityConsensusReached, item: Stamped[SeverityFact]) -> Assessment:
    agreed = Agreed(round=fact.round, severity=fact.severity, at=item.recordedtime, version=item.version)
    # SEV-1 sorts before SEV-2: the smaller is the more severe.
    upgraded = state.previous is not None and fact.severity < state.previous
    return replace(state, agreed=agreed, upgraded=item.version if upgraded else state.upgraded)


def _reopened(state: Assessment, fact: SeverityReassessmentStarted) -> Assessment:
    previous = state.previous if state.agreed is None else state.agreed.severity
    return replace(state, round=fact.round, proposed=None, votes={}, agreed=None, previous=previous)
