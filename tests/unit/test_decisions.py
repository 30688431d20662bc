"""Who must agree to a plan, and that everybody counts once (R-STEP-23, R-ROL-25, R-DEC-31, R-DEC-62)."""

from __future__ import annotations

import pytest

from domain.crew.commands import GrantRole
from domain.decisions.approvals import approval, required_roles
from domain.decisions.commands import RejectPlan
from domain.planning.commands import OptionTold, ProposePlan, SelectOption
from domain.planning.plan_hash import plan_sha256
from domain.severity.commands import ConfirmScope
from tests.support.playing import BOB, CAROL, DAVE, Play, policy
from tests.support.scenes import (
    PLAN,
    SCOPE,
    START,
    aligning,
    approve,
    approved,
    criterion,
    planning,
    shows,
    stands,
    verdict,
)

REJECT = RejectPlan(revision=1, rationale="It cannot read the migrated orders.")
TEAM = ("incident_commander", "release_manager")
GRANT = GrantRole(principal="p-alice", role="release_manager", rationale="Nobody else is awake now.")


def scope(*, regulated: bool | None, customers: bool | None) -> ConfirmScope:
    """Return a confirmed scope with what is known of the data."""
    return ConfirmScope(services=("checkout",), regulated_data=regulated, customer_notification=customers)


def failing(play: Play) -> set[str]:
    """Return what gate 2 failed."""
    return set(play.state.gates.authoritative["mitigation_readiness"].failed)


@pytest.mark.req("R-ROL-25", "R-GATE-21", "R-GATE-22", "R-EVT-16", "R-STEP-23")
def test_the_decision_is_recorded_with_the_last_approval_that_it_needs() -> None:
    play = aligning()
    assert play.kinds(play.do(approve(), BOB)) == ["DecisionGiven"]
    assert "DecisionRecorded" in play.kinds(play.do(approve()))
    assert play.state.decision is not None
    assert {role for _, role in play.state.decision.given} == set(TEAM)
    assert criterion(play, "decision_log.approvals") == "yes"


@pytest.mark.req("R-DEC-31", "R-ROL-08", "R-GATE-21")
def test_one_person_with_both_roles_counts_once() -> None:
    play = aligning()
    play.do(GRANT)
    play.do(approve())
    assert play.refused(approve(role="release_manager")).code == "APPROVAL_NOT_DISTINCT"
    assert play.refused(approve()).code == "APPROVAL_NOT_DISTINCT"
    assert approval(play.state, policy("team")).num == 1
    play.do(approve(), BOB)
    assert shows(play) == "PASS"


@pytest.mark.req("R-PROF-01", "R-ROL-25")
def test_solo_needs_the_commander_alone() -> None:
    play = aligning("solo")
    assert required_roles(play.state, policy("solo")) == ("incident_commander",)
    play.do(approve())
    assert stands(play) == "aligning"
    play.do(START)
    assert stands(play) == "executing"


@pytest.mark.req("R-DEC-62", "R-PRE-22", "R-ROL-25", "R-GATE-21")
@pytest.mark.parametrize(("regulated", "customers"), [(True, False), (False, True), (True, True)])
def test_regulated_data_or_customers_ask_for_security_too(*, regulated: bool, customers: bool) -> None:
    play = aligning()
    play.do(scope(regulated=regulated, customers=customers))
    assert required_roles(play.state, policy("team")) == (*TEAM, "security_compliance")
    play.do(approve())
    play.do(approve(), BOB)
    assert play.refused(START).code == "SAFETY_PRECONDITION_UNMET"
    assert failing(play) == {"decision_approval", "decision_log.approvals", "compliance_approval"}
    play.do(approve(), DAVE)
    assert verdict(play) == "PASS"
    play.do(START)


@pytest.mark.req("R-DEC-62", "R-GATE-21")
def test_a_scope_that_widens_after_the_decision_asks_again() -> None:
    play = approved()
    play.do(scope(regulated=True, customers=False))
    assert verdict(play) == "FAIL"
    facts = play.do(approve(), DAVE)
    assert {"DecisionRecorded", "GateEvaluated"} <= set(play.kinds(facts))
    assert verdict(play) == "PASS"


@pytest.mark.req("R-PRE-22")
@pytest.mark.parametrize(("regulated", "customers"), [(None, False), (False, None), (None, None)])
def test_what_is_unknown_blocks_gate_2(regulated: bool | None, customers: bool | None) -> None:
    play = aligning()
    play.do(scope(regulated=regulated, customers=customers))
    play.do(approve())
    play.do(approve(), BOB)
    assert failing(play) == {"compliance_approval"}
    play.do(SCOPE)
    play.do(START)


@pytest.mark.req("R-GATE-21", "R-EVT-16")
def test_a_rejection_stands_until_who_gave_it_approves() -> None:
    play = approved()
    play.do(REJECT, BOB)
    assert failing(play) == {"decision_approval", "outstanding_rejections", "decision_log.approvals"}
    assert "decision_recorded" in (play.refused(START).found or "")
    facts = play.do(approve(), BOB)
    assert "DecisionRecorded" in play.kinds(facts)
    assert verdict(play) == "PASS"
    assert play.refused(approve(), BOB).code == "APPROVAL_NOT_DISTINCT"


@pytest.mark.req("R-GATE-21")
def test_who_rejects_in_one_role_does_not_approve_in_another() -> None:
    play = aligning()
    play.do(GRANT)
    play.do(approve())
    play.do(RejectPlan(revision=1, role="release_manager", rationale=REJECT.rationale))
    assert approval(play.state, policy("team")).num == 0


@pytest.mark.req("R-ROL-25", "R-GATE-21")
def test_a_verdict_is_given_in_a_role_that_is_asked_and_held() -> None:
    play = aligning()
    assert play.refused(approve(), CAROL).code == "ROLE_MISSING"
    assert play.refused(REJECT, CAROL).code == "ROLE_MISSING"
    named = play.refused(approve(role="incident_commander"), BOB)
    assert (named.code, named.expected) == ("ROLE_MISSING", "incident_commander")
    assert named.found != "incident_commander", "what is held, not what was asked for"
    assert play.refused(approve(role="product_owner"), BOB).code == "ROLE_NOT_ASKED"


@pytest.mark.req("R-EVT-16", "R-GATE-24")
def test_an_approval_binds_to_exactly_the_plan_that_was_seen() -> None:
    play = aligning()
    assert play.state.planning.plan is not None
    seen = plan_sha256(play.state.planning.plan.fact)
    wrong = play.refused(approve(plan_sha256="0" * 64))
    assert (wrong.code, wrong.place, wrong.expected) == ("PLAN_REVISED", "plan_sha256", seen)
    assert play.refused(approve(2)).place == "revision"
    (given,) = play.do(approve(plan_sha256=seen))
    assert (given.plan_sha256, given.option_id, given.plan_revision) == (seen, "A", 1)
    play.do(PLAN)
    assert play.state.planning.plan is not None
    assert plan_sha256(play.state.planning.plan.fact) != seen


@pytest.mark.req("R-GATE-21", "R-GATE-22", "R-WF-30")
def test_approvals_of_one_option_are_none_of_another() -> None:
    play = approved()
    play.do(SelectOption(option="C", fallback="A", rationale="We can fix it forward."))
    assert failing(play) >= {"decision_approval", "decision_log.approvals"}
    assert "approved_option" in (play.refused(START).found or "")
    play.do(approve())
    facts = play.do(approve(), BOB)
    assert [f.option_id for f in facts if type(f).__name__ == "DecisionRecorded"] == ["C"]


@pytest.mark.req("R-GATE-21")
def test_going_back_to_an_option_that_was_decided_needs_nothing_new() -> None:
    play = approved()
    play.do(SelectOption(option="C", fallback="A", rationale="We can fix it forward."))
    play.do(SelectOption(option="A", rationale="No, there is no time for it."))
    play.do(START)
    assert stands(play) == "executing"


@pytest.mark.req("R-STEP-23")
def test_nothing_is_approved_before_an_option_is_selected() -> None:
    assert planning().refused(approve()).code == "NO_PLAN"
    play = planning()
    ways = tuple(OptionTold(option_id=x, kind="rollback", title=x, commands=("go",)) for x in "AB")
    play.do(ProposePlan(options=ways))
    assert play.refused(approve()).code == "NOTHING_SELECTED"


@pytest.mark.req("R-GATE-23")
def test_how_long_agreement_took_is_recorded_beside_the_verdict() -> None:
    play = aligning()
    play.forward(seconds=59)
    play.do(approve())
    play.forward(seconds=59)
    play.do(approve(), BOB)
    found = {row.id: row.actual for row in play.facts[-1].metrics}
    assert (found["approval_latency"].num, found["decision_latency"].num) == (120_000, 120_000)
    assert (found["readiness_score"].num, found["readiness_score"].den) == (6, 6)
    assert found["granted_before_approval.release_manager"].num > 86_400_000


@pytest.mark.req("R-EVT-16")
def test_the_request_names_options_and_roles() -> None:
    play = aligning()
    request = next(fact for fact in play.facts if type(fact).__name__ == "DecisionRequested")
    assert (request.required_roles, request.options, request.plan_revision) == (TEAM, ("A", "B", "C"), 1)
