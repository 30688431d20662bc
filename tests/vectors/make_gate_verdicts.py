"""Makes the frozen verdicts: ``python -m tests.vectors.make_gate_verdicts`` prints them.

Whole incidents fact by fact, with all that follows in them, and the policies that judge. What it prints goes
to ``tests/vectors/gate-verdicts.<engine>.json`` when, and only when, the engine gets a new number.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from domain.archive.commands import ReviewManifest, Seal
from domain.classified import Profile
from domain.context import Principal
from domain.crew.commands import CoverRole, JoinIncident
from domain.decisions.commands import ApprovePlan, RejectPlan
from domain.execution.commands import RecordCommand, ReenterPlanning, StartExecution
from domain.facts import encode, type_name
from domain.flow.commands import MarkStep
from domain.gates.commands import DecideWaiver, EvaluateGate, RequestWaiver
from domain.gates.evaluator import ENGINE
from domain.intake.commands import DeclareIncident, MitigationIsNotRequired, OpenIncident
from domain.notices.commands import AttestNotice
from domain.own_commands import RecordVerification
from domain.planning.commands import ProposePlan, VerifyItem
from domain.prerequisite_items import ITEMS
from domain.readiness.commands import EvaluatePrerequisites
from domain.recovery.commands import CheckTold, RecordChecks
from domain.report.commands import SectionTold, WriteReport
from domain.resolution.commands import (
    AlertsTold,
    CloseIncident,
    ConfirmResolution,
    RecordActionItem,
    ReopenIncident,
    SloTold,
    StabilityTold,
    VerifyRestoration,
)
from domain.rootcause.commands import ArchiveEvidence, CaptureEvidence, RecordFinding
from domain.rootcause.facts import EvidenceKind
from domain.severity.commands import ConfirmScope, ProposeSeverity, VoteSeverity
from tests.support.playing import ALICE, BOB, CAROL, CONFIG, DAVE, FILES, NOTIFIER, Play, template

WHY = "So that it is on record, and why."
OPEN = OpenIncident(title="Checkout is slow", environment="production", services=("checkout",))
PLAN = ProposePlan(template="rollback", to_version="1.2.3")
PLAIN = ConfirmScope(services=("checkout",), regulated_data=False, customer_notification=False)
REGULATED = ConfirmScope(services=("checkout",), regulated_data=True, customer_notification=True)
EVERYBODY = (
    "incident_commander",
    "sre_on_call",
    "product_owner",
    "support_lead",
    "security_compliance",
    "release_manager",
    "technical_lead",
    "executive",
)
TOLD = AttestNotice(roles=EVERYBODY, channel="meeting")
APPROVE = ApprovePlan(revision=1, rationale=WHY)

_ITEMS = (*(item.id for item in template("rollback").template.checklist), *ITEMS)

Turn = tuple[float, Any, Principal]
"""Seconds that pass, what is asked for, by whom; some of it is refused, as in life."""


def _agreed(severity: Any = "SEV-1") -> tuple[Turn, ...]:
    return (
        (1, OPEN, ALICE),
        (20, DeclareIncident(rationale=WHY), ALICE),
        (30, EvaluateGate(gate="severity"), ALICE),
        (5, ProposeSeverity(severity=severity, rationale=WHY), ALICE),
        (5, VoteSeverity(severity=severity), CAROL),
        (10, EvaluateGate(gate="severity", mode="relaxed"), ALICE),
    )


def _slo(*, met: bool) -> SloTold:
    return SloTold(slo_id="latency-p99", objective="800", observed="310.5", met=met, unit="ms")


ALL_WELL = VerifyRestoration(
    slos=(_slo(met=True),), alerts=AlertsTold(cleared=True), stability=StabilityTold()
)
EVIDENCE: tuple[EvidenceKind, ...] = ("log", "contributing_factor", "dashboard")


def _diagnosed(gate: Any) -> tuple[Turn, ...]:
    return tuple(
        (1.5, EvaluateGate(gate=gate, mode=mode, sla_s=sla, threshold=threshold), ALICE)
        for mode in ("strict", "standard", "relaxed")
        for sla, threshold in ((None, None), (60, "1"), (900, "0.5"))
    )


SMOOTH = (*_agreed(), (5, PLAIN, ALICE), (60, TOLD, ALICE), *_diagnosed("severity"), (5, PLAN, ALICE))
DECIDED = ((30, APPROVE, ALICE), (30.000001, APPROVE, BOB), (5, StartExecution(), ALICE))
CRITICAL = ("api_health", "primary_user_journey", "data_integrity")
CHECKS = (*CRITICAL, "error_rate", "smoke_test")


def _checked(*failing: str, complete: bool = False) -> RecordChecks:
    told = tuple(CheckTold(check=name, result="fail" if name in failing else "pass") for name in CHECKS)
    return RecordChecks(checks=told, complete=complete)


STORIES: Mapping[str, tuple[Profile, Sequence[Turn]]] = {
    "two people agree, tell, plan, approve and execute": ("team", (*SMOOTH, *DECIDED)),
    "told a microsecond too late": (
        "team",
        (
            *_agreed(),
            (5, PLAIN, ALICE),
            (280.000001, TOLD, ALICE),
            *_diagnosed("severity"),
            *_diagnosed("mitigation"),
            (5, PLAN, ALICE),
        ),
    ),
    "objected to and agreed anew, more severe": (
        "team",
        (
            *_agreed("SEV-2"),
            (5, PLAIN, ALICE),
            (30, TOLD, ALICE),
            (5, PLAN, ALICE),
            (30, APPROVE, ALICE),
            (5, VoteSeverity(severity="SEV-1"), CAROL),
            (5, VoteSeverity(severity="SEV-1"), ALICE),
            (5, PLAIN, ALICE),
            (30, TOLD, ALICE),
            *_diagnosed("mitigation"),
            *DECIDED,
        ),
    ),
    "regulated data, rejected, revised, approved by three": (
        "strict",
        (
            *_agreed(),
            (5, JoinIncident(), DAVE),
            (5, VoteSeverity(severity="SEV-1"), BOB),
            (5, REGULATED, ALICE),
            (30, TOLD, ALICE),
            (5, PLAN, ALICE),
            (9, RejectPlan(revision=1, rationale=WHY), BOB),
            *_diagnosed("mitigation"),
            (5, PLAN, ALICE),
            *((1, VerifyItem(item=item, result="verified"), who) for item in _ITEMS for who in (ALICE, BOB)),
            (30, ApprovePlan(revision=2, rationale=WHY), ALICE),
            (30, ApprovePlan(revision=2, rationale=WHY), BOB),
            (30, ApprovePlan(revision=2, rationale=WHY), DAVE),
            *_diagnosed("mitigation"),
            (5, StartExecution(), ALICE),
        ),
    ),
    "approved, then everything expires": (
        "team",
        (*SMOOTH, *DECIDED[:2], (200_000, StartExecution(), ALICE), *_diagnosed("mitigation")),
    ),
    "waived": (
        "team",
        (
            *SMOOTH,
            (9, EvaluateGate(gate="mitigation"), ALICE),
            (9, RequestWaiver(gate="mitigation", justification=WHY, risk_assessment=WHY), ALICE),
            (9, DecideWaiver(waiver="w1", verdict="approved", rationale=WHY), ALICE),
            (9, DecideWaiver(waiver="w1", verdict="approved", rationale=WHY), BOB),
            (9, EvaluatePrerequisites(strict=False), ALICE),
            (9, VerifyItem(item="R-PRE-21", result="verified"), BOB),
            *_diagnosed("mitigation"),
            (9, StartExecution(), ALICE),
        ),
    ),
    "executed after a failure, recovered": (
        "team",
        (
            *SMOOTH,
            *DECIDED,
            (200, RecordCommand(exit_code=1, duration_ms=90_000), ALICE),
            (60, RecordCommand(exit_code=0, duration_ms=30_000), ALICE),
            (5, MarkStep(mark="resumed", rationale=WHY), ALICE),
            (30, RecordChecks(checks=(CheckTold(check="api_health", result="pass"),)), CAROL),
            (5, MarkStep(mark="halted", rationale=WHY), CAROL),
            (5, EvaluateGate(gate="recovery"), CAROL),
            (5, MarkStep(mark="resumed", rationale=WHY), ALICE),
            *_diagnosed("recovery"),
            (60.000001, _checked(), CAROL),
            *_diagnosed("recovery"),
        ),
    ),
    "recovered in part, planned anew, then waived": (
        "team",
        (
            *SMOOTH,
            *DECIDED,
            (200, RecordCommand(exit_code=0), ALICE),
            (60, _checked("data_integrity", complete=True), CAROL),
            (5, ReenterPlanning(rationale=WHY), ALICE),
            (5, PLAN, ALICE),
            *((9, ApprovePlan(revision=2, rationale=WHY), who) for who in (ALICE, BOB)),
            (5, StartExecution(), ALICE),
            (100, RecordCommand(outcome="unexpected"), ALICE),
            (5, MarkStep(mark="resumed", rationale=WHY), ALICE),
            (60, _checked("smoke_test"), CAROL),
            *_diagnosed("recovery"),
            (5, RequestWaiver(gate="recovery", justification=WHY, recovery_plan=WHY), ALICE),
            (5, DecideWaiver(waiver="w1", verdict="approved", rationale=WHY), ALICE),
        ),
    ),
    "documented with late news, rejected, closed and opened again": (
        "team",
        (
            *SMOOTH,
            *DECIDED,
            (200, RecordCommand(exit_code=0), ALICE),
            (60, _checked(), CAROL),
            *_diagnosed("resolution"),
            (5, VerifyRestoration(slos=(_slo(met=False),), alerts=AlertsTold(cleared=False)), CAROL),
            (1_900.000001, ALL_WELL, CAROL),
            (5, AttestNotice(roles=EVERYBODY, channel="meeting", purpose="resolution"), ALICE),
            (5, ConfirmResolution(kind="rollback", summary=WHY, restored_version="1.2.3"), ALICE),
            *((5, CaptureEvidence(kind=kind, title=WHY, content=WHY), CAROL) for kind in EVIDENCE),
            (1, RecordVerification(found=tuple((f"ev{n}", "ok") for n in (1, 2, 3))), NOTIFIER),
            (5, ArchiveEvidence(), ALICE),
            (5, WriteReport(status="draft", sections=(SectionTold(name="impact", text=WHY),)), CAROL),
            (5, WriteReport(status="complete"), CAROL),
            *_diagnosed("resolution"),
            (5, RecordActionItem(title=WHY), CAROL),
            (5, Seal(what="manifest"), CAROL),
            (5, CoverRole(role="performance_engineer", by=BOB.id, rationale=WHY), ALICE),
            (5, ReviewManifest(verdict="approved", rationale=WHY), ALICE),
            (5, ReviewManifest(verdict="rejected", rationale=WHY), BOB),
            (5, RecordFinding(statement=WHY, category="code_defect", evidence=("ev1",)), CAROL),
            (1, RecordVerification(found=(("ev3", "damaged"),)), NOTIFIER),
            (5, WriteReport(status="complete"), CAROL),
            (5, CaptureEvidence(kind="dashboard", title=WHY, content=WHY, duplicate_of="ev3"), CAROL),
            (1, RecordVerification(found=(("ev4", "ok"),)), NOTIFIER),
            (5, WriteReport(status="complete"), CAROL),
            (5, Seal(what="manifest"), CAROL),
            (5, ReviewManifest(verdict="approved", rationale=WHY), ALICE),
            (5, ReviewManifest(verdict="approved", rationale=WHY), BOB),
            (5, CloseIncident(rationale=WHY), ALICE),
            (5, Seal(what="manifest"), CAROL),
            (5, Seal(what="bundle"), CAROL),
            (90_000, ReopenIncident(rationale=WHY), ALICE),
        ),
    ),
    "it recovered by itself": (
        "solo",
        (
            *_agreed("SEV-3"),
            (5, PLAIN, ALICE),
            (60, TOLD, ALICE),
            (5, MitigationIsNotRequired(kind="self_recovered", rationale=WHY), ALICE),
            (
                60,
                RecordChecks(checks=tuple(CheckTold(check=name, result="pass") for name in CHECKS[:3])),
                ALICE,
            ),
        ),
    ),
    "one person alone": (
        "solo",
        (*_agreed("SEV-3"), (5, PLAIN, ALICE), (60, TOLD, ALICE), (5, PLAN, ALICE), *DECIDED),
    ),
}


def played(profile: Profile, turns: Sequence[Turn], policies: Mapping[Profile, str]) -> Play:
    """Return the incident that came of ``turns``, refusals included."""
    play = Play(profile)
    for seconds, command, who in turns:
        play.forward(seconds=seconds)
        play.ask(command, who, policies=policies)
    return play


def vectors() -> dict[str, Any]:
    """Return all stories with the facts that they came to, and the policies under which."""
    texts = {profile: (CONFIG / "protocol_gates" / file).read_text() for profile, file in FILES.items()}
    policies = {profile: hashlib.sha256(text.encode()).hexdigest() for profile, text in texts.items()}
    return {
        "engine": ENGINE,
        "policies": {policies[profile]: text for profile, text in texts.items()},
        "incidents": {
            name: [_item(item) for item in played(profile, turns, policies).items]
            for name, (profile, turns) in STORIES.items()
        },
    }


def _item(item: Any) -> dict[str, Any]:
    return {
        "type": type_name(item.fact),
        "version": item.version,
        "authid": item.authid,
        "time": item.time,
        "recordedtime": item.recordedtime,
        "data": encode(item.fact),
    }


def lines() -> str:
    """Return the vectors as text with a line for each fact."""
    made = vectors()
    incidents = [
        f'"{name}": [\n' + ",\n".join(msgspec.json.encode(item).decode() for item in items) + "\n]"
        for name, items in made["incidents"].items()
    ]
    policies = msgspec.json.encode(made["policies"]).decode()
    told = ",\n".join(incidents)
    return f'{{"engine": {ENGINE},\n"policies": {policies},\n"incidents": {{\n{told}\n}}}}\n'


if __name__ == "__main__":
    sys.stdout.write(lines())
