"""Alerts that join an incident and alerts that end (R-STEP-11)."""

from __future__ import annotations

from datetime import datetime

from domain.alert_facts import SignalReceived
from domain.context import Context
from domain.incident_facts import IncidentFact
from domain.incident_state import Incident, accepts_signals
from domain.intake.commands import AttachAlert
from domain.intake.facts import SignalAttached, SignalCleared
from domain.intake.intake import ends_here
from domain.moment import instant
from domain.own_commands import AttachSignal, ClearSignal
from domain.prose import Prose, prose
from domain.refusal import Refusal

JOINED = "same-correlation"
BY_HAND = "by-hand"
SETTLED = "flapping-settled"


def attach(state: Incident, command: AttachSignal, context: Context) -> tuple[IncidentFact, ...] | Refusal:
    """Return the alert's joining; nothing if this episode, or a newer one, is attached already."""
    if not accepts_signals(state):
        return _closed(state)
    if is_known(state, command.alert, int(command.signal.episode)):
        return ()
    why = SETTLED if command.settled else JOINED
    return (attached(command.alert, command.signal, why, context.now),)


def attach_by_hand(
    state: Incident, command: AttachAlert, context: Context
) -> tuple[IncidentFact, ...] | Refusal:
    """Return the joining that a person asks for; ``context.signal`` is the alert's latest firing."""
    signal = context.signal
    if signal is None:
        return Refusal(
            code="ALERT_UNKNOWN", message="no alert has this stream", place="alert", found=command.alert
        )
    if is_known(state, command.alert, int(signal.episode)):
        return Refusal(
            code="ALREADY_ATTACHED", message="the alert is attached", place="alert", found=command.alert
        )
    return (attached(command.alert, signal, BY_HAND, context.now, prose(command.why)),)


def clear(state: Incident, command: ClearSignal, context: Context) -> tuple[IncidentFact, ...]:
    """Return the end of an attached firing, in any state; nothing if that does not fire here."""
    signal = command.signal
    attached = state.intake.alerts.get(command.alert)
    if attached is None or not attached.firing:
        return ()
    # Of a flapping alert the incident may have an episode that none of the ends names.
    if not command.settled and not ends_here(state.intake, command.alert, signal):
        return ()
    return (
        SignalCleared(
            signal_id=attached.signal_id,
            alert=command.alert,
            alert_name=signal.alert_name,
            cleared_by=signal.signal_id,
            cleared_at=signal.ended_at,
            at=_past(signal.ended_at, context.now),
        ),
    )


def attached(
    alert: str, signal: SignalReceived, why: str, now: datetime, rationale: Prose | None = None
) -> SignalAttached:
    """Return the fact that ``signal`` belongs to an incident."""
    return SignalAttached(
        signal_id=signal.signal_id,
        alert=alert,
        alert_name=signal.alert_name,
        episode=signal.episode,
        fired_at=signal.fired_at,
        why=why,
        service=signal.service,
        environment=signal.environment,
        severity_hint=signal.severity_hint,
        rationale=rationale,
        at=_past(signal.fired_at, now),
    )


def is_known(state: Incident, alert: str, episode: int) -> bool:
    """Return whether this episode of the alert fires here, or a newer one is attached."""
    known = state.intake.alerts.get(alert)
    return known is not None and (known.episode > episode or (known.episode == episode and known.firing))


def _past(claimed: str | None, now: datetime) -> str | None:
    """Return a machine's time if our clock has passed it; else the fact happens when it is recorded."""
    return claimed if claimed is not None and instant(claimed) <= now else None


def _closed(state: Incident) -> Refusal:
    return Refusal(
        code="NOT_OPEN",
        message="the incident takes no alerts",
        expected="an incident that is open",
        found=state.state,
    )
