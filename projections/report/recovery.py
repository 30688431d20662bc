"""Recovery validation: what was checked, what it came to, and that it lasted."""

from __future__ import annotations

from collections.abc import Iterable

from domain.intake.facts import SignalCleared
from domain.recorded import Stamped
from domain.recovery.facts import RecoveryCheckRecorded, RecoveryValidationCompleted
from domain.resolution.facts import (
    AlertsClearedVerified,
    SloRestorationVerified,
    SloSeen,
    StabilityWindowObserved,
)
from projections.artifacts.rendering import Rendering
from projections.blocks import Blocks, heading, items, paragraph
from projections.inline import after, foreign, listed
from projections.report.found import began, check_title, found
from projections.report.terms import RECOVERY, RESULTS
from projections.spans import clock, counted, span


def blocks(rendering: Rendering) -> Blocks:
    """Return what validations came to, every check, and what was seen afterwards, by time."""
    start = began(rendering)
    validated = found(rendering, RecoveryValidationCompleted)
    seen = sorted(
        (*_levels(rendering), *_alerts(rendering), *_stability(rendering)), key=lambda line: line[0]
    )
    return (
        *(paragraph(_validated(item, fact, start)) for item, fact in validated),
        *items(_checks(rendering)),
        *((heading(3, "Afterwards"),) if seen else ()),
        *items(f"{clock(at, start)}: {words}" for at, words in seen),
    )


def _validated(item: Stamped[object], fact: RecoveryValidationCompleted, start: str) -> str:
    took = "" if fact.recovery_time_ms is None else f", {span(fact.recovery_time_ms)} after the work began"
    critical = f" {counted(fact.critical_failed, 'critical check')} failed." if fact.critical_failed else ""
    return (
        f"{RECOVERY[fact.status]} ({clock(item.recordedtime, start)}{took}):"
        f" {fact.passed} of {fact.required} checks passed.{critical}"
    )


def _checks(rendering: Rendering) -> Iterable[str]:
    for item, fact in found(rendering, RecoveryCheckRecorded):
        name = check_title(rendering, fact.check_id)
        critical = " (critical)" if fact.critical else ""
        at = clock(item.time, began(rendering))
        yield (
            f"{at}: {name}{critical}: {RESULTS[fact.result]}, says {item.authid}"
            f"{after('. Expected: ', fact.expected)}{after('. Seen: ', fact.observed)}"
        )


Seen = tuple[str, str]
"""A time and what was seen then."""


def _levels(rendering: Rendering) -> Iterable[Seen]:
    for item, fact in found(rendering, SloRestorationVerified):
        all_met = "All service levels are met" if fact.restored else "NOT all service levels are met"
        yield item.time, f"{all_met}: {listed(map(_slo, fact.slos))}{after('. ', fact.note)}"


def _slo(slo: SloSeen) -> str:
    unit = "" if slo.unit is None else f" {foreign(slo.unit)}"
    return f"{foreign(slo.slo_id)} {slo.observed}{unit} (objective {slo.objective}{unit})"


def _alerts(rendering: Rendering) -> Iterable[Seen]:
    for item, ended in found(rendering, SignalCleared):
        yield item.time, f"The alert {foreign(ended.alert_name)} ended"
    for item, fact in found(rendering, AlertsClearedVerified):
        firing = f"{counted(len(fact.still_firing), 'alert')} still on"
        what = "no alert fires any more" if fact.cleared else firing
        yield item.time, f"{item.authid} saw that {what}{after('. ', fact.note)}"


def _stability(rendering: Rendering) -> Iterable[Seen]:
    for _, fact in found(rendering, StabilityWindowObserved):
        breaches = "no relapse" if fact.breaches == 0 else counted(fact.breaches, "relapse")
        watched = f"Watched for {span(fact.duration_s * 1000)}, {breaches}"
        yield fact.ended_at, f"{watched}{after('. ', fact.note)}"
