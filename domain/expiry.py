"""How long somebody's word is good (R-PRE-41, R-GATE-20, R-GATE-55)."""

from __future__ import annotations

from datetime import timedelta

from domain.context import Context
from domain.incident_state import Incident
from domain.moment import instant, timestamp
from domain.recorded_at import recorded_at


def until(state: Incident, context: Context, hours: int) -> str:
    """Return when somebody's word of now expires, counted from when it is recorded (R-WF-35)."""
    return timestamp(instant(recorded_at(state, context)) + timedelta(hours=hours))
