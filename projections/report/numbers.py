"""How long it took: the four times that people ask for, each with its formula (R-GATE-34, R-LRN-20)."""

from __future__ import annotations

from msgspec import Struct

from domain.moment import milliseconds
from domain.notices.facts import StakeholderAcknowledged
from domain.resolution.restored import recovered
from projections.artifacts.rendering import Rendering
from projections.report.found import found
from projections.spans import span


class Number(Struct, frozen=True, kw_only=True):
    """One span of time in milliseconds, None while its end is not on record."""

    id: str
    title: str
    formula: str
    ms: int | None


def numbers(rendering: Rendering) -> tuple[Number, ...]:
    """Return the times; all from recorded times but for the alert's own."""
    incident = rendering.incident
    fired = incident.intake.earliest_fired_at or incident.intake.detected_at
    declared = incident.intake.declared_at
    completed, back = incident.execution.completed, recovered(incident)
    acknowledged = next((item.recordedtime for item, _ in found(rendering, StakeholderAcknowledged)), None)
    return (
        Number(
            id="detect_ms",
            title="Time to detect",
            formula="from the first alert to the declaration",
            ms=_between(fired, declared),
        ),
        Number(
            id="acknowledge_ms",
            title="Time to acknowledge",
            formula="from the declaration to the first person who confirmed being told",
            ms=_between(declared, acknowledged),
        ),
        Number(
            id="mitigate_ms",
            title="Time to mitigate",
            formula="from the first alert to the last command of the mitigation",
            ms=_between(fired, None if completed is None else completed.at),
        ),
        Number(
            id="recover_ms",
            title="Time to recover",
            formula="from the first alert to the successful recovery checks",
            ms=_between(fired, None if back is None else back.at),
        ),
    )


def lines(rendering: Rendering) -> tuple[str, ...]:
    """Return the times as lines of a list."""
    return tuple(
        f"{number.title}: {'not known yet' if number.ms is None else span(number.ms)} ({number.formula})"
        for number in numbers(rendering)
    )


def _between(start: str | None, end: str | None) -> int | None:
    return None if start is None or end is None else milliseconds(start, end)
