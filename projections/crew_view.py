"""Who works on an incident: who commands, who responds, who may decide and who covers for whom."""

from __future__ import annotations

from msgspec import Struct

from domain.crew.crew import Commander, Crew


class Responder(Struct, frozen=True, kw_only=True):
    """Somebody who works on it, in a role; ``voting`` when the severity waits for them."""

    principal: str
    role: str
    voting: bool


class RoleHere(Struct, frozen=True, kw_only=True):
    """A role that somebody holds for this incident alone, by whose grant."""

    id: str
    principal: str
    role: str
    granted_by: str
    granted_at: str


class Cover(Struct, frozen=True, kw_only=True):
    """A role that nobody reachable holds, and who is told instead."""

    role: str
    by: str


class CrewView(Struct, frozen=True, kw_only=True):
    """The people of an incident."""

    commander: Commander | None
    offered: str | None
    responders: tuple[Responder, ...]
    grants: tuple[RoleHere, ...]
    covers: tuple[Cover, ...]


def crew_view(crew: Crew) -> CrewView:
    """Return the people, each list in the order of ids."""
    return CrewView(
        commander=crew.commander,
        offered=crew.offered,
        responders=tuple(
            Responder(principal=who, role=role, voting=who in crew.voting)
            for who, role in sorted(crew.responders.items())
        ),
        grants=tuple(
            RoleHere(
                id=f"{who} {role}",
                principal=who,
                role=role,
                granted_by=held.granted_by,
                granted_at=held.granted_at,
            )
            for who, roles in sorted(crew.grants.items())
            for role, held in sorted(roles.items())
        ),
        covers=tuple(Cover(role=role, by=by) for role, by in sorted(crew.covers.items())),
    )
