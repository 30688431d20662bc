"""Rules by which severity is assessed anew although nobody asked: people agree once more (R-SVC-10).

No rule changes a severity: it begins a round, in which nothing new is executed (R-TRN-18) until people agree
again, on whatever they then agree. What they agreed in knowledge of a cause stands, so no cause begins a
second round by itself: a hint and a time limit are answered by a consensus until one is as severe as they
speak for, what people stated is known from then on (`domain.severity.hints`, `Assessment`).

The rules are rows (`RULES`); `again` is their one interpreter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from msgspec import Struct

from domain.classified import Severity
from domain.context import Context
from domain.flow.standing import Standing
from domain.flow.transitions import UNRESOLVED
from domain.incident_state import Incident
from domain.moment import later
from domain.policies import policy_of
from domain.policy import AutoEscalate
from domain.recorded_at import recorded_at
from domain.severity.assessment import Agreed, Assessment, Known
from domain.severity.facts import Cause, Reason, Rule, SeverityReassessmentStarted
from domain.severity.hints import news

MINUTE_MS = 60_000
UNSTATED = Known()


class Seen(Struct, frozen=True, kw_only=True):
    """What a rule may look at: the state, what was agreed, what is ``stated`` in this decision, when.

    ``policy`` and ``at`` are brought for the rules that read them.
    """

    incident: Incident
    agreed: Agreed
    stated: Known = UNSTATED
    policy: AutoEscalate | None = None
    at: str = ""


class Escalation(Struct, frozen=True, kw_only=True):
    """One row: what the rule finds, if anything, and the reason of the round that begins then."""

    find: Callable[[Seen], Cause | None]
    reason: Reason


def on_signal(state: Incident) -> tuple[SeverityReassessmentStarted, ...]:
    """Return the round that begins since an alert of the incident says more than what is agreed.

    It reads the state alone, so it follows from the facts before it; and it needs no policy.
    """
    return again(state, ("severity_hint",))


def on_stated(state: Incident, stated: Known, context: Context) -> tuple[SeverityReassessmentStarted, ...]:
    """Return the round that begins since of what somebody states now the policy says more than is agreed."""
    policy = policy_of(context).severity.auto_escalate
    return again(state, ("regulated_data", "services_ratio"), stated=stated, policy=policy)


def on_time(state: Incident, context: Context) -> tuple[SeverityReassessmentStarted, ...]:
    """Return the round that begins since nothing was mitigated for as long as the policy lets it go."""
    if state.severity.agreed is None:
        return ()
    policy = policy_of(context).severity.auto_escalate
    return again(state, ("unmitigated",), policy=policy, at=recorded_at(state, context))


def again(
    state: Incident,
    rules: tuple[Rule, ...],
    *,
    stated: Known = UNSTATED,
    policy: AutoEscalate | None = None,
    at: str = "",
) -> tuple[SeverityReassessmentStarted, ...]:
    """Return the round that the first of ``rules`` begins, none where nothing is agreed that it exceeds."""
    agreed = state.severity.agreed
    # Once the end is confirmed severity is not assessed anew (R-TRN-18); an open round needs no second one.
    if agreed is None or state.state not in UNRESOLVED:
        return ()
    seen = Seen(incident=state, agreed=agreed, stated=stated, policy=policy, at=at)
    for rule in rules:
        cause = RULES[rule].find(seen)
        # Never a downgrade: SEV-1 sorts before SEV-2, the smaller is the more severe.
        if cause is not None and cause.severity < agreed.severity:
            number = state.severity.round + 1
            return (SeverityReassessmentStarted(round=number, reason=RULES[rule].reason, cause=cause),)
    return ()


def due_at(severity: Assessment, standing: Standing, policy: AutoEscalate) -> str | None:
    """Return when time alone begins a new round, None if it does not: mitigated, or answered already."""
    agreed = severity.agreed
    if agreed is None or standing.state not in UNRESOLVED or agreed.severity <= policy.to:
        return None
    minutes = policy.unmitigated_minutes.get(agreed.severity)
    # Nothing is owed where nothing has to be done (R-TRN-24); what was taken back mitigated nothing.
    settled = standing.executed or standing.not_required or agreed.severity in severity.overdue
    return None if minutes is None or settled else later(agreed.at, minutes * MINUTE_MS)


def _hint(seen: Seen) -> Cause | None:
    heard = news(seen.incident.hints)
    if heard is None:
        return None
    agreed = seen.agreed.severity
    return Cause(rule="severity_hint", severity=heard.severity, agreed=agreed, alert=heard.alert)


def _regulated(seen: Seen) -> Cause | None:
    policy = seen.policy
    exposed = seen.stated.regulated_data and not seen.agreed.known.regulated_data
    if policy is None or not policy.regulated_data_exposed or not exposed:
        return None
    return Cause(rule="regulated_data", severity=policy.to, agreed=seen.agreed.severity)


def _services(seen: Seen) -> Cause | None:
    policy, stated = seen.policy, seen.stated.services_ratio
    if policy is None or not _reached(stated, policy) or _reached(seen.agreed.known.services_ratio, policy):
        return None
    return Cause(
        rule="services_ratio", severity=policy.to, agreed=seen.agreed.severity, services_ratio=stated
    )


def _unmitigated(seen: Seen) -> Cause | None:
    policy = seen.policy
    due = None if policy is None else due_at(seen.incident.severity, seen.incident.standing, policy)
    if policy is None or due is None or seen.at < due:
        return None
    agreed: Severity = seen.agreed.severity
    minutes = policy.unmitigated_minutes[agreed]
    return Cause(rule="unmitigated", severity=policy.to, agreed=agreed, minutes=minutes)


def _reached(ratio: str | None, policy: AutoEscalate) -> bool:
    return ratio is not None and Decimal(ratio) >= policy.services_ratio


RULES: Mapping[Rule, Escalation] = {
    "severity_hint": Escalation(find=_hint, reason="new_signal"),
    "regulated_data": Escalation(find=_regulated, reason="auto_escalation"),
    "services_ratio": Escalation(find=_services, reason="auto_escalation"),
    "unmitigated": Escalation(find=_unmitigated, reason="auto_escalation"),
}
