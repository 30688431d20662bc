"""Which sections of the report say something: one table for gate 4 and for the renderer."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from domain.execution.facts import MitigationExecutionStarted, OutOfBandActionRecorded
from domain.facts import Fact
from domain.gates.criterion import Case
from domain.gates.facts import GateScope, GateWaiverDecided, GateWaiverRequested
from domain.incident_state import Incident, fold
from domain.intake.facts import MitigationNotRequired
from domain.policy import Policy
from domain.prose import prose
from domain.ratio import Ratio
from domain.report.sections import SECTIONS, coverage, is_filled, names, sections, title
from tests.support.full_incident import full_incident
from tests.support.meaning import recorded
from tests.support.playing import policy
from tests.support.story import FACTS, OPENED

WORDS_DO = {"impact", "root_cause_inputs", "regulatory", "next_steps"}


def case(*facts: Fact, profile_policy: Policy | None = None) -> Case:
    state = fold(recorded(facts))
    return Case(incident=state, policy=profile_policy or policy("team"), at=state.recorded_at)


def with_words(incident: Incident, *sections_written: str) -> Incident:
    texts = {name: prose("Written by a person.") for name in sections_written}
    return replace(incident, report=replace(incident.report, texts=texts))


@pytest.mark.req("R-ART-23")
def test_the_table_has_the_sections_that_every_shipped_policy_requires_in_their_order() -> None:
    for profile in ("strict", "team", "solo"):
        assert names(policy(profile)) == tuple(SECTIONS)


@pytest.mark.req("R-ART-23", "R-GATE-40")
def test_a_whole_incident_fills_every_section() -> None:
    state = fold(full_incident())
    whole = Case(incident=state, policy=policy("team"), at=state.recorded_at)
    assert [name for name, filled in sections(whole) if not filled] == []
    assert coverage(whole) == Ratio(13, 13)


def test_each_section_is_filled_once_its_facts_are_there_and_not_before() -> None:
    facts = full_incident()
    first = {
        name: next(i.version for i in facts if is_filled(fold(facts[: i.version]), name)) for name in SECTIONS
    }
    kinds = {name: type(facts[version - 1].fact).__name__ for name, version in first.items()}
    assert kinds == {
        "summary": "ResolutionConfirmed",
        "impact": "AffectedScopeConfirmed",
        "timeline": "IncidentDeclared",
        "detection": "IncidentOpened",
        "severity": "SeverityConsensusReached",
        "decisions": "DecisionRecorded",
        "actions": "MitigationCommandExecuted",
        "recovery": "RecoveryValidationCompleted",
        "root_cause_inputs": "RootCauseEvidenceCaptured",
        "communications": "StakeholderNotified",
        "regulatory": "AffectedScopeConfirmed",
        "next_steps": "ActionItemRecorded",
        "evidence_index": "RcaEvidenceArchived",
    }


@pytest.mark.parametrize("name", SECTIONS)
def test_words_fill_only_what_people_can_know_better_than_the_ledger(name: str) -> None:
    bare = case(*FACTS).incident
    before, after = is_filled(bare, name), is_filled(with_words(bare, name), name)
    assert after == (before or name in WORDS_DO)


def test_a_start_that_ran_nothing_is_no_action_but_what_was_done_outside_is() -> None:
    started = MitigationExecutionStarted(attempt=1, plan_revision=1, option_id="A")
    outside = OutOfBandActionRecorded(kind="other", what=prose("Restarted it."), why=prose("It was down."))
    assert not is_filled(case(OPENED, started).incident, "actions")
    assert is_filled(case(OPENED, outside).incident, "actions")


@pytest.mark.req("R-GATE-40")
def test_where_nothing_has_to_be_executed_that_is_the_decision_and_the_action() -> None:
    nothing = case(OPENED, MitigationNotRequired(kind="self_recovered", rationale=prose("It is over.")))
    assert is_filled(nothing.incident, "decisions")
    assert is_filled(nothing.incident, "actions")


def test_a_waiver_is_the_decision_only_once_it_is_granted_and_only_of_gate_2() -> None:
    asked = GateWaiverRequested(
        waiver_id="w1",
        gate="mitigation_readiness",
        evaluation_id="g2-4",
        scope=GateScope(round=1),
        criteria=("decision_approval",),
        required_roles=("release_manager",),
        justification=prose("Orders are being lost."),
        expires_at="2026-03-02T02:00:00.000000Z",
    )
    decided = GateWaiverDecided(
        waiver_id="w1", verdict="approved", role="release_manager", rationale=prose("So be it.")
    )
    assert not is_filled(case(OPENED, asked).incident, "decisions")
    assert is_filled(case(OPENED, asked, decided).incident, "decisions")
    other = replace(asked, gate="recovery_validation")
    assert not is_filled(case(OPENED, other, decided).incident, "decisions")


def test_a_section_that_a_policy_adds_is_what_people_write_into_it() -> None:
    team = policy("team")
    documentation = replace(
        team.gates.resolution_documentation, required_report_sections=("summary", "lessons_learned")
    )
    added = replace(team, gates=replace(team.gates, resolution_documentation=documentation))
    bare = case(*FACTS, profile_policy=added)
    assert sections(bare) == (("summary", False), ("lessons_learned", False))
    written = replace(bare, incident=with_words(bare.incident, "lessons_learned"))
    assert sections(written) == (("summary", False), ("lessons_learned", True))
    assert title("lessons_learned") == "Lessons learned"
    assert coverage(written) == Ratio(1, 2)


def test_every_heading_is_that_of_the_requirements() -> None:
    assert [title(name) for name in SECTIONS] == [
        "Summary",
        "Impact",
        "Timeline",
        "Detection",
        "Severity",
        "Decision and approvals",
        "Actions",
        "Recovery validation",
        "Root cause inputs",
        "Communications",
        "Regulatory",
        "Next steps",
        "Evidence index",
    ]


def test_the_page_about_the_report_has_every_section_in_its_order() -> None:
    page = (Path(__file__).parents[2] / "docs" / "incident-report.md").read_text()
    rows = [line.split(" | ")[0][2:] for line in page.splitlines() if line.startswith("| ")]
    assert rows == ["Section", *(title(name) for name in SECTIONS)]
