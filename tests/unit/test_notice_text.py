"""What a notice says: one function of the facts, the same before and after anything was erased."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from msgspec.structs import replace

from domain.crew.facts import CommanderAssigned
from domain.facts import Fact
from domain.gates.facts import CriterionResult, Gate, GateEvaluated, GateScope
from domain.intake.facts import IncidentDeclared
from domain.notices.facts import StakeholderNotificationRequested
from domain.prose import prose
from domain.ratio import Ratio
from domain.severity.facts import AffectedScopeConfirmed
from projections.notice_text import TEMPLATES, NoticeText, notice_text
from projections.placeholder import reveal
from tests.support.meaning import Seals, recorded
from tests.support.story import OPENED

DECLARED = IncidentDeclared(authority_role="on_call_lead", rationale=prose("confirmed"))
SCOPE = AffectedScopeConfirmed(round=1, services=("checkout", "cart"), regions=("eu-1",))
COMMANDER = CommanderAssigned(principal="p-ada", how="declared")


def requested(**fields: Any) -> StakeholderNotificationRequested:
    usual: dict[str, Any] = {
        "notification_id": "n1-1",
        "purpose": "initial",
        "round": 1,
        "severity": "SEV-1",
        "roles": ("product_owner",),
        "channel": "webhook",
        "template_id": "initial.v1",
        "recipient": "p-bob",
    }
    return StakeholderNotificationRequested(**{**usual, **fields})


def said(
    *facts: Fact, seals: Seals | None = None, opened: dict[str, Any] | None = None, **fields: Any
) -> NoticeText:
    using = seals or Seals()
    request = using.fact(requested(**fields))
    first = type(OPENED)(**{**{f: getattr(OPENED, f) for f in OPENED.__struct_fields__}, **(opened or {})})
    found = notice_text(recorded((first, *facts, request), seals=using), request, "p-ada", "INC-7")
    assert found is not None
    return found


@pytest.mark.req("R-DEC-34", "R-COM-31")
def test_a_notice_says_what_is_known_and_what_is_asked_in_placeholders_for_what_is_sealed() -> None:
    seals = Seals()
    found = said(DECLARED, COMMANDER, SCOPE, seals=seals, text=prose("Rolling back in five minutes."))
    title = next(c for c, text in seals.disclosed.items() if text.startswith("HighLatency"))
    words = next(c for c, text in seals.disclosed.items() if text.startswith("Rolling"))
    assert found.subject == f"[PROTOCOL 17] SEV-1 INC-7: ⟦sealed:{title}⟧"
    assert found.text.splitlines() == [
        TEMPLATES["initial.v1"].opens,
        f"Incident: INC-7, ⟦sealed:{title}⟧",
        "Severity: SEV-1, round 1",
        "Services: checkout, cart",
        "Regions: eu-1",
        "Environment: production",
        "State: assessing, phase 1, step 1.2",
        "Commander: p-ada",
        "Told: p-bob as product_owner",
        f"From p-ada: ⟦sealed:{words}⟧",
        TEMPLATES["initial.v1"].asks,
        "Acknowledge with: tallystick act INC-7 acknowledge id=n1-1",
    ]
    assert not found.drill
    assert reveal(found.subject, seals.disclosed).endswith("HighLatency on checkout (production)")
    assert "From p-ada: Rolling back in five minutes." in reveal(found.text, seals.disclosed)


@pytest.mark.req("R-DRILL-01")
def test_a_drill_is_called_one_in_the_subject_and_in_the_first_line() -> None:
    found = said(opened={"drill": True})
    assert found.drill
    assert found.subject.startswith("DRILL [PROTOCOL 17] SEV-1 INC-7: ")
    assert found.text.startswith("DRILL: this incident is an exercise.\n")


@pytest.mark.req("R-DIR-01")
def test_roles_that_nobody_holds_stand_in_the_subject() -> None:
    found = said(recipient=None, roles=("product_owner", "support_lead"))
    assert "INC-7: nobody holds product_owner, support_lead: ⟦sealed:" in found.subject
    assert found.text.startswith("Nobody reachable holds product_owner, support_lead. ")
    assert "Told: nobody as " in found.text


@pytest.mark.req("R-PROF-01")
def test_profile_solo_says_so_in_its_own_sentence() -> None:
    assert said(opened={"profile": "solo"}).text.endswith("Profile solo: no separation of duties.\n")


@pytest.mark.parametrize("template", [*TEMPLATES, "update.v9"])
def test_every_template_and_one_of_a_newer_program_makes_a_notice(template: str) -> None:
    known = TEMPLATES.get(template)
    lines = said(template_id=template).text.splitlines()
    assert "Severity: SEV-1, round 1" in lines
    assert known is None or {known.opens, known.asks} <= set(lines)


def test_foreign_words_start_no_line_and_forge_no_placeholder() -> None:
    found = said(
        opened={"environment": "x\nAcknowledge with: rm -rf ⟦sealed:0123456789abcdef⟧", "services": ("a\nb",)}
    )
    assert "Services: a b" in found.text
    assert "Environment: x Acknowledge with: rm -rf ⟦⟦sealed:0123456789abcdef⟧" in found.text
    seals = Seals()
    lying = said(seals=seals, text=prose("fine\nProfile solo: no separation of duties."))
    assert len(reveal(lying.text, seals.disclosed).splitlines()) == len(lying.text.splitlines())


def test_a_stream_that_opens_no_incident_makes_no_notice() -> None:
    assert notice_text(recorded((requested(),)), requested(), "p-ada", "INC-7") is None


def judged(gate: Gate, result: Literal["PASS", "FAIL"] = "FAIL", **changes: Any) -> GateEvaluated:
    criterion = "rollback_prerequisite_coverage" if gate == "mitigation_readiness" else "responders"
    passed = CriterionResult(
        id="consensus_rate",
        level="gate",
        op=">=",
        unit="ratio",
        threshold=Ratio(1),
        actual=Ratio(1),
        passed="yes",
    )
    missed = replace(passed, id=criterion, unit="ratio", actual=Ratio(3, 4), passed="no")
    usual = GateEvaluated(
        evaluation_id="g1",
        gate=gate,
        mode="strict",
        authoritative=True,
        scope=GateScope(round=1),
        criteria=(passed, missed) if result == "FAIL" else (passed,),
        result=result,
        policy_sha256="a" * 64,
        engine=1,
        at_version=1,
    )
    return replace(usual, **changes)


GATE_FAILED: dict[str, Any] = {"purpose": "gate_failed", "template_id": "gate_failed.v1"}


@pytest.mark.req("R-GATE-54")
def test_a_notice_of_a_failed_gate_names_the_gate_and_what_fails_and_what_helps() -> None:
    found = said(DECLARED, judged("mitigation_readiness"), **GATE_FAILED)
    lines = found.text.splitlines()
    remedy = "Verify the open items of the checklist: verify-item. (release_engineering)"
    assert lines[0] == TEMPLATES["gate_failed.v1"].opens
    assert lines[1:3] == [
        "Failed: gate 2, Mitigation Readiness Gate, before execution",
        f"Fails: rollback_prerequisite_coverage: expected at least 100 %, found 3 of 4. {remedy}",
    ]
    assert not [line for line in lines if "consensus_rate" in line]


@pytest.mark.req("R-GATE-54")
def test_a_notice_of_a_failed_gate_is_about_what_failed_since_the_last_one() -> None:
    told = requested(**GATE_FAILED)
    again = said(judged("mitigation_readiness"), told, judged("severity_alignment"), told, **GATE_FAILED)
    assert "gate 1" in again.text
    assert "gate 2" not in again.text
    passed = said(judged("mitigation_readiness"), judged("severity_alignment", "PASS"), **GATE_FAILED)
    assert ("gate 1" in passed.text, "gate 2" in passed.text) == (False, True)
    diagnosed = judged("severity_alignment", mode="relaxed", authoritative=False)
    assert "gate 1" not in said(judged("mitigation_readiness"), diagnosed, **GATE_FAILED).text


def test_other_notices_say_nothing_of_gates() -> None:
    assert "Failed:" not in said(judged("mitigation_readiness")).text
