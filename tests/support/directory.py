"""People for tests: facts of stream ``people`` as recorded, and the directory they make."""

from __future__ import annotations

import hashlib
from typing import Any

from domain.context import Context, Principal
from domain.directory import Directory, fold
from domain.people_facts import Contact, PersonAdded, PersonChanged, TokenIssued, TokenRevoked
from domain.prose import prose
from domain.recorded import Recorded
from domain.role_facts import RoleGranted, RoleRevoked
from tests.support.meaning import context, recorded

ADA, BOB, BOT = "p-ada", "p-bob", "p-bot"
WHY = "Because the tests need it."
ADMIN = Principal(id="p-admin", type="user", roles=("ledger_admin",))


def added(who: str = ADA, **fields: Any) -> PersonAdded:
    """Return the fact that somebody was added."""
    usual: dict[str, Any] = {
        "kind": "user",
        "name": prose(who.removeprefix("p-").title(), who),
        "contacts": (Contact(channel="email", address=prose(f"{who}@example.org", who)),),
    }
    return PersonAdded(principal=who, **{**usual, **fields})


def changed(who: str = ADA, **fields: Any) -> PersonChanged:
    """Return the fact that somebody changed."""
    return PersonChanged(principal=who, rationale=prose(WHY), **fields)


def digest_of(number: int) -> str:
    """Return the SHA-256 of token ``number``."""
    return hashlib.sha256(f"token {number}".encode()).hexdigest()


def issued(number: int, who: str = ADA) -> TokenIssued:
    """Return the fact that token ``number`` acts for somebody."""
    return TokenIssued(token_id=f"t-{number}", principal=who, digest=digest_of(number))


def revoked(number: int) -> TokenRevoked:
    """Return the fact that token ``number`` has ended."""
    return TokenRevoked(token_id=f"t-{number}", rationale=prose(WHY))


def granted(role: str, who: str = ADA) -> RoleGranted:
    """Return the fact that somebody holds a role."""
    return RoleGranted(principal=who, role=role, rationale=prose(WHY))


def taken(role: str, who: str = ADA) -> RoleRevoked:
    """Return the fact that somebody holds a role no longer."""
    return RoleRevoked(principal=who, role=role, rationale=prose(WHY))


def of(*facts: Any) -> tuple[Recorded[Any], ...]:
    """Return ``facts`` as stream ``people`` recorded them, a minute apart."""
    return recorded(facts, stream="people")


def directory(*facts: Any) -> Directory:
    """Return the directory that ``facts`` make."""
    return fold(of(*facts))


def by_admin(**changes: Any) -> Context:
    """Return the context of a ledger administrator."""
    return context(principal=ADMIN, **changes)
