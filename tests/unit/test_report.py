"""The incident report: what it says of a whole incident, and of one that did not go as planned."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
import yaml
from msgspec.structs import replace

from domain.artifacts import MANIFEST, REPORT, TRACEABILITY, TRACEABILITY_PAGE
from domain.crew.facts import CommanderAssigned
from domain.decisions.facts import Attestation, DecisionGiven
from domain.execution.facts import MitigationCommandExecuted, OutOfBandActionRecorded
from domain.facts import Fact
from domain.gates.facts import GateEvaluated, GateScope, GateWaiverDecided, GateWaiverRequested
from domain.intake.facts import MitigationNotRequired
from domain.notices.facts import StakeholderNotificationRequested, StakeholderNotified
from domain.prose import prose
from domain.recorded import Recorded, UnknownFact
from domain.report.sections import names, sections, title
from domain.resolution.facts import IncidentReopened, ResolutionConfirmed
from domain.rootcause.facts import EvidenceVerified
from domain.severity.facts import SeverityReassessmentStarted
from projections.artifacts.rendering import rendering
from projections.artifacts.report import SECTIONS
from projections.readable import readable_markdown
from projections.report.moments import MOMENTS
from projections.until import until
from tests.support.documents import section
from tests.support.full_incident import NAMES, full_incident, words
from tests.support.meaning import Seals, recorded
from tests.support.playing import policy
from tests.support.rendered import all_rendered, policies, rendered
from tests.support.story import FACTS, OPENED

FULL = full_incident()
CHECK = "p99 below 800 ms for five minutes"
Items = Sequence[Recorded[Fact | UnknownFact]]


def canonical(items: Items) -> str:
    made = rendered(items, REPORT)
    assert made is not None
    return made.decode()


def read(items: Items, more: dict[str, Any] | None = None) -> str:
    """Return the report as its recipient reads it."""
    return readable_markdown(canonical(items).encode(), {**words(), **(more or {})}, NAMES, REPORT).decode()


def ending_with(*facts: Fact, items: Items = FULL) -> tuple[Items, dict[str, Any]]:
    """Return an incident that ends with further ``facts``, and what was sealed in them."""
    seals, last = Seals(), items[-1]
    added = (
        replace(last, fact=seals.fact(fact), version=last.version + i, time=last.recordedtime)
        for i, fact in enumerate(facts, 1)
    )
    return (*items, *added), seals.disclosed


def changed(kind: type, /, **fields: Any) -> Items:
    """Return the whole incident with fields of each fact of one type changed, sealed where they were not."""
    seals = Seals()
    return tuple(
        replace(item, fact=seals.fact(replace(item.fact, **fields))) if isinstance(item.fact, kind) else item
        for item in FULL
    )


@pytest.mark.req("R-ART-23")
def test_the_sections_are_those_of_the_policy_in_its_order() -> None:
    headings = [line[3:] for line in canonical(FULL).splitlines() if line.startswith("## ")]
    assert headings == [title(name) for name in names(policy("team"))]
    assert set(SECTIONS) == set(names(policy("strict")))


@pytest.mark.req("R-ART-23")
def test_the_summary_has_severity_duration_and_resolution_first() -> None:
    lists = section(read(FULL), "Summary").split("\n\n- ")
    assert lists[1].splitlines()[:3] == [
        "Severity: SEV-1",
        "- Duration: 27 minutes",
        "- Resolution: Rollback to release v1.2.3",
    ]


@pytest.mark.req("R-ART-23", "R-STEP-43")
def test_what_people_wrote_comes_first_in_its_section() -> None:
    text = read(FULL)
    assert section(text, "Summary").startswith("\nOn the night of 1 March, release 1.2.4 made")
    assert section(text, "Root cause inputs").startswith("\nThe discount engine asks the database once")


def test_every_time_and_name_is_one_that_people_use() -> None:
    text = read(FULL).split("\n---\n")[0]
    assert re.search(r"\bp-(alice|bob|admin|intake|notifier)", text) is None
    assert "T02:" not in text
    assert "000Z" not in text
    assert "⟦" not in text


@pytest.mark.req("R-ART-01", "R-ART-02", "R-ART-52")
def test_the_header_says_of_what_the_report_is_made_and_the_canonical_bytes_say_no_words() -> None:
    text = canonical(FULL)
    fields = yaml.safe_load(text.split("---\n")[1])
    assert fields["schema"] == "tallystick.incident-report"
    assert fields["incident_commander"] == "p-alice"
    assert fields["status"] == "complete"
    assert fields["metrics"] == {
        "acknowledge_ms": 190_000,
        "detect_ms": 140_000,
        "mitigate_ms": 1_145_000,
        "recover_ms": 1_620_000,
        "section_coverage": {"num": 13, "den": 13},
    }
    assert set(fields["data"]["sections"].values()) == {True}
    for value in words().values():
        assert all(said not in text for said in ((value,) if isinstance(value, str) else value))
    assert all(name not in text for name in NAMES.values())


@pytest.mark.req("R-ART-23", "R-GATE-34")
def test_numbers_stand_with_their_formula() -> None:
    took = section(read(FULL), "Timeline").split("### How long it took")[1]
    assert "- Time to detect: 2 minutes 20 seconds (from the first alert to the declaration)" in took
    assert "- Time to recover: 27 minutes (from the first alert to the successful recovery checks)" in took


def test_an_incident_that_nobody_declared_has_no_report() -> None:
    assert rendered(recorded((OPENED,)), REPORT) is None


def test_at_every_version_each_empty_section_says_what_it_lacks_and_the_title_names_it() -> None:
    for item in FULL[5:]:
        items = until(FULL, item.version)
        made = rendered(items, REPORT)
        view = rendering(items, policies)
        assert view is not None
        assert made is not None
        text = made.decode()
        for name, filled in sections(view.case):
            lacks = SECTIONS[name][1]
            assert (lacks in section(text, title(name))) is not filled, (item.version, name)
        missing = [title(name) for name, filled in sections(view.case) if not filled]
        assert ("**Draft.**" in text) is bool(missing)
        assert all(name in text.split("## ")[0] for name in missing)


def test_a_young_incident_says_plainly_what_is_not_known() -> None:
    text = canonical(recorded(FACTS))
    assert section(text, "Summary").startswith("\nNobody has confirmed yet that the incident is over.\n")
    assert "- Duration: not over yet\n- Resolution: not confirmed yet\n" in text
    assert "- Time to recover: not known yet (" in text


@pytest.mark.req("R-DRILL-01", "R-PROF-01")
def test_drills_and_solo_incidents_say_so_first() -> None:
    text = canonical(full_incident("solo", drill=True))
    first = text.split("## Summary")[0]
    assert "**Drill: this incident is an exercise.**" in first
    assert "**Profile solo: no separation of duties.**" in first
    assert "**Drill" not in canonical(FULL)


@pytest.mark.req("R-ROL-09")
def test_approvals_say_who_gave_the_role_and_how_long_before() -> None:
    said = section(read(FULL), "Decision and approvals")
    assert (
        "Bob Okafor approved it as Release Manager at 02:19 UTC: “1.2.3 is the last good release, and the"
        " backup is fresh.” The role was given by Maria Lindqvist on 3 November 2025, 117 days before."
    ) in said
    assert "The role comes with leading this incident." in said
    assert "rest on who was logged in" in said


def test_approvals_with_a_key_of_their_own_are_marked() -> None:
    signed = changed(DecisionGiven, attestation=Attestation(statement="x", signature="y"))
    said = section(read(signed), "Decision and approvals")
    assert said.count("Signed with their own key.") == 2
    assert "rest on who was logged in" not in said


def test_a_role_that_nobody_granted_says_so() -> None:
    said = section(read(changed(DecisionGiven, granted_by=None, granted_at=None)), "Decision and approvals")
    assert "Nobody's grant of this role is on record" in said


def deviations(text: str) -> str:
    return section(text, "Summary").split("### What did not go as planned")[1]


def test_what_went_wrong_on_the_way_is_in_the_summary() -> None:
    assert deviations(read(FULL)).strip().splitlines() == [
        "- Notices that did not arrive at once: 1 failed attempt (see Communications)",
        f"- A recovery check did not pass at 02:31 UTC (see Recovery validation): {CHECK}",
        "- Written down later than it happened: 1 event (see Timeline)",
        "- Corrected later: 1 line of the timeline (see Timeline)",
    ]


def test_where_nothing_went_wrong_nothing_is_claimed() -> None:
    assert "Nothing of that kind is on record." in deviations(canonical(FULL[:5]))


@pytest.mark.req("R-ROL-08")
def test_what_was_done_outside_the_process_is_in_summary_timeline_and_actions() -> None:
    outside = OutOfBandActionRecorded(
        kind="execution", what=prose("Restarted the gateway"), why=prose("Orders were lost")
    )
    items, more = ending_with(outside)
    text = read(items, more)
    assert (
        "- Something was done outside the process (03:52 UTC): “Restarted the gateway” because"
        " “Orders were lost”. It should have waited for approval."
    ) in deviations(text)
    assert "“Restarted the gateway”" in section(text, "Timeline")
    assert "### Done outside the process" in section(text, "Actions")
    assert "Nothing was done outside the process." in section(read(FULL), "Actions")


@pytest.mark.req("R-GATE-55")
def test_waivers_are_shown_with_who_approved_them() -> None:
    asked = GateWaiverRequested(
        waiver_id="w1",
        gate="mitigation_readiness",
        evaluation_id="g2-4",
        scope=GateScope(round=1, plan_revision=1),
        criteria=("decision_approval",),
        required_roles=("incident_commander", "release_manager"),
        justification=prose("Nobody else is awake."),
        expires_at="2026-03-01T04:30:00.000000Z",
        risk_assessment=prose("Ten minutes more than rehearsed."),
        recovery_plan=prose("The release manager signs in the morning."),
        conditions=prose("Only this once."),
    )
    decided = GateWaiverDecided(
        waiver_id="w1", verdict="approved", role="incident_commander", rationale=prose("So be it.")
    )
    items, more = ending_with(asked, decided)
    text = read(items, more)
    assert (
        "- A waiver of gate 2 (readiness to act) was asked for by Alice Ng (decision\\_approval) and is not"
        " decided, approved by Alice Ng: “Nobody else is awake.”"
    ) in deviations(text)
    waived = section(text, "Decision and approvals")
    assert "### Waivers" in waived
    assert "Alice Ng approved it as Incident Commander at 03:52 UTC: “So be it.”" in waived
    assert (
        "“Nobody else is awake.” The risk: “Ten minutes more than rehearsed.” The plan for the rest: “The"
        " release manager signs in the morning.” On condition: “Only this once.” It is pending"
    ) in waived
    assert "No rule was waived." in section(read(FULL), "Decision and approvals")


@pytest.mark.req("R-GATE-54", "R-DEC-28")
def test_gates_that_failed_and_late_notices_stay_in_the_summary() -> None:
    late = tuple(
        replace(item, recordedtime="2026-03-01T02:20:00.000000Z")
        if isinstance(item.fact, StakeholderNotified) and item.fact.purpose == "initial"
        else item
        for item in changed(GateEvaluated, result="FAIL")
    )
    said = deviations(read(late))
    assert "- Gate 2 (readiness to act) did not pass at 02:19 UTC: none" in said
    assert "- People were told late: 6 min 20 s, where 5 min are allowed" in said
    assert "was told 6 min 20 s after the severity was agreed: LATE" in section(read(late), "Communications")


def test_the_evidence_index_names_documents_that_there_are() -> None:
    index = section(canonical(FULL), "Evidence index")
    listed = [line[2:].partition(":")[0] for line in index.split("\n\n")[1].splitlines()]
    there = {path.rpartition("/")[2] for path in all_rendered(FULL)}
    assert set(listed) <= there
    assert there - set(listed) == {REPORT, MANIFEST, TRACEABILITY, TRACEABILITY_PAGE}
    early = section(canonical(until(FULL, 30)), "Evidence index")
    assert "severity-validation.json" in early
    assert "mitigation-validation.json" not in early


def test_delivered_updates_are_counted_and_all_other_messages_shown() -> None:
    request = StakeholderNotificationRequested(
        notification_id="u1",
        purpose="update",
        round=1,
        severity="SEV-1",
        roles=("product_owner",),
        channel="webhook",
        template_id="update.v1",
        text=prose("Five more minutes."),
    )
    told = StakeholderNotified(
        notification_id="u1",
        purpose="update",
        round=1,
        roles=("product_owner",),
        channel="webhook",
        proof="accepted",
    )
    items, more = ending_with(request, told, replace(request, notification_id="u2"))
    text = section(read(items, more), "Communications")
    assert text.count("Five more minutes.") == 1
    assert "Updates that were delivered besides: 1, all in communication-log.md." in text


def test_a_takeover_a_reopening_and_damaged_evidence_are_deviations() -> None:
    items, more = ending_with(
        CommanderAssigned(principal="p-bob", how="taken_over", previous="p-alice", rationale=prose("Away.")),
        EvidenceVerified(evidence_id="ev1", ok=False, found="damaged"),
        IncidentReopened(rationale=prose("It is back.")),
        SeverityReassessmentStarted(round=2, reason="manual"),
    )
    text = read(items, more)
    assert "Bob Okafor took over the command at 03:52 UTC without a handover: “Away.”" in deviations(text)
    assert "Evidence ev1 was found damaged" in deviations(text)
    assert "The incident was reopened by Alice Ng at 03:52 UTC: “It is back.”" in deviations(text)
    assert "found MISSING OR DAMAGED" in section(text, "Root cause inputs")
    assert "### Round 2: somebody asked for it" in section(text, "Severity")


def test_a_command_that_failed_is_not_hidden() -> None:
    text = read(changed(MitigationCommandExecuted, outcome="failed", exit_code=7))
    assert "- Command 2 failed at 02:26 UTC" in deviations(text)
    assert "command 2 FAILED with exit code 7 after 5 minutes 20 seconds" in section(text, "Actions")


def test_commands_are_the_approved_ones_unless_something_else_says_so() -> None:
    acted = section(read(FULL), "Actions")
    assert "The approved commands:\n\n1. `kubectl -n checkout annotate" in acted
    assert "2. `./rollback_backend.sh 1.2.3`\n" in acted
    assert "Not run as approved" not in acted
    seals = Seals()
    other = seals.seal(prose("./rollback_all.sh"))
    text = read(changed(MitigationCommandExecuted, command=other), seals.disclosed)
    assert "  - Not run as approved, but: `./rollback_all.sh`" in section(text, "Actions")
    assert "- Command 1 was not run as approved (see Actions)" in deviations(text)


def test_corrections_and_late_reports_show_both_texts() -> None:
    told = section(read(FULL), "Timeline")
    assert (
        "- 02:26 UTC: “Support tells waiting customers that payments work again in us-east.”"
        " (corrected, see 02:31 UTC) (written down at 02:31 UTC)"
    ) in told
    assert "- 02:31 UTC: Correction of the entry of 02:26 UTC: “Support tells waiting customers" in told


def test_an_incident_in_which_nothing_had_to_be_done_says_who_decided_that() -> None:
    nothing = MitigationNotRequired(kind="self_recovered", rationale=prose("It is over."))
    items, more = ending_with(nothing, items=FULL[:8])
    text = read(items, more)
    decided = section(text, "Decision and approvals")
    assert "Bob Okafor decided that nothing had to be done: “It is over.”" in decided
    assert "Nothing had to be done: the service recovered without it." in section(text, "Actions")


@pytest.mark.parametrize(
    ("kind", "version", "words_for_it"),
    [
        ("rollback", "1.2.3", "Rollback to release v1.2.3"),
        ("rollback", "v1.2.3", "Rollback to release v1.2.3"),
        ("rollback", None, "Rollback"),
        ("hotfix", "1.2.5", "Hotfix, release v1.2.5"),
        ("feature_flag", None, "Feature switched off"),
        ("self_recovered", None, "It recovered by itself"),
    ],
)
def test_resolutions_are_said_as_people_say_them(kind: Any, version: str | None, words_for_it: str) -> None:
    text = canonical(changed(ResolutionConfirmed, kind=kind, restored_version=version))
    assert f"\n- Resolution: {words_for_it}\n" in text


def test_moments_are_said_of_every_type_that_the_table_names() -> None:
    told = {type(item.fact) for item in FULL} & set(MOMENTS)
    assert len(told) >= 20
    for item in FULL:
        say = MOMENTS.get(type(item.fact))
        assert say is None or say(item.fact, item.authid) != ""
