"""Names of the artifacts that facts belong to (R-ART-10 to 39)."""

from __future__ import annotations

INTAKE_LOG = "incident-intake-log.md"
SEVERITY = "severity-assessment.json"
COMMUNICATION = "communication-log.md"
NOTIFICATIONS = "notification-log.json"
PLAN = "mitigation-plan.md"
MITIGATION_LOG = "mitigation-log.json"
CHECKLIST = "rollback-readiness-checklist.json"
DECISIONS = "decision-log.json"
EXECUTION = "mitigation-execution-report.json"
PREREQUISITES = "prerequisites-validation.json"
SEVERITY_GATE = "severity-validation.json"
MITIGATION_GATE = "mitigation-validation.json"
TIMELINE = "incident-timeline.md"
TUNING = "alert-tuning-feedback.json"
REPORT = "INCIDENT-REPORT.md"
