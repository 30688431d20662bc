"""Who has to review the manifest, and who did (R-HND-11, R-ROL-30, R-PROF-01)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from domain.archive.archive import Manifest, Review
from domain.context import Principal
from domain.crew.crew import COMMANDER, commands, roles_of
from domain.decisions.approvals import match
from domain.gates.facts import Gate
from domain.incident_state import Incident

PERFORMANCE = "performance_engineer"
REVIEWERS = (COMMANDER, PERFORMANCE)
GATE: Gate = "resolution_documentation"


def reviewable(incident: Incident) -> Manifest | None:
    """Return the manifest that was sealed since gate 4 was evaluated last, None where there is none."""
    manifest, verdict = incident.archive.manifest, incident.gates.authoritative.get(GATE)
    if manifest is None or verdict is None or manifest.version < verdict.version:
        return None
    return manifest


def review_roles(incident: Incident, who: Principal) -> tuple[str, ...]:
    """Return the roles in which somebody may review: held or covered; alone, the commander has both."""
    held = {*roles_of(incident.crew, who)}
    held |= {role for role, by in incident.crew.covers.items() if by == who.id}
    if incident.intake.profile == "solo" and COMMANDER in held:
        held |= {*REVIEWERS}
    return tuple(role for role in REVIEWERS if role in held)


def given(incident: Incident) -> tuple[Review, ...]:
    """Return the approvals of the manifest in force; a rejection is the end of a manifest."""
    manifest = reviewable(incident)
    if manifest is None:
        return ()
    words = (word for word in incident.archive.reviews if word.version > manifest.version)
    return tuple(word for word in words if word.fact.verdict == "approved")


def covered(incident: Incident, words: Iterable[Review]) -> Mapping[str, str]:
    """Return role -> reviewer; everybody counts once, but alone, and the commander while they command."""
    edges: dict[str, list[str]] = {role: [] for role in REVIEWERS}
    for word in words:
        active = word.fact.role != COMMANDER or commands(incident.crew, word.by)
        if word.fact.role in edges and active:
            edges[word.fact.role].append(word.by)
    if incident.intake.profile == "solo":
        return {role: people[0] for role, people in edges.items() if people}
    return match(edges)


def unreviewed(incident: Incident) -> tuple[str, ...]:
    """Return the roles in which nobody has approved the manifest in force."""
    done = covered(incident, given(incident))
    return tuple(role for role in REVIEWERS if role not in done)
