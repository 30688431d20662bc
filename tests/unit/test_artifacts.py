"""The table of artifacts: names, headers, canonical bytes, and what each says of a whole incident."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from domain.artifacts import (
    CHECKLIST,
    DECISIONS,
    EXECUTION,
    MANIFEST,
    MITIGATION_LOG,
    NOTIFICATIONS,
    RCA,
    RECOVERY,
    RESOLUTION,
    SEVERITY,
    SEVERITY_GATE,
    SIGNOFF,
    TIMELINE,
    TRACEABILITY,
    TUNING,
)
from domain.gates.documentation import ARTIFACTS
from domain.intake.facts import IncidentDismissed, Tuning
from domain.prose import prose
from domain.resolution.summary import FIELDS
from domain.timeline.facts import TimelineEntryRecorded
from projections.artifacts.header import document
from projections.artifacts.page import page
from projections.artifacts.renderer import RENDERER
from projections.artifacts.rendering import rendering
from projections.artifacts.table import BY_NAME, TABLE
from projections.until import until
from tests.support.full_incident import full_incident, words
from tests.support.meaning import recorded
from tests.support.rendered import all_rendered, policies, rendered
from tests.support.story import FACTS, OPENED
from tests.support.tree import ROOT

HEADER = {
    "schema",
    "schema_version",
    "protocol_id",
    "protocol_version",
    "incident_id",
    "generated_at",
    "generated_from",
    "policy_sha256",
    "renderer",
    "incident_commander",
    "banners",
    "status",
    "metrics",
    "data",
}
FULL = full_incident()
MADE = [row for row in TABLE if row.name != TUNING]
JSON_ROWS = [row for row in TABLE if not row.is_markdown]


def read(name: str, facts: Any = FULL) -> dict[str, Any]:
    """Return what a JSON artifact says."""
    made = rendered(facts, name)
    assert made is not None
    found = json.loads(made)
    assert isinstance(found, dict)
    return found


def strings(value: object) -> list[str]:
    """Return every string in a JSON value."""
    match value:
        case str():
            return [value]
        case list():
            return [text for item in value for text in strings(item)]
        case dict():
            return [text for item in value.values() for text in strings(item)]
        case _:
            return []


@pytest.mark.req("R-STO-01", "R-STO-03", "R-DEC-48")
def test_names_labels_and_places_are_unique() -> None:
    forms = [(row.schema, row.media_type) for row in TABLE]
    for parts in ([row.name for row in TABLE], [row.path for row in TABLE], forms):
        assert len(parts) == len(set(parts))
    assert {row.artifact_id for row in TABLE}.isdisjoint(row.name for row in TABLE)
    assert BY_NAME["execution-report"].name == EXECUTION
    assert {row.folder for row in TABLE} == {"", "approvals", "rca-evidence"}


def test_the_page_is_what_the_table_prints() -> None:
    assert (ROOT / "docs" / "artifacts.md").read_text() == page()


def test_every_artifact_of_json_says_what_it_looks_like() -> None:
    assert [row.name for row in JSON_ROWS if row.metrics is None or row.data is None] == []


@pytest.mark.req("R-GATE-40", "R-DEC-49")
def test_what_gate_4_counts_is_in_the_table_with_the_same_step() -> None:
    counted = {row.name: row.step for row in TABLE if row.counted}
    assert counted == {name: ARTIFACTS[name].step for name in counted}
    assert all(BY_NAME[name].required for name in counted)


def test_of_a_real_incident_no_rule_is_to_be_tuned() -> None:
    assert rendered(FULL, TUNING) is None


@pytest.mark.req("R-ART-01", "R-ART-02", "R-ART-52")
@pytest.mark.parametrize("row", MADE, ids=lambda row: row.name)
def test_every_artifact_carries_the_header(row: Any) -> None:
    made = rendered(FULL, row.name)
    assert made is not None
    fields = yaml.safe_load(made.decode().split("---\n")[1]) if row.is_markdown else json.loads(made)
    assert set(fields) == HEADER
    assert (fields["schema"], fields["renderer"]) == (row.schema, RENDERER)
    assert fields["incident_commander"] == "p-alice"
    assert fields["generated_at"] == FULL[-1].recordedtime
    assert fields["generated_from"] == {
        "stream": FULL[-1].stream,
        "version": FULL[-1].version,
        "leaf": FULL[-1].leaf,
        "position": FULL[-1].position,
    }


@pytest.mark.req("R-ART-03")
@pytest.mark.parametrize("row", MADE, ids=lambda row: row.name)
def test_bytes_are_utf8_with_line_feeds_and_json_has_sorted_keys(row: Any) -> None:
    made = rendered(FULL, row.name)
    assert made is not None
    text = made.decode()
    assert text.endswith("\n")
    assert not text.endswith("\n\n")
    assert "\r" not in text
    if not row.is_markdown:
        found = json.loads(text, parse_float=pytest.fail)
        assert text == json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


@pytest.mark.req("R-ART-01", "R-EVT-04")
def test_no_word_that_people_wrote_is_in_canonical_bytes() -> None:
    said = [text for text in words().values() if isinstance(text, str)]
    whole = b"\n".join(all_rendered(FULL).values()).decode()
    assert len(said) > 40
    assert [text for text in said if len(text) > 8 and text in whole] == []


@pytest.mark.req("R-ART-01")
def test_every_artifact_of_an_earlier_version_is_that_of_the_facts_until_then() -> None:
    past = until(FULL, at_version=40)
    view = rendering(past, policies)
    assert view is not None
    assert all_rendered(past) == {
        row.path: made for row in TABLE if (made := document(row, view)) is not None
    }
    assert json.loads(all_rendered(past)[EXECUTION])["status"] == "running"


def test_before_anything_happened_there_is_only_what_it_began_with() -> None:
    opened = all_rendered(recorded((OPENED,)))
    assert TIMELINE in opened
    assert {path for path in opened if path.endswith(".json")} == {MANIFEST, TRACEABILITY}
    assert all_rendered(()) == {}


@pytest.mark.req("R-DRILL-01", "R-PROF-01")
def test_banners_say_that_it_was_a_drill_and_that_nobody_else_looked() -> None:
    drill = all_rendered(full_incident("solo", drill=True))
    assert len(drill) > 10
    for data in drill.values():
        assert b"Drill: this incident is an exercise." in data
        assert b"Profile solo: no separation of duties." in data


@pytest.mark.req("R-ART-01")
def test_a_code_cannot_pass_for_sealed_text() -> None:
    forged = "⟦sealed:0123456789abcdef⟧"
    told = Tuning(alert_rule=forged, problem="noisy", proposal=prose("Raise it."))
    dismissed = IncidentDismissed(cause="false_positive", rationale=prose("No."), tuning=told)
    (item,) = read(TUNING, recorded((*FACTS, dismissed)))["data"]["items"]
    assert item["alert_rule"] == f"⟦{forged}"
    assert item["proposal"].startswith("⟦sealed:")


@pytest.mark.req("R-ART-11")
def test_the_severity_assessment_has_the_rounds_with_their_reasons() -> None:
    found = read(SEVERITY)
    assert found["status"] == "consensus"
    assert found["metrics"] == {
        "severity_level": "SEV-1",
        "consensus_rate": {"num": 2, "den": 2},
        "responders": 2,
        "rounds": 1,
    }
    (only,) = found["data"]["rounds"]
    (proposal,) = only["proposals"]
    assert proposal["slo_breaches"][0]["slo_id"] == "checkout-latency-p99"
    assert proposal["customer_impact"]["affected_users"] == 12400
    assert proposal["blast_radius"]["regions"] == ["eu-west", "us-east"]
    assert [vote["by"] for vote in only["votes"]] == ["p-alice", "p-bob"]


@pytest.mark.req("R-ART-13", "R-DEC-20")
def test_the_notification_log_has_every_notice_and_what_was_late() -> None:
    found = read(NOTIFICATIONS)
    assert (found["status"], found["metrics"]["notification_latency_ms"]) == ("sent", 44_000)
    assert found["metrics"]["notifications_sent"] is True
    assert found["metrics"]["stakeholder_count"] == 3
    entries = found["data"]["entries"]
    assert [entry["id"] for entry in entries if entry["failures"]] == ["n1-2"]
    assert {entry["purpose"] for entry in entries} == {"initial", "update", "resolution"}
    assert found["data"]["late"] == []


@pytest.mark.req("R-ART-15", "R-DEC-21")
def test_the_mitigation_log_has_revisions_options_and_decisions() -> None:
    found = read(MITIGATION_LOG)
    (revision,) = found["data"]["revisions"]
    assert [option["kind"] for option in revision["options"]] == ["rollback", "feature_flag", "hotfix"]
    assert [it["option_id"] for it in revision["selections"]] == ["A"]
    assert [it["status"] for it in found["data"]["decisions"]] == ["approved"]
    assert found["status"] == "decided"


@pytest.mark.req("R-ART-16", "R-DEC-17")
def test_the_checklist_is_judged_as_of_when_it_mattered() -> None:
    note = next(item for item in FULL if isinstance(item.fact, TimelineEntryRecorded))
    days_later = replace(note, version=FULL[-1].version + 1, recordedtime="2026-03-04T09:00:00.000000Z")
    found = read(CHECKLIST, (*FULL, days_later))
    assert found["status"] == "verified"
    assert found["metrics"]["rollback_prerequisite_coverage"] == {"num": 6, "den": 6}
    assert {item["source_protocol"] for item in found["data"]["items"]} == {"10", "11", "14", "15"}


@pytest.mark.req("R-ART-17")
def test_the_decision_log_keeps_who_approved_in_which_role_and_why() -> None:
    found = read(DECISIONS)
    assert (found["status"], found["data"]["approvals"]) == ("approved", "complete")
    assert found["metrics"] == {
        "decision_approval": {"num": 2, "den": 2},
        "approval_latency_ms": 80_000,
        "decision_latency_ms": 160_000,
    }
    (decision,) = found["data"]["decisions"]
    assert {(it["principal"], it["role"]) for it in decision["verdicts"]} == {
        ("p-alice", "incident_commander"),
        ("p-bob", "release_manager"),
    }
    assert all(it["rationale"].startswith("⟦sealed:") for it in decision["verdicts"])


@pytest.mark.req("R-ART-18")
def test_the_execution_report_has_every_command_with_its_outcome() -> None:
    found = read(EXECUTION)
    assert (found["status"], found["metrics"]["execution_success"]) == ("complete", {"num": 3, "den": 3})
    assert found["metrics"]["duration_ms"] == 515_000
    (attempt,) = found["data"]["attempts"]
    assert [(run["seq"], run["exit_code"], run["outcome"]) for run in attempt["commands"]] == [
        (1, 0, "success"),
        (2, 0, "success"),
        (3, 0, "success"),
    ]


@pytest.mark.req("R-ART-19", "R-DEC-16")
def test_recovery_validation_keeps_every_look_at_every_check() -> None:
    found = read(RECOVERY)
    assert (found["status"], found["metrics"]["recovery_time_ms"]) == ("success", 990_000)
    assert found["metrics"]["recovery_validation_success"] == {"num": 4, "den": 4}
    (attempt,) = found["data"]["attempts"]
    looks = [it["result"] for it in attempt["checks"] if it["check_id"] == "latency-slo"]
    assert looks == ["fail", "pass"]


@pytest.mark.req("R-ART-21", "R-HND-10")
def test_the_resolution_summary_has_the_eight_mandatory_fields() -> None:
    found = read(RESOLUTION)
    assert set(found["data"]) == {
        "kind",
        "resolved_at",
        "duration_ms",
        "slos",
        "alerts_cleared",
        "stability",
        "action_items",
        "approval",
    }
    assert (found["status"], found["data"]["kind"], found["data"]["duration_ms"]) == (
        "closed",
        "rollback",
        27 * 60_000,
    )
    assert found["data"]["approval"]["principal"] == "p-alice"
    assert found["metrics"]["summary_completeness"] == {"num": 8, "den": 8}
    assert {name.removesuffix("_ms") for name in found["data"]} == set(FIELDS)


def test_a_resolution_that_nobody_confirmed_is_open_and_incomplete() -> None:
    confirmed = next(item.version for item in FULL if item.type.startswith("tallystick.resolution-confirmed"))
    found = read(RESOLUTION, until(FULL, at_version=confirmed - 1))
    assert (found["status"], found["data"]["approval"]) == ("open", None)
    assert found["metrics"]["summary_completeness"]["num"] < 8


@pytest.mark.req("R-ART-22", "R-DEC-18", "R-DEC-19")
def test_the_rca_manifest_lists_evidence_and_findings() -> None:
    found = read(RCA)
    assert (found["status"], found["data"]["archive_status"]) == ("archived", "complete")
    assert found["metrics"]["rca_evidence_count"] >= 3
    assert found["metrics"]["critical_unverified"] == 0
    assert all(item["verified"]["ok"] for item in found["data"]["items"])
    assert found["data"]["findings"]


@pytest.mark.req("R-ART-24", "R-DEC-23")
def test_a_gate_validation_says_what_was_measured_against_what() -> None:
    found = read(SEVERITY_GATE)
    data = found["data"]
    assert (data["gate"], data["type"], data["result"]) == ("severity_alignment", "prerequisite", "PASS")
    assert {row["unit"] for row in data["booleans"]} <= {"truth"}
    assert data["criteria"]
    assert (data["at_version"] < data["version"], data["engine"] > 0) == (True, True)
    assert [row["evaluation_id"] for row in data["history"]] == [data["evaluation_id"]]


@pytest.mark.req("R-ART-29", "R-HND-11")
def test_the_sign_off_binds_reviews_to_a_manifest() -> None:
    reviews = read(SIGNOFF)["data"]["reviews"]
    assert reviews
    assert all(len(review["manifest_sha256"]) == 64 and review["rationale"] for review in reviews)


def test_strings_of_a_document_are_placeholders_codes_or_ours() -> None:
    texts = [text for name in (SEVERITY, EXECUTION, RCA) for text in strings(read(name))]
    assert [text for text in texts if "⟦" in text and not text.startswith("⟦sealed:")] == []
