"""The metrics as rows (R-GATE-34, R-LRN-20); ``docs/metrics.md`` is this table.

Raise `EDITION` when a row measures otherwise, so that what was measured before is measured again.
"""

from __future__ import annotations

from domain.flow.steps import STEPS
from projections.metrics import spans, tallies
from projections.metrics.measured import Metric

EDITION = 1

SPANS = (
    Metric(
        id="mttd",
        title="Time to detect",
        unit="seconds",
        formula="declared - earliest fired_at of the alerts, or detected_at where none fired",
        measure=spans.time_to_detect,
    ),
    Metric(
        id="mtta",
        title="Time to acknowledge",
        unit="seconds",
        formula="first acknowledgement of a notice - declared",
        measure=spans.time_to_acknowledge,
    ),
    Metric(
        id="mttr",
        title="Time to recover",
        unit="seconds",
        formula="recovery validated - earliest fired_at of the alerts, or detected_at where none fired",
        measure=spans.time_to_recover,
    ),
    Metric(
        id="time_to_declare",
        title="Time to declare",
        unit="seconds",
        formula="declared - opened",
        measure=spans.time_to_declare,
    ),
    Metric(
        id="time_to_consensus",
        title="Time to consensus",
        unit="seconds",
        formula="first consensus on the severity - declared",
        measure=spans.time_to_consensus,
    ),
    Metric(
        id="notification_latency",
        title="Notification latency",
        unit="seconds",
        formula="last required role told - consensus, of the last round; by recorded time alone",
        measure=spans.notification_latency,
    ),
    Metric(
        id="approval_latency",
        title="Approval latency",
        unit="seconds",
        formula="slowest approval: given - its decision requested",
        measure=spans.approval_latency,
    ),
    Metric(
        id="decision_latency",
        title="Decision latency",
        unit="seconds",
        formula="last decision recorded - the same requested",
        measure=spans.decision_latency,
    ),
    Metric(
        id="execution_duration",
        title="Execution duration",
        unit="seconds",
        formula=(
            "last completed attempt; raw: end of its last command - start of its first; "
            "recorded: completed - started"
        ),
        measure=spans.execution_duration,
    ),
    Metric(
        id="recovery_time",
        title="Recovery time",
        unit="seconds",
        formula="recovery validated - execution of that attempt started",
        measure=spans.recovery_time,
    ),
    Metric(
        id="time_to_close",
        title="Time to close",
        unit="seconds",
        formula="last closed - declared",
        measure=spans.time_to_close,
    ),
)

STEP_SPANS = tuple(
    Metric(
        id=f"step_{step.replace('.', '_')}",
        title=f"Time in step {step}",
        unit="seconds",
        formula=f"all time in step {step} ({row.title}), up to the last fact; by recorded time alone",
        measure=spans.time_in_step(step),
    )
    for step, row in STEPS.items()
)

COUNTS = (
    Metric(
        id="halts",
        title="Halts",
        unit="count",
        formula="steps halted",
        measure=tallies.halts,
    ),
    Metric(
        id="reentries",
        title="Re-entries",
        unit="count",
        formula="steps sent back + planning re-entered + reopened",
        measure=tallies.reentries,
    ),
    Metric(
        id="severity_changes",
        title="Severity changes",
        unit="count",
        formula="consensus on another severity than the consensus before",
        measure=tallies.severity_changes,
    ),
    Metric(
        id="evidence_count",
        title="Root-cause evidence",
        unit="count",
        formula="pieces captured that repeat no other",
        measure=tallies.evidence_count,
    ),
    Metric(
        id="rework_requests",
        title="Rework requests",
        unit="count",
        formula="reviews that rejected the evidence manifest",
        measure=tallies.rework_requests,
    ),
    Metric(
        id="overdue_items",
        title="Overdue action items",
        unit="count",
        formula="open action items that were due before today",
        measure=tallies.overdue_items,
    ),
)

SHARES = (
    Metric(
        id="alert_precision",
        title="Alert precision",
        unit="ratio",
        formula="alerts judged real / alerts judged; incidents that were never declared count",
        measure=tallies.alert_precision,
        undeclared=True,
    ),
    Metric(
        id="gate_first_pass_rate",
        title="Gates passed at first",
        unit="ratio",
        formula="gates whose first authoritative verdict was PASS / gates with such a verdict",
        measure=tallies.gate_first_pass_rate,
    ),
    Metric(
        id="waiver_rate",
        title="Gates waived",
        unit="ratio",
        formula="gates with a granted waiver / gates with an authoritative verdict",
        measure=tallies.waiver_rate,
    ),
    Metric(
        id="automation_success_rate",
        title="Automation success",
        unit="ratio",
        formula="runs by tallystick exec that succeeded / runs by it",
        measure=tallies.automation_success_rate,
    ),
    Metric(
        id="retry_rate",
        title="Retries",
        unit="ratio",
        formula="runs of a command that repeat an earlier one in their attempt / runs",
        measure=tallies.retry_rate,
    ),
    Metric(
        id="artifact_completeness",
        title="Artifact completeness",
        unit="ratio",
        formula="required artifacts in the last sealed manifest / artifacts that it requires",
        measure=tallies.artifact_completeness,
    ),
    Metric(
        id="report_completeness",
        title="Report completeness",
        unit="ratio",
        formula="filled sections of the report's last revision / its sections",
        measure=tallies.report_completeness,
    ),
)

METRICS: tuple[Metric, ...] = (*SPANS, *STEP_SPANS, *COUNTS, *SHARES)
"""All metrics, in the order in which people ask for them."""
