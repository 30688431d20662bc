"""The other artifacts for people: intake log, communication log and plan."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from domain.artifacts import COMMUNICATION, INTAKE_LOG, PLAN
from domain.intake.facts import IncidentDismissed, Tuning
from domain.notices.facts import StakeholderNotified
from domain.planning.facts import MitigationOptionSelected, MitigationPlanProposed, PlanOption
from domain.prose import prose
from projections.readable import readable_markdown
from tests.support.documents import section
from tests.support.full_incident import NAMES, full_incident, words
from tests.support.meaning import Seals, recorded
from tests.support.rendered import rendered
from tests.support.story import ATTACHED, FACTS, OPENED

FULL = full_incident()


def header(items: Any, name: str) -> dict[str, Any]:
    made = rendered(items, name)
    assert made is not None
    found = yaml.safe_load(made.decode().split("---\n")[1])
    assert isinstance(found, dict)
    return found


def read(items: Any, name: str, more: dict[str, Any] | None = None) -> str:
    made = rendered(items, name)
    assert made is not None
    return readable_markdown(made, {**words(), **(more or {})}, NAMES, name).decode()


@pytest.mark.req("R-ART-10")
def test_the_intake_log_has_each_alert_with_its_times_and_the_verdict() -> None:
    text = read(FULL, INTAKE_LOG)
    alerts = section(text, "Alerts")
    assert (
        "- Fired 02:10 UTC, received 02:10 UTC, ended 02:36 UTC; attached by the rule any-alert"
    ) in alerts
    assert "- Observed value and threshold: in the record of the alert, `alert-0123456789abcdef" in alerts
    assert (
        section(text, "Verdict").strip().startswith("- Alice Ng judged it real at 02:12 UTC: “Checkout takes")
    )
    assert "Alice Ng declared the incident as On Call Lead" in section(text, "What became of it")
    fields = header(FULL, INTAKE_LOG)
    assert fields["metrics"] == {"alerts": 2, "duplicates": 0, "signals": 2}
    assert fields["status"] == "real"


@pytest.mark.req("R-ART-10")
def test_an_alert_that_fires_again_is_a_duplicate_and_both_firings_are_there() -> None:
    again = replace(ATTACHED, signal_id="later", fired_at="2026-03-01T02:20:00.000000Z")
    items = recorded((OPENED, ATTACHED, again))
    assert header(items, INTAKE_LOG)["metrics"] == {"alerts": 1, "duplicates": 1, "signals": 2}
    text = read(items, INTAKE_LOG)
    assert text.count("### HighLatency") == 1
    assert text.count("still firing") == 2
    assert "Nobody has judged the alerts yet." in section(text, "Verdict")


@pytest.mark.req("R-ART-10")
def test_an_incident_that_a_person_opened_says_so_and_one_dismissed_says_what_should_change() -> None:
    opened = replace(OPENED, origin="person", why="manual", correlation=None, ordinal=None)
    tuning = Tuning(alert_rule="HighLatency", problem="noisy", proposal=prose("Raise it to 3 s"))
    dismissed = IncidentDismissed(cause="false_positive", rationale=prose("A test"), tuning=tuning)
    seals = Seals()
    text = read(recorded((opened, dismissed), seals=seals), INTAKE_LOG, seals.disclosed)
    assert "02:15 UTC, by p-commander" in text
    assert "No alert is attached." in text
    assert "p-commander dismissed it at 02:16 UTC: “A test”" in text
    assert "- What should change in the rule HighLatency: “Raise it to 3 s”" in text


def test_foreign_names_stay_names_in_every_document() -> None:
    hostile = replace(ATTACHED, alert_name="- [x](http://y)\n# z ⟦sealed:0123456789abcdef⟧", service="1. <b>")
    made = rendered(recorded((OPENED, hostile, *FACTS[2:])), INTAKE_LOG)
    assert made is not None
    assert b"\n### \\- \\[x\\](http\\://y) \\# z \xe2\x9f\xa6\xe2\x9f\xa6sealed:0123456789abcdef" in made
    assert "- Service: 1\\. \\<b\\>\n" in made.decode()


@pytest.mark.req("R-ART-12")
def test_the_communication_log_has_its_numbers_in_the_header() -> None:
    fields = header(FULL, COMMUNICATION)
    assert fields["metrics"] == {
        "acknowledged": 2,
        "messages": 5,
        "notification_latency_ms": 44_000,
        "notifications_sent": True,
        "stakeholder_count": 3,
    }
    assert fields["status"] == "sent"


@pytest.mark.req("R-ART-12")
def test_the_communication_log_has_every_message_with_what_became_of_it() -> None:
    text = read(FULL, COMMUNICATION)
    messages = section(text, "Messages")
    assert messages.count("\n- ") == 5
    assert (
        "Attempt 1 failed at 02:14 UTC, tried again at 02:14 UTC: “HTTP 502 from the chat gateway”"
        in messages
    )
    assert "- 02:15 UTC: update to Support Lead and Executive by phone, as Alice Ng states" in messages
    assert "Bob Okafor confirmed the message of 02:14 UTC to Product Owner" in section(
        text, "Acknowledgements"
    )
    assert "Nobody was called." in section(text, "Calls for help")


def test_who_was_not_told_is_named_and_what_does_not_count_says_so() -> None:
    local = tuple(
        replace(item, fact=replace(item.fact, proof="recorded_locally"))
        if isinstance(item.fact, StakeholderNotified)
        else item
        for item in FULL
    )
    fields = header(local, COMMUNICATION)
    assert fields["metrics"]["notifications_sent"] is False
    assert fields["status"] == "incomplete"
    text = read(local, COMMUNICATION)
    assert "Not everybody who must be told was told." in text
    assert "- Product Owner: NOT told" in text
    assert "kept here only, which does not count" in text


def test_there_is_no_communication_log_before_anybody_is_to_be_told_and_no_plan_before_one_is_made() -> None:
    items = recorded(FACTS)
    assert rendered(items, COMMUNICATION) is None
    assert rendered(items, PLAN) is None


@pytest.mark.req("R-ART-14")
def test_the_plan_has_all_its_parts_in_the_order_of_the_protocol() -> None:
    text = read(FULL, PLAN)
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == [
        "Premises",
        "Constraints",
        "Alternatives",
        "Decision",
        "Evidence",
        "Risks and mitigations",
        "Fallback",
        "Commands",
        "Checklist",
        "Revisions",
    ]
    assert "- Latency rose within a minute of release 1.2.4\n- The database itself is healthy\n" in text
    assert "### B: Switch the discount engine off\n\nA feature flag, about 2 minutes.\n" in text
    assert "Alice Ng chose **A: Full rollback to release 1.2.3** at 02:17 UTC" in section(text, "Decision")
    assert "(likelihood low, impact high)\n  - against it: The schema did not change" in text
    assert "If it does not work: **B: Switch the discount engine off**." in section(text, "Fallback")
    assert "2. `./rollback_backend.sh 1.2.3`\n" in section(text, "Commands")
    assert section(text, "Checklist").count(": verified by Bob Okafor") == 6


@pytest.mark.req("R-ART-14")
def test_the_plan_has_its_numbers_and_its_hash_in_the_header() -> None:
    fields = header(FULL, PLAN)
    assert fields["metrics"] == {
        "readiness_score": {"num": 6, "den": 6},
        "risks": 2,
        "strategy_completeness": {"num": 12, "den": 12},
    }
    assert fields["data"]["selected_option"] == "A"
    assert fields["data"]["plan_sha256"] in read(FULL, PLAN)


def test_a_bare_plan_says_what_it_lacks() -> None:
    option = PlanOption(option_id="A", kind="other", title=prose("Wait"))
    plan = MitigationPlanProposed(plan_id="p", revision=1, options=(option,))
    bare = recorded((*FACTS, plan))
    text = read(bare, PLAN)
    assert "It still lacks: premises, constraints, alternatives, selected option," in text
    assert "It cannot be carried out as it stands." in text
    assert "No option is selected." in section(text, "Decision")
    assert "None is named." in section(text, "Premises")
    assert "No command is approved." in section(text, "Commands")
    assert header(bare, PLAN)["status"] == "incomplete"
    picked = recorded((*FACTS, plan, MitigationOptionSelected(revision=1, option_id="A")))
    assert "No other option is named to fall back to." in section(read(picked, PLAN), "Fallback")


@pytest.mark.req("R-DRILL-01", "R-PROF-01")
def test_every_document_of_a_drill_says_that_it_is_one() -> None:
    drill = full_incident("solo", drill=True)
    for name in (INTAKE_LOG, COMMUNICATION, PLAN):
        made = rendered(drill, name)
        assert made is not None
        assert "**Drill: this incident is an exercise.**" in made.decode()
        assert "**Profile solo: no separation of duties.**" in made.decode()
