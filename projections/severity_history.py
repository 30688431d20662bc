"""How the severity was found, round by round, with who was told too late (R-STEP-12, R-GATE-10, R-DEC-28).

A round ends when the next begins; what was proposed, voted, agreed and missed in it stays on record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct
from msgspec.structs import replace

from domain.classified import Severity
from domain.facts import Fact
from domain.gates.criterion import Case
from domain.incident_state import NOTHING, Incident, seen
from domain.moment import later, milliseconds
from domain.notices.latency import notification_latency_ms
from domain.policy import Policy
from domain.recorded import Stamped, UnknownFact
from domain.severity.assessment import shown
from domain.severity.facts import (
    AffectedScopeConfirmed,
    BlastRadius,
    Cause,
    CustomerImpact,
    Reason,
    SeverityConsensusReached,
    SeverityProposed,
    SeverityReassessmentStarted,
    SeverityVoteCast,
    SloBreach,
)
from domain.wording.reassessing import why_again
from projections.told import Text, optional_text, text

Policies = Callable[[str], Policy]
"""The policy with a SHA-256: a round is judged by the one that was in force in it."""

MINUTE_MS = 60_000


class SeverityProposal(Struct, frozen=True, kw_only=True):
    """A proposed severity; ``suggested`` is what the policy's rules make of the numbers."""

    by: str
    at: str
    version: int
    severity: Severity
    suggested: Severity
    auto: bool
    slo_breaches: tuple[SloBreach, ...]
    customer_impact: CustomerImpact | None
    blast_radius: BlastRadius | None
    rationale: Text


class SeverityVote(Struct, frozen=True, kw_only=True):
    """A vote; ``replaced_by`` is the version in which the same person voted again."""

    by: str
    at: str
    version: int
    severity: Severity
    rationale: Text | None
    replaced_by: int | None = None


class SeverityConsensus(Struct, frozen=True, kw_only=True):
    """What a round agreed on; ``upgraded`` when it is more severe than what was agreed before."""

    severity: Severity
    agreeing: int
    responders: int
    at: str
    version: int
    upgraded: bool


class RoundNotice(Struct, frozen=True, kw_only=True):
    """How soon everybody was told after the consensus: ``late`` stays on record (R-DEC-28).

    ``latency_ms`` is null while somebody is not told.
    """

    sla_ms: int
    due_at: str
    latency_ms: int | None
    late: bool


class ScopeShown(Struct, frozen=True, kw_only=True):
    """A confirmation of what is affected."""

    by: str
    at: str
    version: int
    services: tuple[str, ...]
    regions: tuple[str, ...]
    tenants: int | None
    data_classes: tuple[str, ...]
    regulated_data: bool | None
    customer_notification: bool | None
    services_ratio: str | None
    rationale: Text | None


class SeverityRound(Struct, frozen=True, kw_only=True):
    """One round: ``silent`` is who was waited for in vain.

    ``reason`` and ``rationale`` say why it began, ``cause`` what a rule found that began it, and ``why``
    the same in words.
    """

    round: int
    began_at: str | None
    ended_at: str | None
    reason: Reason | None
    why: str | None
    cause: Cause | None
    rationale: Text | None
    by: str | None
    proposals: tuple[SeverityProposal, ...]
    votes: tuple[SeverityVote, ...]
    silent: tuple[str, ...]
    consensus: SeverityConsensus | None
    notice: RoundNotice | None
    scopes: tuple[ScopeShown, ...]


class SeverityHistory(Struct, frozen=True, kw_only=True):
    """All rounds; ``severity`` is the one to show, an open vote while it is not ``agreed``."""

    version: int
    as_of: str
    severity: Severity | None
    agreed: bool
    rounds: tuple[SeverityRound, ...]


class _Span(Struct, frozen=True):
    """The facts of one round, the state at its end, and when that was, None while it goes on."""

    facts: tuple[Stamped[Fact | UnknownFact], ...]
    end: Incident
    ended_at: str | None


def severity_history(
    facts: Iterable[Stamped[Fact | UnknownFact]], case: Case, policies: Policies
) -> SeverityHistory:
    """Return the history of one incident, whose ``facts`` lead to the case."""
    spans = _spans(facts)
    return SeverityHistory(
        version=case.incident.version,
        as_of=case.at,
        severity=shown(case.incident.severity),
        agreed=case.incident.severity.agreed is not None,
        rounds=tuple(_round(span, case, policies) for span in spans),
    )


def _spans(facts: Iterable[Stamped[Fact | UnknownFact]]) -> tuple[_Span, ...]:
    spans: list[_Span] = []
    state: Incident = NOTHING
    inside: list[Stamped[Fact | UnknownFact]] = []
    for item in facts:
        if isinstance(item.fact, SeverityReassessmentStarted):
            spans.append(_Span(tuple(inside), state, item.recordedtime))
            inside = []
        inside.append(item)
        state = seen(state, item)
    return (*spans, _Span(tuple(inside), state, None))


def _round(span: _Span, case: Case, policies: Policies) -> SeverityRound:
    began = next(((i, i.fact) for i in span.facts if isinstance(i.fact, SeverityReassessmentStarted)), None)
    votes = span.end.severity.votes
    return SeverityRound(
        round=span.end.severity.round,
        began_at=span.end.intake.declared_at if began is None else began[0].recordedtime,
        ended_at=span.ended_at,
        reason=None if began is None else began[1].reason,
        why=None if began is None else why_again(began[1].reason, began[1].cause),
        cause=None if began is None else began[1].cause,
        rationale=None if began is None else optional_text(began[1].rationale),
        by=None if began is None else began[0].authid,
        proposals=tuple(_proposal(i, i.fact) for i in span.facts if isinstance(i.fact, SeverityProposed)),
        votes=_votes(span.facts),
        silent=tuple(sorted(span.end.crew.voting - votes.keys())),
        consensus=_consensus(span),
        notice=_notice(span, case, policies),
        scopes=tuple(_scope(i, i.fact) for i in span.facts if isinstance(i.fact, AffectedScopeConfirmed)),
    )


def _proposal(item: Stamped[Fact | UnknownFact], fact: SeverityProposed) -> SeverityProposal:
    return SeverityProposal(
        by=item.authid,
        at=item.recordedtime,
        version=item.version,
        severity=fact.severity,
        suggested=fact.suggested,
        auto=fact.auto,
        slo_breaches=fact.slo_breaches,
        customer_impact=fact.customer_impact,
        blast_radius=fact.blast_radius,
        rationale=text(fact.rationale),
    )


def _votes(facts: Iterable[Stamped[Fact | UnknownFact]]) -> tuple[SeverityVote, ...]:
    cast = [(item, item.fact) for item in facts if isinstance(item.fact, SeverityVoteCast)]
    return tuple(
        SeverityVote(
            by=item.authid,
            at=item.recordedtime,
            version=item.version,
            severity=fact.severity,
            rationale=optional_text(fact.rationale),
            replaced_by=next((later.version for later, _ in cast[i:] if later.authid == item.authid), None),
        )
        for i, (item, fact) in enumerate(cast, start=1)
    )


def _consensus(span: _Span) -> SeverityConsensus | None:
    return next(
        (
            SeverityConsensus(
                severity=item.fact.severity,
                agreeing=item.fact.agreeing,
                responders=item.fact.responders,
                at=item.recordedtime,
                version=item.version,
                upgraded=span.end.severity.upgraded == item.version,
            )
            for item in span.facts
            if isinstance(item.fact, SeverityConsensusReached)
        ),
        None,
    )


def _notice(span: _Span, case: Case, policies: Policies) -> RoundNotice | None:
    agreed, sha256 = span.end.severity.agreed, span.end.intake.policy_sha256
    if agreed is None or sha256 is None:
        return None
    policy = policies(sha256)
    # Whoever was told of a round after its end was told of it all the same.
    latency = notification_latency_ms(replace(case.incident, severity=span.end.severity), policy)
    sla = policy.notification.sla_minutes * MINUTE_MS
    waited = milliseconds(agreed.at, span.ended_at or case.at) if latency is None else latency
    return RoundNotice(sla_ms=sla, due_at=later(agreed.at, sla), latency_ms=latency, late=waited > sla)


def _scope(item: Stamped[Fact | UnknownFact], fact: AffectedScopeConfirmed) -> ScopeShown:
    return ScopeShown(
        by=item.authid,
        at=item.recordedtime,
        version=item.version,
        services=fact.services,
        regions=fact.regions,
        tenants=fact.tenants,
        data_classes=fact.data_classes,
        regulated_data=fact.regulated_data,
        customer_notification=fact.customer_notification,
        services_ratio=fact.services_ratio,
        rationale=optional_text(fact.rationale),
    )
