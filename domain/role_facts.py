"""Roles as facts: granted and revoked, for everything on stream ``people`` or for one incident (R-ROL-06)."""

from __future__ import annotations

from msgspec import Struct

from domain.classified import Code, Id
from domain.prose import Prose


class RoleGranted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The principal holds the role from here on: everywhere, or in the incident of the stream."""

    principal: Id
    role: Code
    rationale: Prose


class RoleRevoked(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The principal no longer holds the role that was granted on this stream."""

    principal: Id
    role: Code
    rationale: Prose


RoleFact = RoleGranted | RoleRevoked
