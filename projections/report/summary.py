"""Summary: what it was, how long, how it ended, and what did not go by the book."""

from __future__ import annotations

import re

from domain.resolution.facts import ResolutionConfirmed
from domain.severity.assessment import shown
from projections.artifacts.rendering import Rendering
from projections.blocks import Blocks, heading, items
from projections.inline import foreign, said
from projections.report import deviations
from projections.report.found import began
from projections.spans import clock, day, span

_DIGIT = re.compile(r"[0-9]")


def blocks(rendering: Rendering) -> Blocks:
    """Return the section: its first three lines are what everybody reads."""
    return (
        *items(_lines(rendering)),
        heading(3, "What did not go as planned"),
        *items(deviations.lines(rendering), "Nothing of that kind is on record."),
    )


def _lines(rendering: Rendering) -> tuple[str, ...]:
    incident, start = rendering.incident, began(rendering)
    confirmed = incident.resolution.confirmed
    commander = incident.crew.commander
    led = () if commander is None else (f"Incident Commander: {commander.principal}",)
    severity = f"Severity: {shown(incident.severity) or 'not assessed yet'}"
    if confirmed is None:
        return (severity, "Duration: not over yet", "Resolution: not confirmed yet", _began(start), *led)
    fact = confirmed.fact
    return (
        severity,
        f"Duration: {span(fact.incident_duration_ms)}",
        f"Resolution: {resolution(fact)}",
        _began(start),
        f"Recovered: {day(fact.resolved_at)}, {fact.resolved_at[11:16]} UTC",
        *led,
        f"Confirmed by {confirmed.by}, {clock(confirmed.at, start)}: {said(fact.summary)}",
    )


def _began(start: str) -> str:
    return f"Began: {day(start)}, {start[11:16]} UTC"


def resolution(fact: ResolutionConfirmed) -> str:
    """Return how it was resolved: ``Rollback to release v1.2.3``."""
    to = "" if fact.restored_version is None else f" {release(fact.restored_version)}"
    match fact.kind:
        case "rollback":
            return f"Rollback to{to}" if to else "Rollback"
        case "feature_flag":
            return "Feature switched off" + (f", now{to}" if to else "")
        case "hotfix":
            return "Hotfix" + (f",{to}" if to else "")
        case "self_recovered":
            return "It recovered by itself"
        case "other":
            return "Other means" + (f", now{to}" if to else "")


def release(version: str) -> str:
    """Return a version as people say it: ``release v1.2.3``."""
    return f"release {'v' if _DIGIT.match(version) else ''}{foreign(version)}"
