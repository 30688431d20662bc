"""Whether the service recovered: checks, what they come to, gate 3, the ways back (R-STEP-32, R-GATE-03)."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from domain.context import Principal
from domain.execution.commands import ReenterPlanning, StartExecution
from domain.gates.commands import DecideWaiver, EvaluateGate, RequestWaiver
from domain.gates.facts import Gate
from domain.intake.commands import MitigationIsNotRequired, TightenProfile
from domain.planning.commands import PlanCheckTold, ProposePlan
from domain.ratio import Ratio
from domain.recovery.checks import required
from domain.recovery.commands import CheckTold, RecordChecks
from tests.support.playing import ALICE, BOB, CAROL, policy
from tests.support.scenes import (
    ALL_WELL,
    CHECKED,
    CHECKS,
    CONFIRM,
    DONE,
    PLAN,
    START,
    WHY,
    approve,
    checks,
    criterion,
    executing,
    planning,
    recovering,
    resolving,
    settled,
    shows,
    stands,
    tell_end,
    verdict,
)

GATE: Gate = "recovery_validation"
NOTHING = MitigationIsNotRequired(kind="self_recovered", rationale=WHY)
BACK = ReenterPlanning(rationale="Version 1.2.3 is slow as well.")
WAIVER = RequestWaiver(gate="recovery", justification=WHY, recovery_plan="Repaired by hand tomorrow.")
YES = DecideWaiver(waiver="w1", verdict="approved", rationale=WHY)


def one(name: str, result: str = "pass", *, critical: bool = False) -> RecordChecks:
    """Return one check."""
    return RecordChecks(checks=(CheckTold(check=name, result=result, critical=critical),))  # type: ignore[arg-type]  # a test's word


@pytest.mark.req("R-STEP-32", "R-TRN-10", "R-TRN-11", "R-GATE-03")
def test_with_the_last_check_recovery_is_validated_and_gate_3_passes() -> None:
    play = recovering()
    for name in CHECKS[:-1]:
        assert play.kinds(play.do(one(name), CAROL)) == ["RecoveryCheckRecorded"]
    _, validated, judged, *told = play.do(one(CHECKS[-1]), BOB)
    assert {fact.purpose for fact in told} == {"resolution"}
    assert (validated.status, validated.required, validated.passed) == ("success", 5, 5)
    assert (validated.critical_total, validated.critical_failed, validated.attempt) == (3, 0, 1)
    assert (judged.gate, judged.result, judged.scope.attempt) == (GATE, "PASS", 1)
    assert stands(play) == "confirming_resolution"


@pytest.mark.req("R-GATE-30")
def test_required_are_the_critical_checks_of_the_policy_and_those_of_the_plan() -> None:
    play = recovering()
    wanted = required(play.state, policy("team"))
    assert {name: row.critical for name, row in wanted.items()} == {
        "api_health": True,
        "primary_user_journey": True,
        "data_integrity": True,
        "error_rate": False,
        "smoke_test": False,
    }


@pytest.mark.req("R-GATE-30")
def test_a_plan_cannot_make_a_critical_check_of_the_policy_less() -> None:
    play = planning()
    play.do(
        ProposePlan(template="rollback", to_version="1.2.3", checks=(PlanCheckTold(check_id="api_health"),))
    )
    for who in (ALICE, BOB):
        play.do(approve(), who)
    play.do(START)
    assert required(play.state, policy("team"))["api_health"].critical


@pytest.mark.req("R-DEC-30", "R-GATE-30")
@pytest.mark.parametrize(
    ("failing", "status"),
    [((), "success"), (("smoke_test",), "partial"), (("data_integrity",), "failed"), (CHECKS, "failed")],
)
def test_what_the_checks_come_to(failing: tuple[str, ...], status: str) -> None:
    play = recovering()
    facts = play.do(checks(*failing))
    (validated,) = [fact for fact in facts if type(fact).__name__ == "RecoveryValidationCompleted"]
    assert validated.status == status
    assert verdict(play, GATE) == ("PASS" if status == "success" else "FAIL")
    assert criterion(play, "critical_failed", GATE) == ("no" if status == "failed" else "yes")


@pytest.mark.req("R-GATE-30")
@pytest.mark.parametrize("result", ["error", "skipped"])
def test_what_is_skipped_or_in_error_has_not_passed(result: str) -> None:
    play = recovering()
    play.do(checks("smoke_test", result=result))  # type: ignore[arg-type]  # one of the results
    assert criterion(play, "recovery_validation_success", GATE) == "no"


@pytest.mark.req("R-GATE-30")
def test_what_is_missing_has_not_passed_where_somebody_asks_for_the_validation() -> None:
    play = recovering()
    play.do(one("api_health"))
    validated = play.do(RecordChecks(complete=True))[0]
    assert (validated.status, validated.passed, validated.critical_failed) == ("failed", 1, 2)


@pytest.mark.req("R-GATE-30")
def test_a_check_from_before_the_mitigation_was_complete_says_nothing() -> None:
    play = executing()
    play.do(CHECKED)
    play.do(DONE)
    assert stands(play) == "validating_recovery"
    assert play.state.recovery.validated is None
    play.do(CHECKED)
    assert stands(play) == "confirming_resolution"


@pytest.mark.req("R-GATE-30", "R-GATE-54")
def test_the_latest_word_on_a_check_counts_and_the_gate_passes_once_it_does() -> None:
    play = recovering()
    play.do(checks("data_integrity"))
    assert (stands(play), verdict(play, GATE)) == ("validating_recovery", "FAIL")
    facts = play.do(one("data_integrity"))
    judged = ["RecoveryCheckRecorded", "RecoveryValidationCompleted", "GateEvaluated"]
    assert play.kinds(facts)[:3] == judged
    assert (stands(play), verdict(play, GATE)) == ("confirming_resolution", "PASS")


@pytest.mark.req("R-GATE-54")
def test_of_a_failed_recovery_those_are_told_who_can_help() -> None:
    play = recovering()
    facts = play.do(checks("data_integrity"))
    asked = [fact for fact in facts if type(fact).__name__ == "StakeholderNotificationRequested"]
    assert [(fact.purpose, fact.roles) for fact in asked] == [
        ("gate_failed", ("incident_commander",)),
        ("gate_failed", ("sre_lead",)),
    ]


@pytest.mark.req("R-TRN-16", "R-DEC-30")
def test_after_a_failed_recovery_planning_is_entered_again_with_everything_to_agree_on() -> None:
    play = recovering()
    assert play.refused(BACK).code == "NOTHING_FAILED"
    play.do(checks("data_integrity"))
    assert play.refused(BACK, BOB).code == "ROLE_MISSING"
    (back,) = play.do(BACK)
    assert (back.cause, stands(play)) == ("recovery_failed", "planning")
    play.do(PLAN)
    for who in (ALICE, BOB):
        play.do(approve(2), who)
    play.do(START)
    play.do(DONE)
    assert stands(play) == "validating_recovery"
    assert shows(play, GATE) in {"NOT_EVALUATED", "STALE"}
    play.do(CHECKED)
    assert play.state.gates.authoritative[GATE].fact.scope.attempt == 2
    assert stands(play) == "confirming_resolution"


@pytest.mark.req("R-TRN-17", "R-DEC-30")
def test_after_a_failed_recovery_the_same_plan_can_be_executed_again() -> None:
    play = recovering()
    play.do(checks("data_integrity"))
    play.do(StartExecution(rerun="Half of the nodes still had the old build."))
    assert (stands(play), play.state.execution.attempt.number) == ("executing", 2)  # type: ignore[union-attr]  # it began
    play.do(DONE)
    assert stands(play) == "validating_recovery"
    play.do(CHECKED)
    assert stands(play) == "confirming_resolution"


@pytest.mark.req("R-TRN-19")
def test_what_comes_back_is_planned_anew() -> None:
    play = resolving()
    (back,) = play.do(BACK)
    assert (back.cause, stands(play)) == ("recurrence", "planning")


@pytest.mark.req("R-TRN-12", "R-GATE-30", "R-GATE-42")
@pytest.mark.parametrize("complete", [False, True])
def test_a_check_that_fails_before_the_end_is_confirmed_takes_gate_3_back(complete: bool) -> None:
    play = settled()
    failed = msgspec.structs.replace(one("data_integrity", "fail"), complete=complete)
    play.do(failed)
    assert (stands(play), verdict(play, GATE)) == ("confirming_resolution", "FAIL")
    refused = play.refused(CONFIRM)
    assert refused.code == "NOT_STABLE_OR_COMMS_UNSENT"
    assert "gate_3" in (refused.found or "")
    play.do(one("data_integrity"))
    assert verdict(play, GATE) == "PASS"
    assert play.refused(CONFIRM).found == "missing: stability_window, resolution_notices"
    play.forward(minutes=31)
    play.do(ALL_WELL)
    tell_end(play)
    play.do(CONFIRM)


@pytest.mark.req("R-TRN-12", "R-ROL-29")
def test_what_fails_before_the_end_is_confirmed_can_be_waived_there() -> None:
    play = resolving()
    play.do(one("smoke_test", "fail"))
    assert play.state.standing.gate_3 == 0
    play.do(WAIVER)
    assert play.do(YES)[1].step == "4.1"
    assert (shows(play, GATE), stands(play)) == ("WAIVED", "confirming_resolution")
    assert play.state.standing.gate_3 > 0


@pytest.mark.req("R-GATE-50", "R-PROF-01")
def test_a_stricter_policy_asks_for_gate_3_again_before_the_end_is_confirmed() -> None:
    play = resolving()
    play.do(TightenProfile(profile="strict", rationale=WHY))
    judged = play.state.gates.authoritative[GATE].fact
    assert judged.policy_sha256 == play.state.intake.policy_sha256
    assert shows(play, GATE) != "STALE"


@pytest.mark.req("R-ROL-29", "R-TRN-10", "R-GATE-55")
def test_a_waiver_of_gate_3_by_the_commander_lets_a_partial_recovery_on() -> None:
    play = recovering()
    play.do(checks("smoke_test"))
    assert play.refused(RequestWaiver(gate="recovery", justification=WHY)).code == "WAIVER_INCOMPLETE"
    play.do(WAIVER)
    assert (shows(play, GATE), stands(play)) == ("WAIVER_PENDING", "validating_recovery")
    assert play.refused(YES, BOB).code == "ROLE_MISSING"
    marked = play.do(YES)[1]
    assert (marked.mark, marked.step) == ("waived", "3.2")
    assert (shows(play, GATE), stands(play)) == ("WAIVED", "confirming_resolution")


@pytest.mark.req("R-GATE-55")
def test_a_critical_check_is_waived_by_name_only_and_with_the_sre_lead() -> None:
    lead = Principal(id="p-lea", type="user", roles=("sre_lead",))
    play = recovering()
    play.do(checks("data_integrity"))
    play.do(WAIVER)
    play.do(YES)
    assert stands(play) == "validating_recovery"
    failed = play.state.gates.authoritative[GATE].failed
    named = RequestWaiver(gate="recovery", justification=WHY, recovery_plan=WHY, criteria=failed)
    (asked,) = play.do(named)
    assert asked.required_roles == ("incident_commander", "sre_lead")
    play.do(DecideWaiver(waiver="w2", verdict="approved", rationale=WHY))
    assert stands(play) == "validating_recovery"
    play.do(DecideWaiver(waiver="w2", verdict="approved", rationale=WHY), lead)
    assert stands(play) == "confirming_resolution"


@pytest.mark.req("R-GATE-55", "R-GATE-50")
def test_a_waiver_of_one_attempt_is_none_of_the_next() -> None:
    play = recovering()
    play.do(checks("smoke_test"))
    play.do(WAIVER)
    play.do(StartExecution(rerun="Half of the nodes still had the old build."))
    play.do(DONE)
    play.do(checks("smoke_test"))
    play.do(YES)
    assert (shows(play, GATE), stands(play)) == ("FAIL", "validating_recovery")


@pytest.mark.req("R-GATE-55", "R-GATE-50", "R-TRN-24")
def test_a_waiver_of_doing_nothing_is_none_of_doing_nothing_another_time() -> None:
    partly = RecordChecks(checks=CHECKED.checks[:2], complete=True)
    lead = Principal(id="p-lea", type="user", roles=("sre_lead",))
    play = planning()
    play.do(NOTHING)
    play.do(partly)
    failed = play.state.gates.authoritative[GATE].failed
    play.do(RequestWaiver(gate="recovery", justification=WHY, recovery_plan=WHY, criteria=failed))
    play.do(YES)
    play.do(YES, lead)
    assert stands(play) == "confirming_resolution"
    play.do(BACK)
    play.do(NOTHING)
    play.do(partly)
    assert (shows(play, GATE), stands(play)) == ("FAIL", "validating_recovery")


@pytest.mark.req("R-TRN-19", "R-TRN-24", "R-GATE-50")
def test_doing_nothing_another_time_is_judged_anew_though_all_looks_the_same() -> None:
    play = planning()
    for _ in range(2):
        play.do(NOTHING)
        play.do(RecordChecks(checks=CHECKED.checks[:3]))
        assert (shows(play, GATE), stands(play)) == ("PASS", "confirming_resolution")
        play.do(BACK)


@pytest.mark.req("R-TRN-24", "R-GATE-33")
def test_where_nothing_had_to_be_executed_recovery_is_still_to_be_shown() -> None:
    play = planning()
    play.do(MitigationIsNotRequired(kind="self_recovered", rationale=WHY))
    assert stands(play) == "validating_recovery"
    play.do(RecordChecks(checks=CHECKED.checks[:3]))
    judged = play.state.gates.authoritative[GATE].fact
    assert (judged.result, judged.scope.attempt) == ("PASS", 0)
    assert criterion(play, "mitigation_execution.status", GATE) == "not_applicable"
    assert criterion(play, "execution_success", GATE) == "not_applicable"
    assert stands(play) == "confirming_resolution"


@pytest.mark.req("R-GATE-32", "R-GATE-33")
def test_the_timeline_is_complete_with_every_milestone_and_command() -> None:
    play = resolving()
    rows = {row.id: row.actual for row in play.state.gates.authoritative[GATE].fact.criteria}
    assert rows["timeline_completeness"] == Ratio(9, 9)
    assert rows["execution_success"] == Ratio(1, 1)


@pytest.mark.req("R-GATE-34")
def test_beside_the_criteria_stand_how_long_it_took() -> None:
    play = resolving()
    metrics = {metric.id: metric.actual.num for metric in play.state.gates.authoritative[GATE].fact.metrics}
    assert metrics["recovery_time"] == 302_000
    assert set(metrics) == {"execution_duration", "recovery_time", "mttd", "mttr"}


def test_a_check_is_named_once_in_a_request_and_there_is_one() -> None:
    play = recovering()
    twice = RecordChecks(checks=(CheckTold(check="a", result="pass"), CheckTold(check="a", result="fail")))
    assert play.refused(twice).code == "CHECK_TWICE"
    assert play.refused(RecordChecks()).code == "CHECKS_MISSING"
    ahead = CheckTold(check="a", result="pass", at=play.now + timedelta(hours=1))
    refusal = play.refused(RecordChecks(checks=(ahead,)))
    assert (refusal.code, refusal.place) == ("TIME_AHEAD", "checks[0].at")
    assert executing().refused(RecordChecks(complete=True)).code == "NOT_EXECUTED"


def test_gate_3_is_not_due_before_anything_is_executed() -> None:
    assert executing().refused(EvaluateGate(gate="recovery")).code == "GATE_NOT_DUE"
