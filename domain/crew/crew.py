"""The people in an incident, folded: one commander, the responders, roles for it, and who covers for whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace

from domain import roles
from domain.context import Principal
from domain.crew.facts import (
    CommanderAssigned,
    CommandOffered,
    CrewFact,
    How,
    ResponderJoined,
    ResponderLeft,
    RoleCovered,
)
from domain.recorded import Stamped
from domain.role_facts import RoleGranted, RoleRevoked
from domain.roles import Grants, Held

COMMANDER = "incident_commander"
ON_CALL_LEAD = "on_call_lead"


class Commander(Struct, frozen=True, kw_only=True):
    """Who commands, since when, and how they came to it."""

    principal: str
    how: How
    at: str


class Crew(Struct, frozen=True, kw_only=True):
    """The state of the people: ``responders`` principal -> role, ``voting`` who of them is waited for.

    ``left`` is who stopped working on it, and in which version of the stream.
    """

    commander: Commander | None = None
    offered: str | None = None
    responders: Mapping[str, str] = {}
    voting: frozenset[str] = frozenset()
    left: Mapping[str, int] = {}
    grants: Grants = {}
    covers: Mapping[str, str] = {}


def evolve(state: Crew, item: Stamped[CrewFact]) -> Crew:
    """Return the state after a fact."""
    fact = item.fact
    match fact:
        case ResponderJoined():
            return _joined(state, fact)
        case ResponderLeft():
            others = {who: role for who, role in state.responders.items() if who != fact.principal}
            left = {**state.left, fact.principal: item.version}
            return replace(state, responders=others, voting=state.voting - {fact.principal}, left=left)
        case CommandOffered():
            return replace(state, offered=fact.to)
        case CommanderAssigned():
            commander = Commander(principal=fact.principal, how=fact.how, at=item.recordedtime)
            return replace(state, commander=commander, offered=None)
        case RoleCovered():
            return replace(state, covers={**state.covers, fact.role: fact.by})
        case RoleGranted() | RoleRevoked():
            return replace(state, grants=roles.after(state.grants, fact, item.authid, item.recordedtime))
        case _:
            assert_never(fact)


def commands(state: Crew, principal: str) -> bool:
    """Return whether ``principal`` is the active commander."""
    return state.commander is not None and state.commander.principal == principal


def roles_of(state: Crew, principal: Principal) -> tuple[str, ...]:
    """Return the roles by which ``principal`` acts here, sorted.

    There is one commander: whoever may command elsewhere is a responder here, once somebody else commands.
    """
    held = {*principal.roles, *state.grants.get(principal.id, {})}
    if state.commander is not None and COMMANDER in held:
        held = held - {COMMANDER} | {"responder"}
    if commands(state, principal.id):
        held |= {COMMANDER}
    return tuple(sorted(held))


def takes_part(state: Crew, principal: str) -> bool:
    """Return whether ``principal`` commands, responds, covers or holds a role here; who does sees it."""
    covering = principal in state.covers.values()
    return (
        commands(state, principal)
        or covering
        or principal in state.responders
        or bool(state.grants.get(principal))
    )


def held_here(state: Crew, principal: str, role: str) -> Held | None:
    """Return how ``principal`` holds ``role`` for this incident alone."""
    return state.grants.get(principal, {}).get(role)


def _joined(state: Crew, fact: ResponderJoined) -> Crew:
    voting = state.voting | {fact.principal} if fact.voting else state.voting - {fact.principal}
    return replace(state, responders={**state.responders, fact.principal: fact.role}, voting=voting)
