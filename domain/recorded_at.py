"""The recorded time that a decision's facts will have (R-GATE-51, R-WF-35)."""

from __future__ import annotations

from domain.context import Context
from domain.incident_state import Incident
from domain.moment import timestamp


def recorded_at(state: Incident, context: Context) -> str:
    """Return the present moment, or the stream's last one where our clock is behind it."""
    return max(timestamp(context.now), state.recorded_at)
