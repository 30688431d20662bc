"""An export is there in any state of an incident, and of those that end early as well: each verified."""

from __future__ import annotations

import pytest

from tests.support.exported import exported
from tests.support.stories import DETOURS, standing
from tests.support.tales import Stage, checks

STATES = (
    "detecting",
    "assessing",
    "notifying",
    "planning",
    "half",
    "approved",
    "executing",
    "merged",
    *DETOURS,
)


@pytest.mark.req("R-SVC-14", "R-STO-01")
@pytest.mark.parametrize("state", STATES)
def test_an_incident_is_exported_wherever_it_stands(stage: Stage, state: str) -> None:
    incident = standing(stage.world.story(), stage.cast, state)
    found = exported(incident, stage.cast.carol, disclose=True)
    assert "incident-timeline.md" in found.artifacts
    assert found.report.sealed is not None
    assert found.report.sealed.disclosed > 0


@pytest.mark.req("R-TRN-24", "R-GATE-40")
def test_what_recovered_by_itself_is_documented_and_closed_without_a_mitigation(stage: Stage) -> None:
    tale = stage.tell("planning")
    alice, bob, *_ = tale.cast
    why = "The provider repaired it before we had a plan."
    tale.do(alice, "mitigation-not-required", kind="self_recovered", rationale=why)
    tale.refused(alice, "start-execution", "NO_RERUN")
    tale.do(bob, "record-checks", checks=checks()[:3])
    assert tale.state == "confirming_resolution"
    tale.ends()
    tale.to_the_end(kind="self_recovered")
    found = tale.export(disclose=True)
    assert "mitigation-execution-report.json" not in found.artifacts
    assert found.artifact("evidence-manifest.json")["data"]["coverage"]["missing"] == []
    assert why in found.readable("INCIDENT-REPORT.md")


@pytest.mark.req("R-TRN-25")
def test_a_merged_incident_goes_on_as_the_other_one_and_both_are_exported(stage: Stage) -> None:
    target, tale = stage.tell("executing"), stage.tell("assessing")
    tale.do(tale.cast.alice, "merge", into=target.incident.stream, rationale="It is the same pool.")
    assert tale.state == "merged"
    tale.ends()
    target.recovered().to_the_end()
    found = tale.export(disclose=True)
    assert "It is the same pool." in found.readable("incident-timeline.md")
    assert sum(path.endswith(".jsonl") and "alert-" in path for path in target.export().files) == 2


@pytest.mark.req("R-TRN-02", "R-TRN-23")
def test_a_dismissed_incident_is_exported_with_what_to_change_in_the_monitoring(stage: Stage) -> None:
    tale = stage.tell()
    tuning = {"alert_rule": "HighLatency", "proposal": "Alert only when two probes agree."}
    tale.do(tale.cast.alice, "dismiss", rationale="The probe had lost its network.", tuning=tuning)
    found = tale.export(disclose=True)
    assert "Alert only when two probes agree." in found.readable("alert-tuning-feedback.json")
