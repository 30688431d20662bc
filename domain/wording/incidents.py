"""How an incident began, what it is about, and how it ended unmitigated, in words."""

from __future__ import annotations

from collections.abc import Mapping

from domain.artifacts import INTAKE_LOG, REPORT, TIMELINE, TUNING
from domain.intake.facts import (
    AlertValidityConfirmed,
    IncidentDeclared,
    IncidentDismissed,
    IncidentLinked,
    IncidentMerged,
    IncidentOpened,
    MitigationNotRequired,
    PolicyAdopted,
    SignalAttached,
    SignalCleared,
)
from domain.sentence import Foreign, Row, Sentence, told
from domain.timeline import facts as timeline

CAUSES = {"false_positive": "a false positive", "declared_in_error": "declared in error"}
KINDS = {
    "self_recovered": "recovered by itself",
    "no_action": "needs no action",
    "external": "is mitigated by others",
}
LINKS = {
    "parent": "is the parent of",
    "child": "is a child of",
    "related": "is related to",
    "merged": "was merged into",
}


def _opened(fact: IncidentOpened, who: str) -> Sentence:
    what = "Candidate incident opened by an alert" if fact.origin == "signal" else f"Incident opened by {who}"
    drill = " (drill)" if fact.drill else ""
    return f"{what}{drill}: ", fact.title, *told(". ", fact.summary)


def _attached(fact: SignalAttached, who: str) -> Sentence:
    how = f" attached by {who}" if fact.rationale else " fires"
    return "Alert ", Foreign(fact.alert_name), *_where(fact), how, *told(". Reason: ", fact.rationale)


def _cleared(fact: SignalCleared, _who: str) -> Sentence:
    return "Alert ", Foreign(fact.alert_name), " ended"


def _validity(fact: AlertValidityConfirmed, who: str) -> Sentence:
    verdict = "real" if fact.verdict == "real" else "a false positive"
    return f"Alerts judged {verdict} by {who}. Reason: ", fact.rationale


def _declared(fact: IncidentDeclared, who: str) -> Sentence:
    return f"Incident declared by {who} as ", Foreign(fact.authority_role), ". Reason: ", fact.rationale


def _entry(fact: timeline.TimelineEntryRecorded, who: str) -> Sentence:
    return fact.text, f" ({fact.category}, by {who})"


def _corrected(fact: timeline.TimelineEntryCorrected, who: str) -> Sentence:
    return "Correction: ", fact.text, ". Reason: ", fact.reason, f" (by {who})"


def _dismissed(fact: IncidentDismissed, who: str) -> Sentence:
    tuning: Sentence = ()
    if fact.tuning is not None:
        tuning = (". Proposed for rule ", Foreign(fact.tuning.alert_rule), ": ", fact.tuning.proposal)
    return f"Dismissed by {who} as {CAUSES[fact.cause]}. Reason: ", fact.rationale, *tuning


def _not_required(fact: MitigationNotRequired, who: str) -> Sentence:
    return f"No mitigation: the incident {KINDS[fact.kind]}, says {who}. Reason: ", fact.rationale


def _merged(fact: IncidentMerged, who: str) -> Sentence:
    return f"Merged by {who} into ", Foreign(fact.into), ". Reason: ", fact.rationale


def _linked(fact: IncidentLinked, who: str) -> Sentence:
    return Foreign(fact.incident), f" {LINKS[fact.kind]} this incident, says {who}. Reason: ", fact.rationale


def _adopted(fact: PolicyAdopted, who: str) -> Sentence:
    policy = Foreign(fact.policy_sha256[:16])
    return f"Profile {fact.profile} adopted by {who} (policy ", policy, "). Reason: ", fact.rationale


def _where(fact: SignalAttached) -> Sentence:
    service: Sentence = (" on ", Foreign(fact.service)) if fact.service else ()
    return (*service, " (", Foreign(fact.environment), ")") if fact.environment else service


_BOTH = (INTAKE_LOG, TIMELINE)

ROWS: Mapping[type, Row] = {
    IncidentOpened: Row(say=_opened, category="alert", step="1.1", artifacts=_BOTH),
    SignalAttached: Row(say=_attached, category="alert", step="1.1", artifacts=_BOTH),
    SignalCleared: Row(say=_cleared, category="alert", step="1.1", artifacts=_BOTH),
    AlertValidityConfirmed: Row(say=_validity, category="decision", step="1.1", artifacts=_BOTH),
    IncidentDeclared: Row(say=_declared, category="decision", step="1.1", artifacts=_BOTH),
    IncidentDismissed: Row(say=_dismissed, category="decision", step="1.1", artifacts=(*_BOTH, TUNING)),
    MitigationNotRequired: Row(
        say=_not_required, category="decision", step="2.1", artifacts=(TIMELINE, REPORT)
    ),
    IncidentMerged: Row(say=_merged, category="decision", step="1.1", artifacts=_BOTH),
    IncidentLinked: Row(say=_linked, category="note", step="1.1", artifacts=_BOTH),
    PolicyAdopted: Row(say=_adopted, category="decision", step="1.1", artifacts=(TIMELINE,)),
    timeline.TimelineEntryRecorded: Row(say=_entry, category="note", step="3.3", artifacts=(TIMELINE,)),
    timeline.TimelineEntryCorrected: Row(say=_corrected, category="note", step="3.3", artifacts=(TIMELINE,)),
}
