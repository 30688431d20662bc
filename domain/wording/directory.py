"""Changes of the directory, in words."""

from __future__ import annotations

from collections.abc import Mapping

from domain.people_facts import PersonAdded, PersonChanged, TokenIssued, TokenRevoked
from domain.sentence import Foreign, Row, Sentence


def _person(fact: PersonAdded, who: str) -> Sentence:
    what = "Service account " if fact.kind == "service_account" else "Person "
    return what, Foreign(fact.principal), f" added to the directory by {who}: ", fact.name


def _changed(fact: PersonChanged, who: str) -> Sentence:
    if fact.active is not None:
        what = "is back" if fact.active else "has left, and every role and token with them"
    else:
        given = (part for part in ("name", "contacts") if getattr(fact, part) is not None)
        what = " and ".join(given) + " changed"
    return Foreign(fact.principal), f": {what} (by {who}). Reason: ", fact.rationale


def _issued(fact: TokenIssued, who: str) -> Sentence:
    return "Token ", Foreign(fact.token_id), f" issued by {who} to act as ", Foreign(fact.principal)


def _revoked(fact: TokenRevoked, who: str) -> Sentence:
    return "Token ", Foreign(fact.token_id), f" revoked by {who}. Reason: ", fact.rationale


ROWS: Mapping[type, Row] = {
    PersonAdded: Row(say=_person, category="note", step="1.1", artifacts=()),
    PersonChanged: Row(say=_changed, category="note", step="1.1", artifacts=()),
    TokenIssued: Row(say=_issued, category="note", step="1.1", artifacts=()),
    TokenRevoked: Row(say=_revoked, category="note", step="1.1", artifacts=()),
}
