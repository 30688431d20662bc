"""Facts of an incident's end that no rule would have recorded where they stand are found out (R-GATE-51)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from domain.archive.facts import EvidenceBundleSealed, EvidenceManifestSealed, ReviewerSignedOff
from domain.own_commands import AttachSignal
from domain.prose import prose
from domain.report.facts import IncidentReportWritten
from domain.resolution.commands import VerifyRestoration
from domain.resolution.facts import (
    AlertsClearedVerified,
    IncidentClosed,
    IncidentReopened,
    ResolutionConfirmed,
    SloRestorationVerified,
    StabilityWindowObserved,
)
from domain.rootcause.facts import RcaEvidenceArchived
from tests.support.looking import derived
from tests.support.meaning import ALERT, firing
from tests.support.playing import Play
from tests.support.scenes import (
    MISSED,
    capture,
    capturing,
    closed,
    documented,
    drafting,
    executing,
    resolving,
    reviewed,
    settled,
)

WHY = prose("So that it is on record.")
CONFIRMED = ResolutionConfirmed(
    kind="rollback", summary=WHY, resolved_at="2026-03-01T02:20:00.000000Z", incident_duration_ms=1
)
ARCHIVED = RcaEvidenceArchived(count=3, archive_status="complete")
BUNDLED = EvidenceBundleSealed(name="b.zip", sha256="7" * 64, size_bytes=1, manifest_revision=9, log_size=9)
SEALED = EvidenceManifestSealed(
    decision_id="d", revision=9, sha256="6" * 64, at_version=1, renderer=1, listed=1, required=1
)
WRITTEN = IncidentReportWritten(
    revision=9, status="complete", sections=(), at_version=1, sha256="5" * 64, renderer=1
)
APPROVED = ReviewerSignedOff(
    decision_id="d", role="incident_commander", verdict="approved", manifest_sha256="0" * 64, rationale=WHY
)
WATCHED = StabilityWindowObserved(
    started_at="2026-03-01T02:00:00.000000Z",
    ended_at="2026-03-01T02:30:00.000000Z",
    duration_s=9_999,
    breaches=0,
)


@pytest.mark.req("R-GATE-51")
@pytest.mark.parametrize(
    ("scene", "fact"),
    [
        (resolving, CONFIRMED),
        (capturing, ARCHIVED),
        (resolving, WRITTEN),
        (drafting, replace(WRITTEN, sha256=None)),
        (drafting, replace(WRITTEN, renderer=None)),
        (drafting, replace(WRITTEN, status="draft")),
        (documented, APPROVED),
        (documented, IncidentClosed(rationale=WHY)),
        (reviewed, SEALED),
        (closed, BUNDLED),
        (reviewed, IncidentReopened(rationale=WHY)),
        (executing, WATCHED),
        (resolving, WATCHED),
    ],
)
def test_what_the_rules_refuse_does_not_follow(scene: Callable[[], Play], fact: Any) -> None:
    assert derived(scene(), fact) is None


def gathered() -> Play:
    """Return an incident with all the evidence it needs, while a mitigation runs."""
    play = executing()
    capture(play)
    return play


@pytest.mark.req("R-GATE-51")
@pytest.mark.parametrize("fact", [ARCHIVED, SEALED])
def test_what_belongs_to_the_end_does_not_follow_in_the_middle(fact: Any) -> None:
    assert derived(gathered(), fact) is None


@pytest.mark.req("R-GATE-51")
@pytest.mark.parametrize(
    ("scene", "fact", "names"),
    [
        (settled, CONFIRMED, ("resolved_at", "incident_duration_ms")),
        (drafting, WRITTEN, ("revision", "at_version", "sections")),
        (documented, SEALED, ("revision", "at_version")),
        (reviewed, APPROVED, ("decision_id", "manifest_sha256")),
    ],
)
def test_what_the_record_says_is_not_what_somebody_claims(
    scene: Callable[[], Play], fact: Any, names: tuple[str, ...]
) -> None:
    found = derived(scene(), fact)
    assert {name for name in fact.__struct_fields__ if getattr(fact, name) != getattr(found, name)} == {
        *names
    }


@pytest.mark.req("R-GATE-51")
def test_an_objective_that_is_missed_is_no_restoration_whatever_is_claimed() -> None:
    play = resolving()
    seen = play.do(VerifyRestoration(slos=(MISSED,)))[0]
    assert isinstance(seen, SloRestorationVerified)
    assert derived(play, replace(seen, restored=True)) == seen


@pytest.mark.req("R-GATE-51")
def test_alerts_that_fire_are_named_whatever_is_claimed() -> None:
    play = resolving()
    play.do(AttachSignal(alert=ALERT, signal=firing()))
    claimed = AlertsClearedVerified(cleared=True)
    assert derived(play, claimed) == AlertsClearedVerified(cleared=False, still_firing=(ALERT,))
