"""Which incident a recorded signal concerns, and what to ask of it (design 8).

A function of facts alone, so it can be asked again after a crash between the two streams: every
answer is idempotent. Ask for the incidents of the signal's correlation in order, ordinal 0, 1, …,
starting with the state of a stream without facts where there is none, until the answer is not *next*.
"""

from __future__ import annotations

from typing import Literal

from domain.alert_facts import SignalReceived
from domain.incident_state import Incident, accepts_signals
from domain.intake.intake import ends_here
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
    return AttachSignal(alert=alert, signal=signal) if accepts_signals(incident) else "next"
