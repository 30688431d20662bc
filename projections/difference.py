"""What differs between two values of JSON, as rows: the same for every reader, whatever the values are about.

An item of a list is named by what identifies it where all items have such a member, else a list is one
value. ``null`` and an absent member are the same: nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from msgspec import Struct, to_builtins

NAMES = (
    "evaluation_id",
    "waiver_id",
    "decision_id",
    "notification_id",
    "escalation_id",
    "evidence_id",
    "finding_id",
    "id",
    "gate",
    "attempt",
    "item_id",
    "option_id",
    "alert",
    "round",
    "revision",
    "version",
    "principal",
    "role",
)
"""Members that identify an item of a list, the surest first."""


class Difference(Struct, frozen=True, kw_only=True):
    """One place that differs; ``before`` or ``after`` is null where there was nothing.

    ``pointer`` is a JSON Pointer (RFC 6901) in which an item of a list goes by its name, not by its index.
    """

    pointer: str
    before: Any
    after: Any


def differences(before: Any, after: Any) -> tuple[Difference, ...]:
    """Return what differs between two values, as JSON: in the order of ``before``, then what is new."""
    return tuple(_between(to_builtins(before), to_builtins(after), ""))


def _between(before: Any, after: Any, at: str) -> Iterator[Difference]:
    pair = _members(before, after)
    if pair is None:
        if before != after:
            yield Difference(pointer=at, before=before, after=after)
        return
    old, new = pair
    for name in (*old, *(name for name in new if name not in old)):
        yield from _between(old.get(name), new.get(name), f"{at}/{_escaped(name)}")


def _members(before: Any, after: Any) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """Return both values by the names of their members, None where they are to be compared whole."""
    if isinstance(before, dict) and isinstance(after, dict):
        return before, after
    if isinstance(before, list | tuple) and isinstance(after, list | tuple):
        name = next((name for name in NAMES if _identifies(name, before) and _identifies(name, after)), None)
        if name is not None:
            return _by(name, before), _by(name, after)
    return None


def _identifies(name: str, items: Sequence[Any]) -> bool:
    """Return whether every item is an object with a member ``name`` of its own."""
    values = [str(item.get(name)) for item in items if isinstance(item, dict) and item.get(name) is not None]
    return len(values) == len(items) == len(set(values))


def _by(name: str, items: Sequence[Any]) -> Mapping[str, Any]:
    return {str(item[name]): item for item in items}


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
