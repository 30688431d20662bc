"""Who holds which role by whose grant (R-ROL-06): one fold, for stream ``people`` and for incidents."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from domain.classified import Code, Id, Timestamp
from domain.recorded import Stamped
from domain.role_facts import RoleFact, RoleGranted


class Held(Struct, frozen=True, kw_only=True):
    """A role somebody holds: who granted it, and when that was recorded."""

    role: Code
    granted_by: Id
    granted_at: Timestamp


Grants = Mapping[str, Mapping[str, Held]]
"""Principal -> role -> how it is held."""


def evolve(grants: Grants, item: Stamped[RoleFact]) -> Grants:
    """Return the grants after a recorded fact."""
    return after(grants, item.fact, item.authid, item.recordedtime)


def after(grants: Grants, fact: RoleFact, by: str, at: str) -> Grants:
    """Return the grants after a fact of ``by``; what was granted twice is held by the first grant."""
    mine = dict(grants.get(fact.principal, {}))
    if isinstance(fact, RoleGranted):
        held = Held(role=fact.role, granted_by=by, granted_at=at)
        mine.setdefault(fact.role, held)
    else:
        mine.pop(fact.role, None)
    return {**grants, fact.principal: mine}


def holders(grants: Grants, role: str) -> tuple[str, ...]:
    """Return who holds ``role``, in the order in which they were first granted any."""
    return tuple(principal for principal, held in grants.items() if role in held)
