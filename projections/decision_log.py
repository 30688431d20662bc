"""Who decided what about the plan, in which role, when, and whether it still stands (R-STEP-23, R-GATE-24).

A decision is about one revision of the plan. It is void once the plan is revised, or the severity rises
above what it was decided for; it stays on record either way.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from domain.decisions.approvals import approvals, current, matched, required_roles
from domain.decisions.facts import DecisionGiven, DecisionRecorded, DecisionRequested
from domain.facts import Fact
from domain.gates.criterion import Case
from domain.moment import milliseconds
from domain.planning.facts import MitigationPlanProposed
from domain.planning.plan_hash import plan_sha256
from domain.recorded import Stamped, UnknownFact
from domain.severity.facts import Cause, Reason, SeverityReassessmentStarted
from domain.wording.reassessing import why_again
from projections.severity_upgrades import upgrades
from projections.told import Text, text
from projections.waivers import WaiverShown, granted_before, waivers

Facts = tuple[Stamped[Fact | UnknownFact], ...]


class DecisionVerdict(Struct, frozen=True, kw_only=True):
    """What one person said; ``granted_by`` gave them the role, ``granted_before_ms`` earlier."""

    principal: str
    role: str
    verdict: Literal["approved", "rejected"]
    option_id: str
    plan_sha256: str
    rationale: Text
    at: str
    version: int
    granted_by: str | None
    granted_at: str | None
    granted_before_ms: int | None
    signed: bool


class Voided(Struct, frozen=True, kw_only=True):
    """Why, and since when, a decision no longer counts."""

    cause: Literal["plan_revised", "severity_upgraded"]
    at: str
    version: int


class RoleCover(Struct, frozen=True, kw_only=True):
    """A role that must approve, and whose approval covers it now."""

    role: str
    by: str | None


class DecisionShown(Struct, frozen=True, kw_only=True):
    """One decision; ``cover`` says how it stands while it is the one in force."""

    decision_id: str
    topic: str
    plan_revision: int
    plan_sha256: str | None
    options: tuple[str, ...]
    required_roles: tuple[str, ...]
    requested_at: str
    version: int
    status: Literal["open", "approved", "rejected", "voided"]
    option_id: str | None
    recorded_at: str | None
    approval_latency_ms: int | None
    decision_latency_ms: int | None
    voided: Voided | None
    in_force: bool
    cover: tuple[RoleCover, ...]
    verdicts: tuple[DecisionVerdict, ...]


class RoundBegan(Struct, frozen=True, kw_only=True):
    """A new round of severity, in which nothing new is executed until people agree again; ``why`` in words.

    ``cause`` is what a rule found that began it, null where people did.
    """

    round: int
    reason: Reason
    why: str
    cause: Cause | None
    by: str
    at: str
    version: int


class DecisionLog(Struct, frozen=True, kw_only=True):
    """Decisions about the plan, waivers, new rounds of severity, as of ``version`` and time ``as_of``."""

    version: int
    as_of: str
    decisions: tuple[DecisionShown, ...]
    waivers: tuple[WaiverShown, ...]
    rounds: tuple[RoundBegan, ...]


def decision_log(facts: Iterable[Stamped[Fact | UnknownFact]], case: Case) -> DecisionLog:
    """Return the log of one incident, whose ``facts`` lead to the case."""
    items = tuple(facts)
    return DecisionLog(
        version=case.incident.version,
        as_of=case.at,
        decisions=tuple(
            _decision(item, item.fact, items, case)
            for item in items
            if isinstance(item.fact, DecisionRequested)
        ),
        waivers=waivers(items, case),
        rounds=tuple(
            _round(item, item.fact) for item in items if isinstance(item.fact, SeverityReassessmentStarted)
        ),
    )


def _round(item: Stamped[Fact | UnknownFact], fact: SeverityReassessmentStarted) -> RoundBegan:
    return RoundBegan(
        round=fact.round,
        reason=fact.reason,
        why=why_again(fact.reason, fact.cause),
        cause=fact.cause,
        by=item.authid,
        at=item.recordedtime,
        version=item.version,
    )


def _decision(
    item: Stamped[Fact | UnknownFact], fact: DecisionRequested, facts: Facts, case: Case
) -> DecisionShown:
    said = _verdicts(fact.decision_id, facts)
    recorded = _recorded(fact.decision_id, facts)
    plan = _plan(fact.plan_revision, facts)
    voided = _voided(item.version, facts)
    decision = current(case.incident)
    in_force = decision is not None and decision.decision_id == fact.decision_id
    return DecisionShown(
        decision_id=fact.decision_id,
        topic=fact.topic,
        plan_revision=fact.plan_revision,
        plan_sha256=None if plan is None else plan[1],
        options=fact.options,
        required_roles=fact.required_roles,
        requested_at=item.recordedtime,
        version=item.version,
        status=_status(said, recorded, voided),
        option_id=None if recorded is None else recorded[1].option_id,
        recorded_at=None if recorded is None else recorded[0].recordedtime,
        approval_latency_ms=_approved_after(item.recordedtime, said, recorded),
        decision_latency_ms=None
        if recorded is None or plan is None
        else milliseconds(plan[0], recorded[0].recordedtime),
        voided=voided,
        in_force=in_force,
        cover=_cover(case) if in_force else (),
        verdicts=said,
    )


def _status(
    said: tuple[DecisionVerdict, ...],
    recorded: tuple[Stamped[Fact | UnknownFact], DecisionRecorded] | None,
    voided: Voided | None,
) -> Literal["open", "approved", "rejected", "voided"]:
    if voided is not None:
        return "voided"
    latest = {verdict.principal: verdict for verdict in said}
    if any(verdict.verdict == "rejected" for verdict in latest.values()):
        return "rejected"
    # A rejection takes a decision back, and only a new record of it brings it back.
    withdrawn = max((verdict.version for verdict in said if verdict.verdict == "rejected"), default=0)
    return "approved" if recorded is not None and recorded[0].version > withdrawn else "open"


def _verdicts(decision_id: str, facts: Facts) -> tuple[DecisionVerdict, ...]:
    return tuple(
        _verdict(item, item.fact)
        for item in facts
        if isinstance(item.fact, DecisionGiven) and item.fact.decision_id == decision_id
    )


def _verdict(item: Stamped[Fact | UnknownFact], fact: DecisionGiven) -> DecisionVerdict:
    return DecisionVerdict(
        principal=item.authid,
        role=fact.role,
        verdict=fact.verdict,
        option_id=fact.option_id,
        plan_sha256=fact.plan_sha256,
        rationale=text(fact.rationale),
        at=item.recordedtime,
        version=item.version,
        granted_by=fact.granted_by,
        granted_at=fact.granted_at,
        granted_before_ms=granted_before(fact.granted_at, item.recordedtime),
        signed=fact.attestation is not None,
    )


def _recorded(decision_id: str, facts: Facts) -> tuple[Stamped[Fact | UnknownFact], DecisionRecorded] | None:
    """Return the latest record of a decision."""
    found = [
        (item, item.fact)
        for item in facts
        if isinstance(item.fact, DecisionRecorded) and item.fact.decision_id == decision_id
    ]
    return found[-1] if found else None


def _plan(revision: int, facts: Facts) -> tuple[str, str] | None:
    """Return when a revision of the plan was proposed, and its hash."""
    return next(
        (
            (item.recordedtime, plan_sha256(item.fact))
            for item in facts
            if isinstance(item.fact, MitigationPlanProposed) and item.fact.revision == revision
        ),
        None,
    )


def _approved_after(
    requested_at: str,
    said: tuple[DecisionVerdict, ...],
    recorded: tuple[Stamped[Fact | UnknownFact], DecisionRecorded] | None,
) -> int | None:
    """Return how long the last approval took; of a decision on record, the last one that it rests on."""
    times = [
        verdict.at
        for verdict in said
        if verdict.verdict == "approved" and (recorded is None or verdict.version < recorded[0].version)
    ]
    return milliseconds(requested_at, max(times)) if times else None


def _voided(requested: int, facts: Facts) -> Voided | None:
    """Return what voided a decision that was requested in version ``requested``: what came first."""
    found = [
        Voided(cause="plan_revised", at=item.recordedtime, version=item.version)
        for item in facts
        if isinstance(item.fact, MitigationPlanProposed) and item.version > requested
    ]
    found += [
        Voided(cause="severity_upgraded", at=item.recordedtime, version=item.version)
        for item in upgrades(facts)
        # An upgrade asks for a decision anew in the same breath; that one is not voided by it.
        if item.version > requested
    ]
    return min(found, key=lambda voided: voided.version, default=None)


def _cover(case: Case) -> tuple[RoleCover, ...]:
    wanted = required_roles(case.incident, case.policy)
    covered = matched(wanted, approvals(case.incident), case.incident)
    return tuple(RoleCover(role=role, by=covered.get(role)) for role in wanted)
