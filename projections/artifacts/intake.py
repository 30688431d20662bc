"""``incident-intake-log.md``: which alerts there were, when, and who judged them (R-ART-10).

What an alert observed, and against which threshold, stands in the alert's own stream, which is named here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from domain.artifacts import INTAKE_LOG
from domain.intake.facts import (
    IncidentDismissed,
    IncidentLinked,
    IncidentMerged,
    IncidentOpened,
    SignalAttached,
    SignalCleared,
)
from domain.recorded import Stamped
from projections.artifacts.banners import said_first
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.blocks import Blocks, document, heading, items, paragraph
from projections.inline import after, foreign, listed, said
from projections.report.detection import declared, judged
from projections.report.found import began, found
from projections.spans import clock, day

Firing = tuple[Stamped[object], SignalAttached]


def content(rendering: Rendering) -> Content:
    """Return the intake log; there is one from the moment an incident is opened."""
    alerts = _alerts(rendering)
    signals = sum(map(len, alerts.values()))
    verdict = rendering.incident.intake.verdict
    return Content(
        status=verdict or "unconfirmed",
        metrics={"alerts": len(alerts), "duplicates": signals - len(alerts), "signals": signals},
        data={"alerts": tuple(alerts), "verdict": verdict},
        body=document(
            (
                heading(1, f"Incident intake log: {rendering.row.heading}"),
                *said_first(rendering.row),
                *_opened(rendering),
                heading(2, "Alerts"),
                *_listed(alerts, rendering),
                heading(2, "Verdict"),
                *items(judged(rendering), "Nobody has judged the alerts yet."),
                heading(2, "What became of it"),
                *items(_outcome(rendering), "Nobody has declared or dismissed the incident yet."),
            )
        ),
    )


def _alerts(rendering: Rendering) -> Mapping[str, tuple[Firing, ...]]:
    """Return the firings of each alert, in the order in which they were attached."""
    alerts: dict[str, list[Firing]] = {}
    for item, fact in found(rendering, SignalAttached):
        alerts.setdefault(fact.alert, []).append((item, fact))
    return {alert: tuple(firings) for alert, firings in alerts.items()}


def _listed(alerts: Mapping[str, tuple[Firing, ...]], rendering: Rendering) -> Blocks:
    ends = {fact.signal_id: item.time for item, fact in found(rendering, SignalCleared)}
    again = sum(map(len, alerts.values())) - len(alerts)
    return (
        *(block for firings in alerts.values() for block in _alert(firings, ends, began(rendering))),
        *(() if alerts else (paragraph("No alert is attached."),)),
        paragraph(f"Firings of an alert that was attached already: {again}."),
    )


def _opened(rendering: Rendering) -> Blocks:
    item, fact = found(rendering, IncidentOpened)[0]
    start = began(rendering)
    by = "by an alert" if fact.origin == "signal" else f"by {item.authid}"
    return items(
        (
            f"Opened: {day(item.recordedtime)}, {clock(item.recordedtime, item.recordedtime)}, {by}",
            f"Noticed: {clock(fact.detected_at, start)}",
            f"Services: {listed(map(foreign, fact.services))}",
            f"Environment: {foreign(fact.environment or 'not named')}",
            *(() if fact.summary is None else (f"Summary: {said(fact.summary)}",)),
        )
    )


def _alert(firings: Sequence[Firing], ends: Mapping[str, str], start: str) -> Blocks:
    first = firings[0][1]
    return (
        heading(3, foreign(first.alert_name)),
        *items(
            (
                f"Rule: {foreign(first.alert_name)}",
                f"Service: {foreign(first.service or 'not named')}",
                f"Environment: {foreign(first.environment or 'not named')}",
                f"Severity that the sender gives it: {foreign(first.severity_hint or 'none')}",
                f"Observed value and threshold: in the record of the alert, `{first.alert}`",
                *(_firing(item, fact, ends, start) for item, fact in firings),
            )
        ),
    )


def _firing(item: Stamped[object], fact: SignalAttached, ends: Mapping[str, str], start: str) -> str:
    ended = ends.get(fact.signal_id)
    over = "still firing" if ended is None else f"ended {clock(ended, start)}"
    return (
        f"Fired {clock(fact.fired_at, start)}, received {clock(item.recordedtime, start)}, {over};"
        f" attached {_why(fact.why)}{after(': ', fact.rationale)}"
    )


def _why(code: str) -> str:
    rule = code.removeprefix("rule:")
    return foreign(code.replace("-", " ")) if rule == code else f"by the rule {foreign(rule)}"


def _outcome(rendering: Rendering) -> Iterable[str]:
    start = began(rendering)
    yield from declared(rendering)
    for item, dismissed in found(rendering, IncidentDismissed):
        at = clock(item.recordedtime, start)
        yield f"{item.authid} dismissed it at {at}: {said(dismissed.rationale)}"
        if dismissed.tuning is not None:
            rule = foreign(dismissed.tuning.alert_rule)
            yield f"What should change in the rule {rule}: {said(dismissed.tuning.proposal)}"
    for item, merged in found(rendering, IncidentMerged):
        yield f"{item.authid} merged it into {foreign(merged.into)}: {said(merged.rationale)}"
    for item, link in found(rendering, IncidentLinked):
        yield f"{item.authid} linked it with {foreign(link.incident)} ({link.kind}): {said(link.rationale)}"


ROWS = (
    Row(
        requirement="R-ART-10",
        name=INTAKE_LOG,
        artifact_id="incident-intake-log",
        step="1.1",
        consumers=("18",),
        gate="severity_alignment",
        counted=True,
        render=content,
    ),
)
