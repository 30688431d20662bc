"""What a decision may know besides the state and the command: who, when, fresh ids, allowed policies.

`decide` has no clock and draws nothing at random; the use case fills this in once per command and
keeps it through every retry.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from msgspec import Struct

from domain.alert_facts import SignalReceived
from domain.classified import Hash, Profile
from domain.documents import NONE, Documents
from domain.plan_template import PlanTemplate
from domain.policy import Policy
from domain.roles import Held
from domain.roster import NOBODY, Roster

PrincipalType = Literal["user", "api_key", "service_account", "system"]


class Principal(Struct, frozen=True, kw_only=True):
    """Who asks: a pseudonymous ``id`` (``p-…``) and the ``roles`` that the ledger grants it."""

    id: str
    type: PrincipalType
    roles: tuple[str, ...] = ()


class Chosen(Struct, frozen=True, kw_only=True):
    """A plan template that a command names, and the SHA-256 of its file."""

    template: PlanTemplate
    sha256: Hash


class Context(Struct, frozen=True, kw_only=True):
    """Everything a decision is told.

    ``now`` is aware; ``ids`` are fresh UUIDv7 texts, used from the front (at most `IDS_NEEDED`).
    ``policies`` names the SHA-256 of the policy of each profile that governance allows for a new
    incident, ``profile`` the one to take when nobody asks. ``signal`` is the latest firing of the
    alert that an `attach-alert` names, None where there is no such alert. ``policy`` is the one that the
    incident is judged by; ``held`` how the principal holds its roles; ``template`` the one that a
    `propose-plan` names; ``other`` the stream that a `merge` or `link` names; ``documents`` what was rendered
    from the facts before the decision.
    """

    principal: Principal
    now: datetime
    ids: tuple[str, ...] = ()
    policies: Mapping[Profile, str] = {}
    profile: Profile = "team"
    signal: SignalReceived | None = None
    policy: Policy | None = None
    roster: Roster = NOBODY
    held: Mapping[str, Held] = {}
    template: Chosen | None = None
    other: str | None = None
    documents: Documents = NONE


IDS_NEEDED = 2
"""How many fresh ids one command uses at most."""
