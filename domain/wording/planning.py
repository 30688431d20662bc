"""Plans, and what was made sure of before they are carried out, in words."""

from __future__ import annotations

from collections.abc import Mapping

from domain.artifacts import CHECKLIST, MITIGATION_LOG, PLAN, PREREQUISITES, REPORT, TIMELINE
from domain.planning.facts import (
    MitigationOptionSelected,
    MitigationPlanProposed,
    RollbackPrerequisiteVerified,
    RollbackReadinessAssessed,
)
from domain.prose import Prose
from domain.readiness.facts import PrerequisiteAttested, PrerequisitesEvaluated, PrerequisitesOverridden
from domain.sentence import Foreign, Row, Sentence, listed, named, told


def _proposed(fact: MitigationPlanProposed, who: str) -> Sentence:
    options: list[str | Foreign | Prose] = []
    for option in fact.options:
        options += ["; option ", Foreign(option.option_id), f" ({option.kind}): ", option.title]
    return (
        f"Plan, revision {fact.revision}, proposed by {who}",
        *named(" from template ", fact.template),
        *named(" to version ", fact.to_version),
        *options,
        *told(". Reason: ", fact.rationale),
    )


def _selected(fact: MitigationOptionSelected, who: str) -> Sentence:
    return (
        "Option ",
        Foreign(fact.option_id),
        f" of revision {fact.revision} selected by {who}",
        *named(", fallback ", fact.fallback_option_id),
        *told(". Reason: ", fact.rationale),
    )


def _verified(fact: RollbackPrerequisiteVerified, who: str) -> Sentence:
    return (
        "Checklist item ",
        Foreign(fact.item_id),
        f" {fact.result.replace('_', ' ')}, says {who}",
        *(() if fact.source == "person" else (" by ", Foreign(fact.source))),
        ", until ",
        Foreign(fact.expires_at),
        *told(": ", fact.justification),
    )


def _assessed(fact: RollbackReadinessAssessed, _who: str) -> Sentence:
    score = f"{fact.readiness_score.num} of {fact.readiness_score.den}"
    return (f"Rollback readiness of revision {fact.plan_revision}: {fact.status}, {score} verified",)


def _evaluated(fact: PrerequisitesEvaluated, _who: str) -> Sentence:
    strict = "" if fact.strict else " (not strict)"
    return (
        f"Execution readiness: {fact.outcome.replace('_', ' ')}{strict}; missing ",
        *listed(fact.missing, "nothing"),
    )


def _overridden(fact: PrerequisitesOverridden, who: str) -> Sentence:
    return f"{who} goes on without ", *listed(fact.missing), ". Reason: ", fact.rationale


def _attested(fact: PrerequisiteAttested, who: str) -> Sentence:
    return (
        "Prerequisite ",
        Foreign(fact.item_id),
        f" attested by {who}",
        *(() if fact.source == "person" else (" by ", Foreign(fact.source))),
        ", until ",
        Foreign(fact.expires_at),
        *told(": ", fact.detail),
    )


_PLAN = (PLAN, MITIGATION_LOG, TIMELINE, REPORT)
_CHECKLIST = (CHECKLIST, TIMELINE)
_READINESS = (PREREQUISITES, TIMELINE)

ROWS: Mapping[type, Row] = {
    MitigationPlanProposed: Row(say=_proposed, category="decision", step="2.1", artifacts=_PLAN),
    MitigationOptionSelected: Row(say=_selected, category="decision", step="2.3", artifacts=_PLAN),
    RollbackPrerequisiteVerified: Row(say=_verified, category="validation", step="2.2", artifacts=_CHECKLIST),
    RollbackReadinessAssessed: Row(say=_assessed, category="validation", step="2.2", artifacts=_CHECKLIST),
    PrerequisitesEvaluated: Row(say=_evaluated, category="validation", step="2.3", artifacts=_READINESS),
    PrerequisitesOverridden: Row(say=_overridden, category="decision", step="2.3", artifacts=_READINESS),
    PrerequisiteAttested: Row(say=_attested, category="validation", step="2.2", artifacts=_READINESS),
}
