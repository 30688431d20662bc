"""What alerts say of the severity, against what people agreed, folded (R-SVC-10).

An alert's severity is a hint. A consensus on less answers every hint that was heard before it: people agreed
in knowledge of it, and what they agreed stands, however many more alerts say the same. It stands until they
agree on as much as the hint says: then nothing of it is left to overrule, and a later alert is news again.
"""

from __future__ import annotations

from typing import Any, Final, get_args

from msgspec import Struct
from msgspec.structs import replace

from domain.classified import Severity
from domain.intake.facts import SignalAttached
from domain.recorded import Stamped
from domain.severity.facts import SeverityConsensusReached, SeverityReassessmentStarted

LEVELS: Final[tuple[Severity, ...]] = get_args(Severity)


class Heard(Struct, frozen=True, kw_only=True):
    """The most severe hint since the last consensus, and the stream of the alert that gave it first."""

    severity: Severity
    alert: str


class Hints(Struct, frozen=True, kw_only=True):
    """``heard`` is still to be answered, ``overruled`` the most severe hint below which people agreed."""

    heard: Heard | None = None
    overruled: Severity | None = None


def after(state: Hints, item: Stamped[Any]) -> Hints:
    """Return the state after a fact of any type."""
    match item.fact:
        case SignalAttached(severity_hint=hint, alert=alert):
            return _heard(state, hint, alert)
        case SeverityConsensusReached(severity=agreed):
            return Hints(overruled=_overruled(state, agreed))
        case SeverityReassessmentStarted(reason="reopened"):
            # What was said before it was closed is no answer to what fires now.
            return Hints()
        case _:
            return state


def news(state: Hints) -> Heard | None:
    """Return the hint that says more than people have overruled."""
    heard = state.heard
    # SEV-1 sorts before SEV-2: the smaller is the more severe.
    if heard is None or (state.overruled is not None and heard.severity >= state.overruled):
        return None
    return heard


def _heard(state: Hints, hint: str | None, alert: str) -> Hints:
    level = next((level for level in LEVELS if level == hint), None)
    if level is None or (state.heard is not None and state.heard.severity <= level):
        return state
    return replace(state, heard=Heard(severity=level, alert=alert))


def _overruled(state: Hints, agreed: Severity) -> Severity | None:
    said = [state.overruled, None if state.heard is None else state.heard.severity]
    worst = min((level for level in said if level is not None), default=None)
    return worst if worst is not None and worst < agreed else None
