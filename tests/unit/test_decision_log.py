"""Who decided what, in which role by whose grant, how fast, and what made it void."""

from __future__ import annotations

import pytest

from domain.crew.commands import GrantRole
from domain.decisions.commands import ApprovePlan, RejectPlan
from domain.planning.plan_hash import plan_sha256
from domain.severity.commands import ProposeSeverity
from projections.decision_log import DecisionShown, decision_log
from tests.support.looking import case
from tests.support.playing import BOB, CAROL, Play
from tests.support.scenes import APPROVE, DECLARE, OPEN, PLAN, SCOPE, TOLD

SEV_2 = ProposeSeverity(severity="SEV-2", rationale="Some payments fail.")
SEV_1 = ProposeSeverity(severity="SEV-1", rationale="Now all of them fail.")


def planned() -> Play:
    play = Play()
    for command in (OPEN, DECLARE, SEV_2, SCOPE, TOLD, PLAN):
        play.do(command)
    return play


def decisions(play: Play) -> tuple[DecisionShown, ...]:
    return decision_log(play.items, case(play)).decisions


@pytest.mark.req("R-STEP-23", "R-EVT-16")
def test_a_decision_binds_to_the_hash_of_its_plan_and_says_who_must_approve() -> None:
    play = planned()
    (decision,) = decisions(play)
    assert play.state.planning.plan is not None
    assert decision.plan_sha256 == plan_sha256(play.state.planning.plan.fact)
    assert (decision.plan_revision, decision.status, decision.in_force) == (1, "open", True)
    assert decision.required_roles == ("incident_commander", "release_manager")
    assert [(cover.role, cover.by) for cover in decision.cover] == [
        ("incident_commander", None),
        ("release_manager", None),
    ]
    assert (decision.approval_latency_ms, decision.decision_latency_ms) == (None, None)


@pytest.mark.req("R-GATE-21", "R-GATE-23", "R-ROL-06")
def test_the_last_approval_records_the_decision_and_how_long_it_took() -> None:
    play = planned()
    play.do(APPROVE)
    play.forward(seconds=30)
    play.do(APPROVE, BOB)
    (decision,) = decisions(play)
    assert (decision.status, decision.option_id) == ("approved", "A")
    assert decision.approval_latency_ms == 32_000
    assert decision.decision_latency_ms == 32_000
    mine, bobs = decision.verdicts
    assert (mine.principal, mine.role, mine.granted_by, mine.signed) == (
        "p-alice",
        "incident_commander",
        None,
        False,
    )
    assert (bobs.role, bobs.granted_by) == ("release_manager", "p-admin")
    assert bobs.granted_before_ms is not None
    assert bobs.plan_sha256 == decision.plan_sha256


@pytest.mark.req("R-GATE-24")
def test_a_new_revision_voids_what_was_approved_and_it_stays_on_record() -> None:
    play = planned()
    play.do(APPROVE)
    play.do(PLAN)
    old, new = decisions(play)
    assert old.voided is not None
    assert (old.status, old.voided.cause, old.in_force, old.cover) == ("voided", "plan_revised", False, ())
    assert len(old.verdicts) == 1
    assert (new.plan_revision, new.status, new.in_force) == (2, "open", True)


@pytest.mark.req("R-GATE-24")
def test_a_more_severe_incident_voids_what_was_approved_for_the_lesser_one() -> None:
    play = planned()
    play.do(APPROVE)
    play.do(SEV_1)
    old, new = decisions(play)
    assert old.voided is not None
    assert old.voided.cause == "severity_upgraded"
    assert (new.plan_revision, new.voided, new.in_force) == (1, None, True)


@pytest.mark.req("R-GATE-24")
def test_a_less_severe_one_voids_nothing() -> None:
    play = planned()
    play.do(APPROVE)
    play.do(ProposeSeverity(severity="SEV-3", rationale="Only a few payments fail."))
    (decision,) = decisions(play)
    assert decision.voided is None


@pytest.mark.req("R-STEP-23")
def test_a_rejection_takes_a_decision_back_until_its_giver_approves() -> None:
    play = planned()
    play.do(APPROVE)
    play.do(APPROVE, BOB)
    play.do(RejectPlan(revision=1, rationale="It cannot read the new orders."), BOB)
    assert decisions(play)[0].status == "rejected"
    play.do(ApprovePlan(revision=1, rationale="It can, I was wrong."), BOB)
    (decision,) = decisions(play)
    assert decision.status == "approved"
    assert [verdict.verdict for verdict in decision.verdicts] == [
        "approved",
        "approved",
        "rejected",
        "approved",
    ]


@pytest.mark.req("R-ROL-06", "R-ROL-08")
def test_an_approval_by_a_role_that_the_commander_gave_a_moment_before_shows_that() -> None:
    play = planned()
    play.do(GrantRole(principal="p-carol", role="release_manager", rationale="Nobody else is awake now."))
    play.do(APPROVE)
    play.do(APPROVE, CAROL)
    (decision,) = decisions(play)
    assert decision.status == "approved"
    given = decision.verdicts[-1]
    assert (given.principal, given.role, given.granted_by) == ("p-carol", "release_manager", "p-alice")
    assert given.granted_before_ms == 2_000
