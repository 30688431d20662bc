"""What is known of severity and scope: round, votes, and what was agreed (R-GATE-10, R-GATE-11)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain.classified import Severity
from domain.recorded import Stamped
from domain.severity.facts import (
    AffectedScopeConfirmed,
    Cause,
    Reason,
    SeverityConsensusReached,
    SeverityFact,
    SeverityProposed,
    SeverityReassessmentStarted,
    SeverityVoteCast,
)


class Known(Struct, frozen=True, kw_only=True):
    """What people had stated by a moment: that regulated data is exposed, the largest share of services."""

    regulated_data: bool = False
    services_ratio: str | None = None


class Agreed(Struct, frozen=True, kw_only=True):
    """The consensus of a round: recorded ``at``, in ``version`` of the stream, knowing what was ``known``."""

    round: int
    severity: Severity
    at: str
    version: int
    known: Known = Known()


class Began(Struct, frozen=True, kw_only=True):
    """Why a round began."""

    reason: Reason
    cause: Cause | None = None


class Scope(Struct, frozen=True, kw_only=True):
    """The latest confirmed scope."""

    fact: AffectedScopeConfirmed
    version: int


class Assessment(Struct, frozen=True, kw_only=True):
    """The state of severity. ``votes`` are those of the round, frozen once it is ``agreed``.

    ``cast`` is who ever voted, and in which version of the stream they did last.
    ``previous`` is what the last round before agreed on, ``upgraded`` the version in which a consensus was
    last more severe than the one before: approvals from before it are void (R-GATE-24).
    ``began`` is why the round did, ``known`` what was stated so far. ``overdue`` holds the severities that
    were agreed for too long without a mitigation, each with the one that the policy speaks for: people who
    agreed again since have answered that, until they agree on as much as the policy speaks for.
    """

    round: int = 1
    proposed: Severity | None = None
    votes: Mapping[str, Severity] = {}
    cast: Mapping[str, int] = {}
    agreed: Agreed | None = None
    previous: Severity | None = None
    upgraded: int = 0
    scope: Scope | None = None
    began: Began | None = None
    known: Known = Known()
    overdue: Mapping[Severity, Severity] = {}


def evolve(state: Assessment, item: Stamped[SeverityFact]) -> Assessment:
    """Return the state after a fact."""
    fact = item.fact
    match fact:
        case SeverityProposed():
            ratio = None if fact.blast_radius is None else fact.blast_radius.services_ratio
            return replace(state, proposed=fact.severity, known=_stated(state.known, ratio))
        case SeverityVoteCast():
            return _voted(state, fact, item)
        case SeverityConsensusReached():
            return _agreed(state, fact, item)
        case SeverityReassessmentStarted():
            return _reopened(state, fact)
        case AffectedScopeConfirmed():
            known = _stated(state.known, fact.services_ratio, regulated_data=fact.regulated_data is True)
            return replace(state, scope=Scope(fact=fact, version=item.version), known=known)
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
    agreed = Agreed(
        round=fact.round,
        severity=fact.severity,
        at=item.recordedtime,
        version=item.version,
        known=state.known,
    )
    # SEV-1 sorts before SEV-2: the smaller is the more severe.
    upgraded = state.previous is not None and fact.severity < state.previous
    overdue = {level: to for level, to in state.overdue.items() if fact.severity > to}
    return replace(
        state, agreed=agreed, upgraded=item.version if upgraded else state.upgraded, overdue=overdue
    )


def _reopened(state: Assessment, fact: SeverityReassessmentStarted) -> Assessment:
    previous = state.previous if state.agreed is None else state.agreed.severity
    cause = fact.cause
    timed_out = cause is not None and cause.rule == "unmitigated"
    # What is reopened is to be mitigated anew, and in time.
    overdue = {} if fact.reason == "reopened" else state.overdue
    return replace(
        state,
        round=fact.round,
        proposed=None,
        votes={},
        agreed=None,
        previous=previous,
        began=Began(reason=fact.reason, cause=cause),
        overdue={**overdue, cause.agreed: cause.severity} if cause and timed_out else overdue,
    )


def _stated(known: Known, services_ratio: str | None, *, regulated_data: bool = False) -> Known:
    """Return what is known after a statement: what was stated once stays known, whatever is stated later."""
    stated = [ratio for ratio in (known.services_ratio, services_ratio) if ratio is not None]
    return Known(
        regulated_data=known.regulated_data or regulated_data,
        services_ratio=max(stated, key=Decimal, default=None),
    )
