"""Which protocol this is (R-GLO-01)."""

from __future__ import annotations

from msgspec import Struct

PROTOCOL_ID = "17"
PROTOCOL_VERSION = "2.0"


class Identity(Struct, frozen=True, kw_only=True):
    """What the protocol says about itself."""

    id: str = PROTOCOL_ID
    name: str = "INCIDENT RESPONSE & ROLLBACK (OPERATIONS RESILIENCE COMPLIANT)"
    version: str = PROTOCOL_VERSION
    owner_role: str = "incident_commander"
    created: str = "2025-01-01"
    updated: str = "2025-11-06"
    category: str = "Operations"
    criticality: str = "Critical"
    complexity: str = "High"
    scope: str = "Module"
    predecessor: str = "16"
    successor: str = "18"


IDENTITY = Identity()
