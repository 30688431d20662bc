"""One thing that keeps an incident from going on, and the request that would end it."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct

from domain.authority import AUTHORITY
from domain.commands import COMMANDS, EXAMPLES
from projections.look import Look


class Blocker(Struct, frozen=True, kw_only=True):
    """What is in the way: ``who`` are roles that may ask for ``action``, ``people`` who holds them here.

    ``example`` has fields of the action that would be accepted, for people to change; those that are
    ``known`` are this incident's own, the others made up.
    """

    code: str
    what: str
    who: tuple[str, ...]
    people: tuple[str, ...]
    action: str
    example: dict[str, Any]
    known: tuple[str, ...]


UNANSWERED = frozenset({"regulated_data", "customer_notification"})
"""Questions to which an example needs an answer, and a form must not come with one."""


def blocker(
    look: Look, code: str, what: str, action: str, /, *, who: tuple[str, ...] = (), **fields: Any
) -> Blocker:
    """Return a blocker; without ``who``, whoever may ask for the action can end it.

    People are named only where particular roles are needed: a list of everybody tells nobody.
    """
    return Blocker(
        code=code,
        what=what,
        who=who or AUTHORITY[action],
        people=look.holders(*who),
        action=action,
        example=example(action, **fields),
        known=tuple(name for name in fields if name not in UNANSWERED),
    )


def example(action: str, /, **fields: Any) -> dict[str, Any]:
    """Return the fields that an action requires, as its example has them, with ``fields`` in their places."""
    usual = msgspec.json.decode(msgspec.json.encode(EXAMPLES[action]))
    required = {
        field.encode_name: usual[field.encode_name]
        for field in msgspec.structs.fields(COMMANDS[action])
        if field.required
    }
    return required | fields
