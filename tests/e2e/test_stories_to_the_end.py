"""From the alert to the sealed bundle in 27 minutes and a few requests: told, read, measured, replayed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from domain.flow.transitions import PLACES
from tests.support.exported import Exported
from tests.support.stories import ALL_ROLES, CHECKS, SCOPE
from tests.support.tales import FACTOR, IMPACT, NEXT, Stage, Tale
from verifier.steps import Step

OUTPUT = b"02:25:31 rollback to 1.2.3 complete\n"
OBSERVED = ("p99 is 310 ms", "Ten orders placed, ten confirmed", "Orders agree", "0.1 %", "48 of 48")
BUDGET = 31
"""Requests of two people for everything, evidence and report included."""


class Straight(NamedTuple):
    """The story, and its export with the texts."""

    tale: Tale
    exported: Exported


@pytest.fixture(scope="module")
def straight(stage: Stage) -> Straight:
    """Return the incident in which everything goes well."""
    stage.clock.now = datetime(2026, 3, 1, 2, 10, tzinfo=UTC)
    tale = stage.tell()
    alice, bob, *_ = tale.cast
    tale.at(2, alice, "declare", rationale="The dashboard and my own cart agree with the alert.")
    tale.at(3, alice, "propose-severity", severity="SEV-1", rationale="A third of all carts time out.")
    tale.at(3.5, alice, "confirm-scope", **SCOPE)
    tale.at(4, alice, "attest-notice", roles=ALL_ROLES, channel="meeting")
    asked = [f for f in tale.incident.facts if f.kind == "stakeholder-notification-requested"]
    mine = next(f.data["notification_id"] for f in asked if f.data.get("recipient") == bob.id)
    tale.at(5, bob, "acknowledge", id=mine)
    plan = {"template": "rollback", "to_version": "1.2.3", "from_version": "1.2.4", "service": "checkout"}
    tale.at(6, bob, "propose-plan", **plan)
    tale.at(8, alice, "approve", revision=1, rationale="Version 1.2.3 ran for two weeks without trouble.")
    tale.at(10, bob, "approve", revision=1, rationale="Nothing was migrated between the two.")
    tale.at(11, alice, "start-execution", change_ref="CHG-4711")
    output = tale.story.upload(alice, tale.incident, OUTPUT)
    ran = {"exit_code": 0, "duration_ms": 231_000, "host": "deploy-1", "stdout": output}
    tale.at(15.6, alice, "record-command", **ran)
    checked = [
        {"check": check, "result": "pass", "observed": seen}
        for check, seen in zip(CHECKS, OBSERVED, strict=True)
    ]
    tale.at(27, bob, "record-checks", checks=checked)
    tale.ends()
    tale.to_the_end(restored_version="1.2.3")
    return Straight(tale, tale.export(disclose=True))


@pytest.mark.req("R-WF-34", "R-TRN-09", "R-TRN-10", "R-TRN-11", "R-TRN-12", "R-TRN-14", "R-TRN-15")
def test_two_people_get_from_a_firing_alert_to_the_sealed_bundle(straight: Straight) -> None:
    tale = straight.tale
    print(tale.story)
    assert tale.state == "closed"
    assert tale.story.askers == {tale.cast.alice.id, tale.cast.bob.id}
    assert tale.story.requests == BUDGET
    assert tale.incident.kinds[-1] == "evidence-bundle-sealed"


@pytest.mark.req("R-BUN-03", "R-MAN-01", "R-STO-01")
def test_the_export_holds_all_that_the_protocol_wants_and_an_auditor_derives_it_again(
    straight: Straight,
) -> None:
    found, facts = straight.exported, straight.tale.incident.facts
    manifest = found.artifact("evidence-manifest.json")["data"]
    assert manifest["coverage"]["missing"] == []
    listed = {it["path"] for it in manifest["artifacts"] if it["kind"] == "artifact"}
    assert listed | {"evidence-manifest.json"} == found.artifacts
    assert {"INCIDENT-REPORT.md", "approvals/reviewer-signoff.json", "traceability-matrix.md"} < listed
    assert found.count(Step.VERDICTS) >= sum(fact.kind == "gate-evaluated" for fact in facts)
    files = {it["path"] for it in manifest["artifacts"] if it["kind"] != "artifact"}
    assert files == {path for path in found.files if path.startswith("blobs/")}
    assert len(files) == 2


@pytest.mark.req("R-ART-23")
def test_the_readable_report_says_what_people_said(straight: Straight) -> None:
    report = straight.exported.readable("INCIDENT-REPORT.md")
    words = {
        IMPACT,
        NEXT,
        FACTOR,
        *OBSERVED,
        "The dashboard and my own cart agree with the alert.",
        "A third of all carts time out.",
        "Version 1.2.3 ran for two weeks without trouble.",
        "Nothing was migrated between the two.",
        "./rollback_backend.sh 1.2.3",
        "Release 1.2.4 opens a connection for each retry and closes none.",
        "- Duration: 27 minutes",
        "- Resolution: Rollback to release v1.2.3",
        "alice",
        "bob",
    }
    assert {said for said in words if said not in report} == set(), report
    assert "⟦sealed" not in report


@pytest.mark.req("R-GATE-34", "R-LRN-20", "R-WF-35")
def test_what_the_straight_story_measured(straight: Straight) -> None:
    found = {row["id"]: row for row in asked(straight, "metrics")["metrics"]}
    minutes = {"mttd": 2, "mtta": 3, "mttr": 27, "time_to_consensus": 1, "recovery_time": 16}
    assert {name: float(found[name]["recorded"]) // 60 for name in minutes} == minutes
    assert found["execution_duration"]["raw"] == "231.000"
    assert found["halts"]["recorded"] == found["reentries"]["recorded"] == "0"
    assert found["report_completeness"]["recorded"] == "13/13"
    (confirmed,) = [f.data for f in straight.tale.incident.facts if f.kind == "resolution-confirmed"]
    assert confirmed["incident_duration_ms"] // 1_000 == 27 * 60
    world = straight.tale.story.world
    together = world.ask(world.admin, "GET", "/v1/metrics/incidents").json
    assert together["incidents"] == 1
    assert next(row for row in together["metrics"] if row["id"] == "mttr")["raw"]["median"][:5] == "1620."


@pytest.mark.req("R-SVC-08")
def test_the_straight_story_is_replayed_step_by_step(straight: Straight) -> None:
    steps = list[Any]()
    after: int | None = 0
    while after is not None:
        page = asked(straight, f"replay?after={after}&limit=40")
        steps += page["steps"]
        after = page["next"]
    assert [step["version"] for step in steps] == list(range(1, len(straight.tale.incident.facts) + 1))
    states = [step["after"]["state"] for step in steps]
    assert list(dict.fromkeys(states)) == [*PLACES, "closed"]
    lights = [gate["state"] for gate in steps[-1]["after"]["gates"]]
    assert lights == ["PASS"] * 4


@pytest.mark.req("R-SVC-08")
def test_two_moments_of_the_straight_story_differ_in_what_happened_between_them(straight: Straight) -> None:
    facts = straight.tale.incident.facts
    at = {fact.kind: fact.version for fact in facts}
    began, over = at["mitigation-execution-started"], at["recovery-validation-completed"]
    found = asked(straight, f"diff?from={began}&to={over}")
    assert [fact["version"] for fact in found["facts"]] == list(range(began + 1, over + 1))
    changed = {row["pointer"]: (row["before"], row["after"]) for row in found["changes"]}
    assert changed["/incident/state"][0] == "executing"
    back = asked(straight, f"diff?from={over}&to={began}")
    assert {row["pointer"]: (row["after"], row["before"]) for row in back["changes"]} == changed


def asked(straight: Straight, part: str) -> Any:
    """Return what a view of the incident says."""
    world, incident = straight.tale.story.world, straight.tale.incident
    answer = world.ask(straight.tale.cast.carol, "GET", f"/v1/incidents/{incident.stream}/{part}")
    assert answer.status == 200, answer.body
    return answer.json
