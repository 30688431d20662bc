"""Which incident a recorded signal concerns, and what to ask of it (design 8).

A function of facts alone, so it can be asked again after a crash between the two streams: every
answer is idempotent. Ask for the incidents of the signal's correlation in order, ordinal 0, 1, …,
starting with the state of a stream without facts where there is none, until the answer is not *next*.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from domain.alert_facts import SignalReceived
from domain.incident_state import Incident, accepts_signals
from domain.intake.attaching import is_known
from domain.intake.intake import ends_here
from domain.moment import instant
from domain.own_commands import AttachSignal, ClearSignal, OpenCandidate

Answer = OpenCandidate | AttachSignal | ClearSignal | Literal["next"] | None


def answer(signal: SignalReceived, alert: str, incident: Incident, ordinal: int) -> Answer:
    """Return what to ask of candidate ``ordinal`` of this signal's correlation.

    A command, *next* where that incident takes nothing from this signal, or None where there is
    nothing to do: ``signal.effect`` and ``signal.why`` say why not.
    """
    match signal.effect:
        case "none":
            return None
        case "clear":
            return _clear(signal, alert, incident)
        case "open" | "join":
            return _join(signal, alert, incident, ordinal)


def _clear(signal: SignalReceived, alert: str, incident: Incident) -> Answer:
    if incident.state == "none":
        return None  # recorded only, or attached by hand: `projections.incident_list` knows where
    return ClearSignal(alert=alert, signal=signal) if ends_here(incident.intake, alert, signal) else "next"


def _join(signal: SignalReceived, alert: str, incident: Incident, ordinal: int) -> Answer:
    if incident.state == "none":
        return OpenCandidate(alert=alert, signal=signal, ordinal=ordinal) if signal.effect == "open" else None
    if not accepts_signals(incident):
        return "next"
    # Asked again, an alert stays where it is, whatever has become of the incident since.
    known = is_known(incident, alert, int(signal.episode))
    return AttachSignal(alert=alert, signal=signal) if known or not _is_stale(signal, incident) else "next"


def _is_stale(signal: SignalReceived, incident: Incident) -> bool:
    """Return whether a candidate was without alerts for too long when ``signal`` fired.

    Only one in *detecting*, which nobody has declared yet: what happens hours later is another matter, and
    a candidate that was overlooked must not swallow it, or nobody hears of it. An incident that people work
    on takes every alert of its correlation until it ends: at 02:00 they must not have to look for a second
    incident in which the same outage goes on. An alert that fired long ago and has not ended does not keep a
    candidate young, for some sources never tell an end. Both times are those of the sources, so that a
    backlog is sorted as it would have been in time.
    """
    within, last = signal.join_within_minutes, incident.intake.last_alert_at
    if within is None or last is None or incident.state != "detecting":
        return False
    return instant(signal.fired_at) - instant(last) > timedelta(minutes=within)
