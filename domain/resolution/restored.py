"""What still stands between an incident and its end: service levels, alerts, stability, notices (R-TRN-12).

What was seen before the present attempt began says nothing about it, so it does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from domain.gates.criterion import Case
from domain.incident_state import Incident
from domain.intake.intake import Attached
from domain.moment import instant
from domain.notices.audience import required_roles
from domain.notices.latency import counts
from domain.policy import Policy
from domain.recovery.recovery import Validated
from domain.resolution.resolution import Cleared
from domain.severity.assessment import shown

MINUTE_S = 60
SECOND = timedelta(seconds=1)


def began(incident: Incident) -> int:
    """Return the version in which what is to be resolved now began: an attempt, or doing without one."""
    attempt = incident.execution.attempt
    return max(
        0 if attempt is None else attempt.version,
        incident.execution.reentered,
        incident.standing.not_required,
        incident.resolution.reopened,
    )


def recovered_at(incident: Incident) -> str | None:
    """Return when recovery was validated in the present attempt, None while it is not."""
    validated = incident.recovery.validated
    return None if validated is None or validated.version < began(incident) else validated.at


def recovered(incident: Incident) -> Validated | None:
    """Return the validation that stands: of the present attempt, and a success.

    One that is none stands as well once the commander has confirmed the resolution all the same, where
    gate 3 was waived.
    """
    validated = incident.recovery.validated
    if validated is None or validated.version < began(incident):
        return None
    confirmed = incident.resolution.confirmed is not None
    return validated if confirmed or validated.fact.status == "success" else None


def end_began(incident: Incident) -> int:
    """Return the version since which notices of the end count: the last validation of this attempt."""
    validated = incident.recovery.validated
    return max(began(incident), 0 if validated is None else validated.version)


def firing(incident: Incident) -> tuple[Attached, ...]:
    """Return the attached alerts that fire."""
    return tuple(alert for _, alert in incident.intake.alerts.items() if alert.firing)


def fired_since(incident: Incident, moment: str) -> tuple[Attached, ...]:
    """Return the attached alerts that began to fire after ``moment``."""
    return tuple(alert for _, alert in incident.intake.alerts.items() if alert.fact.fired_at > moment)


def fired_between(incident: Incident, start: str, end: str) -> tuple[Attached, ...]:
    """Return the attached alerts that began to fire after ``start``, until ``end``."""
    return tuple(alert for alert in fired_since(incident, start) if alert.fact.fired_at <= end)


def slo_restored(incident: Incident) -> bool:
    """Return whether the objectives, as they were seen last, are met."""
    restored = incident.resolution.restored
    return restored is not None and restored.version > began(incident) and restored.fact.restored


def word_on_alerts(incident: Incident) -> Cleared | None:
    """Return what somebody said last of the alerts, None where nobody did since the present attempt began."""
    word = incident.resolution.cleared
    return None if word is None or word.version < began(incident) else word


def alerts_cleared(incident: Incident) -> bool:
    """Return whether no alert fires: where some are attached they say so themselves, else somebody does.

    A person's *not cleared* stands until they say otherwise, or until what fired then is over.
    """
    attached = next(iter(incident.intake.alerts.items()), None) is not None
    if firing(incident):
        return False
    word = word_on_alerts(incident)
    if word is None:
        return attached
    return word.fact.cleared or (attached and bool(word.fact.still_firing))


def stable(case: Case) -> bool:
    """Return whether the last window was long enough, without a breach, and nothing fired since it began."""
    watched, recovered = case.incident.resolution.watched, recovered_at(case.incident)
    if watched is None or recovered is None or watched.version < began(case.incident):
        return False
    fact = watched.fact
    long_enough = fact.duration_s >= stability_s(case.incident, case.policy)
    calm = fact.breaches == 0 and not fired_since(case.incident, fact.started_at)
    return long_enough and calm and fact.started_at >= recovered


def stability_s(incident: Incident, policy: Policy) -> int:
    """Return how many seconds the service has to stay well at the severity shown."""
    minutes = policy.gates.resolution_documentation.stability_minutes
    return minutes.of(shown(incident.severity) or "SEV-1") * MINUTE_S


def told_of_end(incident: Incident, policy: Policy) -> tuple[str, ...]:
    """Return the roles that have to be told that it is over."""
    return required_roles(policy, shown(incident.severity) or "SEV-1")


def untold_of_end(incident: Incident, policy: Policy) -> tuple[str, ...]:
    """Return the required roles without a notice of the resolution that counts (R-GATE-42)."""
    since = end_began(incident)
    told = {
        role
        for notice in incident.notices.told
        if notice.purpose == "resolution" and notice.version > since and counts(incident, notice.proof)
        for role in notice.roles
    }
    return tuple(role for role in told_of_end(incident, policy) if role not in told)


CHECKS: Mapping[str, Callable[[Case], bool]] = {
    "gate_1": lambda case: case.incident.standing.gate_1 > 0,
    "gate_3": lambda case: case.incident.standing.gate_3 > 0,
    "slo_restored": lambda case: slo_restored(case.incident),
    "alerts_cleared": lambda case: alerts_cleared(case.incident),
    "stability_window": stable,
    "resolution_notices": lambda case: not untold_of_end(case.incident, case.policy),
}
"""What has to hold before anybody says that it is over (R-TRN-12, R-TRN-24)."""


def lacking(case: Case) -> tuple[str, ...]:
    """Return what does not hold."""
    return tuple(name for name, holds in CHECKS.items() if not holds(case))


def seconds(start: str, end: str) -> int:
    """Return the whole seconds from one time to another, 0 where the order is reversed."""
    return max(0, (instant(end) - instant(start)) // SECOND)
