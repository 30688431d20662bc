"""Who works on it, who was told, and how the steps went, in words."""

from __future__ import annotations

from collections.abc import Mapping

from domain.artifacts import COMMUNICATION, NOTIFICATIONS, REPORT, TIMELINE
from domain.crew.facts import CommanderAssigned, CommandOffered, ResponderJoined, ResponderLeft, RoleCovered
from domain.flow.facts import EscalationAcknowledged, EscalationRaised, StepMarked
from domain.notices.facts import (
    StakeholderAcknowledged,
    StakeholderNotificationFailed,
    StakeholderNotificationRequested,
    StakeholderNotified,
)
from domain.role_facts import RoleGranted, RoleRevoked
from domain.sentence import Foreign, Row, Sentence, listed, named, told

HOW = {"declared": "by declaring", "transferred": "by transfer", "taken_over": "by TAKEOVER"}
PROOFS = {
    "accepted": "accepted by",
    "attested": "attested, by",
    "recorded_locally": "recorded locally only, by",
}


def _joined(fact: ResponderJoined, _who: str) -> Sentence:
    return (
        Foreign(fact.principal),
        " joined as ",
        Foreign(fact.role),
        "" if fact.voting else " without a vote",
    )


def _left(fact: ResponderLeft, _who: str) -> Sentence:
    return Foreign(fact.principal), " left", *told(". Reason: ", fact.rationale)


def _offered(fact: CommandOffered, who: str) -> Sentence:
    return (
        f"{who} offered the command to ",
        Foreign(fact.to),
    )


def _assigned(fact: CommanderAssigned, _who: str) -> Sentence:
    return (
        Foreign(fact.principal),
        f" commands {HOW[fact.how]}",
        *named(" from ", fact.previous),
        *told(". Reason: ", fact.rationale),
    )


def _covered(fact: RoleCovered, who: str) -> Sentence:
    return Foreign(fact.by), " covers ", Foreign(fact.role), f", says {who}. Reason: ", fact.rationale


def _granted(fact: RoleGranted, who: str) -> Sentence:
    role, principal = Foreign(fact.role), Foreign(fact.principal)
    return "Role ", role, " granted to ", principal, f" by {who}. Reason: ", fact.rationale


def _revoked(fact: RoleRevoked, who: str) -> Sentence:
    role, principal = Foreign(fact.role), Foreign(fact.principal)
    return "Role ", role, " taken from ", principal, f" by {who}. Reason: ", fact.rationale


def _requested(fact: StakeholderNotificationRequested, _who: str) -> Sentence:
    return (
        "Notice ",
        Foreign(fact.notification_id),
        f" ({fact.purpose}, {fact.severity}) to ",
        *listed(fact.roles),
        *(named(": ", fact.recipient) or (": NOBODY reachable holds it",)),
        f", by {fact.channel}",
        *told(": ", fact.text),
    )


def _notified(fact: StakeholderNotified, who: str) -> Sentence:
    by = who if fact.proof == "attested" else fact.channel
    how = f" ({fact.channel})" if fact.proof == "attested" else ""
    return (
        "Told ",
        *listed(fact.roles),
        f": {PROOFS[fact.proof]} {by}{how}",
        *told(". Note: ", fact.note),
    )


def _failed(fact: StakeholderNotificationFailed, _who: str) -> Sentence:
    return (
        "Notice ",
        Foreign(fact.notification_id),
        f" not delivered (attempt {fact.attempt} by {fact.channel}, ",
        *(named("again at ", fact.next_retry_at) or ("given up",)),
        "): ",
        fact.error,
    )


def _acknowledged(fact: StakeholderAcknowledged, who: str) -> Sentence:
    return (
        f"{who} acknowledged notice ",
        Foreign(fact.notification_id),
    )


def _marked(fact: StepMarked, who: str) -> Sentence:
    return (
        "Step ",
        Foreign(fact.step),
        f" {fact.mark} by {who}",
        *named(": ", fact.halt_code),
        ". Reason: ",
        fact.rationale,
    )


def _raised(fact: EscalationRaised, who: str) -> Sentence:
    return (
        "Escalation ",
        Foreign(fact.escalation_id),
        f" by {who} to ",
        Foreign(fact.to_role),
        f" (level {fact.level}), due ",
        Foreign(fact.due_at),
        ". Reason: ",
        fact.rationale,
    )


def _taken_up(fact: EscalationAcknowledged, who: str) -> Sentence:
    return (
        f"{who} took up escalation ",
        Foreign(fact.escalation_id),
    )


_TOLD = (COMMUNICATION, NOTIFICATIONS, TIMELINE)
_PEOPLE = (TIMELINE, REPORT)

ROWS: Mapping[type, Row] = {
    ResponderJoined: Row(say=_joined, category="note", step="1.2", artifacts=_PEOPLE),
    ResponderLeft: Row(say=_left, category="note", step="1.2", artifacts=_PEOPLE),
    CommandOffered: Row(say=_offered, category="decision", step="1.1", artifacts=_PEOPLE),
    CommanderAssigned: Row(say=_assigned, category="decision", step="1.1", artifacts=_PEOPLE),
    RoleCovered: Row(say=_covered, category="decision", step="1.3", artifacts=_TOLD),
    RoleGranted: Row(say=_granted, category="decision", step="1.1", artifacts=_PEOPLE),
    RoleRevoked: Row(say=_revoked, category="decision", step="1.1", artifacts=_PEOPLE),
    StakeholderNotificationRequested: Row(
        say=_requested, category="communication", step="1.3", artifacts=_TOLD
    ),
    StakeholderNotified: Row(say=_notified, category="communication", step="1.3", artifacts=_TOLD),
    StakeholderNotificationFailed: Row(say=_failed, category="communication", step="1.3", artifacts=_TOLD),
    StakeholderAcknowledged: Row(say=_acknowledged, category="communication", step="1.3", artifacts=_TOLD),
    StepMarked: Row(say=_marked, category="decision", step="1.1", artifacts=_PEOPLE),
    EscalationRaised: Row(say=_raised, category="communication", step="1.3", artifacts=_TOLD),
    EscalationAcknowledged: Row(say=_taken_up, category="communication", step="1.3", artifacts=_TOLD),
}
