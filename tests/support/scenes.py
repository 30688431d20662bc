"""Incidents that already stand somewhere, for tests that begin there; every step by the rules."""

from __future__ import annotations

from typing import Any

from domain.archive.commands import ReviewManifest, Seal
from domain.classified import Profile, Severity
from domain.context import Principal
from domain.crew.commands import CoverRole
from domain.decisions.commands import ApprovePlan
from domain.execution.commands import RecordCommand, StartExecution
from domain.gates.board import light
from domain.gates.facts import Gate
from domain.intake.commands import DeclareIncident, OpenIncident
from domain.notices.audience import required_roles
from domain.notices.commands import AttestNotice
from domain.planning.commands import ProposePlan, VerifyItem
from domain.recorded_at import recorded_at
from domain.recovery.commands import CheckTold, RecordChecks
from domain.recovery.facts import CheckResult
from domain.report.commands import WriteReport
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
from domain.rootcause.commands import ArchiveEvidence, CaptureEvidence
from domain.rootcause.facts import EvidenceKind
from domain.severity.commands import ConfirmScope, ProposeSeverity, VoteSeverity
from tests.support.playing import ALICE, BOB, CAROL, EVERYBODY, Play, policy

WHY = "Confirmed by hand in two regions."
OPEN = OpenIncident(title="Checkout is slow", environment="production", services=("checkout",))
DECLARE = DeclareIncident(rationale=WHY)
SCOPE = ConfirmScope(services=("checkout",), regulated_data=False, customer_notification=False)
PLAN = ProposePlan(template="rollback", to_version="1.2.3")
START = StartExecution(change_ref="CHG-4711")
PROPOSE = ProposeSeverity(severity="SEV-1", rationale="A third of payments fail.")
TOLD = AttestNotice(roles=("incident_commander", "sre_on_call", "product_owner"), channel="meeting")
APPROVE = ApprovePlan(revision=1, rationale="The version before ran well.")
MET = SloTold(slo_id="latency-p99", objective="800", observed="310", met=True, unit="ms")
MISSED = SloTold(slo_id="latency-p99", objective="800", observed="950", met=False, unit="ms")
ALL_WELL = VerifyRestoration(slos=(MET,), alerts=AlertsTold(cleared=True), stability=StabilityTold())
CONFIRM = ConfirmResolution(kind="rollback", summary="Version 1.2.3 answers in time again.")
EVIDENCE: tuple[EvidenceKind, ...] = ("log", "contributing_factor", "dashboard")
ARCHIVE = ArchiveEvidence()
DONE = RecordCommand(exit_code=0)
CHECKS = ("api_health", "primary_user_journey", "data_integrity", "error_rate", "smoke_test")
CHECKED = RecordChecks(checks=tuple(CheckTold(check=name, result="pass") for name in CHECKS))
COMPLETE = WriteReport(status="complete")
SEAL = Seal(what="manifest")
BUNDLE = Seal(what="bundle")
REVIEW = ReviewManifest(verdict="approved", rationale="It says what happened.")
REJECT = ReviewManifest(verdict="rejected", rationale="It does not say who was hurt.")
CLOSE = CloseIncident(rationale="Restored, documented and reviewed.")
REOPEN = ReopenIncident(rationale="The same errors are back.")
STRICT_ITEMS = tuple(f"R-PRE-{n}" for n in (10, 11, 12, 13, 15, 30, 31, 32, 33))


def propose(severity: Severity = "SEV-1") -> ProposeSeverity:
    """Return a proposal of ``severity``."""
    return ProposeSeverity(severity=severity, rationale="A third of payments fail.")


def approve(revision: int = 1, **changes: Any) -> ApprovePlan:
    """Return an approval of a revision."""
    return ApprovePlan(revision=revision, rationale="The version before ran well.", **changes)


def opened(
    profile: Profile = "team", people: tuple[Principal, ...] = EVERYBODY, *, drill: bool = False
) -> Play:
    """Return an incident that somebody opened."""
    play = Play(profile, people)
    play.do(OpenIncident(title="Checkout is slow", environment="production", profile=profile, drill=drill))
    return play


def declared(
    profile: Profile = "team", people: tuple[Principal, ...] = EVERYBODY, *, drill: bool = False
) -> Play:
    """Return an incident that Alice declared and commands."""
    play = opened(profile, people, drill=drill)
    play.do(DECLARE)
    return play


def agreed(profile: Profile = "team", severity: Severity = "SEV-1", *, drill: bool = False) -> Play:
    """Return an incident whose severity and scope stand, so that those concerned are to be told."""
    play = declared(profile, drill=drill)
    agree(play, severity)
    play.do(SCOPE)
    return play


def agree(play: Play, severity: Severity = "SEV-1") -> None:
    """Have a severity agreed, in a new round where one is agreed already."""
    play.do(propose(severity))
    if play.state.severity.agreed is None:
        play.do(VoteSeverity(severity=severity), CAROL)


def tell(play: Play, who: Principal = ALICE) -> tuple[Any, ...]:
    """Have everybody told whom the policy names."""
    agreed = play.state.severity.agreed
    assert agreed is not None
    roles = required_roles(policy(play.state.intake.profile), agreed.severity)
    return play.do(AttestNotice(roles=roles, channel="phone"), who)


def planning(profile: Profile = "team", severity: Severity = "SEV-1") -> Play:
    """Return an incident that passed gate 1."""
    play = agreed(profile, severity)
    tell(play)
    assert play.state.state == "planning"
    return play


def aligning(profile: Profile = "team", severity: Severity = "SEV-1") -> Play:
    """Return an incident with a plan that is ready, and nobody's approval."""
    play = planning(profile, severity)
    play.do(PLAN)
    assert play.state.state == "aligning"
    return play


def approved(profile: Profile = "team", severity: Severity = "SEV-1") -> Play:
    """Return an incident in which everything is there for execution, but prerequisites that strict adds."""
    play = aligning(profile, severity)
    play.do(approve())
    if profile != "solo":
        play.do(approve(), BOB)
    return play


def executing(profile: Profile = "team", severity: Severity = "SEV-1") -> Play:
    """Return an incident in which a mitigation runs."""
    play = approved(profile, severity)
    if profile == "strict":
        attest_all(play)
    play.do(START)
    return play


def recovering(profile: Profile = "team", severity: Severity = "SEV-1") -> Play:
    """Return an incident whose mitigation is complete, and whose recovery is still to be checked."""
    play = executing(profile, severity)
    play.do(DONE)
    assert play.state.state == "validating_recovery"
    return play


def resolving(profile: Profile = "team", severity: Severity = "SEV-1") -> Play:
    """Return an incident whose recovery gate 3 let through."""
    play = executing(profile, severity)
    recover(play)
    assert play.state.state == "confirming_resolution"
    return play


def recover(play: Play) -> None:
    """Have the mitigation complete and the recovery validated, five minutes later."""
    play.forward(minutes=5)
    play.do(DONE)
    play.do(CHECKED)


def tell_end(play: Play) -> tuple[Any, ...]:
    """Have everybody told that it comes to its end."""
    agreed = play.state.severity.agreed
    assert agreed is not None
    roles = required_roles(policy(play.state.intake.profile), agreed.severity)
    return play.do(AttestNotice(roles=roles, channel="phone", purpose="resolution"))


def settled(profile: Profile = "team", severity: Severity = "SEV-1") -> Play:
    """Return an incident that may be confirmed to be over."""
    play = resolving(profile, severity)
    play.forward(minutes=31)
    play.do(ALL_WELL)
    tell_end(play)
    return play


def capturing(profile: Profile = "team", severity: Severity = "SEV-1") -> Play:
    """Return an incident that is confirmed to be over."""
    play = settled(profile, severity)
    play.do(CONFIRM)
    return play


def capture(play: Play, *kinds: EvidenceKind) -> None:
    """Have a piece of each kind captured."""
    for kind in kinds or EVIDENCE:
        play.do(CaptureEvidence(kind=kind, title=f"A {kind}", content="02:10 the pool is exhausted"))


def drafting(profile: Profile = "team", severity: Severity = "SEV-1") -> Play:
    """Return an incident whose root cause inputs are archived."""
    play = capturing(profile, severity)
    capture(play)
    play.compare()
    play.do(ARCHIVE)
    return play


def checks(*failing: str, result: CheckResult = "fail", complete: bool = False) -> RecordChecks:
    """Return every required check, all passing but those named."""
    return RecordChecks(
        checks=tuple(CheckTold(check=name, result=result if name in failing else "pass") for name in CHECKS),
        complete=complete,
    )


def documented(profile: Profile = "team", severity: Severity = "SEV-1") -> Play:
    """Return an incident whose report is complete."""
    play = drafting(profile, severity)
    play.do(RecordActionItem(title="Alert earlier"))
    play.do(COMPLETE)
    assert play.state.state == "documented", verdict(play, "resolution_documentation")
    return play


def reviewed(profile: Profile = "team", severity: Severity = "SEV-1") -> Play:
    """Return an incident whose manifest both reviewers approved."""
    play = documented(profile, severity)
    play.do(SEAL)
    if profile != "solo":
        play.do(CoverRole(role="performance_engineer", by=BOB.id, rationale=WHY))
    play.do(REVIEW)
    play.do(REVIEW, ALICE if profile == "solo" else BOB)
    return play


def closed(profile: Profile = "team", severity: Severity = "SEV-1") -> Play:
    """Return an incident that is closed."""
    play = reviewed(profile, severity)
    play.do(CLOSE)
    return play


def attest_all(play: Play) -> None:
    """Have all prerequisites of profile strict attested."""
    for item in STRICT_ITEMS:
        play.do(VerifyItem(item=item))
    play.do(VerifyItem(item="R-PRE-21"), BOB)


def stands(play: Play) -> str:
    """Return where the incident stands now."""
    return play.state.state


def verdict(play: Play, gate: Gate = "mitigation_readiness") -> str:
    """Return the latest authoritative result of a gate."""
    return play.state.gates.authoritative[gate].fact.result


def shows(play: Play, gate: Gate = "mitigation_readiness") -> str:
    """Return the state that the gate shows now."""
    return light(play.state, gate, recorded_at(play.state, play.context(OPEN, ALICE))).state


def criterion(play: Play, name: str, gate: Gate = "mitigation_readiness") -> str:
    """Return how a criterion was judged in the latest authoritative verdict."""
    judged = play.state.gates.authoritative[gate].fact.criteria
    return next(row.passed for row in judged if row.id == name)
