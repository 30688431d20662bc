"""From the directory and the on-call table to what a decision may know of people (R-DIR-01)."""

from __future__ import annotations

from datetime import datetime

from domain.directory import Directory, holding, is_active
from domain.oncall import OnCall, on_call
from domain.roster import Roster


def roster(directory: Directory, oncall: OnCall, now: datetime) -> Roster:
    """Return who can be told in which role: who is on call, else everybody who holds it."""
    roles = {role for held in directory.grants.values() for role in held} | oncall.oncall.keys()
    active = [person for person in directory.people.values() if person.active]
    return Roster(
        holders={role: _holders(directory, oncall, role, now) for role in sorted(roles)},
        channels={
            person.principal: tuple(contact.channel for contact in person.contacts) for person in active
        },
        known=frozenset(person.principal for person in active),
    )


def _holders(directory: Directory, oncall: OnCall, role: str, now: datetime) -> tuple[str, ...]:
    called = tuple(who for who in on_call(oncall, role, now) if is_active(directory, who))
    return called or tuple(person.principal for person in holding(directory, role))
