"""Who may ask for what over HTTP, as rows: which roles read, audit, deliver.

Commands are not here: the rules decide about those (`domain.authority`). Roles come from the
principal that a token stands for, never from a header (R-SVC-13).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from domain.context import Principal
from domain.role_names import ROLES as KNOWN

Access = Literal["public", "reader", "auditor", "writer", "ingest"]
"""``reader``: incidents and alerts. ``auditor``: entries of the log, proofs, feeds. ``writer``: anybody
with a token, because the rules decide about each command. ``ingest``: deliveries of monitoring tools."""

ROLES: Mapping[Access, frozenset[str]] = {
    "reader": frozenset(role for role, about in KNOWN.items() if about.kind == "user" and role != "client"),
    "auditor": frozenset({"auditor"}),
    "ingest": frozenset({"signal_ingestor"}),
}
"""Access -> roles, any of which suffices; accesses without a row need no role."""


def may(principal: Principal, access: Access) -> bool:
    """Return whether one of the principal's roles allows ``access``."""
    roles = ROLES.get(access)
    return roles is None or not roles.isdisjoint(principal.roles)
