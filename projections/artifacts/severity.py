"""``severity-assessment.json``: the rounds in which the severity was found (R-ART-11)."""

from __future__ import annotations

from msgspec import Struct

from domain.artifacts import SEVERITY
from domain.classified import Severity
from domain.gates.severity_alignment import consensus_rate
from domain.ratio import Ratio
from domain.severity.facts import AffectedScopeConfirmed, SeverityProposed, SeverityVoteCast
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering
from projections.artifacts.row import Row
from projections.severity_history import SeverityRound, severity_history


class SeverityMetrics(Struct, frozen=True, kw_only=True):
    """Numbers of the present round: ``consensus_rate`` is null before the first vote (R-GATE-10)."""

    severity_level: Severity | None
    consensus_rate: Ratio | None
    responders: int
    rounds: int


class SeverityData(Struct, frozen=True, kw_only=True):
    """All rounds; a later one supersedes, never erases, an earlier one."""

    rounds: tuple[SeverityRound, ...]


def content(rendering: Rendering) -> Content | None:
    """Return how the severity was found, None before anybody said anything of it."""
    if not rendering.among(SeverityProposed, SeverityVoteCast, AffectedScopeConfirmed):
        return None
    history = severity_history(rendering.facts, rendering.case, rendering.policies)
    votes = rendering.incident.severity.votes
    return Content(
        status="consensus" if history.agreed else "proposed",
        metrics=SeverityMetrics(
            severity_level=history.severity,
            consensus_rate=consensus_rate(rendering.case),
            responders=len(votes),
            rounds=len(history.rounds),
        ),
        data=SeverityData(rounds=history.rounds),
    )


ROWS = (
    Row(
        requirement="R-ART-11",
        name=SEVERITY,
        artifact_id="severity-assessment",
        step="1.2",
        consumers=("22",),
        gate="severity_alignment",
        counted=True,
        render=content,
        metrics=SeverityMetrics,
        data=SeverityData,
    ),
)
