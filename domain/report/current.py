"""Whether the report says what is known now (R-GATE-43)."""

from __future__ import annotations

from domain.incident_state import Incident


def is_complete(incident: Incident) -> bool:
    """Return whether the latest revision is final, and nothing came after it that it would have to say.

    That is evidence or a finding; that the collection was archived anew, since what led there happened
    again; or that somebody sent the report back, or reopened the incident.
    """
    report, back = incident.report, incident.standing.returns.get("drafting_report", 0)
    found = incident.rootcause
    since = max(found.changed, found.archived, incident.resolution.reopened, back)
    return report.complete and report.version > since
