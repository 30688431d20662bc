"""Whether the report says what is known now (R-GATE-43)."""

from __future__ import annotations

from domain.incident_state import Incident


def is_complete(incident: Incident) -> bool:
    """Return whether the latest revision is final, and nothing came after it that it would have to say.

    That is evidence or a finding; or that somebody sent it back, or reopened the incident.
    """
    report, back = incident.report, incident.standing.returns.get("drafting_report", 0)
    since = max(incident.rootcause.changed, incident.resolution.reopened, back)
    return report.complete and report.version > since
