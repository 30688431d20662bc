"""Waivers as people read them: who asked, who approved in which role by whose grant, and how they stand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from msgspec import Struct

from domain.facts import Fact
from domain.gates.board import in_force
from domain.gates.criterion import Case
from domain.gates.facts import Gate, GateWaiverDecided, GateWaiverRefused
from domain.gates.gates import Waiver
from domain.gates.granting import counted, granted
from domain.incident_state import Incident
from domain.moment import milliseconds
from domain.recorded import Stamped, UnknownFact
from projections.told import Text, optional_text, text

WaiverStatus = Literal["pending", "granted", "rejected", "expired", "none"]


class WaiverVerdict(Struct, frozen=True, kw_only=True):
    """One person's verdict; ``granted_by`` gave them the role, ``granted_before_ms`` earlier."""

    principal: str
    role: str
    verdict: Literal["approved", "rejected"]
    rationale: Text
    at: str
    version: int
    granted_by: str | None
    granted_at: str | None
    granted_before_ms: int | None


class WaiverShown(Struct, frozen=True, kw_only=True):
    """A requested waiver; ``in_force`` while it covers what fails now, ``waits_for`` roles that lack."""

    waiver_id: str
    gate: Gate
    status: WaiverStatus
    in_force: bool
    evaluation_id: str
    criteria: tuple[str, ...]
    required_roles: tuple[str, ...]
    waits_for: tuple[str, ...]
    justification: Text
    risk_assessment: Text | None
    recovery_plan: Text | None
    conditions: Text | None
    requested_by: str
    requested_at: str
    version: int
    expires_at: str
    verdicts: tuple[WaiverVerdict, ...]


class RefusedWaiver(Struct, frozen=True, kw_only=True):
    """Somebody asked to waive what nobody can waive (R-DEC-26)."""

    gate: Gate
    code: str
    justification: Text
    by: str
    at: str
    version: int


def waivers(facts: Iterable[Stamped[Fact | UnknownFact]], case: Case) -> tuple[WaiverShown, ...]:
    """Return every waiver that was requested, in order, as of the case."""
    items = tuple(facts)
    return tuple(_shown(waiver, items, case) for waiver in case.incident.gates.waivers.values())


def refused_waivers(facts: Iterable[Stamped[Fact | UnknownFact]]) -> tuple[RefusedWaiver, ...]:
    """Return the requests that were refused on record."""
    return tuple(
        RefusedWaiver(
            gate=item.fact.gate,
            code=item.fact.code,
            justification=text(item.fact.justification),
            by=item.authid,
            at=item.recordedtime,
            version=item.version,
        )
        for item in facts
        if isinstance(item.fact, GateWaiverRefused)
    )


def status(incident: Incident, waiver: Waiver, at: str) -> WaiverStatus:
    """Return how a waiver stands at a moment."""
    if waiver.rejected_by is not None:
        return "rejected"
    if waiver.fact.expires_at <= at:
        return "expired"
    return "granted" if granted(incident, waiver) else "pending"


def waits_for(incident: Incident, waiver: Waiver) -> tuple[str, ...]:
    """Return the roles in which nobody approved yet."""
    approved = {role for _, role in counted(incident, waiver)}
    return tuple(role for role in waiver.fact.required_roles if role not in approved)


def granted_before(granted_at: str | None, at: str) -> int | None:
    """Return how long before ``at`` a role was granted, where a grant gave it."""
    return None if granted_at is None else milliseconds(granted_at, at)


def _shown(waiver: Waiver, facts: Iterable[Stamped[Fact | UnknownFact]], case: Case) -> WaiverShown:
    fact = waiver.fact
    verdict = case.incident.gates.authoritative.get(fact.gate)
    return WaiverShown(
        waiver_id=fact.waiver_id,
        gate=fact.gate,
        status=status(case.incident, waiver, case.at),
        in_force=in_force(case.incident, waiver, verdict, case.at),
        evaluation_id=fact.evaluation_id,
        criteria=fact.criteria,
        required_roles=fact.required_roles,
        waits_for=waits_for(case.incident, waiver),
        justification=text(fact.justification),
        risk_assessment=optional_text(fact.risk_assessment),
        recovery_plan=optional_text(fact.recovery_plan),
        conditions=optional_text(fact.conditions),
        requested_by=waiver.requested_by,
        requested_at=waiver.at,
        version=waiver.version,
        expires_at=fact.expires_at,
        verdicts=_verdicts(fact.waiver_id, facts),
    )


def _verdicts(waiver_id: str, facts: Iterable[Stamped[Fact | UnknownFact]]) -> tuple[WaiverVerdict, ...]:
    return tuple(
        WaiverVerdict(
            principal=item.authid,
            role=item.fact.role,
            verdict=item.fact.verdict,
            rationale=text(item.fact.rationale),
            at=item.recordedtime,
            version=item.version,
            granted_by=item.fact.granted_by,
            granted_at=item.fact.granted_at,
            granted_before_ms=granted_before(item.fact.granted_at, item.recordedtime),
        )
        for item in facts
        if isinstance(item.fact, GateWaiverDecided) and item.fact.waiver_id == waiver_id
    )
