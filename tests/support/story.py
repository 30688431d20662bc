"""A short incident, fact by fact: opened by an alert, declared, noted, corrected, cleared."""

from __future__ import annotations

from domain.facts import Fact
from domain.intake.facts import (
    AlertValidityConfirmed,
    IncidentDeclared,
    IncidentOpened,
    SignalAttached,
    SignalCleared,
)
from domain.prose import prose
from domain.timeline.facts import TimelineEntryCorrected, TimelineEntryRecorded
from tests.support.meaning import ALERT, fresh_id

OPENED = IncidentOpened(
    origin="signal",
    why="rule:any-alert",
    title=prose("HighLatency on checkout (production)"),
    environment="production",
    services=("checkout",),
    detected_at="2026-03-01T02:10:00.123456Z",
    drill=False,
    visibility="open",
    profile="team",
    policy_sha256="a" * 64,
    correlation="c" * 32,
    ordinal=0,
)
ATTACHED = SignalAttached(
    signal_id=fresh_id(7),
    alert=ALERT,
    alert_name="HighLatency",
    episode="1772331000123456789",
    fired_at="2026-03-01T02:10:00.123456Z",
    why="rule:any-alert",
    service="checkout",
    environment="production",
    at="2026-03-01T02:10:00.123456Z",
)
CLEARED = SignalCleared(signal_id=fresh_id(7), alert=ALERT, alert_name="HighLatency", cleared_by=fresh_id(8))
ENTRY = TimelineEntryRecorded(entry_id=fresh_id(5), category="command", text=prose("Moved to region B"))
CORRECTED = TimelineEntryCorrected(
    entry_id=fresh_id(5), text=prose("Moved to region C"), reason=prose("wrong region")
)
FACTS: tuple[Fact, ...] = (
    OPENED,
    ATTACHED,
    AlertValidityConfirmed(verdict="real", rationale=prose("confirmed by hand")),
    IncidentDeclared(authority_role="incident_commander", rationale=prose("confirmed by hand")),
    ENTRY,
    CORRECTED,
    CLEARED,
)
