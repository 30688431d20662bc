"""Incidents from the alert to their end, told over HTTP by people, each exported and verified offline."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.stories import ALL_ROLES, HAPPY, PLAN, SCOPE, WHY, Cast, Story, in_process

TOLD: dict[str, Any] = {"roles": ALL_ROLES, "channel": "meeting"}
BUDGET = 10


@pytest.mark.req(
    "R-WF-34", "R-TRN-01", "R-TRN-03", "R-TRN-04", "R-TRN-05", "R-TRN-06", "R-TRN-07", "R-TRN-08"
)
def test_two_people_get_from_a_firing_alert_to_a_started_rollback_in_ten_requests(
    story: Story, cast: Cast
) -> None:
    incident = story.fires()
    assert incident.state == "detecting"
    for who, action, fields, _ in HAPPY:
        incident.do(getattr(cast, who), action, **fields)
    print(story)
    assert incident.state == "executing"
    assert story.requests <= BUDGET
    assert story.askers == {cast.alice.id, cast.bob.id}
    assert [incident.verdict(gate)["result"] for gate in ("severity_alignment", "mitigation_readiness")] == [
        "PASS",
        "PASS",
    ]


@pytest.mark.req("R-TRN-02", "R-STEP-11")
def test_a_false_positive_is_dismissed_with_a_proposal_for_the_monitoring(story: Story, cast: Cast) -> None:
    incident = story.fires(group := story.world.another("probe"))
    tuning = {"alert_rule": "HighLatency", "proposal": "Alert only when two probes agree."}
    done = incident.do(cast.alice, "dismiss", rationale="The probe had lost its network.", tuning=tuning)
    assert done.kinds == ["alert-validity-confirmed", "incident-dismissed"]
    assert done.data("incident-dismissed")["cause"] == "false_positive"
    assert done.data("incident-dismissed")["tuning"]["alert_rule"] == "HighLatency"
    assert incident.state == "dismissed"
    incident.refused(cast.alice, "declare", "NOT_NOW", rationale="It is real after all.")
    incident.do(cast.carol, "add-timeline-entry", text="The probe is back.")
    (later,) = story.delivered(group, starts_at="2026-03-02T02:10:00Z")
    assert later != incident.stream, "what fires later is another incident"


@pytest.mark.req("R-TRN-23")
@pytest.mark.parametrize("state", ["assessing", "notifying", "planning", "aligning"])
def test_what_was_declared_in_error_can_be_cancelled_until_something_runs(
    story: Story, cast: Cast, state: str
) -> None:
    incident = story.fires().until(state, cast)
    assert incident.state == state
    incident.refused(cast.bob, "dismiss", "ROLE_MISSING", rationale="Nothing is wrong at all.")
    done = incident.do(cast.alice, "dismiss", rationale="It was the load test, announced last week.")
    assert done.data("incident-dismissed")["cause"] == "declared_in_error"
    assert incident.state == "dismissed"


@pytest.mark.req("R-TRN-23")
def test_what_runs_cannot_be_dismissed(story: Story, cast: Cast) -> None:
    incident = story.fires().until("executing", cast)
    incident.refused(cast.alice, "dismiss", "NOT_NOW", rationale="It was nothing, forget it.")
    incident.refused(
        cast.alice,
        "mitigation-not-required",
        "NOT_NOW",
        kind="self_recovered",
        rationale="It recovered.",
    )


@pytest.mark.req("R-TRN-24")
@pytest.mark.parametrize("state", ["assessing", "notifying", "planning", "aligning"])
def test_what_recovered_by_itself_goes_on_to_recovery(story: Story, cast: Cast, state: str) -> None:
    incident = story.fires().until(state, cast)
    done = incident.do(
        cast.alice, "mitigation-not-required", kind="self_recovered", rationale="The provider repaired it."
    )
    assert done.data("mitigation-not-required")["kind"] == "self_recovered"
    assert incident.state == "validating_recovery"
    incident.refused(cast.alice, "start-execution", "NO_RERUN")


@pytest.mark.req("R-TRN-24", "R-STEP-12")
def test_gate_1_is_still_owed_after_a_recovery_by_itself(story: Story, cast: Cast) -> None:
    incident = story.fires().until("assessing", cast)
    incident.do(cast.alice, "mitigation-not-required", kind="external", rationale="The provider repaired it.")
    incident.do(cast.alice, "propose-severity", severity="SEV-2", rationale=WHY)
    incident.do(cast.alice, "confirm-scope", **SCOPE)
    done = incident.do(cast.alice, "attest-notice", **TOLD)
    assert done.data("gate-evaluated")["result"] == "PASS"
    assert incident.state == "validating_recovery"


@pytest.mark.req("R-TRN-25")
def test_alerts_and_responders_follow_a_merged_incident_and_later_alerts_go_to_the_target(
    story: Story, cast: Cast
) -> None:
    source, target = story.fires(group := story.world.another("source")), story.fires()
    source.until("assessing", cast)
    source.do(cast.carol, "join")
    target.do(cast.alice, "declare", rationale=WHY)
    done = source.do(cast.alice, "merge", into=target.stream, rationale="Both are the payment provider.")
    assert {fact.stream for fact in done.facts} == {source.stream, target.stream}
    assert source.state == "merged"
    absorbed = [fact for fact in done.facts if fact.stream == target.stream]
    assert [fact.kind for fact in absorbed] == ["incident-linked", "signal-attached", "responder-joined"]
    assert absorbed[2].data["principal"] == cast.carol.id, "Alice was there already"
    assert story.delivered(group, pod=story.world.another("pod")) == [target.stream]
    assert target.view()["alerts_firing"] == 3
    resolved = story.delivered(group, status="resolved")
    assert target.stream in resolved
    assert target.view()["alerts_firing"] == 2
    source.refused(cast.alice, "propose-severity", "NOT_NOW", severity="SEV-1", rationale=WHY)
    source.do(cast.carol, "add-timeline-entry", text="Goes on elsewhere.")
    target.refused(cast.alice, "merge", "OTHER_ENDED", into=source.stream, rationale="And back again.")
    target.refused(cast.alice, "merge", "OTHER_UNKNOWN", into=target.stream, rationale="Into itself, please.")
    for incident in (source, target):
        assert any("merge" in text.lower() for text in incident.texts), incident.texts


@pytest.mark.req("R-TRN-25")
def test_linked_incidents_show_each_other_and_change_no_state(story: Story, cast: Cast) -> None:
    parent, child = story.open(cast.carol), story.fires().until("assessing", cast)
    number = parent.view()["number"]
    done = child.do(cast.carol, "link", incident=number, kind="parent", rationale="The same provider again.")
    assert [(fact.stream, fact.data["kind"]) for fact in done.facts] == [
        (child.stream, "parent"),
        (parent.stream, "child"),
    ]
    assert (parent.state, child.state) == ("detecting", "assessing")
    child.refused(
        cast.carol,
        "link",
        "OTHER_UNKNOWN",
        incident="INC-999999",
        kind="related",
        rationale="Nothing there.",
    )


@pytest.mark.req("R-GATE-10")
def test_a_sleeping_responder_holds_nobody_up_and_is_listed(story: Story, cast: Cast) -> None:
    incident = story.fires().until("assessing", cast)
    incident.do(cast.carol, "join")
    done = incident.do(cast.alice, "propose-severity", severity="SEV-2", rationale=WHY)
    agreed = done.data("severity-consensus-reached")
    assert (agreed["agreeing"], agreed["responders"]) == (1, 1)
    incident.do(cast.alice, "confirm-scope", **SCOPE)
    verdict = incident.do(cast.alice, "attest-notice", **TOLD).data("gate-evaluated")
    metrics = {metric["id"]: metric["actual"] for metric in verdict["metrics"]}
    assert metrics["silent_count"] == {"num": 1, "den": 1}
    assert incident.state == "planning"


@pytest.mark.req("R-GATE-10", "R-TRN-18")
def test_unanimous_votes_above_the_proposal_are_agreed_in_a_new_round(story: Story, cast: Cast) -> None:
    incident = story.fires().until("assessing", cast)
    incident.do(cast.alice, "propose-severity", severity="SEV-3", rationale="It looks small to me.")
    first = incident.do(cast.carol, "vote-severity", severity="SEV-1", rationale=WHY)
    second = incident.do(cast.alice, "vote-severity", severity="SEV-1")
    facts = [*first.facts, *second.facts]
    rounds = [fact.data["round"] for fact in facts if fact.kind == "severity-consensus-reached"]
    assert rounds[-1] == 2
    view = incident.view()
    assert (view["severity"], view["severity_agreed"]) == ("SEV-1", True)


@pytest.mark.req("R-GATE-11", "R-TRN-18", "R-GATE-24")
def test_an_objection_reopens_the_round_and_an_upgrade_voids_the_approvals(story: Story, cast: Cast) -> None:
    incident = story.fires().until("assessing", cast)
    incident.do(cast.alice, "propose-severity", severity="SEV-2", rationale=WHY)
    incident.do(cast.alice, "confirm-scope", **SCOPE)
    incident.do(cast.alice, "attest-notice", **TOLD)
    incident.do(cast.alice, "propose-plan", **PLAN)
    incident.do(cast.alice, "approve", revision=1, rationale="It ran for two weeks.")
    incident.do(cast.bob, "approve", revision=1, rationale="The build is there.")
    objection = incident.do(cast.carol, "vote-severity", severity="SEV-1", rationale="The refunds fail too.")
    assert objection.data("severity-reassessment-started") == {"reason": "objection", "round": 2}
    unmet = incident.refused(cast.alice, "start-execution", "SAFETY_PRECONDITION_UNMET")
    assert {"scope", "gate_1", "stakeholders_notified"} <= set(unmet["found"].replace(",", "").split())
    incident.do(cast.alice, "vote-severity", severity="SEV-1")
    incident.do(cast.alice, "confirm-scope", **SCOPE)
    incident.do(cast.alice, "attest-notice", **TOLD)
    assert incident.state == "aligning"
    unmet = incident.refused(cast.alice, "start-execution", "SAFETY_PRECONDITION_UNMET")
    assert "decision_recorded" in unmet["found"], "SEV-1 is more than they agreed to"
    incident.do(cast.alice, "approve", revision=1, rationale="Also at SEV-1.")
    incident.do(cast.bob, "approve", revision=1, rationale="Also at SEV-1.")
    incident.do(cast.alice, "start-execution")
    assert incident.state == "executing"


@pytest.mark.req("R-DIR-01")
def test_a_role_that_nobody_holds_is_covered_by_somebody(tmp_path: Path) -> None:
    with in_process(tmp_path / "home") as world:
        alice = world.add("alice", "on_call_lead", "sre_on_call")
        carol = world.add("carol", "responder")
        story = world.story()
        incident = story.fires()
        incident.do(alice, "declare", rationale=WHY)
        requested = incident.do(alice, "propose-severity", severity="SEV-1", rationale=WHY)
        nobody = [
            fact.data["roles"]
            for fact in requested.of("stakeholder-notification-requested")
            if "recipient" not in fact.data
        ]
        assert nobody == [["product_owner"]]
        covered = incident.do(
            alice, "cover-role", role="product_owner", by=carol.id, rationale="Nobody from product is there."
        )
        assert covered.data("role-covered")["by"] == carol.id
        asked = incident.do(alice, "request-notice", roles=["product_owner"], purpose="initial")
        assert asked.data("stakeholder-notification-requested")["recipient"] == carol.id
        incident.do(alice, "confirm-scope", **SCOPE)
        incident.do(alice, "attest-notice", **TOLD)
        assert incident.state == "planning"
        story.finish()


@pytest.mark.req("R-DEC-28", "R-GATE-12", "R-TRN-18")
def test_a_late_notice_stays_on_record_and_a_second_round_passes(tmp_path: Path) -> None:
    with in_process(tmp_path / "home", stepping=True) as world:
        assert world.clock is not None
        cast, story = world.cast(), world.story()
        incident = story.fires().until("notifying", cast)
        world.clock.forward(minutes=5, seconds=1)
        late = incident.do(cast.alice, "attest-notice", **TOLD).data("gate-evaluated")
        assert late["result"] == "FAIL"
        assert [x["id"] for x in late["criteria"] if x["passed"] == "no"] == ["notification_latency"]
        assert incident.state == "notifying"
        problem = incident.refused(cast.alice, "propose-plan", "GATE_NOT_PASSED", **PLAN)
        assert problem["found"] == "FAIL: notification_latency"
        again = incident.do(cast.alice, "propose-severity", severity="SEV-1", rationale=WHY)
        assert again.data("severity-reassessment-started") == {"reason": "gate_1_failed", "round": 2}
        incident.do(cast.alice, "confirm-scope", **SCOPE)
        world.clock.forward(minutes=4)
        assert incident.do(cast.alice, "attest-notice", **TOLD).data("gate-evaluated")["result"] == "PASS"
        assert incident.state == "planning"
        results = [x.data["result"] for x in incident.facts if x.kind == "gate-evaluated"]
        assert results[0] == "FAIL", "a breach is never deleted by a later pass"
        story.finish()


@pytest.mark.req("R-WF-35", "R-WF-33")
def test_a_claim_about_the_past_counts_when_it_is_recorded(tmp_path: Path) -> None:
    with in_process(tmp_path / "home", stepping=True) as world:
        assert world.clock is not None
        cast, story = world.cast(), world.story()
        incident = story.fires().until("notifying", cast)
        then = world.clock.now
        world.clock.forward(minutes=9)
        claimed = incident.do(cast.alice, "attest-notice", **TOLD, at=then.isoformat())
        told = next(fact for fact in claimed.facts if fact.kind == "stakeholder-notified")
        assert told.time < told.recordedtime, "both times are shown"
        assert claimed.data("gate-evaluated")["result"] == "FAIL", "told in time is not recorded in time"
        ahead = (world.clock.now + timedelta(minutes=1)).isoformat()
        incident.refused(cast.alice, "add-timeline-entry", "TIME_AHEAD", text="To come.", at=ahead)
        long_ago = datetime(1969, 12, 31, tzinfo=UTC).isoformat()
        incident.refused(cast.alice, "add-timeline-entry", "TIME_TOO_OLD", text="Long ago.", at=long_ago)
        story.finish()


@pytest.mark.req("R-DRILL-01")
def test_a_drill_goes_through_the_same_gates_and_tells_participants_alone(story: Story, cast: Cast) -> None:
    incident = story.open(cast.carol, drill=True)
    incident.do(cast.alice, "declare", rationale="The drill of the quarter.")
    asked = incident.do(cast.alice, "propose-severity", severity="SEV-1", rationale=WHY)
    recipients = {
        fact.data.get("recipient")
        for fact in asked.facts
        if fact.kind == "stakeholder-notification-requested"
    }
    assert recipients == {cast.alice.id, None}, "Bob is no part of it yet"
    for who, action, fields, _ in HAPPY[2:]:
        incident.do(getattr(cast, who), action, **fields)
    assert incident.view()["drill"] is True
    assert incident.state == "executing"
    listed = story.world.ask(story.world.admin, "GET", "/v1/incidents?drill=false&limit=1000").json[
        "incidents"
    ]
    assert incident.stream not in [item["incident"] for item in listed]


@pytest.mark.req("R-WF-02", "R-TRN-20", "R-TRN-22", "R-DEC-25")
def test_steps_are_halted_resumed_skipped_and_sent_back_and_help_is_called(story: Story, cast: Cast) -> None:
    incident = story.fires().until("notifying", cast)
    halted = incident.do(cast.carol, "mark-step", mark="halted", rationale="The dashboards disagree.")
    assert halted.data("step-marked")["halt_code"] == "MANUAL"
    incident.refused(cast.carol, "mark-step", "COMMANDER_ONLY", mark="resumed", rationale="They agree again.")
    incident.do(cast.alice, "mark-step", mark="resumed", rationale="They agree again.")
    incident.do(cast.alice, "mark-step", mark="skipped", rationale="All are in the room.")
    called = incident.do(cast.carol, "escalate", rationale="Nobody with access answers.")
    raised = called.data("escalation-raised")
    assert (raised["level"], raised["to_role"]) == (1, "on_call_lead")
    incident.do(cast.alice, "acknowledge", id=raised["escalation_id"])
    incident.do(cast.alice, "mark-step", mark="returned", rationale="The scope was wrong.")
    assert incident.state == "assessing"
    incident.do(cast.alice, "confirm-scope", **SCOPE)
    assert incident.state == "notifying"
