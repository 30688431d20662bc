"""Manifest, reviews, closing, bundle, and open again (R-DEC-54, R-HND-11, R-TRN-15, R-TRN-21, R-BUN-01)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from domain.archive.commands import ReviewManifest
from domain.context import Principal
from domain.crew.commands import CoverRole, GrantRole
from domain.documents import Documents
from domain.flow.commands import MarkStep
from domain.gates.commands import EvaluateGate
from domain.gates.facts import Gate
from domain.intake.commands import DismissIncident, MitigationIsNotRequired
from domain.recovery.checks import latest, validated_now
from domain.resolution.commands import RecordActionItem
from domain.rootcause.commands import CaptureEvidence, RecordFinding
from tests.support.playing import ALICE, BOB, CAROL, DAVE, PROGRAM, Play
from tests.support.scenes import (
    BUNDLE,
    CLOSE,
    COMPLETE,
    REJECT,
    REOPEN,
    REVIEW,
    SEAL,
    agree,
    closed,
    documented,
    drafting,
    reviewed,
    shows,
    stands,
    verdict,
)

GATE: Gate = "resolution_documentation"
WHY = "Nobody of performance engineering is awake."
COVER = CoverRole(role="performance_engineer", by=BOB.id, rationale=WHY)
AS_ENGINEER = ReviewManifest(
    verdict="approved", rationale="The checks are all there.", role="performance_engineer"
)


def sealed(profile: Any = "team") -> Play:
    """Return an incident whose manifest can be reviewed."""
    play = documented(profile)
    play.do(SEAL)
    return play


def lacking(play: Play) -> set[str]:
    """Return what a refused closing says is missing."""
    refusal = play.refused(CLOSE)
    assert refusal.code == "NOT_CLOSABLE"
    return set((refusal.found or "").removeprefix("missing: ").split(", "))


@pytest.mark.req("R-MAN-05", "R-DEC-54", "R-EVT-23")
def test_the_manifest_is_sealed_once_gate_4_passed() -> None:
    assert drafting().refused(SEAL).code == "NOT_NOW"
    play = documented()
    assert play.refused(SEAL, documents=Documents()).code == "NOT_RENDERED"
    fact = play.do(SEAL)[0]
    assert (fact.revision, fact.sha256, fact.listed, fact.previous_sha256) == (1, "6" * 64, 24, None)
    assert fact.at_version == play.state.version - 1
    assert play.refused(SEAL).code == "ALREADY_SEALED"


@pytest.mark.req("R-GATE-50", "R-MAN-05")
def test_after_another_verdict_another_manifest_is_sealed_that_names_the_one_before() -> None:
    play = reviewed()
    play.do(RecordFinding(statement="It was the pool.", category="code_defect"))
    assert play.refused(SEAL).code == "GATE_NOT_PASSED"
    play.do(COMPLETE)
    assert lacking(play) == {"manifest", "reviews"}
    fact = play.do(SEAL)[0]
    assert (fact.revision, fact.previous_sha256) == (2, "6" * 64)
    assert lacking(play) == {"reviews"}


@pytest.mark.req("R-HND-11", "R-HND-10", "R-EVT-24", "R-DEC-32")
def test_two_people_review_it_in_two_roles() -> None:
    play = sealed()
    play.do(COVER)
    assert play.do(REVIEW)[0].role == "incident_commander"
    assert lacking(play) == {"reviews"}
    given = play.do(REVIEW, BOB)[0]
    assert (given.role, given.manifest_sha256, given.verdict) == (
        "performance_engineer",
        "6" * 64,
        "approved",
    )
    manifest = play.state.archive.manifest
    assert manifest is not None
    assert given.decision_id == manifest.fact.decision_id
    play.do(CLOSE)
    assert stands(play) == "closed"


@pytest.mark.req("R-HND-11", "R-PROF-01", "R-DEC-31")
def test_one_person_is_not_two_reviewers_but_alone() -> None:
    play = sealed()
    play.do(CoverRole(role="performance_engineer", by=ALICE.id, rationale=WHY))
    play.do(REVIEW)
    assert play.refused(AS_ENGINEER).code == "APPROVAL_NOT_DISTINCT"
    assert play.refused(REVIEW).code == "APPROVAL_NOT_DISTINCT"
    alone = sealed("solo")
    assert [alone.do(REVIEW)[0].role for _ in range(2)] == ["incident_commander", "performance_engineer"]
    alone.do(CLOSE)


@pytest.mark.req("R-HND-11", "R-ROL-09")
@pytest.mark.parametrize("who", [BOB, CAROL, DAVE])
def test_who_holds_neither_role_reviews_nothing(who: Principal) -> None:
    play = sealed()
    assert play.refused(REVIEW, who).code == "ROLE_MISSING"
    assert play.refused(AS_ENGINEER, who).code == "ROLE_MISSING"
    assert play.refused(REVIEW, PROGRAM).code == "PROGRAM_DECIDES_NOTHING"


@pytest.mark.req("R-HND-11", "R-ROL-06")
def test_a_granted_performance_engineer_reviews_and_the_grant_shows() -> None:
    play = sealed()
    play.do(GrantRole(principal=CAROL.id, role="performance_engineer", rationale=WHY))
    given = play.do(AS_ENGINEER, CAROL)[0]
    assert given.granted_by == ALICE.id


@pytest.mark.req("R-HND-11")
def test_a_review_is_bound_to_the_manifest_that_was_seen() -> None:
    assert documented().refused(REVIEW).code == "NO_MANIFEST"
    play = sealed()
    other = ReviewManifest(verdict="approved", rationale="It says what happened.", manifest_sha256="0" * 64)
    assert play.refused(other).code == "MANIFEST_REVISED"


@pytest.mark.req("R-HND-11", "R-TRN-20")
def test_a_rejection_reopens_drafting_until_another_report_is_complete() -> None:
    play = reviewed()
    play.do(REJECT, BOB)
    assert (stands(play), shows(play, GATE)) == ("drafting_report", "STALE")
    assert play.refused(CLOSE).code == "NOT_NOW"
    play.do(COMPLETE)
    assert stands(play) == "documented"
    assert lacking(play) == {"manifest", "reviews"}


@pytest.mark.req("R-HND-11")
def test_who_rejects_after_an_approval_takes_the_approval_back() -> None:
    play = sealed()
    play.do(REVIEW)
    play.do(REJECT)
    assert stands(play) == "drafting_report"


@pytest.mark.req("R-TRN-15", "R-ROL-30")
def test_a_refused_closing_lists_everything_that_is_missing() -> None:
    play = documented()
    assert lacking(play) == {"manifest", "reviews"}
    play.do(RecordFinding(statement="It was the pool.", category="code_defect"))
    play.do(MarkStep(mark="halted", rationale="Legal wants to see it first."))
    assert lacking(play) == {"gate_4", "manifest", "reviews", "not_halted"}


@pytest.mark.req("R-TRN-15", "R-ROL-30")
def test_only_the_commander_closes() -> None:
    play = reviewed()
    assert play.refused(CLOSE, BOB).code == "ROLE_MISSING"
    play.do(CLOSE)
    assert (stands(play), play.state.resolution.closed_at) == ("closed", play.state.recorded_at)


@pytest.mark.req("R-BUN-01", "R-DEC-54", "R-MAN-03")
def test_the_bundle_is_sealed_last_with_the_final_manifest() -> None:
    assert sealed().refused(BUNDLE).code == "NO_MANIFEST"
    play = closed()
    assert play.refused(BUNDLE).code == "NO_MANIFEST"
    assert play.do(SEAL)[0].revision == 2
    assert play.refused(SEAL).code == "ALREADY_SEALED"
    assert play.refused(BUNDLE, documents=Documents()).code == "NOT_RENDERED"
    fact = play.do(BUNDLE)[0]
    assert (fact.name, fact.manifest_revision, fact.log_size) == ("INCIDENT-EVIDENCE-BUNDLE.zip", 2, 99)
    assert play.refused(BUNDLE).code == "ALREADY_SEALED"


@pytest.mark.req("R-WF-02", "R-MAN-05")
def test_evidence_that_comes_after_the_closing_is_in_another_manifest_and_bundle() -> None:
    play = closed()
    play.do(SEAL)
    play.do(BUNDLE)
    play.do(CaptureEvidence(kind="log", title="Found later", content="One more line."))
    play.do(RecordActionItem(title="Keep such logs longer"))
    assert play.refused(BUNDLE).code == "NO_MANIFEST"
    assert play.do(SEAL)[0].revision == 3
    assert play.do(BUNDLE)[0].manifest_revision == 3


@pytest.mark.req("R-TRN-21")
def test_a_closed_incident_is_open_again_within_seven_days() -> None:
    play = closed()
    assert play.refused(REOPEN, BOB).code == "ROLE_MISSING"
    play.forward(days=7)
    late = play.refused(REOPEN)
    assert late.code == "REOPEN_TOO_LATE"
    play.forward(seconds=-3)
    facts = play.do(REOPEN)
    assert play.kinds(facts)[:2] == ["IncidentReopened", "SeverityReassessmentStarted"]
    assert (facts[1].reason, facts[1].round, stands(play)) == ("reopened", 2, "assessing")


@pytest.mark.req("R-TRN-21")
def test_what_was_done_before_moves_a_reopened_incident_no_more() -> None:
    play = closed()
    play.do(REOPEN)
    assert shows(play, GATE) == "STALE"
    assert (latest(play.state), validated_now(play.state)) == ({}, None)
    assert shows(play, "mitigation_readiness") == "STALE"
    agree(play)
    assert stands(play) == "assessing"
    assert play.state.resolution.confirmed is None
    assert list(play.state.resolution.items) == ["ai1"]
    assert verdict(play, GATE) == "PASS"


@pytest.mark.req("R-TRN-21", "R-TRN-24")
def test_a_reopened_incident_may_end_without_another_mitigation() -> None:
    play = closed()
    play.do(REOPEN)
    play.do(MitigationIsNotRequired(kind="self_recovered", rationale="It went away again."))
    assert stands(play) == "validating_recovery"
    judged = play.do(EvaluateGate(gate="recovery"))[0]
    assert "execution_duration" not in {metric.id for metric in judged.metrics}  # of the attempt before
    again = closed()
    again.do(REOPEN)
    again.do(DismissIncident(rationale="The probe was wrong, nothing was back."))
    assert stands(again) == "dismissed"


@pytest.mark.req("R-TRN-21")
@pytest.mark.parametrize("scene", [documented, drafting])
def test_only_a_closed_incident_is_reopened(scene: Callable[[], Play]) -> None:
    assert scene().refused(REOPEN).code == "NOT_NOW"
