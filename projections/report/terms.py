"""Codes in words that any reader understands; each table is total over its codes."""

from __future__ import annotations

from collections.abc import Mapping

from domain.severity.facts import Cause, Reason
from domain.wording.reassessing import exceeds, found

CHANNELS: Mapping[str, str] = {
    "webhook": "by message",
    "email": "by e-mail",
    "slack": "by chat",
    "pagerduty": "by pager",
    "sms": "by text message",
    "phone": "by phone",
    "meeting": "in person",
    "file": "in a local file",
}
REASONS: Mapping[str, str] = {
    "gate_1_failed": "people were told too late",
    "gate_3_failed": "the service did not recover",
    "new_signal": "another alert fired",
    "auto_escalation": "a rule raised it",
    "objection": "somebody objected",
    "manual": "somebody asked for it",
    "reopened": "the incident was reopened",
}


def why_again(reason: Reason, cause: Cause | None) -> str:
    """Return why severity was assessed anew, for any reader: what a rule found, where one did."""
    return REASONS[reason] if cause is None else found(cause) + exceeds(cause, ", where ")


RECOVERY: Mapping[str, str] = {
    "success": "The service has recovered",
    "partial": "The service has recovered in part",
    "failed": "The service has NOT recovered",
}
PURPOSES: Mapping[str, str] = {
    "initial": "first notice",
    "update": "update",
    "escalation": "call for help",
    "gate_failed": "notice that a gate did not pass",
    "resolution": "notice that it is over",
}
OUTCOMES: Mapping[str, str] = {
    "success": "succeeded",
    "failed": "FAILED",
    "unexpected": "did not do what it should",
}
RESULTS: Mapping[str, str] = {
    "pass": "passed",
    "fail": "FAILED",
    "error": "could not be run",
    "skipped": "was skipped",
}
OPTIONS: Mapping[str, str] = {
    "rollback": "rollback",
    "feature_flag": "feature flag",
    "hotfix": "hotfix",
    "other": "other means",
}
EVIDENCE: Mapping[str, str] = {
    "log": "log",
    "dashboard": "dashboard",
    "diff": "change",
    "contributing_factor": "contributing factor",
    "trace": "trace",
    "config": "configuration",
    "other": "other",
}
ITEMS: Mapping[str, str] = {"open": "open", "done": "done", "dropped": "dropped"}
VERIFIED: Mapping[str | None, str] = {
    None: "NOT verified",
    "verified": "verified",
    "failed": "FAILED",
    "not_applicable": "does not apply",
}
CATEGORIES: Mapping[str, str] = {
    "script": "script",
    "backup": "backup",
    "prerequisite": "prerequisite",
    "dependency": "dependency",
    "credential": "credentials",
    "rehearsal": "rehearsal",
}

DOCUMENTS: Mapping[str, str] = {
    "incident-timeline.md": "everything that happened, in order",
    "incident-intake-log.md": "the alerts, and who judged them",
    "severity-assessment.json": "how the severity was found",
    "communication-log.md": "who was told what, and when",
    "notification-log.json": "the same for machines, with every attempt",
    "mitigation-plan.md": "the plan, its alternatives and its risks",
    "mitigation-log.json": "every revision of the plan",
    "rollback-readiness-checklist.json": "what was verified before anything was done",
    "decision-log.json": "every approval and every rejection",
    "mitigation-execution-report.json": "every command that was run",
    "recovery-validation.json": "every check afterwards",
    "resolution-summary.json": "how it ended",
    "rca-manifest.json": "the evidence for the root cause",
    "reviewer-signoff.json": "who reviewed it",
    "severity-validation.json": "the verdicts of gate 1",
    "mitigation-validation.json": "the verdicts of gate 2",
    "recovery-gate-validation.json": "the verdicts of gate 3",
    "resolution-validation.json": "the verdicts of gate 4",
}
"""Names of artifacts that a reader may look for -> what is in them, in the order of reading."""
