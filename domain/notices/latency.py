"""How soon everybody who must be told was told (R-GATE-12, R-GATE-13, R-DEC-28, R-DEC-29)."""

from __future__ import annotations

from domain.incident_state import Incident
from domain.moment import milliseconds
from domain.notices.audience import required_roles
from domain.notices.facts import Proof
from domain.policy import Policy


def counts(incident: Incident, proof: Proof) -> bool:
    """Return whether a notice counts: one in the local file only in profile solo or a drill (R-DIR-01)."""
    local = incident.intake.profile == "solo" or incident.intake.drill
    return proof != "recorded_locally" or local


def told_at(incident: Incident, role: str) -> str | None:
    """Return when the role's first notice of the present round that counts was recorded."""
    number = incident.severity.round
    return next(
        (
            told.at
            for told in incident.notices.told
            if told.purpose == "initial"
            and told.round == number
            and role in told.roles
            and counts(incident, told.proof)
        ),
        None,
    )


def untold(incident: Incident, policy: Policy) -> tuple[str, ...]:
    """Return the required roles without a notice that counts in the present round."""
    if incident.severity.agreed is None:
        return ()
    roles = required_roles(policy, incident.severity.agreed.severity)
    return tuple(role for role in roles if told_at(incident, role) is None)


def notification_latency_ms(incident: Incident, policy: Policy) -> int | None:
    """Return the time from consensus to the last required role's first notice, None while one is missing."""
    agreed = incident.severity.agreed
    if agreed is None:
        return None
    times = [told_at(incident, role) for role in required_roles(policy, agreed.severity)]
    known = [time for time in times if time is not None]
    if len(known) < len(times):
        return None
    return max(milliseconds(agreed.at, time) for time in known)
