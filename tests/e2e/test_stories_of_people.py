"""Who may do what, who sees what, and people who are alone: told over HTTP and verified offline."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from domain.authority import PROGRAMS_TOO
from domain.commands import EXAMPLES
from projections.artifacts.banners import SOLO
from tests.support.stories import (
    ALL_ROLES,
    APPROVE,
    PLAN,
    SCOPE,
    WHY,
    Cast,
    Incident,
    Person,
    Story,
    in_process,
)


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Story]:
    """A team's home in which there is the operator and nobody else."""
    with in_process(tmp_path / "home") as world:
        told = world.story()
        yield told
        told.finish()


def alone_to_the_decision(incident: Incident, who: Person) -> None:
    """Do everything that one person can do."""
    incident.do(who, "declare", rationale=WHY)
    incident.do(who, "propose-severity", severity="SEV-1", rationale=WHY)
    incident.do(who, "confirm-scope", **SCOPE)
    incident.do(who, "attest-notice", roles=ALL_ROLES, channel="phone")
    incident.do(who, "propose-plan", **PLAN)
    incident.do(who, "approve", **APPROVE)


@pytest.mark.req("R-PROF-01", "R-WF-34")
def test_a_lone_operator_in_profile_solo_gets_to_execution_and_everything_says_so(tmp_path: Path) -> None:
    with in_process(tmp_path / "home", "solo") as world:
        story, operator = world.story(), world.admin
        incident = story.fires()
        alone_to_the_decision(incident, operator)
        incident.do(operator, "start-execution")
        print(story)
        assert story.requests == 7
        assert (incident.state, incident.view()["profile"]) == ("executing", "solo")
        path = f"/v1/incidents/{incident.stream}/artifacts/incident-timeline.md"
        assert SOLO.encode() in world.ask(operator, "GET", path).body
        story.finish()


@pytest.mark.req("R-PROF-01", "R-DEC-31")
def test_a_lone_operator_in_profile_team_cannot_execute(alone: Story) -> None:
    incident, operator = alone.fires(), alone.world.admin
    alone_to_the_decision(incident, operator)
    incident.refused(operator, "approve", "APPROVAL_NOT_DISTINCT", **APPROVE)
    incident.refused(operator, "approve", "ROLE_MISSING", role="release_manager", **APPROVE)
    unmet = incident.refused(operator, "start-execution", "SAFETY_PRECONDITION_UNMET")
    assert {"gate_2", "decision_recorded"} <= set(unmet["found"].replace(",", "").split())
    granted: dict[str, Any] = {
        "principal": operator.id,
        "role": "release_manager",
        "rationale": "I am alone here.",
    }
    incident.do(operator, "grant-role", **granted)
    incident.refused(operator, "approve", "APPROVAL_NOT_DISTINCT", role="release_manager", **APPROVE)
    assert incident.state == "aligning"


@pytest.mark.req("R-PROF-01", "R-ROL-06")
def test_out_of_being_alone_by_adding_a_person_and_the_record_shows_who_did(alone: Story) -> None:
    incident, operator = alone.fires(), alone.world.admin
    alone_to_the_decision(incident, operator)
    helper = alone.world.add("helper", "release_manager")
    done = incident.do(helper, "approve", **APPROVE)
    given = done.data("decision-given")
    assert given["granted_by"] == operator.id
    metrics = {metric["id"] for metric in done.data("gate-evaluated")["metrics"]}
    assert "granted_before_approval.release_manager" in metrics
    incident.do(operator, "start-execution")
    assert incident.state == "executing"


@pytest.mark.req("R-ROL-08")
def test_out_of_being_alone_by_recording_what_was_done_outside(alone: Story) -> None:
    incident, operator = alone.fires(), alone.world.admin
    alone_to_the_decision(incident, operator)
    incident.do(operator, "record-out-of-band", what="Rolled back by hand.", why="Nobody else is awake.")
    incident.do(operator, "mitigation-not-required", kind="external", rationale="It is rolled back already.")
    assert incident.state == "validating_recovery"


@pytest.mark.req("R-TRN-23", "R-TRN-24")
@pytest.mark.parametrize(
    ("action", "fields", "state"),
    [
        ("dismiss", {"rationale": "It was the load test."}, "dismissed"),
        (
            "mitigation-not-required",
            {"kind": "self_recovered", "rationale": "It went by itself."},
            "validating_recovery",
        ),
    ],
)
def test_out_of_being_alone_where_nothing_needs_to_be_executed(
    alone: Story, action: str, fields: dict[str, Any], state: str
) -> None:
    incident, operator = alone.fires(), alone.world.admin
    alone_to_the_decision(incident, operator)
    incident.do(operator, action, **fields)
    assert incident.state == state


@pytest.mark.req("R-TRN-25", "R-PROF-01")
def test_out_of_being_alone_by_going_on_as_a_solo_incident(alone: Story) -> None:
    incident, operator = alone.fires("one"), alone.world.admin
    alone_to_the_decision(incident, operator)
    other = alone.open(operator, profile="solo")
    incident.do(operator, "merge", into=other.stream, rationale="Nobody else is awake, so I go on alone.")
    alone_to_the_decision(other, operator)
    other.do(operator, "start-execution")
    assert (incident.state, other.state, other.view()["profile"]) == ("merged", "executing", "solo")
    assert other.view()["alerts_firing"] == 1
    assert alone.delivered("one", pod="late") == [other.stream]


@pytest.mark.req("R-PROF-01", "R-CFG-04")
def test_a_profile_is_chosen_at_the_opening_and_can_only_be_tightened(alone: Story) -> None:
    operator = alone.world.admin
    incident = alone.open(operator, profile="solo")
    alone_to_the_decision(incident, operator)
    incident.refused(operator, "tighten-profile", "PROFILE_LOOSER", profile="solo", rationale=WHY)
    incident.refused(operator, "tighten-profile", "PROFILE_NOT_ALLOWED", profile="strict", rationale=WHY)
    done = incident.do(operator, "tighten-profile", profile="team", rationale="A second person is awake now.")
    assert done.data("policy-adopted")["profile"] == "team"
    assert incident.view()["profile"] == "team"
    unmet = incident.refused(operator, "start-execution", "SAFETY_PRECONDITION_UNMET")
    assert "gate_2" in unmet["found"], "the verdict was one of the policy before"
    incident.refused(operator, "tighten-profile", "PROFILE_LOOSER", profile="solo", rationale=WHY)
    helper = alone.world.add("helper", "release_manager")
    incident.do(helper, "approve", **APPROVE)
    incident.do(operator, "start-execution")
    body = {"title": "x", "environment": "production", "profile": "strict"}
    refused = alone.ask(operator, "/v1/incidents", body)
    assert (refused.status, refused.json["code"]) == (409, "PROFILE_NOT_ALLOWED")


@pytest.mark.req("R-VIS-01")
def test_a_restricted_incident_is_not_there_for_others_until_they_get_a_role_in_it(
    story: Story, cast: Cast
) -> None:
    incident = story.open(cast.dave, visibility="restricted")
    number = incident.view(cast.dave)["number"]

    def seen_by(who: Person) -> set[int]:
        paths = [
            f"/v1/incidents/{name}{tail}" for name in (incident.stream, number) for tail in ("", "/timeline")
        ]
        return {story.world.ask(who, "GET", path).status for path in paths}

    def listed_for(who: Person) -> bool:
        found = story.world.ask(who, "GET", "/v1/incidents?limit=1000").json["incidents"]
        return incident.stream in [item["incident"] for item in found]

    for hidden in (cast.carol, cast.bob):
        assert (seen_by(hidden), listed_for(hidden)) == ({404}, False)
        nothing = Incident(story, "incident-" + "0" * 32).refused(hidden, "join", "NOT_FOUND")
        refused = incident.refused(hidden, "join", "NOT_FOUND")
        assert set(refused) == set(nothing), "no difference tells that it is there"
        other = story.open(cast.carol)
        other.refused(
            hidden if hidden is cast.carol else cast.carol,
            "link",
            "OTHER_UNKNOWN",
            incident=number,
            kind="related",
            rationale=WHY,
        )
    assert (seen_by(cast.alice), listed_for(cast.alice)) == ({200}, True), "an on-call lead sees everything"
    incident.do(cast.alice, "declare", rationale=WHY)
    incident.do(
        cast.alice, "grant-role", principal=cast.carol.id, role="responder", rationale="Knows it well."
    )
    assert (seen_by(cast.carol), listed_for(cast.carol)) == ({200}, True)
    assert (seen_by(cast.bob), listed_for(cast.bob)) == ({404}, False)
    incident.do(cast.carol, "join")
    incident.do(cast.alice, "revoke-role", principal=cast.carol.id, role="responder", rationale="No longer.")
    incident.do(cast.alice, "leave", principal=cast.carol.id, rationale="Her shift is over.")
    assert (seen_by(cast.carol), listed_for(cast.carol)) == ({404}, False)


@pytest.mark.req("R-ROL-07")
def test_command_is_handed_over_and_there_is_one_commander_at_a_time(story: Story, cast: Cast) -> None:
    incident = story.fires().until("assessing", cast)
    incident.refused(cast.carol, "offer-command", "ROLE_MISSING", to=cast.carol.id)
    incident.refused(cast.alice, "offer-command", "PERSON_UNKNOWN", to="p-nobody")
    incident.do(cast.alice, "offer-command", to=cast.carol.id)
    assert incident.view()["commander"] == cast.alice.id, "until it is taken"
    incident.refused(cast.bob, "take-command", "NOT_OFFERED")
    taken = incident.do(cast.carol, "take-command").data("commander-assigned")
    assert (taken["how"], taken["previous"]) == ("transferred", cast.alice.id)
    assert incident.view()["commander"] == cast.carol.id
    incident.refused(cast.alice, "confirm-scope", "ROLE_MISSING", **SCOPE)
    incident.refused(cast.carol, "leave", "COMMANDER_STAYS")
    incident.do(cast.carol, "confirm-scope", **SCOPE)


@pytest.mark.req("R-ROL-07")
def test_an_on_call_lead_takes_over_from_a_commander_who_does_not_answer(story: Story, cast: Cast) -> None:
    incident = story.fires()
    incident.do(cast.carol, "declare", rationale=WHY)
    assert incident.view()["commander"] == cast.carol.id
    incident.refused(cast.dave, "take-command", "NOT_OFFERED", rationale="I would do it better.")
    incident.refused(cast.alice, "take-command", "RATIONALE_MISSING")
    taken = incident.do(cast.alice, "take-command", rationale="Carol has not answered for ten minutes.")
    assert taken.data("commander-assigned")["how"] == "taken_over"
    assert incident.view()["commander"] == cast.alice.id
    assert any("takeover" in text.lower() for text in incident.texts)
    incident.refused(cast.alice, "take-command", "ALREADY_COMMANDS", rationale="Once more, to be sure.")


@pytest.mark.req("R-ROL-09")
def test_a_program_records_and_decides_nothing(story: Story, cast: Cast) -> None:
    pipeline = story.world.add("pipeline", "ci", kind="service_account")
    incident = story.fires().until("aligning", cast)
    for action, command in EXAMPLES.items():
        fields = {name: value for name, value in msgspec.to_builtins(command).items() if name != "action"}
        if action != "open" and action not in PROGRAMS_TOO:
            problem = incident.refused(pipeline, action, "PROGRAM_DECIDES_NOTHING", **fields)
            assert problem["status"] == 403
            assert incident.ask(story.world.intake, action, **fields).status == 403
    incident.do(pipeline, "add-timeline-entry", text="Deployed 1.2.4.")
    incident.do(pipeline, "evaluate-gate", gate="mitigation")
    incident.do(pipeline, "record-out-of-band", what="Rolled back.", why="The canary had failed.")
    incident.do(pipeline, "evaluate-prerequisites")
    story.open(pipeline)
    assert story.ask(story.world.intake, "/v1/incidents", {"title": "x", "environment": "p"}).status == 403
    assert story.world.ask(pipeline, "GET", f"/v1/incidents/{incident.stream}").status == 403


@pytest.mark.req("R-ROL-06", "R-ROL-28")
def test_a_role_for_one_incident_counts_there_alone(story: Story, cast: Cast) -> None:
    incident, other = story.fires().until("half", cast), story.fires().until("half", cast)
    incident.refused(cast.carol, "approve", "ROLE_MISSING", **APPROVE)
    incident.refused(
        cast.alice,
        "grant-role",
        "ROLE_NOT_GRANTABLE",
        principal=cast.carol.id,
        role="ledger_admin",
        rationale=WHY,
    )
    incident.do(
        cast.alice,
        "grant-role",
        principal=cast.carol.id,
        role="release_manager",
        rationale="Bob is in a plane.",
    )
    done = incident.do(cast.carol, "approve", **APPROVE)
    assert done.data("decision-given")["granted_by"] == cast.alice.id
    assert done.data("gate-evaluated")["result"] == "PASS"
    other.refused(cast.carol, "approve", "ROLE_MISSING", **APPROVE)


@pytest.mark.req("R-SVC-13", "R-ROL-06")
def test_a_token_that_was_revoked_opens_nothing_and_roles_that_were_taken_allow_nothing(
    story: Story, cast: Cast
) -> None:
    world = story.world
    erin = world.add("erin", "responder")
    incident = story.fires().until("assessing", cast)
    incident.do(erin, "join")
    path = f"/v1/people/{erin.id}/roles/responder/revoke"
    assert world.ask(world.admin, "POST", path, {"rationale": "Left the rota."}).status == 200
    incident.refused(erin, "vote-severity", "ROLE_MISSING", severity="SEV-1")
    gone = {"active": False, "rationale": "Left the company."}
    assert world.ask(world.admin, "POST", f"/v1/people/{erin.id}/changes", gone).status == 200
    incident.refused(erin, "add-timeline-entry", "TOKEN_UNKNOWN", text="Still here.")
