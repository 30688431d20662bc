"""Whether anything seen since a verdict speaks against it (R-GATE-50)."""

from __future__ import annotations

from domain.incident_state import Incident
from domain.resolution.restored import firing


def doubted(incident: Incident, version: int) -> bool:
    """Return whether what was seen after ``version`` says that it is not over, or an alert fires."""
    seen = incident.resolution
    bad = (
        0 if seen.restored is None or seen.restored.fact.restored else seen.restored.version,
        0 if seen.cleared is None or seen.cleared.fact.cleared else seen.cleared.version,
        0 if seen.watched is None or seen.watched.fact.breaches == 0 else seen.watched.version,
    )
    return max(bad) > version or bool(firing(incident))
