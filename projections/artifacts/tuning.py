"""``alert-tuning-feedback.json``: what should change in the monitoring that called for nothing (R-ART-30)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.artifacts import TUNING
from domain.intake.facts import IncidentDismissed, SignalAttached, Tuning
from domain.recorded import Recorded
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.told import Text, text


class TuningItem(Struct, frozen=True, kw_only=True):
    """One proposal; ``evidence`` are the alerts that were attached, by their streams."""

    alert_rule: str
    problem: Literal["false_positive", "noisy", "late", "missing", "threshold"]
    proposal: Text
    evidence: tuple[str, ...]
    by: str
    at: str
    version: int


class TuningMetrics(Struct, frozen=True, kw_only=True):
    """How many there are."""

    item_count: int


class TuningData(Struct, frozen=True, kw_only=True):
    """What the owners of the monitoring are asked to change."""

    items: tuple[TuningItem, ...]


def content(rendering: Rendering) -> Content | None:
    """Return the proposals, None where there is none."""
    alerts = tuple(dict.fromkeys(item.fact.alert for item in rendering.of(SignalAttached)))
    items = tuple(
        _item(item, item.fact.tuning, alerts)
        for item in rendering.of(IncidentDismissed)
        if item.fact.tuning is not None
    )
    if not items:
        return None
    return Content(
        status="proposed", metrics=TuningMetrics(item_count=len(items)), data=TuningData(items=items)
    )


def _item(item: Recorded[IncidentDismissed], tuning: Tuning, alerts: tuple[str, ...]) -> TuningItem:
    return TuningItem(
        alert_rule=tuning.alert_rule,
        problem=tuning.problem,
        proposal=text(tuning.proposal),
        evidence=alerts,
        by=item.authid,
        at=item.recordedtime,
        version=item.version,
    )


ROWS = (
    Row(
        requirement="R-ART-30",
        name=TUNING,
        artifact_id="alert-tuning-feedback",
        step="1.1",
        consumers=("16",),
        required=False,
        render=content,
        metrics=TuningMetrics,
        data=TuningData,
    ),
)
