"""Passing a failed gate knowingly, and when a waiver does not help (R-GATE-55, R-ROL-27, R-ROL-28)."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from domain.crew.commands import OfferCommand, TakeCommand
from domain.gates.board import lights
from domain.gates.commands import DecideWaiver, EvaluateGate, RequestWaiver
from domain.planning.commands import ItemTold, OptionTold, SelectOption, VerifyItem
from domain.readiness.commands import EvaluatePrerequisites
from domain.readiness.evaluator import prerequisites
from domain.refusal import OnRecord
from domain.severity.commands import ConfirmScope, ReassessSeverity
from tests.support.playing import BOB, CAROL, DAVE, Play, policy
from tests.support.scenes import (
    PLAN,
    SCOPE,
    START,
    agree,
    agreed,
    aligning,
    approve,
    planning,
    shows,
    stands,
    tell,
)

ASK = RequestWaiver(
    gate="mitigation",
    justification="Waiting costs orders every minute.",
    risk_assessment="It may take ten minutes more than rehearsed.",
)
YES = DecideWaiver(waiver="w1", verdict="approved", rationale="The risk is the smaller one.")
NO = DecideWaiver(waiver="w1", verdict="rejected", rationale="The data is worth more than that.")
EVALUATE = EvaluateGate(gate="mitigation")
OTHERS = (
    "rollback-script",
    "data-backup",
    "rollback-prerequisites",
    "rollback-credentials",
    "rollback-rehearsal",
)


def but(command: Any, **changes: Any) -> Any:
    """Return a command with changes."""
    return msgspec.structs.replace(command, **changes)


def failed() -> Play:
    """Return an incident that everybody approved, and whose rehearsal failed."""
    play = aligning()
    play.do(VerifyItem(item="rollback-rehearsal", result="failed"))
    play.do(approve())
    play.do(approve(), BOB)
    assert shows(play) == "FAIL"
    return play


def waived() -> Play:
    """Return the same with a waiver in force."""
    play = failed()
    play.do(ASK, CAROL)
    play.do(YES)
    play.do(YES, BOB)
    assert shows(play) == "WAIVED"
    return play


@pytest.mark.req("R-GATE-55", "R-ROL-28", "R-GATE-50", "R-EVT-22")
def test_a_waiver_of_gate_2_is_granted_by_commander_and_release_manager() -> None:
    play = failed()
    assert play.refused(START).code == "SAFETY_PRECONDITION_UNMET"
    (asked,) = play.do(ASK, CAROL)
    assert asked.required_roles == ("incident_commander", "release_manager")
    assert asked.criteria == ("rollback_prerequisite_coverage", "rollback_readiness.status")
    assert asked.expires_at[:10] == "2026-03-02"
    assert shows(play) == "WAIVER_PENDING"
    play.do(YES)
    assert shows(play) == "WAIVER_PENDING"
    assert play.refused(START).code == "SAFETY_PRECONDITION_UNMET"
    play.do(YES, BOB)
    assert shows(play) == "WAIVED"
    play.do(START)
    assert stands(play) == "executing"


@pytest.mark.req("R-ROL-08", "R-DEC-31", "R-ROL-28")
def test_nobody_grants_a_waiver_alone() -> None:
    play = failed()
    play.do(ASK)
    play.do(YES, BOB)
    assert play.refused(YES, BOB).code == "APPROVAL_NOT_DISTINCT"
    assert play.refused(YES, CAROL).code == "ROLE_MISSING"
    assert play.refused(but(YES, role="product_owner"), BOB).code == "ROLE_NOT_ASKED"
    assert play.refused(but(YES, waiver="w9")).code == "WAIVER_UNKNOWN"


@pytest.mark.req("R-ROL-27", "R-GATE-01", "R-DEC-26", "R-EVT-22")
@pytest.mark.parametrize("gate", ["severity", "severity_alignment", "resolution"])
def test_a_waiver_of_gates_1_and_4_is_refused_and_the_request_recorded(gate: Any) -> None:
    play = agreed()
    answer = play.ask(but(ASK, gate=gate))
    assert isinstance(answer, OnRecord)
    assert answer.refusal.code == "WAIVER_NOT_PERMITTED"
    assert play.kinds()[-1] == "GateWaiverRefused"


@pytest.mark.req("R-GATE-55", "R-GATE-02")
def test_a_waiver_of_gate_2_comes_with_a_risk_assessment() -> None:
    refused = failed().refused(but(ASK, risk_assessment=None))
    assert (refused.code, refused.place) == ("WAIVER_INCOMPLETE", "risk_assessment")


@pytest.mark.req("R-GATE-55")
def test_only_what_fails_now_is_waived() -> None:
    assert planning().refused(ASK).code == "NOTHING_TO_WAIVE"
    wrong = failed().refused(but(ASK, criteria=("strategy_completeness",)))
    assert wrong.code == "CRITERION_NOT_FAILING"
    play = failed()
    play.do(PLAN)
    assert play.refused(ASK).code == "NOTHING_TO_WAIVE"


@pytest.mark.req("R-GATE-55", "R-DEC-26")
def test_a_waiver_expires_after_a_day_and_is_pending_then() -> None:
    play = waived()
    play.forward(hours=24)
    for item in OTHERS:
        play.do(VerifyItem(item=item))
    assert shows(play) == "WAIVER_PENDING"
    assert play.refused(START).code == "SAFETY_PRECONDITION_UNMET"
    refused = play.refused(YES)
    assert (refused.code, refused.found) == ("WAIVER_SETTLED", "expired")


@pytest.mark.req("R-GATE-55", "R-GATE-50")
def test_one_rejection_ends_a_waiver() -> None:
    play = failed()
    play.do(ASK)
    play.do(YES)
    play.do(NO, BOB)
    assert shows(play) == "FAIL"
    assert play.refused(YES, BOB).found == "rejected"


@pytest.mark.req("R-GATE-55")
def test_a_waiver_does_not_cover_what_fails_besides() -> None:
    play = waived()
    play.do(ConfirmScope(services=("checkout",)))
    assert play.refused(START).code == "SAFETY_PRECONDITION_UNMET"
    assert shows(play) == "FAIL"
    play.do(SCOPE)
    play.do(EVALUATE)
    assert shows(play) == "WAIVED"


@pytest.mark.req("R-GATE-55", "R-GATE-24")
def test_a_waiver_is_about_one_revision_of_the_plan() -> None:
    play = waived()
    play.do(but(PLAN, checklist=(ItemTold(item_id="x", category="script"),)))
    play.do(EVALUATE)
    assert shows(play) == "FAIL"
    assert play.refused(START).code == "SAFETY_PRECONDITION_UNMET"


@pytest.mark.req("R-GATE-55", "R-GATE-24")
def test_an_upgrade_of_severity_ends_a_waiver() -> None:
    play = aligning("team", "SEV-2")
    play.do(VerifyItem(item="rollback-rehearsal", result="failed"))
    play.do(EVALUATE)
    play.do(ASK)
    play.do(YES)
    play.do(YES, BOB)
    play.do(ReassessSeverity(rationale="A second region fails."))
    agree(play, "SEV-1")
    play.do(SCOPE)
    tell(play)
    play.do(EVALUATE)
    assert shows(play) == "FAIL"


@pytest.mark.req("R-GATE-50")
def test_asking_for_another_waiver_hides_none_that_is_in_force() -> None:
    play = waived()
    play.do(ASK, CAROL)
    assert shows(play) == "WAIVED"
    play.do(but(NO, waiver="w2"))
    assert shows(play) == "WAIVED"
    play.do(START)


@pytest.mark.req("R-GATE-55")
def test_security_is_waived_only_by_name_and_with_its_own_signature() -> None:
    play = aligning()
    play.do(ConfirmScope(services=("checkout",)))
    play.do(approve())
    play.do(approve(), BOB)
    assert play.refused(ASK).code == "CRITERION_NOT_FAILING"
    (asked,) = play.do(but(ASK, criteria=("compliance_approval", "compliance_approval")))
    assert asked.criteria == ("compliance_approval",)
    assert asked.required_roles == ("incident_commander", "release_manager", "security_compliance")
    play.do(YES)
    play.do(YES, BOB)
    assert shows(play) == "WAIVER_PENDING"
    play.do(YES, DAVE)
    assert shows(play) == "WAIVED"


@pytest.mark.req("R-ROL-08", "R-WF-30")
def test_a_waiver_may_stand_in_for_approvals_that_nobody_can_give() -> None:
    play = aligning()
    play.do(EVALUATE)
    play.do(ASK)
    play.do(YES)
    play.do(YES, BOB)
    play.do(VerifyItem(item="R-PRE-21"), BOB)
    play.do(EvaluatePrerequisites())
    play.do(START)
    assert stands(play) == "executing"


@pytest.mark.req("R-TRN-07")
def test_a_waiver_that_is_asked_for_opens_the_way_to_alignment() -> None:
    play = planning()
    play.do(but(PLAN, checklist=(ItemTold(item_id="x", category="script"),)))
    assert stands(play) == "verifying_rollback"
    play.do(EVALUATE)
    play.do(ASK)
    assert stands(play) == "aligning"


@pytest.mark.req("R-PROF-01")
def test_solo_waives_alone() -> None:
    play = aligning("solo")
    play.do(VerifyItem(item="rollback-rehearsal", result="failed"))
    play.do(approve())
    play.do(ASK)
    play.do(YES)
    assert shows(play) == "WAIVED"


@pytest.mark.req("R-GATE-50")
def test_the_board_has_every_gate_that_can_be_reached() -> None:
    play = agreed()
    assert {gate: row.state for gate, row in lights(play.state, play.state.recorded_at).items()} == {
        "severity_alignment": "NOT_EVALUATED",
        "mitigation_readiness": "NOT_EVALUATED",
        "recovery_validation": "NOT_EVALUATED",
        "resolution_documentation": "NOT_EVALUATED",
    }
    assert play.state.gates.waivers == {}


@pytest.mark.req("R-GATE-55", "R-WF-30")
def test_another_option_is_not_what_was_waived() -> None:
    play = planning()
    back = OptionTold(option_id="A", kind="rollback", title="Back", commands=("roll back",))
    other = OptionTold(option_id="B", kind="other", title="Restart all", commands=("restart",))
    play.do(but(PLAN, options=(back, other), select="A"))
    play.do(EVALUATE)
    play.do(ASK)
    play.do(YES)
    play.do(YES, BOB)
    assert shows(play) == "WAIVED"
    play.do(SelectOption(option="B", rationale="It seems quicker to me."))
    assert shows(play) == "FAIL"
    play.do(VerifyItem(item="R-PRE-21"), BOB)
    play.do(EvaluatePrerequisites())
    assert "gate_2" in (play.refused(START).found or "")


@pytest.mark.req("R-GATE-55", "R-PRE-42")
@pytest.mark.parametrize("scope", [SCOPE, ConfirmScope(services=("checkout",))])
def test_a_waiver_that_security_signed_is_its_approval_and_the_gate_is_waived(scope: ConfirmScope) -> None:
    play = aligning()
    play.do(but(scope, regulated_data=True) if scope is SCOPE else scope)
    play.do(approve())
    play.do(approve(), BOB)
    play.do(EVALUATE)
    play.do(but(ASK, criteria=tuple(play.state.gates.authoritative["mitigation_readiness"].failed)))
    play.do(YES)
    play.do(YES, DAVE)
    assert compliance(play) in (("missing", None), ("unknown", None))
    play.do(YES, BOB)
    assert compliance(play) == ("present", "waiver")
    play.do(EVALUATE)
    assert shows(play) == "WAIVED"
    play.do(VerifyItem(item="R-PRE-21"), BOB)
    play.do(EvaluatePrerequisites())
    play.do(START)
    assert stands(play) == "executing"


def compliance(play: Play) -> tuple[str, str | None]:
    """Return how the approval of security and compliance stands, and by what."""
    found = prerequisites(play.state, policy("team"), play.state.recorded_at).items
    return next((item.status, item.by) for item in found if item.id == "R-PRE-22")


@pytest.mark.req("R-GATE-55", "R-ROL-08")
def test_the_approval_of_who_commanded_before_grants_no_waiver() -> None:
    play = failed()
    play.do(ASK, CAROL)
    play.do(YES)
    play.do(OfferCommand(to="p-carol"))
    play.do(TakeCommand(rationale="I take over."), CAROL)
    play.do(YES, BOB)
    assert shows(play) == "WAIVER_PENDING"
    play.do(YES, CAROL)
    assert shows(play) == "WAIVED"
