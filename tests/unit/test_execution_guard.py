"""What stands between an approved plan and its execution, by the rules alone (R-WF-30, R-ROL-08)."""

from __future__ import annotations

import pytest

from domain.decisions.commands import ApprovePlan
from domain.execution.commands import RecordOutOfBand, StartExecution
from domain.gates.board import light
from domain.gates.commands import DecideWaiver, EvaluateGate, RequestWaiver
from domain.intake.commands import DeclareIncident, OpenIncident
from domain.notices.commands import AttestNotice
from domain.planning.commands import ProposePlan, VerifyItem
from domain.severity.commands import ConfirmScope, ProposeSeverity
from tests.support.playing import ALICE, BOB, CAROL, DAVE, Play

WHY = "Because the graphs and the customers say so."
APPROVE = ApprovePlan(revision=1, rationale=WHY)
OUTSIDE = RecordOutOfBand(what="Ran the script already.", why="I could not wait.")
RISK = RequestWaiver(gate="mitigation", justification=WHY, risk_assessment="Ten minutes more.")


def planned(*, regulated: bool = False, customers: bool = False) -> Play:
    """Return an incident with a plan that waits for approvals."""
    play = Play()
    play.do(OpenIncident(title="Checkout is slow", environment="production"))
    play.do(DeclareIncident(rationale=WHY))
    # The scope first: people agree on SEV-2 in knowledge of it, so it has nobody agree anew (R-SVC-10).
    play.do(ConfirmScope(services=("checkout",), regulated_data=regulated, customer_notification=customers))
    play.do(ProposeSeverity(severity="SEV-2", rationale=WHY))
    play.do(AttestNotice(roles=("incident_commander", "sre_on_call"), channel="phone"))
    play.do(ProposePlan(template="rollback", to_version="1.2.3"))
    return play


def shown(play: Play) -> str:
    return light(play.state, "mitigation_readiness", play.state.recorded_at).state


@pytest.mark.req("R-DEC-62", "R-ROL-25", "R-PRE-22")
@pytest.mark.parametrize(("regulated", "customers"), [(True, False), (False, True), (True, True)])
def test_security_agrees_where_regulated_data_or_customers_are_concerned(
    *, regulated: bool, customers: bool
) -> None:
    play = planned(regulated=regulated, customers=customers)
    for who in (ALICE, BOB):
        play.do(APPROVE, who)
    assert play.refused(StartExecution()).code == "SAFETY_PRECONDITION_UNMET"
    play.do(APPROVE, DAVE)
    play.do(StartExecution())
    assert play.state.state == "executing"


@pytest.mark.req("R-ROL-08", "R-WF-30")
def test_what_ran_outside_wants_gate_2_judged_anew_before_anything_starts() -> None:
    play = planned()
    for who in (ALICE, BOB):
        play.do(APPROVE, who)
    assert shown(play) == "PASS"
    play.do(OUTSIDE, CAROL)
    assert shown(play) == "FAIL"
    assert play.refused(StartExecution()).code == "SAFETY_PRECONDITION_UNMET"
    play.do(EvaluateGate(gate="mitigation"))
    assert shown(play) == "PASS"
    assert play.kinds(play.do(StartExecution())) == ["MitigationExecutionStarted"]


@pytest.mark.req("R-ROL-08", "R-GATE-55")
def test_what_ran_outside_ends_a_waiver_from_before() -> None:
    play = planned()
    play.do(VerifyItem(item="rollback-rehearsal", result="failed"), CAROL)
    for who in (ALICE, BOB):
        play.do(APPROVE, who)
    play.do(RISK)
    for who in (ALICE, BOB):
        play.do(DecideWaiver(waiver="w1", verdict="approved", rationale=WHY), who)
    assert shown(play) == "WAIVED"
    play.do(OUTSIDE, CAROL)
    assert shown(play) == "FAIL"
    assert "gate_2" in str(play.refused(StartExecution()).found)
    play.do(EvaluateGate(gate="mitigation"))
    play.do(RISK)
    for who in (ALICE, BOB):
        play.do(DecideWaiver(waiver="w2", verdict="approved", rationale=WHY), who)
    play.do(StartExecution())
