"""Gate 1: severity is agreed and everybody who must know was told in time (R-GATE-01, R-GATE-10 to 14)."""

from __future__ import annotations

from collections import Counter

from domain.gates.criterion import Case, Criterion
from domain.gates.facts import Gate, Metric, Unit
from domain.moment import milliseconds
from domain.notices.audience import required_roles
from domain.notices.latency import notification_latency_ms, untold
from domain.ratio import Ratio, of_decimal, of_truth

GATE: Gate = "severity_alignment"


def consensus_rate(case: Case) -> Ratio | None:
    """Return votes for the most voted severity of all votes (R-GATE-10)."""
    votes = case.incident.severity.votes.values()
    return Ratio(max(Counter(votes).values()), len(votes)) if votes else None


def _responders(case: Case) -> Ratio:
    return Ratio(len(case.incident.severity.votes))


def _min_responders(case: Case) -> Ratio:
    votes = case.incident.severity.votes.values()
    return Ratio(case.policy.severity.min_responders.of(min(votes, default="SEV-1")))


def _agreed(case: Case) -> Ratio:
    return of_truth(case.incident.severity.agreed is not None)


def _told(case: Case) -> Ratio:
    agreed = case.incident.severity.agreed is not None
    return of_truth(agreed and not untold(case.incident, case.policy))


def _stakeholders(case: Case) -> Ratio | None:
    agreed = case.incident.severity.agreed
    return None if agreed is None else Ratio(len(required_roles(case.policy, agreed.severity)))


def _latency(case: Case) -> Ratio | None:
    latency = notification_latency_ms(case.incident, case.policy)
    return None if latency is None else Ratio(latency)


def _sla(case: Case) -> Ratio:
    return Ratio(case.policy.notification.sla_minutes * 60_000)


CRITERIA = (
    Criterion(
        id="consensus_rate",
        gate=GATE,
        unit="ratio",
        measure=consensus_rate,
        threshold=lambda case: of_decimal(case.policy.gates.severity_alignment.consensus),
        tightened_by="threshold",
        remedy="Vote until all agree: vote-severity.",
        owner="incident_commander",
    ),
    Criterion(
        id="responders",
        gate=GATE,
        unit="count",
        measure=_responders,
        threshold=_min_responders,
        remedy="Have another responder vote: vote-severity.",
        owner="on_call_lead",
    ),
    Criterion(
        id="severity_assessment.status",
        gate=GATE,
        unit="truth",
        op="=",
        measure=_agreed,
        remedy="Agree on a severity in this round: vote-severity.",
        owner="incident_commander",
    ),
    Criterion(
        id="communication_log.notifications_sent",
        gate=GATE,
        unit="truth",
        op="=",
        measure=_told,
        remedy="Tell everybody who must know, and say so: attest-notice.",
        owner="incident_commander",
    ),
    Criterion(
        id="stakeholder_count",
        gate=GATE,
        unit="count",
        measure=_stakeholders,
        remedy="Agree on a severity first: it says who must be told.",
        owner="incident_commander",
    ),
    Criterion(
        id="notification_latency",
        gate=GATE,
        unit="ms",
        op="<=",
        measure=_latency,
        threshold=_sla,
        tightened_by="sla",
        remedy="Tell everybody in time; where it is too late, propose the severity again: a new clock.",
        owner="incident_commander",
    ),
)


def metrics(case: Case) -> tuple[Metric, ...]:
    """Return what is recorded beside the criteria (R-GATE-14)."""
    incident = case.incident
    numbers: list[tuple[str, Unit, int | None]] = [
        ("detect_to_declare", "ms", _between(incident.intake.detected_at, incident.intake.declared_at)),
        ("signal_to_first_notice", "ms", _between(incident.intake.earliest_fired_at, _first_notice(case))),
        ("acknowledged_count", "count", sum(n.acknowledged for n in incident.notices.requested.values())),
        ("silent_count", "count", len(incident.crew.voting - incident.severity.votes.keys())),
    ]
    return tuple(
        Metric(id=name, unit=unit, actual=Ratio(value)) for name, unit, value in numbers if value is not None
    )


def _first_notice(case: Case) -> str | None:
    return next((told.at for told in case.incident.notices.told), None)


def _between(start: str | None, end: str | None) -> int | None:
    return None if start is None or end is None else milliseconds(start, end)
