"""Detection: what called people, who judged it, and who declared the incident."""

from __future__ import annotations

from domain.intake.facts import AlertValidityConfirmed, IncidentDeclared, IncidentOpened, SignalAttached
from projections.artifacts.rendering import Rendering
from projections.blocks import Blocks, items
from projections.inline import foreign, role, said
from projections.report.found import began, found
from projections.spans import clock


def blocks(rendering: Rendering) -> Blocks:
    """Return how it was noticed."""
    return items((*_noticed(rendering), *judged(rendering), *declared(rendering)))


def _noticed(rendering: Rendering) -> tuple[str, ...]:
    start = began(rendering)
    fired = sorted((fact.fired_at, fact.alert_name) for _, fact in found(rendering, SignalAttached))
    if fired:
        return tuple(f"{foreign(name)} fired at {clock(at, start)}" for at, name in fired)
    return tuple(
        f"{item.authid} noticed it at {clock(fact.detected_at, start)}; no alert had fired"
        for item, fact in found(rendering, IncidentOpened)
    )


def judged(rendering: Rendering) -> tuple[str, ...]:
    """Return who judged the alerts, and how."""
    return tuple(
        f"{item.authid} judged it {'real' if fact.verdict == 'real' else 'a false alarm'} at"
        f" {clock(item.recordedtime, began(rendering))}: {said(fact.rationale)}"
        for item, fact in found(rendering, AlertValidityConfirmed)
    )


def declared(rendering: Rendering) -> tuple[str, ...]:
    """Return who declared the incident, in which role."""
    return tuple(
        f"{item.authid} declared the incident as {role(fact.authority_role)} at"
        f" {clock(item.recordedtime, began(rendering))}: {said(fact.rationale)}"
        for item, fact in found(rendering, IncidentDeclared)
    )
