"""From declaration to execution by two people: nothing more is asked of them than what only they can say."""

from __future__ import annotations

import pytest

from domain.context import Principal
from domain.gates.board import light
from tests.support.playing import ALICE, BOB, Play
from tests.support.scenes import DECLARE, OPEN, PLAN, SCOPE, START, approve, propose, stands, tell

REQUESTS = 10


@pytest.mark.req("R-WF-34", "R-TRN-03", "R-TRN-04", "R-TRN-05", "R-TRN-06", "R-TRN-07", "R-TRN-08")
def test_two_people_get_from_declaration_to_execution_within_the_budget() -> None:
    play = Play()
    play.do(OPEN)
    assert stands(play) == "detecting"
    steps: list[tuple[object, Principal, str]] = [
        (DECLARE, ALICE, "assessing"),
        (propose("SEV-1"), ALICE, "assessing"),
        (SCOPE, ALICE, "notifying"),
        (None, ALICE, "planning"),
        (PLAN, ALICE, "aligning"),
        (approve(), ALICE, "aligning"),
        (approve(), BOB, "aligning"),
        (START, ALICE, "executing"),
    ]
    assert len(steps) <= REQUESTS
    for command, who, state in steps:
        if command is None:
            tell(play, who)
        else:
            play.do(command, who)  # type: ignore[arg-type]  # a list of requests of any kind
        assert stands(play) == state


@pytest.mark.req("R-WF-34")
def test_what_follows_necessarily_is_recorded_in_the_same_commit() -> None:
    play = Play()
    play.do(OPEN)
    assert play.kinds(play.do(DECLARE))[1:] == ["IncidentDeclared", "CommanderAssigned", "ResponderJoined"]
    assert play.kinds(play.do(propose("SEV-1"))) == [
        "SeverityProposed",
        "SeverityVoteCast",
        "SeverityConsensusReached",
        "StakeholderNotificationRequested",
        "StakeholderNotificationRequested",
    ]
    play.do(SCOPE)
    assert play.kinds(tell(play)) == ["StakeholderNotified", "GateEvaluated"]
    planned = play.kinds(play.do(PLAN))
    assert planned[0] == "MitigationPlanProposed"
    assert planned.count("RollbackPrerequisiteVerified") == 6
    assert planned.count("PrerequisiteAttested") == 4
    assert planned[-3:] == ["MitigationOptionSelected", "RollbackReadinessAssessed", "DecisionRequested"]
    assert play.kinds(play.do(approve())) == ["DecisionGiven"]
    last = play.kinds(play.do(approve(), BOB))
    assert last == ["DecisionGiven", "DecisionRecorded", "PrerequisitesEvaluated", "GateEvaluated"]
    assert light(play.state, "mitigation_readiness", play.state.recorded_at).state == "PASS"
    assert play.kinds(play.do(START)) == ["MitigationExecutionStarted"]


@pytest.mark.req("R-EVT-17", "R-WF-30")
def test_what_is_executed_is_the_approved_option_of_the_plan_in_force() -> None:
    play = Play()
    play.do(OPEN)
    play.do(DECLARE)
    play.do(propose("SEV-1"))
    play.do(SCOPE)
    tell(play)
    play.do(PLAN)
    play.do(approve())
    play.do(approve(), BOB)
    (started,) = play.do(START)
    assert (started.attempt, started.plan_revision, started.option_id) == (1, 1, "A")
    assert (started.to_version, started.change_ref) == ("1.2.3", "CHG-4711")
