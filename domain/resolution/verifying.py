"""What people see of service levels, alerts, stability (R-STEP-41); recorded whatever it says (R-WF-02)."""

from __future__ import annotations

from domain.context import Context
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.moment import timestamp
from domain.past import checked
from domain.prose import optional_prose
from domain.recorded_at import recorded_at
from domain.refusal import Refusal
from domain.resolution.commands import AlertsTold, SloTold, StabilityTold, VerifyRestoration
from domain.resolution.facts import (
    AlertsClearedVerified,
    SloRestorationVerified,
    SloSeen,
    StabilityWindowObserved,
)
from domain.resolution.restored import fired_between, firing, recovered_at, seconds
from domain.text import code


def verify(
    state: Incident, command: VerifyRestoration, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return what was seen, a fact for each of the parts that were given."""
    at = checked("at", command.at, context.now)
    if isinstance(at, Refusal):
        return at
    when = None if at is None else timestamp(at)
    if not command.slos and command.alerts is None and command.stability is None:
        return _nothing_seen()
    found: list[IncidentFact] = []
    if command.slos:
        found.append(_restored(command, when))
    if command.alerts is not None:
        cleared = _cleared(state, command.alerts, when)
        if isinstance(cleared, Refusal):
            return cleared
        found.append(cleared)
    if command.stability is not None:
        watched = _watched(state, command.stability, context)
        if isinstance(watched, Refusal):
            return watched
        found.append(watched)
    return tuple(found)


def _restored(command: VerifyRestoration, at: str | None) -> SloRestorationVerified:
    return SloRestorationVerified(
        slos=tuple(map(_seen, command.slos)),
        restored=all(slo.met for slo in command.slos),
        at=at,
        note=optional_prose(command.note),
    )


def _seen(told: SloTold) -> SloSeen:
    return SloSeen(
        slo_id=code(told.slo_id),
        objective=told.objective,
        observed=told.observed,
        met=told.met,
        unit=None if told.unit is None else code(told.unit),
    )


def _cleared(state: Incident, told: AlertsTold, at: str | None) -> AlertsClearedVerified | Refusal:
    """Return the word on the alerts; not against an alert that says itself that it fires."""
    still = firing(state)
    if told.cleared and still:
        return Refusal(
            code="ALERTS_FIRING",
            message="an attached alert says that it fires; its end comes from where it came from",
            place="alerts.cleared",
            expected="no attached alert that fires",
            found=", ".join(alert.fact.alert_name for alert in still),
        )
    return AlertsClearedVerified(
        cleared=told.cleared,
        still_firing=tuple(alert.fact.alert for alert in still),
        at=at,
        note=optional_prose(told.note),
    )


def _watched(state: Incident, told: StabilityTold, context: Context) -> StabilityWindowObserved | Refusal:
    """Return the window; an attached alert that fired in it is a breach, whatever was counted."""
    window = _window(state, told, context)
    if isinstance(window, Refusal):
        return window
    start, end = window
    fired = fired_between(state, start, end)
    return StabilityWindowObserved(
        started_at=start,
        ended_at=end,
        duration_s=seconds(start, end),
        breaches=max(told.breaches, len(fired)),
        note=optional_prose(told.note),
    )


def _window(state: Incident, told: StabilityTold, context: Context) -> tuple[str, str] | Refusal:
    recovered = recovered_at(state)
    if recovered is None:
        return Refusal(
            code="NOT_RECOVERED",
            message="the window begins once recovery is validated",
            place="stability",
            expected="a validated recovery",
            found="none",
        )
    start, end = told.started_at, told.ended_at
    for name, moment in (("started_at", start), ("ended_at", end)):
        refusal = checked(f"stability.{name}", moment, context.now)
        if isinstance(refusal, Refusal):
            return refusal
    since = recovered if start is None else timestamp(start)
    until = recorded_at(state, context) if end is None else timestamp(end)
    if not recovered <= since <= until:
        return Refusal(
            code="WINDOW_UNFIT",
            message="the window lies between the validated recovery and now, and ends after it begins",
            place="stability",
            expected=f"from {recovered} on",
            found=f"{since} to {until}",
        )
    return since, until


def _nothing_seen() -> Refusal:
    return Refusal(
        code="NOTHING_SEEN",
        message="say what you saw: service levels, alerts or stability",
        place="slos",
        expected="at least one of slos, alerts, stability",
        found="none",
    )
