"""What the summary of a resolution says: eight fields, each filled or not (R-ART-21, R-GATE-40)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from domain.incident_state import Incident
from domain.ratio import Ratio


def _confirmed(incident: Incident) -> bool:
    return incident.resolution.confirmed is not None


def _alerts_known(incident: Incident) -> bool:
    """Return whether it is known how the alerts are: from themselves, or because somebody looked."""
    attached = any(True for _ in incident.intake.alerts.items())
    return attached or incident.resolution.cleared is not None


def _to_do(incident: Incident) -> bool:
    """Return whether it is said what is to be done, be it nothing."""
    return bool(incident.resolution.items) or "next_steps" in incident.report.texts


FIELDS: Mapping[str, Callable[[Incident], bool]] = {
    "kind": _confirmed,
    "resolved_at": _confirmed,
    "duration": _confirmed,
    "slos": lambda incident: incident.resolution.restored is not None,
    "alerts_cleared": _alerts_known,
    "stability": lambda incident: incident.resolution.watched is not None,
    "action_items": _to_do,
    "approval": _confirmed,
}
"""Field -> whether it is filled."""


def summary_completeness(incident: Incident) -> Ratio:
    """Return filled of mandatory fields."""
    return Ratio(sum(filled(incident) for filled in FIELDS.values()), len(FIELDS))
