"""Gate 4: it is over, everybody knows, and it is on record why (R-GATE-04, R-GATE-40 to 44)."""

from __future__ import annotations

from domain.gates.criterion import Case, Criterion
from domain.gates.documentation import archived, completeness, core_missing
from domain.gates.facts import Gate, Metric
from domain.ratio import Ratio, of_decimal, of_truth
from domain.report.current import is_complete
from domain.report.sections import coverage
from domain.resolution.restored import (
    alerts_cleared,
    end_began,
    slo_restored,
    stable,
    told_of_end,
    untold_of_end,
)
from domain.resolution.summary import summary_completeness
from domain.rootcause.pieces import count, lost, whole

GATE: Gate = "resolution_documentation"


def _told(case: Case) -> Ratio:
    wanted = told_of_end(case.incident, case.policy)
    return Ratio(len(wanted) - len(untold_of_end(case.incident, case.policy)), len(wanted))


def _archive_holds(case: Case) -> Ratio:
    """Return whether the collection was archived, and all of it is still as it was (R-GATE-43)."""
    kept = whole(case.incident.rootcause)
    intact = kept.num == kept.den and not lost(case.incident.rootcause)
    return of_truth(archived(case.incident) and intact)


CRITERIA = (
    Criterion(
        id="documentation_completeness",
        gate=GATE,
        unit="ratio",
        measure=completeness,
        threshold=lambda case: of_decimal(case.policy.gates.resolution_documentation.completeness),
        tightened_by="threshold",
        remedy="Fill what is missing in report and summary: write-report, action-item.",
        owner="incident_commander",
    ),
    Criterion(
        id="core_elements_missing",
        gate=GATE,
        unit="count",
        op="=",
        measure=lambda case: Ratio(len(core_missing(case))),
        threshold=lambda _: Ratio(0),
        remedy="Say what is to be done next: action-item, or write-report.",
        owner="incident_commander",
    ),
    Criterion(
        id="stakeholder_notification",
        gate=GATE,
        unit="ratio",
        measure=_told,
        threshold=lambda case: of_decimal(case.policy.gates.resolution_documentation.notification),
        remedy="Tell everybody that it is over, and say so: attest-notice.",
        owner="incident_commander",
    ),
    Criterion(
        id="incident_report.status",
        gate=GATE,
        unit="truth",
        op="=",
        measure=lambda case: of_truth(is_complete(case.incident)),
        remedy="Complete the report as it is on record now: write-report.",
        owner="incident_commander",
    ),
    Criterion(
        id="rca_manifest.status",
        gate=GATE,
        unit="truth",
        op="=",
        measure=_archive_holds,
        remedy="Capture again what is lost or was changed: capture-evidence with duplicate_of.",
        owner="incident_commander",
    ),
    Criterion(
        id="resolution.slo_restored",
        gate=GATE,
        unit="truth",
        op="=",
        measure=lambda case: of_truth(slo_restored(case.incident)),
        remedy="See that the service levels are met, and say so: verify-restoration.",
        owner="incident_commander",
    ),
    Criterion(
        id="resolution.alerts_cleared",
        gate=GATE,
        unit="truth",
        op="=",
        measure=lambda case: of_truth(alerts_cleared(case.incident)),
        remedy="Wait until no alert fires; without alerts, say that none does: verify-restoration.",
        owner="incident_commander",
    ),
    Criterion(
        id="resolution.stability",
        gate=GATE,
        unit="truth",
        op="=",
        measure=lambda case: of_truth(stable(case)),
        remedy="Watch it for as long as the policy wants, and say how it was: verify-restoration.",
        owner="incident_commander",
    ),
    Criterion(
        id="report_completeness",
        gate=GATE,
        unit="ratio",
        level="minimum",
        measure=coverage,
        threshold=lambda case: of_decimal(case.policy.gates.resolution_documentation.report),
        remedy="Fill the sections that say nothing yet: write-report.",
        owner="incident_commander",
    ),
    Criterion(
        id="summary_completeness",
        gate=GATE,
        unit="ratio",
        level="minimum",
        measure=lambda case: summary_completeness(case.incident),
        threshold=lambda case: of_decimal(case.policy.gates.resolution_documentation.summary),
        remedy="Say what is to be done next: action-item.",
        owner="incident_commander",
    ),
    Criterion(
        id="rca_evidence_count",
        gate=GATE,
        unit="count",
        level="minimum",
        measure=lambda case: Ratio(count(case.incident.rootcause)),
        threshold=lambda case: Ratio(case.policy.gates.resolution_documentation.rca_min),
        remedy="Capture more evidence: capture-evidence.",
        owner="incident_commander",
    ),
    Criterion(
        id="archive_status",
        gate=GATE,
        unit="truth",
        op="=",
        level="minimum",
        measure=lambda case: of_truth(archived(case.incident)),
        remedy="Archive the evidence: archive-evidence.",
        owner="incident_commander",
    ),
)


def metrics(case: Case) -> tuple[Metric, ...]:
    """Return what is recorded beside the criteria (R-GATE-41, R-GATE-42)."""
    return (
        Metric(id="section_coverage", unit="ratio", actual=coverage(case)),
        Metric(id="action_item_count", unit="count", actual=Ratio(len(case.incident.resolution.items))),
        Metric(id="stakeholder_confirmation", unit="ratio", actual=_confirmed(case)),
    )


def _confirmed(case: Case) -> Ratio:
    """Return how many of the required roles acknowledged a notice of the end."""
    since, wanted = end_began(case.incident), told_of_end(case.incident, case.policy)
    known = {
        role
        for notice in case.incident.notices.requested.values()
        if notice.fact.purpose == "resolution" and notice.version > since and notice.acknowledged
        for role in notice.fact.roles
    }
    return Ratio(sum(role in known for role in wanted), len(wanted))
