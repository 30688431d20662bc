"""``resolution-summary.json``: that it is over, by what, and who says so (R-ART-21, R-HND-10)."""

from __future__ import annotations

from msgspec import Struct

from domain.artifacts import RESOLUTION
from domain.ratio import Ratio
from domain.resolution.facts import (
    ActionItemRecorded,
    ActionStatus,
    AlertsClearedVerified,
    IncidentClosed,
    IncidentReopened,
    ResolutionConfirmed,
    ResolutionKind,
    SloRestorationVerified,
    SloSeen,
    StabilityWindowObserved,
)
from domain.resolution.restored import alerts_cleared, firing, word_on_alerts
from domain.resolution.summary import summary_completeness
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.told import Text, text

SAID = (
    SloRestorationVerified,
    AlertsClearedVerified,
    StabilityWindowObserved,
    ResolutionConfirmed,
    ActionItemRecorded,
    IncidentClosed,
)


class AlertsCleared(Struct, frozen=True, kw_only=True):
    """Whether all alerts are over: by their own facts, and by the last word on them since the attempt began.

    ``attached`` counts alerts, however often each of them fired.
    """

    cleared: bool
    still_firing: tuple[str, ...]
    attached: int
    said_at: str | None


class Stability(Struct, frozen=True, kw_only=True):
    """The last window in which the service was watched."""

    started_at: str
    ended_at: str
    duration_s: int
    breaches: int
    version: int


class ActionItem(Struct, frozen=True, kw_only=True):
    """Something to be done later, as it stands."""

    item_id: str
    status: ActionStatus
    title: Text
    owner: str | None
    due_on: str | None


class Approval(Struct, frozen=True, kw_only=True):
    """The Incident Commander's word that it is over."""

    principal: str
    at: str
    version: int
    summary: Text
    restored_version: str | None


class ResolutionMetrics(Struct, frozen=True, kw_only=True):
    """``summary_completeness`` counts the eight fields of the data (R-GATE-41)."""

    summary_completeness: Ratio
    action_item_count: int
    action_items_open: int


class ResolutionData(Struct, frozen=True, kw_only=True):
    """The eight mandatory fields; null or empty is not filled."""

    kind: ResolutionKind | None
    resolved_at: str | None
    duration_ms: int | None
    slos: tuple[SloSeen, ...]
    alerts_cleared: AlertsCleared | None
    stability: Stability | None
    action_items: tuple[ActionItem, ...]
    approval: Approval | None


def content(rendering: Rendering) -> Content | None:
    """Return what is known of the end, None before anything is."""
    if not rendering.among(*SAID, IncidentReopened):
        return None
    data = _data(rendering)
    return Content(
        status=_status(rendering),
        metrics=ResolutionMetrics(
            summary_completeness=summary_completeness(rendering.incident),
            action_item_count=len(data.action_items),
            action_items_open=sum(item.status == "open" for item in data.action_items),
        ),
        data=data,
    )


def _status(rendering: Rendering) -> str:
    found = rendering.incident.resolution
    if found.closed_at is not None:
        return "closed"
    if found.confirmed is not None:
        return "confirmed"
    return "reopened" if found.reopened else "open"


def _data(rendering: Rendering) -> ResolutionData:
    found = rendering.incident.resolution
    confirmed = None if found.confirmed is None else found.confirmed.fact
    return ResolutionData(
        kind=None if confirmed is None else confirmed.kind,
        resolved_at=None if confirmed is None else confirmed.resolved_at,
        duration_ms=None if confirmed is None else confirmed.incident_duration_ms,
        slos=() if found.restored is None else found.restored.fact.slos,
        alerts_cleared=_alerts(rendering),
        stability=_stability(rendering),
        action_items=tuple(
            ActionItem(
                item_id=item.item_id,
                status=item.status,
                title=text(item.title),
                owner=item.owner,
                due_on=item.due_on,
            )
            for item in found.items.values()
        ),
        approval=_approval(rendering),
    )


def _alerts(rendering: Rendering) -> AlertsCleared | None:
    """Return how the alerts stand, as the way to the end judges it; nothing is known without either."""
    alerts = tuple(alert for _, alert in rendering.incident.intake.alerts.items())
    said = word_on_alerts(rendering.incident)
    if not alerts and said is None:
        return None
    fires = tuple(alert.fact.alert for alert in firing(rendering.incident))
    return AlertsCleared(
        cleared=alerts_cleared(rendering.incident),
        still_firing=fires if alerts or said is None else said.fact.still_firing,
        attached=len(alerts),
        said_at=None if said is None else said.at,
    )


def _stability(rendering: Rendering) -> Stability | None:
    watched = rendering.incident.resolution.watched
    if watched is None:
        return None
    return Stability(
        started_at=watched.fact.started_at,
        ended_at=watched.fact.ended_at,
        duration_s=watched.fact.duration_s,
        breaches=watched.fact.breaches,
        version=watched.version,
    )


def _approval(rendering: Rendering) -> Approval | None:
    confirmed = rendering.incident.resolution.confirmed
    if confirmed is None:
        return None
    return Approval(
        principal=confirmed.by,
        at=confirmed.at,
        version=confirmed.version,
        summary=text(confirmed.fact.summary),
        restored_version=confirmed.fact.restored_version,
    )


ROWS = (
    Row(
        requirement="R-ART-21",
        name=RESOLUTION,
        artifact_id="resolution-summary",
        step="4.1",
        consumers=("18", "22"),
        gate="resolution_documentation",
        counted=True,
        render=content,
        metrics=ResolutionMetrics,
        data=ResolutionData,
    ),
)
