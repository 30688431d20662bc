"""The safety rule, and what was done outside the process (R-WF-30, R-GLO-05, R-ROL-08, R-STEP-31)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from domain.execution.commands import RecordOutOfBand
from domain.flow.commands import MarkStep
from domain.gates.board import light
from domain.gates.commands import EvaluateGate
from domain.intake.commands import DismissIncident, MitigationIsNotRequired
from domain.planning.commands import ProposePlan, VerifyItem
from domain.refusal import OnRecord
from domain.severity.commands import ReassessSeverity
from tests.support.playing import BOB, PROGRAM, Play
from tests.support.playing import START as BEGINNING
from tests.support.scenes import (
    PLAN,
    SCOPE,
    START,
    agree,
    agreed,
    aligning,
    approve,
    approved,
    declared,
    executing,
    opened,
    planning,
    shows,
    stands,
    tell,
)

OUTSIDE = RecordOutOfBand(what="Restarted the gateway by hand.", why="Orders were being lost.")
WHY = "A second region fails since 02:40."


def lacking(play: Play) -> set[str]:
    """Return what a refused start says is missing."""
    refusal = play.refused(START)
    assert refusal.code == "SAFETY_PRECONDITION_UNMET"
    return set((refusal.found or "").removeprefix("missing: ").split(", "))


@pytest.mark.req("R-WF-30", "R-GLO-05")
def test_a_refusal_lists_everything_that_is_missing() -> None:
    assert lacking(declared()) == {
        "severity",
        "scope",
        "gate_1",
        "gate_2",
        "approved_option",
        "decision_recorded",
        "execution_readiness",
        "aligned",
    }
    assert lacking(agreed()) >= {"gate_1", "gate_2", "stakeholders_notified", "aligned"}
    assert lacking(planning()) >= {"gate_2", "approved_option", "decision_recorded"}
    assert "severity" not in lacking(planning())


@pytest.mark.req("R-WF-30")
def test_a_verdict_given_on_the_way_to_a_refusal_is_on_record() -> None:
    play = aligning()
    answer = play.ask(START)
    assert isinstance(answer, OnRecord)
    assert play.kinds(answer.facts)[0] == "GateEvaluated"


@pytest.mark.req("R-WF-30")
def test_nothing_runs_before_the_last_approval_nor_in_a_halted_step() -> None:
    play = aligning()
    play.do(approve())
    assert lacking(play) >= {"gate_2", "decision_recorded"}
    play.do(approve(), BOB)
    play.do(MarkStep(mark="halted", rationale="The runbook contradicts itself."))
    assert lacking(play) == {"not_halted"}


@pytest.mark.req("R-WF-30", "R-TRN-18")
def test_in_a_new_round_everything_of_the_round_is_confirmed_anew() -> None:
    play = approved("team", "SEV-2")
    play.do(ReassessSeverity(rationale=WHY))
    assert lacking(play) >= {"severity", "scope", "gate_1"}
    agree(play, "SEV-2")
    assert lacking(play) >= {"scope", "gate_1", "stakeholders_notified"}
    play.do(SCOPE)
    assert lacking(play) == {"gate_1", "stakeholders_notified", "aligned"}
    tell(play)
    play.do(START)
    assert stands(play) == "executing"


@pytest.mark.req("R-WF-30", "R-TRN-20", "R-WF-02")
def test_nothing_runs_from_a_step_that_was_sent_back() -> None:
    play = approved()
    play.do(MarkStep(mark="returned", rationale="The script was changed since."))
    assert stands(play) == "verifying_rollback"
    assert lacking(play) == {"aligned"}
    play.do(VerifyItem(item="rollback-script"))
    play.do(START)
    assert stands(play) == "executing"


@pytest.mark.req("R-TRN-18")
def test_a_new_round_does_not_interrupt_what_runs() -> None:
    play = executing()
    play.do(ReassessSeverity(rationale=WHY))
    assert stands(play) == "assessing"
    agree(play, "SEV-2")
    play.do(SCOPE)
    tell(play)
    assert stands(play) == "executing"
    assert play.refused(START).code == "NO_RERUN"


@pytest.mark.req("R-TRN-18")
def test_a_new_round_that_is_sent_back_returns_to_what_runs() -> None:
    play = executing()
    play.do(ReassessSeverity(rationale=WHY))
    agree(play, "SEV-2")
    play.do(SCOPE)
    play.do(MarkStep(mark="returned", rationale="The scope was not the whole."))
    play.do(SCOPE)
    tell(play)
    assert stands(play) == "executing"


@pytest.mark.req("R-TRN-23", "R-TRN-24")
def test_what_was_begun_is_neither_dismissed_nor_made_unnecessary_by_a_new_round() -> None:
    play = executing()
    play.do(ReassessSeverity(rationale=WHY))
    assert play.refused(DismissIncident(rationale="It was none at all.")).code == "NOT_NOW"
    refused = play.refused(MitigationIsNotRequired(kind="no_action", rationale="It went away."))
    assert refused.code == "NOT_NOW"


@pytest.mark.req("R-ROL-08", "R-WF-02", "R-EVT-17")
@pytest.mark.parametrize("scene", [opened, declared, agreed, planning, approved, executing])
def test_what_was_done_outside_is_recordable_always_and_by_everybody(
    scene: Callable[[], Play],
) -> None:
    play = scene()
    before = stands(play)
    (fact,) = play.do(OUTSIDE, PROGRAM)
    assert (fact.kind, stands(play)) == ("execution", before)


@pytest.mark.req("R-ROL-08", "R-GATE-50")
def test_gate_2_shows_that_somebody_went_past_it() -> None:
    play = declared()
    play.do(OUTSIDE)
    found = light(play.state, "mitigation_readiness", play.state.recorded_at)
    assert (found.state, found.violated) == ("FAIL", True)
    assert shows(play, "severity_alignment") == "NOT_EVALUATED"


@pytest.mark.req("R-ROL-08")
def test_what_is_no_execution_violates_nothing() -> None:
    play = approved()
    play.do(RecordOutOfBand(what="Phoned the provider.", why="To hear what they know.", kind="other"))
    assert shows(play) == "PASS"
    assert play.state.execution.out_of_band == 1


@pytest.mark.req("R-ROL-08", "R-WF-30")
def test_after_an_execution_outside_nothing_starts_before_gate_2_is_evaluated_again() -> None:
    play = approved()
    play.do(OUTSIDE)
    assert shows(play) == "FAIL"
    assert lacking(play) == {"gate_2"}
    play.do(EvaluateGate(gate="mitigation"))
    found = light(play.state, "mitigation_readiness", play.state.recorded_at)
    assert (found.state, found.violated) == ("PASS", True)
    play.do(START)


@pytest.mark.req("R-ROL-08", "R-GATE-50")
def test_a_stale_verdict_does_not_hide_a_violation() -> None:
    play = approved()
    play.do(OUTSIDE)
    play.do(PLAN)
    assert shows(play) == "FAIL"


@pytest.mark.req("R-ROL-08", "R-TRN-24")
def test_an_execution_after_none_was_required_shows() -> None:
    play = planning()
    play.do(MitigationIsNotRequired(kind="self_recovered", rationale="The provider repaired it."))
    assert shows(play) == "NOT_APPLICABLE"
    play.do(OUTSIDE)
    assert shows(play) == "FAIL"


@pytest.mark.req("R-WF-33", "R-WF-35")
def test_what_was_done_lies_in_the_past_and_is_recorded_now() -> None:
    play = declared()
    at = BEGINNING - timedelta(minutes=30)
    play.do(RecordOutOfBand(what="Restarted it.", why="Orders were lost.", at=at))
    assert play.facts[-1].at == "2026-03-01T01:45:00.000000Z"
    ahead = RecordOutOfBand(what="Will do.", why="Orders are lost.", at=play.now + timedelta(minutes=1))
    assert play.refused(ahead).code == "TIME_AHEAD"


@pytest.mark.req("R-WF-30")
def test_a_plan_is_not_revised_while_it_is_carried_out() -> None:
    play = executing()
    assert play.refused(PLAN).code == "NOT_NOW"
    assert play.refused(ProposePlan(template="rollback", to_version="2")).code == "NOT_NOW"


@pytest.mark.req("R-ROL-08", "R-TRN-24")
def test_what_ran_outside_is_judged_even_where_nothing_is_to_be_executed() -> None:
    play = planning()
    play.do(OUTSIDE)
    play.do(MitigationIsNotRequired(kind="self_recovered", rationale="The restart was enough."))
    assert shows(play) == "FAIL"
    assert light(play.state, "mitigation_readiness", play.state.recorded_at).violated
    play.do(EvaluateGate(gate="mitigation"))
    assert shows(play) == "NOT_APPLICABLE"
    assert light(play.state, "mitigation_readiness", play.state.recorded_at).violated
