"""Facts of stream ``people``: who there is, how to reach them, whose tokens act (R-DIR-01, R-EVT-28).

Names and addresses are sealed with the person as data subject, so that they can be erased later. Of a
token only the SHA-256 is stated (docs/decisions/0011).
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Hash, Id
from domain.prose import Prose
from domain.role_facts import RoleGranted, RoleRevoked

STREAM = "people"
"""The one stream that holds them all."""

Channel = Literal["pagerduty", "slack", "email", "webhook", "phone", "file"]
"""How somebody can be told something (R-DIR-01)."""

PersonKind = Literal["user", "service_account"]
"""A human being, or a program that acts under a name of its own (R-ROL-09)."""


class Contact(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One way to reach somebody."""

    channel: Channel
    address: Prose


class PersonAdded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody is in the directory from here on; ``principal`` is their pseudonymous, unchanging id."""

    principal: Id
    kind: PersonKind
    name: Prose
    contacts: tuple[Contact, ...] = ()


class PersonChanged(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something about a person is different now; what is unset stays as it was.

    ``active`` false is leaving: it ends every role and every token, and coming back brings none of them back.
    """

    principal: Id
    rationale: Prose
    name: Prose | None = None
    contacts: tuple[Contact, ...] | None = None
    active: bool | None = None


class TokenIssued(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whoever shows the token with this SHA-256 acts as ``principal``."""

    token_id: Id
    principal: Id
    digest: Hash


class TokenRevoked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The token opens nothing any more, and never will again."""

    token_id: Id
    rationale: Prose


PeopleFact = PersonAdded | PersonChanged | TokenIssued | TokenRevoked | RoleGranted | RoleRevoked
