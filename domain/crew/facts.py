"""Facts about the people in an incident (R-EVT-11, R-ROL-06, R-ROL-07, R-DIR-01)."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from domain.classified import Code, Id
from domain.prose import Prose
from domain.role_facts import RoleGranted, RoleRevoked

How = Literal["declared", "transferred", "taken_over"]
"""How somebody came to command; ``taken_over`` is flagged wherever it shows (R-ROL-07)."""


class ResponderJoined(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person works on the incident from here on, by ``role``; only who is ``voting`` is waited for."""

    principal: Id
    role: Code
    voting: bool = True


class ResponderLeft(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A person no longer works on the incident."""

    principal: Id
    rationale: Prose | None = None


class CommandOffered(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The commander offers the command to ``to``, who has it once they accept."""

    to: Id


class CommanderAssigned(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The one Incident Commander from here on, instead of ``previous``."""

    principal: Id
    how: How
    previous: Id | None = None
    rationale: Prose | None = None


class RoleCovered(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Nobody reachable holds ``role``: what it has to be told, ``by`` is told instead (R-DIR-01)."""

    role: Code
    by: Id
    rationale: Prose


CrewFact = (
    ResponderJoined
    | ResponderLeft
    | CommandOffered
    | CommanderAssigned
    | RoleCovered
    | RoleGranted
    | RoleRevoked
)
