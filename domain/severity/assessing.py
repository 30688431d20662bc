"""Proposals, votes, objections, new rounds and scope (R-STEP-12, R-GATE-10, R-TRN-18)."""

from __future__ import annotations

import msgspec

from domain.classified import Severity
from domain.context import Context
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.policies import policy_of
from domain.prose import optional_prose, prose
from domain.refusal import Refusal
from domain.severity.assessment import Known
from domain.severity.commands import ConfirmScope, ProposeSeverity, ReassessSeverity, VoteSeverity
from domain.severity.escalating import on_stated
from domain.severity.facts import (
    AffectedScopeConfirmed,
    BlastRadius,
    CustomerImpact,
    Reason,
    SeverityProposed,
    SeverityReassessmentStarted,
    SeverityVoteCast,
    SloBreach,
)
from domain.severity.rules import suggested
from domain.text import code


def propose(state: Incident, command: ProposeSeverity, context: Context) -> tuple[IncidentFact, ...]:
    """Return the proposal with its proposer's vote; in a new round where one is agreed already."""
    again = _proposed_again(state, command, context) if state.severity.agreed is not None else ()
    proposed = _proposal(_round(state, again), command, context)
    vote = SeverityVoteCast(round=proposed.round, severity=proposed.severity)
    return (*again, proposed, vote)


def vote(state: Incident, command: VoteSeverity, _context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the vote; against what was agreed it is an objection, and the first vote of a new round."""
    agreed = state.severity.agreed
    if command.rationale is None and command.severity not in _argued(state):
        return Refusal(
            code="RATIONALE_MISSING",
            message="the first to say this severity says why",
            place="rationale",
            expected="at least 10 characters",
            found="none",
        )
    objects = agreed is not None and agreed.severity != command.severity
    again = _new_round(state, "objection") if objects else ()
    cast = SeverityVoteCast(
        round=_round(state, again),
        severity=command.severity,
        rationale=optional_prose(command.rationale),
    )
    return (*again, cast)


def reassess(state: Incident, command: ReassessSeverity, _context: Context) -> tuple[IncidentFact, ...]:
    """Return the beginning of a new round; what was agreed stays on record."""
    (started,) = _new_round(state, why_again(state))
    return (msgspec.structs.replace(started, rationale=prose(command.rationale)),)


def confirm_scope(state: Incident, command: ConfirmScope, context: Context) -> tuple[IncidentFact, ...]:
    """Return the scope, confirmed in the present round, or in the new one that a rule begins because of it.

    The round comes first, so that the scope counts in it: nobody has to confirm again what began it.
    """
    exposed = command.regulated_data is True
    stated = Known(regulated_data=exposed, services_ratio=command.services_ratio)
    again = on_stated(state, stated, context)
    return (
        *again,
        AffectedScopeConfirmed(
            round=_round(state, again),
            services=tuple(map(code, command.services)),
            regions=tuple(map(code, command.regions)),
            tenants=command.tenants,
            data_classes=tuple(map(code, command.data_classes)),
            regulated_data=command.regulated_data,
            customer_notification=command.customer_notification,
            services_ratio=command.services_ratio,
            rationale=optional_prose(command.rationale),
        ),
    )


def _proposal(number: int, command: ProposeSeverity, context: Context) -> SeverityProposed:
    # A told value has the same fields as its fact; the fact has no limits of length but codes.
    breaches = tuple(msgspec.convert(told, SloBreach, from_attributes=True) for told in command.slo_breaches)
    impact = msgspec.convert(command.customer_impact, CustomerImpact | None, from_attributes=True)
    radius = msgspec.convert(command.blast_radius, BlastRadius | None, from_attributes=True)
    by_rules = suggested(policy_of(context).severity, breaches, impact, radius)
    return SeverityProposed(
        round=number,
        severity=command.severity or by_rules,
        suggested=by_rules,
        auto=command.severity is None,
        slo_breaches=breaches,
        customer_impact=impact,
        blast_radius=radius,
        rationale=prose(command.rationale),
    )


def _proposed_again(
    state: Incident, command: ProposeSeverity, context: Context
) -> tuple[SeverityReassessmentStarted, ...]:
    """Return the new round of a proposal: that a rule is met says more of its reason than that it is new."""
    radius = command.blast_radius
    stated = Known(services_ratio=None if radius is None else radius.services_ratio)
    return on_stated(state, stated, context) or _new_round(state, why_again(state))


def why_again(state: Incident) -> Reason:
    """Return why people begin a round without objecting: gate 1 failed in this one, or they ask."""
    verdict = state.gates.authoritative.get("severity_alignment")
    failed = verdict is not None and verdict.fact.result == "FAIL"
    in_round = verdict is not None and verdict.fact.scope.round == state.severity.round
    return "gate_1_failed" if failed and in_round else "manual"


def _argued(state: Incident) -> set[Severity]:
    """Return the severities for which somebody gave reasons in this round (R-ROL-02)."""
    severity = state.severity
    if severity.agreed is not None:
        return {severity.agreed.severity}
    return {*severity.votes.values(), *(() if severity.proposed is None else (severity.proposed,))}


def _new_round(state: Incident, reason: Reason) -> tuple[SeverityReassessmentStarted]:
    return (SeverityReassessmentStarted(round=state.severity.round + 1, reason=reason),)


def _round(state: Incident, again: tuple[SeverityReassessmentStarted, ...]) -> int:
    return again[0].round if again else state.severity.round
