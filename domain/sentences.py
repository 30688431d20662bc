"""One row for each fact type: its sentence, the artifacts it belongs to and the step (R-EVT-01).

A sentence is a function of the fact, never of a sealed value: it names the `Prose` and leaves the
place open. Foreign words are marked, so that whoever prints them escapes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from domain.alert_facts import SignalDeduplicated, SignalReceived
from domain.classified import Category
from domain.facts import Fact
from domain.incident_facts import (
    AlertValidityConfirmed,
    IncidentDeclared,
    IncidentOpened,
    SignalAttached,
    SignalCleared,
    TimelineEntryCorrected,
    TimelineEntryRecorded,
)
from domain.people_facts import PersonAdded, PersonChanged, TokenIssued, TokenRevoked
from domain.prose import Prose
from domain.role_facts import RoleGranted, RoleRevoked
from domain.source_facts import DeliveryReceived, SignalRejected, SignalsTruncated


class Foreign(Struct, frozen=True):
    """Words of somebody else, to be escaped wherever they are printed."""

    text: str


Sentence = tuple[str | Foreign | Prose, ...]
"""Our own words, foreign words and references to sealed text, in order, separated by nothing."""

INTAKE_LOG = "incident-intake-log.md"
TIMELINE = "incident-timeline.md"


class Row(Struct, frozen=True, kw_only=True):
    """What one fact type is in words. ``say`` takes the fact and the principal who stands behind it."""

    say: Callable[[Any, str], Sentence]
    category: Category
    step: str
    artifacts: tuple[str, ...]


def _received(fact: SignalReceived, _who: str) -> Sentence:
    status = "fires" if fact.status == "firing" else "ended"
    note = (", ", Foreign(fact.note)) if fact.note else ()
    return "Alert ", Foreign(fact.alert_name), f" {status} (", Foreign(fact.why), *note, ")"


def _deduplicated(fact: SignalDeduplicated, _who: str) -> Sentence:
    return (f"The same was reported again ({fact.count})",)


def _delivery(fact: DeliveryReceived, _who: str) -> Sentence:
    return f"Delivery with {fact.alerts} alerts, {fact.rejected} unusable, from ", Foreign(fact.source)


def _truncated(fact: SignalsTruncated, _who: str) -> Sentence:
    return (f"The sender left out {fact.lost} alerts",)


def _rejected(fact: SignalRejected, _who: str) -> Sentence:
    place, expected = Foreign(fact.place), Foreign(fact.expected)
    return (
        "Unusable (",
        Foreign(fact.reason_code),
        "): ",
        place,
        ": expected ",
        expected,
        ", found ",
        fact.found,
    )


def _opened(fact: IncidentOpened, who: str) -> Sentence:
    what = "Candidate incident opened by an alert" if fact.origin == "signal" else f"Incident opened by {who}"
    drill = " (drill)" if fact.drill else ""
    return f"{what}{drill}: ", fact.title, *_told(". ", fact.summary)


def _attached(fact: SignalAttached, who: str) -> Sentence:
    how = f" attached by {who}" if fact.rationale else " fires"
    return "Alert ", Foreign(fact.alert_name), *_where(fact), how, *_told(". Reason: ", fact.rationale)


def _cleared(fact: SignalCleared, _who: str) -> Sentence:
    return "Alert ", Foreign(fact.alert_name), " ended"


def _validity(fact: AlertValidityConfirmed, who: str) -> Sentence:
    verdict = "real" if fact.verdict == "real" else "a false positive"
    return f"Alerts judged {verdict} by {who}. Reason: ", fact.rationale


def _declared(fact: IncidentDeclared, who: str) -> Sentence:
    return f"Incident declared by {who} as ", Foreign(fact.authority_role), ". Reason: ", fact.rationale


def _entry(fact: TimelineEntryRecorded, who: str) -> Sentence:
    return fact.text, f" ({fact.category}, by {who})"


def _corrected(fact: TimelineEntryCorrected, who: str) -> Sentence:
    return "Correction: ", fact.text, ". Reason: ", fact.reason, f" (by {who})"


def _person(fact: PersonAdded, who: str) -> Sentence:
    what = "Service account " if fact.kind == "service_account" else "Person "
    return what, Foreign(fact.principal), f" added to the directory by {who}: ", fact.name


def _person_changed(fact: PersonChanged, who: str) -> Sentence:
    if fact.active is not None:
        what = "is back" if fact.active else "has left, and every role and token with them"
    else:
        what = (
            " and ".join(part for part in ("name", "contacts") if getattr(fact, part) is not None)
            + " changed"
        )
    return Foreign(fact.principal), f": {what} (by {who}). Reason: ", fact.rationale


def _token_issued(fact: TokenIssued, who: str) -> Sentence:
    return "Token ", Foreign(fact.token_id), f" issued by {who} to act as ", Foreign(fact.principal)


def _token_revoked(fact: TokenRevoked, who: str) -> Sentence:
    return "Token ", Foreign(fact.token_id), f" revoked by {who}. Reason: ", fact.rationale


def _granted(fact: RoleGranted, who: str) -> Sentence:
    role, principal = Foreign(fact.role), Foreign(fact.principal)
    return "Role ", role, " granted to ", principal, f" by {who}. Reason: ", fact.rationale


def _role_revoked(fact: RoleRevoked, who: str) -> Sentence:
    role, principal = Foreign(fact.role), Foreign(fact.principal)
    return "Role ", role, " taken from ", principal, f" by {who}. Reason: ", fact.rationale


def _where(fact: SignalAttached) -> Sentence:
    service: Sentence = (" on ", Foreign(fact.service)) if fact.service else ()
    return (*service, " (", Foreign(fact.environment), ")") if fact.environment else service


def _told(words: str, text: Prose | None) -> Sentence:
    return () if text is None else (words, text)


_BOTH = (INTAKE_LOG, TIMELINE)

SENTENCES: Mapping[type[Fact], Row] = {
    SignalReceived: Row(say=_received, category="alert", step="1.1", artifacts=(INTAKE_LOG,)),
    SignalDeduplicated: Row(say=_deduplicated, category="alert", step="1.1", artifacts=(INTAKE_LOG,)),
    DeliveryReceived: Row(say=_delivery, category="alert", step="1.1", artifacts=()),
    SignalsTruncated: Row(say=_truncated, category="alert", step="1.1", artifacts=()),
    SignalRejected: Row(say=_rejected, category="alert", step="1.1", artifacts=()),
    IncidentOpened: Row(say=_opened, category="alert", step="1.1", artifacts=_BOTH),
    SignalAttached: Row(say=_attached, category="alert", step="1.1", artifacts=_BOTH),
    SignalCleared: Row(say=_cleared, category="alert", step="1.1", artifacts=_BOTH),
    AlertValidityConfirmed: Row(say=_validity, category="decision", step="1.1", artifacts=_BOTH),
    IncidentDeclared: Row(say=_declared, category="decision", step="1.1", artifacts=_BOTH),
    TimelineEntryRecorded: Row(say=_entry, category="note", step="3.3", artifacts=(TIMELINE,)),
    TimelineEntryCorrected: Row(say=_corrected, category="note", step="3.3", artifacts=(TIMELINE,)),
    PersonAdded: Row(say=_person, category="note", step="1.3", artifacts=()),
    PersonChanged: Row(say=_person_changed, category="note", step="1.3", artifacts=()),
    TokenIssued: Row(say=_token_issued, category="note", step="1.3", artifacts=()),
    TokenRevoked: Row(say=_token_revoked, category="decision", step="1.3", artifacts=()),
    RoleGranted: Row(say=_granted, category="decision", step="1.3", artifacts=()),
    RoleRevoked: Row(say=_role_revoked, category="decision", step="1.3", artifacts=()),
}
"""Total over `domain.facts.FACTS`; a test holds it so."""


def sentence(fact: Fact, who: str) -> Sentence:
    """Return what ``fact`` says in words, ``who`` being a principal id."""
    return SENTENCES[type(fact)].say(fact, who)


def category(fact: Fact) -> Category:
    """Return the timeline category: the entry's own where a person chose one."""
    return fact.category if isinstance(fact, TimelineEntryRecorded) else SENTENCES[type(fact)].category
