"""The gates as people read them: states, verdicts that stay, waivers and whose grants they rest on."""

from __future__ import annotations

import pytest

from domain.crew.commands import GrantRole
from domain.execution.commands import RecordOutOfBand
from domain.gates.commands import DecideWaiver, EvaluateGate, RequestWaiver
from domain.incident import IncidentCommand
from domain.planning.commands import VerifyItem
from domain.severity.commands import ReassessSeverity
from tests.support.looking import card
from tests.support.playing import BOB, CAROL, Play
from tests.support.scenes import APPROVE, DECLARE, OPEN, PLAN, PROPOSE, SCOPE, TOLD

FAILED = VerifyItem(item="data-backup", result="failed", justification="It cannot be restored.")
WAIVER = RequestWaiver(
    gate="mitigation", justification="Waiting costs orders.", risk_assessment="Ten minutes more than planned."
)


def played(*commands: IncidentCommand) -> Play:
    play = Play()
    for command in (OPEN, DECLARE, PROPOSE, SCOPE, *commands):
        play.do(command)
    return play


@pytest.mark.req("R-GATE-50")
def test_a_gate_that_was_never_evaluated_shows_what_evaluating_it_would_give() -> None:
    one = card(played(), 1)
    assert (one.state, one.evaluation, one.history) == ("NOT_EVALUATED", None, ())
    assert one.preview is not None
    assert (one.preview.result, one.preview.authoritative, one.preview.preview) == ("FAIL", False, True)
    assert one.preview.version is None
    assert "communication_log.notifications_sent" in one.preview.failed


@pytest.mark.req("R-GATE-50", "R-GATE-51")
def test_a_gate_that_passed_shows_the_verdict_on_record_and_no_preview() -> None:
    play = played(TOLD)
    one = card(play, 1)
    assert one.state == "PASS"
    assert one.preview is None
    assert one.evaluation is not None
    assert (one.evaluation.result, one.evaluation.mode, one.evaluation.authoritative) == (
        "PASS",
        "strict",
        True,
    )
    assert one.evaluation.policy_sha256 == play.state.intake.policy_sha256
    assert one.evaluation.at_version == (one.evaluation.version or 0) - 1
    assert one.evaluation.by == "p-alice"


@pytest.mark.req("R-GATE-51")
def test_criteria_are_in_peoples_units_with_what_helps_and_whose_it_is() -> None:
    play = played()
    play.forward(minutes=4, seconds=58)
    play.do(TOLD)
    verdict = card(play, 1).evaluation
    assert verdict is not None
    rows = {criterion.id: criterion for criterion in verdict.criteria}
    latency = rows["notification_latency"]
    assert (latency.expected, latency.found, latency.passed) == ("at most 5 min", "5 min", "yes")
    assert (rows["consensus_rate"].expected, rows["consensus_rate"].found) == ("at least 100 %", "1 of 1")
    assert rows["severity_assessment.status"].found == "yes"
    assert latency.remedy
    assert latency.owner == "incident_commander"


@pytest.mark.req("R-GATE-54")
def test_failures_stay_on_record_when_the_gate_passes_later() -> None:
    play = played()
    play.do(EvaluateGate(gate="severity"))
    play.do(TOLD)
    assert [verdict.result for verdict in card(play, 1).history] == ["FAIL", "PASS"]


@pytest.mark.req("R-DEC-27", "R-GATE-52")
def test_a_diagnosis_is_in_the_history_and_opens_nothing() -> None:
    play = played(TOLD, PLAN, EvaluateGate(gate="mitigation", mode="relaxed"))
    two = card(play, 2)
    assert two.evaluation is None
    assert [(verdict.mode, verdict.authoritative) for verdict in two.history] == [("relaxed", False)]


@pytest.mark.req("R-GATE-50")
def test_a_new_round_takes_a_passed_gate_back() -> None:
    play = played(TOLD, ReassessSeverity(rationale="A second region fails."))
    one = card(play, 1)
    assert one.state == "STALE"
    assert one.preview is not None
    assert one.evaluation is not None


@pytest.mark.req("R-ROL-08")
def test_what_ran_outside_the_process_shows_at_gate_2_for_good() -> None:
    play = played(TOLD, PLAN, APPROVE)
    play.do(APPROVE, BOB)
    assert card(play, 2).state == "PASS"
    play.do(RecordOutOfBand(what="Restarted it.", why="Orders were being lost."))
    assert (card(play, 2).state, card(play, 2).violated) == ("FAIL", True)


@pytest.mark.req("R-GATE-55", "R-DEC-26")
def test_gate_1_can_never_be_waived_and_who_asked_is_on_record() -> None:
    play = played(EvaluateGate(gate="severity"))
    play.refused(RequestWaiver(gate="severity", justification="There is no time."))
    one = card(play, 1)
    assert not one.next_waiver.permitted
    assert [(r.by, r.code) for r in one.refused_waivers] == [("p-alice", "WAIVER_NOT_PERMITTED")]
    assert one.waiver_status == "none"


@pytest.mark.req("R-GATE-55", "R-ROL-06")
def test_a_waiver_says_what_it_takes_who_gave_it_and_how_long_they_had_the_role() -> None:
    play = played(TOLD, PLAN, FAILED, EvaluateGate(gate="mitigation"))
    terms = card(play, 2).next_waiver
    assert (terms.permitted, terms.possible, terms.requires) == (True, True, "risk_assessment")
    assert "rollback_prerequisite_coverage" in terms.criteria
    play.do(WAIVER)
    assert (card(play, 2).state, card(play, 2).waiver_status) == ("WAIVER_PENDING", "pending")
    play.do(DecideWaiver(waiver="w1", verdict="approved", rationale="The risk is small."))
    (waiver,) = card(play, 2).waivers
    assert waiver.waits_for == ("release_manager",)
    play.do(DecideWaiver(waiver="w1", verdict="approved", rationale="The risk is small."), BOB)
    (waiver,) = card(play, 2).waivers
    assert (card(play, 2).state, waiver.status, waiver.in_force) == ("WAIVED", "granted", True)
    approved = waiver.verdicts[-1]
    assert (approved.principal, approved.role, approved.granted_by) == ("p-bob", "release_manager", "p-admin")
    assert approved.granted_before_ms is not None
    assert approved.granted_before_ms > 23 * 3_600_000
    assert waiver.verdicts[0].granted_by is None


@pytest.mark.req("R-GATE-55")
def test_a_waiver_ends_when_it_expires_or_is_rejected() -> None:
    play = played(TOLD, PLAN, FAILED, EvaluateGate(gate="mitigation"), WAIVER)
    (waiver,) = card(play, 2).waivers
    later = card(play, 2, at=waiver.expires_at)
    assert (later.waiver_status, later.waivers[0].in_force) == ("expired", False)
    play.do(DecideWaiver(waiver="w1", verdict="rejected", rationale="The risk is too high."), BOB)
    assert (card(play, 2).state, card(play, 2).waiver_status) == ("FAIL", "rejected")


@pytest.mark.req("R-GATE-55", "R-DEC-26")
def test_a_waiver_is_possible_exactly_while_the_rules_accept_a_request() -> None:
    play = played(TOLD, PLAN)
    assert not card(play, 2).next_waiver.possible
    assert play.refused(WAIVER).code == "NOTHING_TO_WAIVE"
    play.do(FAILED)
    play.do(EvaluateGate(gate="mitigation"))
    assert card(play, 2).next_waiver.possible
    for standing in ("pending", "expired"):
        play.do(WAIVER)
        if standing == "expired":
            play.forward(hours=100)
        assert (card(play, 2).waiver_status, card(play, 2).state) == (standing, "WAIVER_PENDING")
        assert card(play, 2).next_waiver.possible
        assert card(play, 2).next_waiver.criteria
    play.do(WAIVER)
    play.do(PLAN)
    assert not card(play, 2).next_waiver.possible
    assert card(play, 2).next_waiver.criteria == ()
    assert play.refused(WAIVER).code == "NOTHING_TO_WAIVE"


@pytest.mark.req("R-ROL-06", "R-GATE-55")
def test_a_waiver_by_a_role_that_the_commander_gave_a_moment_before_shows_that() -> None:
    play = played(TOLD, PLAN, FAILED, EvaluateGate(gate="mitigation"), WAIVER)
    play.do(GrantRole(principal="p-carol", role="release_manager", rationale="Nobody else is awake now."))
    play.do(DecideWaiver(waiver="w1", verdict="approved", rationale="The risk is small."))
    play.do(DecideWaiver(waiver="w1", verdict="approved", rationale="The risk is small."), CAROL)
    (waiver,) = card(play, 2).waivers
    given = waiver.verdicts[-1]
    assert (given.principal, given.granted_by, given.granted_before_ms) == ("p-carol", "p-alice", 2_000)
