"""How an incident comes to be: by a signal, or by a person (R-TRN-01)."""

from __future__ import annotations

from datetime import datetime

from domain.classified import Profile
from domain.context import Context
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident
from domain.intake.attaching import attach, attached
from domain.intake.commands import OpenIncident
from domain.intake.facts import IncidentOpened
from domain.moment import timestamp
from domain.own_commands import AttachSignal, OpenCandidate
from domain.past import checked
from domain.prose import optional_prose, prose
from domain.refusal import Refusal
from domain.text import code


def open_incident(
    state: Incident, command: OpenIncident, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return the opening that a person asks for; the profile is one that governance allows (R-PROF-01)."""
    if state.state != "none":
        return Refusal(code="ALREADY_OPEN", message="this incident is open already", found=state.state)
    found = pinned(command.profile or context.profile, context)
    if isinstance(found, Refusal):
        return found
    detected_at = checked("detected_at", command.detected_at, context.now)
    if isinstance(detected_at, Refusal):
        return detected_at
    return (_opened(command, found, detected_at or context.now),)


def open_candidate(
    state: Incident, command: OpenCandidate, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return a candidate with its first alert, or what joining means if another process opened it first."""
    if state.state != "none":
        return attach(state, AttachSignal(alert=command.alert, signal=command.signal), context)
    found = pinned(context.profile, context)
    if isinstance(found, Refusal):
        return found
    first = attached(command.alert, command.signal, command.signal.why, context.now)
    return _candidate(command, context, found), first


def pinned(profile: Profile, context: Context) -> tuple[Profile, str] | Refusal:
    """Return the profile with the policy it pins for good (R-CFG-04)."""
    policy = context.policies.get(profile)
    if policy is not None:
        return profile, policy
    return Refusal(
        code="PROFILE_NOT_ALLOWED",
        message="governance does not allow this profile for a new incident",
        place="profile",
        expected="one of " + ", ".join(sorted(context.policies)),
        found=profile,
    )


def _opened(command: OpenIncident, pinned: tuple[Profile, str], detected_at: datetime) -> IncidentOpened:
    profile, policy_sha256 = pinned
    return IncidentOpened(
        origin="person",
        why="manual",
        title=prose(command.title),
        summary=optional_prose(command.summary),
        environment=code(command.environment),
        services=tuple(dict.fromkeys(code(service) for service in command.services)),
        detected_at=timestamp(detected_at),
        drill=command.drill,
        visibility=command.visibility,
        profile=profile,
        policy_sha256=policy_sha256,
    )


def _candidate(command: OpenCandidate, context: Context, pinned: tuple[Profile, str]) -> IncidentOpened:
    signal, (profile, policy_sha256) = command.signal, pinned
    return IncidentOpened(
        origin="signal",
        why=signal.why,
        title=prose(_title(command)),
        environment=signal.environment,
        services=(signal.service,) if signal.service else (),
        # A sender's clock that runs ahead must not put the detection into our future.
        detected_at=min(signal.fired_at, timestamp(context.now)),
        drill=False,
        visibility="open",
        profile=profile,
        policy_sha256=policy_sha256,
        correlation=signal.correlation,
        ordinal=command.ordinal,
    )


def _title(command: OpenCandidate) -> str:
    signal = command.signal
    where = f" on {signal.service}" if signal.service else ""
    return f"{signal.alert_name}{where}" + (f" ({signal.environment})" if signal.environment else "")
