"""Requests of every kind for hypothesis: few values, so that they meet each other."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, get_args

from hypothesis import strategies as st

from domain.archive import commands as archive
from domain.authority import AUTHORITY
from domain.commands import COMMANDS
from domain.crew import commands as crew
from domain.decisions import commands as decisions
from domain.execution import commands as execution
from domain.flow import commands as flow
from domain.flow.facts import Asked
from domain.flow.halts import CONDITIONS
from domain.gates import commands as gates
from domain.intake import commands as intake
from domain.notices import commands as notices
from domain.own_commands import (
    AbsorbIncident,
    AttachSignal,
    CheckTimers,
    ClearSignal,
    MirrorLink,
    RecordDelivery,
    RecordVerification,
)
from domain.planning import commands as planning
from domain.planning.facts import ItemCategory, OptionKind, Result
from domain.prerequisite_items import ITEMS
from domain.readiness import commands as readiness
from domain.recovery import commands as recovery
from domain.report import commands as report
from domain.resolution import commands as resolution
from domain.rootcause import commands as rootcause
from domain.rootcause.facts import EvidenceKind, Found
from domain.severity import commands as severity
from domain.timeline import commands as timeline
from tests.support.meaning import ALERT, fresh_id
from tests.support.meaning import firing as fired
from tests.support.playing import EVERYBODY, START
from tests.support.scenes import (
    ALL_WELL,
    BUNDLE,
    CHECKED,
    CHECKS,
    CLOSE,
    COMPLETE,
    DECLARE,
    DONE,
    MET,
    MISSED,
    OPEN,
    PLAN,
    REOPEN,
    REVIEW,
    SCOPE,
    SEAL,
    agreed,
    approve,
    propose,
)
from tests.support.scenes import START as START_NOW

WHY = "There is a reason for it."
SEVERITIES = st.sampled_from(["SEV-1", "SEV-2", "SEV-3"])
PEOPLE = st.sampled_from([person.id for person in EVERYBODY] + ["p-stranger"])
ROLES = st.sampled_from(
    ["release_manager", "security_compliance", "on_call_lead", "product_owner", "sre_team", "nonsense"]
)
KNOWN = st.none() | st.booleans()
AT = st.none() | st.integers(-9_000, 9_000).map(lambda seconds: START + timedelta(seconds=seconds))
OPTION = st.sampled_from(["A", "B", "C", "Z"])
ITEM = st.sampled_from(
    [*get_args(ItemCategory), "data-backup", "rollback-script", "version-dependencies", "x", *ITEMS]
)
OPTIONS = st.lists(
    st.builds(
        planning.OptionTold,
        option_id=OPTION,
        kind=st.sampled_from(get_args(OptionKind)),
        title=st.just("Some way"),
        commands=st.sampled_from([(), ("run it",)]),
        dependencies=st.sampled_from([(), (planning.DependencyTold(name="the network", known=False),)]),
    ),
    max_size=3,
).map(tuple)
CHECKLISTS = st.lists(
    st.builds(
        planning.ItemTold,
        item_id=ITEM,
        category=st.sampled_from(get_args(ItemCategory)),
        bound=st.booleans(),
    ),
    max_size=3,
).map(tuple)
GATES = st.sampled_from(["severity", "mitigation", "recovery_validation", "resolution"])
CRITERIA = st.lists(
    st.sampled_from(["rollback_prerequisite_coverage", "compliance_approval", "decision_approval", "x"]),
    max_size=2,
).map(tuple)

KEPT = st.builds(
    rootcause.CaptureEvidence,
    kind=st.sampled_from(["log", "contributing_factor", "dashboard"]),
    title=st.just("A piece"),
    content=st.just("02:10 it broke"),
)

BY_ACTION: dict[str, st.SearchStrategy[Any]] = {
    "open": st.just(OPEN),
    "declare": st.just(intake.DeclareIncident(rationale=WHY)),
    "dismiss": st.just(intake.DismissIncident(rationale=WHY)),
    "attach-alert": st.just(intake.AttachAlert(alert=ALERT, why=WHY)),
    "mitigation-not-required": st.just(intake.MitigationIsNotRequired(kind="no_action", rationale=WHY)),
    "merge": st.just(intake.MergeIncident(into="INC-2", rationale=WHY)),
    "link": st.just(intake.LinkIncident(incident="INC-2", kind="child", rationale=WHY)),
    "tighten-profile": st.builds(
        intake.TightenProfile, profile=st.sampled_from(["solo", "team", "strict"]), rationale=st.just(WHY)
    ),
    "add-timeline-entry": st.builds(timeline.AddTimelineEntry, text=st.just("Something"), at=AT),
    "correct-timeline-entry": st.builds(
        timeline.CorrectTimelineEntry,
        entry_id=st.integers(100, 140).map(fresh_id),
        text=st.just("Other"),
        reason=st.just("It was wrong"),
    ),
    "join": st.builds(crew.JoinIncident, voting=st.booleans()),
    "leave": st.builds(crew.LeaveIncident, principal=st.none() | PEOPLE),
    "offer-command": st.builds(crew.OfferCommand, to=PEOPLE),
    "take-command": st.builds(crew.TakeCommand, rationale=st.sampled_from([None, WHY])),
    "grant-role": st.builds(crew.GrantRole, principal=PEOPLE, role=ROLES, rationale=st.just(WHY)),
    "revoke-role": st.builds(crew.RevokeRole, principal=PEOPLE, role=ROLES, rationale=st.just(WHY)),
    "cover-role": st.builds(crew.CoverRole, role=ROLES, by=PEOPLE, rationale=st.just(WHY)),
    "propose-severity": st.builds(
        severity.ProposeSeverity, severity=st.none() | SEVERITIES, rationale=st.just(WHY)
    ),
    "vote-severity": st.builds(
        severity.VoteSeverity, severity=SEVERITIES, rationale=st.sampled_from([None, WHY])
    ),
    "reassess-severity": st.just(severity.ReassessSeverity(rationale=WHY)),
    "confirm-scope": st.builds(
        severity.ConfirmScope,
        services=st.just(("checkout",)),
        regulated_data=KNOWN,
        customer_notification=KNOWN,
    )
    | st.just(SCOPE),
    "attest-notice": st.builds(
        notices.AttestNotice,
        roles=st.sampled_from(
            [
                ("incident_commander", "sre_on_call", "product_owner"),
                (
                    "incident_commander",
                    "sre_on_call",
                    "product_owner",
                    "support_lead",
                    "release_manager",
                    "technical_lead",
                    "executive",
                ),
                ("sre_on_call",),
            ]
        ),
        channel=st.just("phone"),
        purpose=st.sampled_from(["initial", "update", "resolution"]),
        at=AT,
    ),
    "request-notice": st.builds(
        notices.RequestNotice,
        roles=ROLES.map(lambda role: (role,)),
        purpose=st.sampled_from(["initial", "update"]),
    ),
    "acknowledge": st.builds(notices.Acknowledge, id=st.sampled_from(["n1-1", "n1-2", "e1", "none"])),
    "propose-plan": st.just(PLAN)
    | st.builds(
        planning.ProposePlan,
        template=st.sampled_from([None, "rollback", "feature_flag", "missing"]),
        to_version=st.just("1.2.3"),
        options=OPTIONS,
        select=st.none() | OPTION,
        fallback=st.none() | OPTION,
        checklist=CHECKLISTS,
    ),
    "select-option": st.builds(
        planning.SelectOption, option=OPTION, fallback=st.none() | OPTION, rationale=st.just(WHY)
    ),
    "verify-item": st.builds(
        planning.VerifyItem,
        item=ITEM,
        result=st.sampled_from(get_args(Result)),
        justification=st.sampled_from([None, "Looked at it."]),
    ),
    "approve": st.builds(
        decisions.ApprovePlan, revision=st.integers(1, 2), rationale=st.just(WHY), role=st.none() | ROLES
    ),
    "reject": st.builds(
        decisions.RejectPlan, revision=st.integers(1, 2), rationale=st.just(WHY), role=st.none() | ROLES
    ),
    "evaluate-prerequisites": st.builds(readiness.EvaluatePrerequisites, strict=st.booleans()),
    "override-prerequisites": st.just(readiness.OverridePrerequisites(rationale=WHY)),
    "evaluate-gate": st.builds(
        gates.EvaluateGate,
        gate=GATES,
        mode=st.sampled_from(["strict", "standard", "relaxed"]),
        sla_s=st.none() | st.sampled_from([0, 1, 300, 301, 2**31 - 1]),
        threshold=st.none() | st.sampled_from(["0", "0.5", "1", "1.0"]),
    ),
    "request-waiver": st.builds(
        gates.RequestWaiver,
        gate=GATES,
        justification=st.just(WHY),
        criteria=CRITERIA,
        risk_assessment=st.sampled_from([None, "It will be fine."]),
        recovery_plan=st.sampled_from([None, "By tomorrow morning."]),
    ),
    "decide-waiver": st.builds(
        gates.DecideWaiver,
        waiver=st.sampled_from(["w1", "w2"]),
        verdict=st.sampled_from(["approved", "approved", "rejected"]),
        rationale=st.just(WHY),
        role=st.none() | ROLES,
    ),
    "start-execution": st.just(execution.StartExecution()),
    "record-command": st.builds(
        execution.RecordCommand,
        line=st.sampled_from([None, 1, 2]),
        exit_code=st.sampled_from([None, 0, 0, 1]),
        outcome=st.sampled_from([None, "success", "failed", "unexpected"]),
        ended_at=AT,
    ),
    "re-enter-planning": st.just(execution.ReenterPlanning(rationale=WHY)),
    "record-checks": st.builds(
        recovery.RecordChecks,
        checks=st.lists(
            st.builds(
                recovery.CheckTold,
                check=st.sampled_from([*CHECKS, "another"]),
                result=st.sampled_from(["pass", "pass", "fail", "error", "skipped"]),
                critical=st.booleans(),
                at=AT,
            ),
            max_size=3,
        ).map(tuple),
        complete=st.booleans(),
    ),
    "record-out-of-band": st.builds(
        execution.RecordOutOfBand,
        what=st.just("Restarted it."),
        why=st.just(WHY),
        kind=st.sampled_from(["execution", "other"]),
        at=AT,
    ),
    "verify-restoration": st.builds(
        resolution.VerifyRestoration,
        slos=st.sampled_from([(), (MET,), (MISSED,)]),
        alerts=st.none() | st.builds(resolution.AlertsTold, cleared=st.booleans()),
        stability=st.none()
        | st.builds(
            resolution.StabilityTold, breaches=st.sampled_from([0, 0, 2]), started_at=AT, ended_at=AT
        ),
        at=AT,
    )
    | st.just(ALL_WELL),
    "confirm-resolution": st.just(resolution.ConfirmResolution(kind="rollback", summary=WHY)),
    "action-item": st.builds(
        resolution.RecordActionItem,
        item=st.sampled_from([None, None, "ai1", "ai2", "none"]),
        title=st.none() | st.just("Alert earlier"),
        status=st.sampled_from([None, "open", "done", "dropped"]),
        owner=st.none() | PEOPLE,
    ),
    "capture-evidence": st.builds(
        rootcause.CaptureEvidence,
        kind=st.sampled_from(get_args(EvidenceKind)),
        title=st.just("A log"),
        critical=st.booleans(),
        content=st.none() | st.just("02:10 it broke"),
        uri=st.none() | st.just("https://logs.example/1"),
        duplicate_of=st.sampled_from([None, None, "ev1", "ev2", "none"]),
        captured_at=AT,
    )
    | KEPT,
    "record-finding": st.builds(
        rootcause.RecordFinding,
        statement=st.just("It was the pool."),
        category=st.just("code_defect"),
        evidence=st.sampled_from([(), ("ev1",), ("ev2", "ev1"), ("none",)]),
    ),
    "archive-evidence": st.builds(rootcause.ArchiveEvidence, rationale=st.none() | st.just(WHY)),
    "write-report": st.builds(
        report.WriteReport,
        status=st.sampled_from(["draft", "complete", "complete"]),
        sections=st.sampled_from(
            [
                (),
                (),
                (report.SectionTold(name="impact", text="Nobody was hurt."),),
                (report.SectionTold(name="nonsense", text="Nothing."),),
            ]
        ),
    ),
    "seal": st.builds(archive.Seal, what=st.sampled_from(["manifest", "bundle"])),
    "review": st.builds(
        archive.ReviewManifest,
        verdict=st.sampled_from(["approved", "approved", "rejected"]),
        rationale=st.just(WHY),
        role=st.sampled_from([None, "incident_commander", "performance_engineer"]),
        manifest_sha256=st.sampled_from([None, "6" * 64, "0" * 64]),
    ),
    "close": st.just(CLOSE),
    "reopen": st.just(REOPEN),
    "mark-step": st.builds(
        flow.MarkStep,
        mark=st.sampled_from(get_args(Asked)),
        rationale=st.just(WHY),
        halt_code=st.sampled_from([None, "MANUAL", *CONDITIONS]),
    ),
    "escalate": st.just(flow.Escalate(rationale=WHY)),
}
"""Action -> requests of it; a test holds the keys."""

MACHINES = st.one_of(
    st.builds(
        RecordDelivery,
        notification_id=st.sampled_from(["n1-1", "n1-2", "n2-1", "none"]),
        channel=st.sampled_from(["file", "webhook"]),
        proof=st.sampled_from([None, "accepted", "recorded_locally"]),
        error=st.none() | st.just("no answer"),
    ),
    st.builds(
        RecordVerification,
        found=st.lists(
            st.tuples(st.sampled_from(["ev1", "ev2", "ev3", "none"]), st.sampled_from(get_args(Found))),
            max_size=3,
        ).map(tuple),
    )
    | st.just(RecordVerification(found=tuple((f"ev{n}", "ok") for n in range(1, 9)))),
    st.builds(AttachSignal, alert=st.just(ALERT), signal=st.just(fired())),
    st.just(CheckTimers()),
    st.builds(ClearSignal, alert=st.just(ALERT), signal=st.just(fired(status="resolved", effect="clear"))),
    st.builds(
        AbsorbIncident,
        stream=st.just("incident-other"),
        source=st.just(agreed().state),
        rationale=st.just(WHY),
    ),
    st.builds(MirrorLink, stream=st.just("incident-other"), kind=st.just("parent"), rationale=st.just(WHY)),
)

REQUESTS = st.sampled_from(sorted(BY_ACTION)).flatmap(lambda action: BY_ACTION[action])

LIKELY = st.one_of(
    st.sampled_from([DECLARE, propose(), propose("SEV-2"), SCOPE, PLAN, START_NOW, DONE, CHECKED, ALL_WELL]),
    st.integers(1, 3).map(approve),
    BY_ACTION["attest-notice"],
    BY_ACTION["request-waiver"],
    BY_ACTION["decide-waiver"],
    BY_ACTION["select-option"],
    BY_ACTION["confirm-resolution"],
    BY_ACTION["archive-evidence"],
    KEPT,
    st.sampled_from([COMPLETE, SEAL, BUNDLE, REVIEW, CLOSE, REOPEN]),
)
"""What brings an incident forward, so that more of them are executed."""

assert set(BY_ACTION) == set(COMMANDS) == set(AUTHORITY)
