"""Plans, approvals, waivers and what happens outside the process, told over HTTP and verified offline."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.stories import (
    APPROVE,
    ITEMS,
    PLAN,
    WHY,
    Cast,
    Incident,
    Story,
    in_process,
    receipt_facts,
)

RISK = "The rollback may need ten minutes more than rehearsed; data is safe."
WAIVER: dict[str, Any] = {"gate": "mitigation", "justification": WHY, "risk_assessment": RISK}


def unrehearsed(story: Story, cast: Cast) -> Incident:
    """Return an incident whose plan is approved although the rehearsal failed: gate 2 does not pass."""
    incident = story.fires().until("aligning", cast)
    incident.do(cast.carol, "verify-item", item="rollback-rehearsal", result="failed")
    incident.do(cast.alice, "approve", **APPROVE)
    decided = incident.do(cast.bob, "approve", **APPROVE)
    assert decided.data("gate-evaluated")["result"] == "FAIL"
    return incident


@pytest.mark.req("R-DEC-31", "R-ROL-08", "R-ROL-25", "R-GATE-21")
def test_nobody_approves_twice_whatever_roles_they_hold(story: Story, cast: Cast) -> None:
    erin = story.world.add("erin", "on_call_lead", "release_manager")
    incident = story.fires()
    incident.do(erin, "declare", rationale=WHY)
    incident.do(erin, "propose-severity", severity="SEV-2", rationale=WHY)
    incident.do(
        erin, "confirm-scope", services=["checkout"], regulated_data=False, customer_notification=False
    )
    incident.do(erin, "attest-notice", roles=["incident_commander", "sre_on_call"], channel="phone")
    incident.do(erin, "propose-plan", **PLAN)
    incident.do(erin, "approve", **APPROVE)
    incident.refused(erin, "approve", "APPROVAL_NOT_DISTINCT", **APPROVE)
    incident.refused(erin, "approve", "APPROVAL_NOT_DISTINCT", role="release_manager", **APPROVE)
    incident.refused(cast.carol, "approve", "ROLE_MISSING", role="release_manager", **APPROVE)
    incident.refused(cast.dave, "approve", "ROLE_NOT_ASKED", role="security_compliance", **APPROVE)
    unmet = incident.refused(erin, "start-execution", "SAFETY_PRECONDITION_UNMET")
    assert "gate_2" in unmet["found"]
    done = incident.do(cast.bob, "approve", **APPROVE)
    assert done.data("decision-recorded")["approvals"] == "complete"
    incident.do(erin, "start-execution")


@pytest.mark.req("R-GATE-24", "R-TRN-16")
def test_an_approval_of_a_plan_that_was_revised_meanwhile_is_refused(story: Story, cast: Cast) -> None:
    incident = story.fires().until("half", cast)
    incident.do(cast.carol, "propose-plan", template="rollback", to_version="1.2.2")
    problem = incident.refused(cast.bob, "approve", "PLAN_REVISED", **APPROVE)
    assert (problem["place"], problem["expected"], problem["found"]) == ("revision", "2", "1")
    wrong = {**APPROVE, "revision": 2, "plan_sha256": "0" * 64}
    incident.refused(cast.bob, "approve", "PLAN_REVISED", **wrong)
    incident.do(cast.bob, "approve", revision=2, rationale=WHY)
    unmet = incident.refused(cast.alice, "start-execution", "SAFETY_PRECONDITION_UNMET")
    assert "decision_recorded" in unmet["found"], "what Alice approved is void"
    incident.do(cast.alice, "approve", revision=2, rationale=WHY)
    started = incident.do(cast.alice, "start-execution", change_ref="CHG-4711")
    assert started.data("mitigation-execution-started") == {
        "attempt": 1,
        "plan_revision": 2,
        "option_id": "A",
        "change_ref": "CHG-4711",
        "to_version": "1.2.2",
    }


@pytest.mark.req("R-GATE-21", "R-STEP-23")
def test_a_rejection_stands_until_the_same_person_approves(story: Story, cast: Cast) -> None:
    incident = story.fires().until("half", cast)
    incident.do(cast.bob, "reject", revision=1, rationale="It cannot read the migrated orders.")
    incident.refused(cast.alice, "start-execution", "SAFETY_PRECONDITION_UNMET")
    done = incident.do(cast.bob, "approve", revision=1, rationale="It can, they showed me.")
    assert done.data("gate-evaluated")["result"] == "PASS"
    incident.do(cast.alice, "start-execution")


@pytest.mark.req("R-DEC-62", "R-PRE-22")
def test_regulated_data_asks_for_security_as_well(story: Story, cast: Cast) -> None:
    incident = story.fires().until("agreed", cast)
    incident.do(cast.alice, "confirm-scope", services=["checkout"], regulated_data=True)
    incident.do(
        cast.alice,
        "attest-notice",
        roles=["incident_commander", "sre_on_call", "product_owner"],
        channel="meeting",
    )
    asked = incident.do(cast.alice, "propose-plan", **PLAN).data("decision-requested")
    assert asked["required_roles"] == ["incident_commander", "release_manager", "security_compliance"]
    for who in (cast.alice, cast.bob, cast.dave):
        incident.do(who, "approve", **APPROVE)
    unmet = incident.refused(cast.alice, "start-execution", "SAFETY_PRECONDITION_UNMET")
    assert "gate_2" in unmet["found"], "whether customers are to be told is not known yet"
    incident.do(
        cast.alice, "confirm-scope", services=["checkout"], regulated_data=True, customer_notification=False
    )
    incident.do(cast.alice, "start-execution")


@pytest.mark.req("R-DEC-26", "R-ROL-28", "R-GATE-55")
def test_gate_2_is_waived_by_two_people_who_know_the_risk(story: Story, cast: Cast) -> None:
    incident = unrehearsed(story, cast)
    incident.refused(cast.alice, "start-execution", "SAFETY_PRECONDITION_UNMET")
    incident.refused(cast.alice, "request-waiver", "WAIVER_INCOMPLETE", gate="mitigation", justification=WHY)
    asked = incident.do(cast.carol, "request-waiver", **WAIVER).data("gate-waiver-requested")
    assert asked["criteria"] == ["rollback_prerequisite_coverage", "rollback_readiness.status"]
    said = {"waiver": asked["waiver_id"], "verdict": "approved", "rationale": RISK}
    incident.refused(cast.carol, "decide-waiver", "ROLE_MISSING", **said)
    incident.do(cast.alice, "decide-waiver", **said)
    incident.refused(cast.alice, "decide-waiver", "APPROVAL_NOT_DISTINCT", **said)
    incident.refused(cast.alice, "start-execution", "SAFETY_PRECONDITION_UNMET")
    incident.do(cast.bob, "decide-waiver", **said)
    incident.refused(cast.dave, "decide-waiver", "WAIVER_SETTLED", **said)
    incident.do(cast.alice, "start-execution")
    assert incident.state == "executing"
    assert incident.verdict("mitigation_readiness")["result"] == "FAIL", "a waiver is no PASS"


@pytest.mark.req("R-GATE-55", "R-ROL-28")
def test_a_rejected_waiver_lets_nothing_through(story: Story, cast: Cast) -> None:
    incident = unrehearsed(story, cast)
    asked = incident.do(cast.alice, "request-waiver", **WAIVER).data("gate-waiver-requested")
    incident.do(
        cast.bob, "decide-waiver", waiver=asked["waiver_id"], verdict="rejected", rationale="Not without it."
    )
    incident.refused(
        cast.alice, "decide-waiver", "WAIVER_SETTLED", waiver="w1", verdict="approved", rationale=RISK
    )
    incident.refused(cast.alice, "start-execution", "SAFETY_PRECONDITION_UNMET")
    incident.do(cast.carol, "verify-item", item="rollback-rehearsal", result="verified")
    incident.do(cast.alice, "start-execution")


@pytest.mark.req("R-GATE-55")
def test_a_waiver_that_is_not_decided_within_its_day_has_expired(tmp_path: Path) -> None:
    with in_process(tmp_path / "home", stepping=True) as world:
        assert world.clock is not None
        cast, story = world.cast(), world.story()
        incident = unrehearsed(story, cast)
        asked = incident.do(cast.alice, "request-waiver", **WAIVER).data("gate-waiver-requested")
        said = {"waiver": asked["waiver_id"], "verdict": "approved", "rationale": RISK}
        incident.do(cast.alice, "decide-waiver", **said)
        world.clock.forward(hours=24)
        problem = incident.refused(cast.bob, "decide-waiver", "WAIVER_SETTLED", **said)
        assert problem["found"] == "expired"
        incident.refused(cast.alice, "start-execution", "SAFETY_PRECONDITION_UNMET")
        story.finish()


@pytest.mark.req("R-GATE-55", "R-WF-30")
def test_a_granted_waiver_lets_nothing_through_once_its_day_is_over(tmp_path: Path) -> None:
    with in_process(tmp_path / "home", stepping=True) as world:
        assert world.clock is not None
        cast, story = world.cast(), world.story()
        incident = unrehearsed(story, cast)
        incident.do(cast.alice, "request-waiver", **WAIVER)
        for who in (cast.alice, cast.bob):
            incident.do(who, "decide-waiver", waiver="w1", verdict="approved", rationale=RISK)
        world.clock.forward(hours=24, minutes=1)
        unmet = incident.refused(cast.alice, "start-execution", "SAFETY_PRECONDITION_UNMET")
        assert "gate_2" in unmet["found"]
        story.finish()


@pytest.mark.req("R-ROL-27", "R-DEC-26", "R-GATE-55")
@pytest.mark.parametrize("gate", ["severity", "severity_alignment", "resolution"])
def test_a_waiver_of_gate_1_or_4_is_refused_and_the_refusal_is_on_record(
    story: Story, cast: Cast, gate: str
) -> None:
    incident = story.fires().until("notifying", cast)
    asked: dict[str, Any] = {"gate": gate, "justification": "There is no time to tell everybody."}
    problem = incident.refused(cast.alice, "request-waiver", "WAIVER_NOT_PERMITTED", **asked)
    assert problem["status"] == 409
    (fact,) = receipt_facts(problem["receipt"])
    assert (fact.kind, fact.data["code"]) == ("gate-waiver-refused", "WAIVER_NOT_PERMITTED")
    assert fact.authid == cast.alice.id
    # Somebody may be told of something meanwhile.
    assert incident.kinds[fact.version - 1] == "gate-waiver-refused"
    assert incident.state == "notifying"


@pytest.mark.req("R-ROL-08", "R-WF-02")
@pytest.mark.parametrize("state", ["detecting", "assessing", "aligning", "executing", "dismissed"])
def test_what_was_done_outside_the_process_is_recorded_in_any_state(
    story: Story, cast: Cast, state: str
) -> None:
    incident = story.fires().until("detecting" if state == "dismissed" else state, cast)
    if state == "dismissed":
        incident.do(cast.alice, "dismiss", rationale="The probe had lost its network.")
    done = incident.do(
        cast.carol,
        "record-out-of-band",
        what="Restarted the payment gateway by hand.",
        why="Orders were being lost every second.",
        who="The provider's engineer on the phone.",
        at="2026-03-01T02:21:00Z",
    )
    fact = done.facts[0]
    assert (fact.kind, fact.data["kind"]) == ("out-of-band-action-recorded", "execution")
    assert fact.time == "2026-03-01T02:21:00.000000Z"
    assert incident.state == state, "it moves nothing"


@pytest.mark.req("R-ROL-08", "R-WF-30")
def test_after_something_ran_outside_gate_2_is_evaluated_again_before_anything_starts(
    story: Story, cast: Cast
) -> None:
    incident = story.fires().until("approved", cast)
    passed = incident.verdict("mitigation_readiness")
    assert passed["result"] == "PASS"
    incident.do(cast.bob, "record-out-of-band", what="Ran the script already.", why="I could not wait.")
    incident.refused(cast.alice, "start-execution", "SAFETY_PRECONDITION_UNMET")
    assert incident.do(cast.alice, "evaluate-gate", gate="mitigation").kinds == ["gate-evaluated"]
    assert incident.do(cast.alice, "start-execution").kinds == ["mitigation-execution-started"]


@pytest.mark.req("R-WF-04", "R-WF-05", "R-STEP-22")
def test_a_feature_flag_needs_a_rollback_to_fall_back_to(story: Story, cast: Cast) -> None:
    incident = story.fires().until("planning", cast)
    options: list[dict[str, Any]] = [
        {"option_id": "A", "kind": "rollback", "title": "Roll back", "commands": ["./rollback.sh"]},
        {"option_id": "B", "kind": "feature_flag", "title": "Turn it off", "commands": ["./flag.sh off"]},
    ]
    incident.refused(cast.alice, "propose-plan", "FALLBACK_MISSING", options=options, select="B")
    incident.do(cast.alice, "propose-plan", options=options)
    assert incident.state == "verifying_rollback"
    incident.refused(cast.alice, "approve", "NOTHING_SELECTED", **APPROVE)
    incident.refused(cast.alice, "select-option", "FALLBACK_MISSING", option="B", rationale=WHY)
    incident.do(cast.alice, "select-option", option="B", fallback="A", rationale=WHY)
    for item in ITEMS:
        incident.do(cast.carol, "verify-item", item=item)
    assert incident.state == "aligning"
    for item in ("R-PRE-30", "R-PRE-31", "R-PRE-32", "R-PRE-33"):
        incident.do(cast.carol, "verify-item", item=item)
    for who in (cast.alice, cast.bob):
        incident.do(who, "approve", **APPROVE)
    assert incident.verdict("mitigation_readiness")["result"] == "FAIL", "premises and risks are missing"


@pytest.mark.req("R-PRE-40", "R-PRE-42", "R-ROL-20", "R-DEC-65")
def test_missing_prerequisites_hold_up_execution_alone_until_the_owner_overrides_them(
    story: Story, cast: Cast
) -> None:
    incident = story.fires().until("planning", cast)
    # Without a template nothing is attested that a person does not say.
    incident.do(
        cast.alice,
        "propose-plan",
        options=[
            {"option_id": "A", "kind": "rollback", "title": "Roll back", "commands": ["./rollback.sh"]},
            {"option_id": "B", "kind": "feature_flag", "title": "Turn it off", "commands": ["./flag.sh off"]},
        ],
        select="A",
        to_version="1.2.3",
        premises=["Version 1.2.3 was healthy.", "Its image is still there."],
        constraints=["No change of the schema."],
        evidence=["The alert fires since the rollout."],
        rationale="It takes the change back.",
        risks=[{"risk": "Sessions are lost.", "mitigation": "Drain first."}],
    )
    assert incident.state == "verifying_rollback"
    for item in ITEMS:
        incident.do(cast.carol, "verify-item", item=item)
    for who in (cast.alice, cast.bob):
        incident.do(who, "approve", **APPROVE)
    assert incident.verdict("mitigation_readiness")["result"] == "PASS"
    unmet = incident.refused(cast.alice, "start-execution", "SAFETY_PRECONDITION_UNMET")
    assert unmet["found"] == "missing: execution_readiness"
    incident.refused(cast.alice, "override-prerequisites", "NO_GAPS", rationale=WHY)
    evaluated = incident.do(cast.bob, "evaluate-prerequisites", strict=False)
    assert evaluated.data("prerequisites-evaluated")["outcome"] == "proceed_with_gaps"
    incident.refused(cast.bob, "override-prerequisites", "ROLE_MISSING", rationale=WHY)
    incident.do(cast.alice, "override-prerequisites", rationale="The dashboards are open, the bridge is on.")
    incident.do(cast.alice, "start-execution")
