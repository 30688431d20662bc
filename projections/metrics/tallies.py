"""How many, and how many of how many, in an incident (R-LRN-20)."""

from __future__ import annotations

from itertools import pairwise

from domain.archive.facts import EvidenceManifestSealed, ReviewerSignedOff
from domain.execution.facts import MitigationCommandExecuted, MitigationPlanningReentered
from domain.flow.facts import StepMarked
from domain.gates.facts import GateEvaluated
from domain.gates.granting import granted
from domain.intake.facts import AlertValidityConfirmed, SignalAttached
from domain.report.facts import IncidentReportWritten
from domain.resolution.facts import IncidentReopened
from domain.rootcause.facts import RootCauseEvidenceCaptured
from domain.severity.facts import SeverityConsensusReached
from projections.metrics.measured import Chronicle, Sample, exactly


def halts(told: Chronicle) -> Sample | None:
    """Return how often a step was halted."""
    return exactly(_marked(told, "halted"))


def reentries(told: Chronicle) -> Sample | None:
    """Return how often the incident went back: to a step before, to planning, or open again."""
    back = sum(1 for kind in (MitigationPlanningReentered, IncidentReopened) for _ in told.all(kind))
    return exactly(_marked(told, "returned") + back)


def severity_changes(told: Chronicle) -> Sample | None:
    """Return how often a consensus was another one than the consensus before."""
    agreed = [fact.severity for _, fact in told.all(SeverityConsensusReached)]
    return exactly(sum(before != after for before, after in pairwise(agreed)))


def evidence_count(told: Chronicle) -> Sample | None:
    """Return how many pieces of root-cause evidence there are that repeat no other."""
    captured = told.all(RootCauseEvidenceCaptured)
    return exactly(len({fact.evidence_id for _, fact in captured if fact.duplicate_of is None}))


def overdue_items(told: Chronicle) -> Sample | None:
    """Return how many open action items were due before the day as of which this is asked."""
    return exactly(sum(due < told.at[:10] for due in _due(told)))


def good_until(told: Chronicle) -> str | None:
    """Return the day up to which nothing here changes while nothing is recorded, None for ever."""
    return min((due for due in _due(told) if due >= told.at[:10]), default=None)


def rework_requests(told: Chronicle) -> Sample | None:
    """Return how often a reviewer rejected the evidence manifest."""
    return exactly(sum(fact.verdict == "rejected" for _, fact in told.all(ReviewerSignedOff)))


def artifact_completeness(told: Chronicle) -> Sample | None:
    """Return the required artifacts that the last sealed manifest has, of those that it requires."""
    sealed = [fact for _, fact in told.all(EvidenceManifestSealed)]
    return exactly(sealed[-1].required - len(sealed[-1].missing), sealed[-1].required) if sealed else None


def alert_precision(told: Chronicle) -> Sample | None:
    """Return the alerts of an incident that was judged real, of those of any that was judged."""
    verdict = told.incident.intake.verdict
    alerts = len({fact.alert for _, fact in told.all(SignalAttached)})
    judged = any(True for _ in told.all(AlertValidityConfirmed))
    return exactly(alerts if verdict == "real" else 0, alerts) if judged else None


def gate_first_pass_rate(told: Chronicle) -> Sample | None:
    """Return the gates whose first authoritative verdict was PASS, of those that have any."""
    first: dict[str, str] = {}
    for _, fact in told.all(GateEvaluated):
        if fact.authoritative:
            first.setdefault(fact.gate, fact.result)
    return exactly(sum(result == "PASS" for result in first.values()), len(first))


def waiver_rate(told: Chronicle) -> Sample | None:
    """Return the gates with a granted waiver, of those that have an authoritative verdict."""
    incident = told.incident
    evaluated = incident.gates.authoritative.keys()
    waived = {row.fact.gate for row in incident.gates.waivers.values() if granted(incident, row)}
    return exactly(len(waived & evaluated), len(evaluated))


def retry_rate(told: Chronicle) -> Sample | None:
    """Return the runs of commands that repeat an earlier one in their attempt, of all runs."""
    runs = [fact.tried for _, fact in told.all(MitigationCommandExecuted)]
    return exactly(sum(tried > 1 for tried in runs), len(runs))


def automation_success_rate(told: Chronicle) -> Sample | None:
    """Return the runs by ``tallystick exec`` that succeeded, of all runs by it."""
    runs = [fact.outcome for _, fact in told.all(MitigationCommandExecuted) if fact.source == "exec"]
    return exactly(sum(outcome == "success" for outcome in runs), len(runs))


def report_completeness(told: Chronicle) -> Sample | None:
    """Return the filled sections of the report's last revision, of all its sections."""
    written = [fact.sections for _, fact in told.all(IncidentReportWritten)]
    return exactly(sum(row.filled for row in written[-1]), len(written[-1])) if written else None


def _due(told: Chronicle) -> list[str]:
    items = told.incident.resolution.items.values()
    return [item.due_on for item in items if item.status == "open" and item.due_on is not None]


def _marked(told: Chronicle, mark: str) -> int:
    return sum(fact.mark == mark for _, fact in told.all(StepMarked))
