"""What an entry commits to without saying it: sealed values and encrypted blobs (design section 3).

Found by their shape in the plain data of any event, as `ledger.references` finds files:
``{"sealed":{"c","kid"}}`` and ``{"blob":{"c","kid","sha256","size"}}``.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.canonical import Json
from ledger.disclosure import Kind
from ledger.strict import is_hash

_MEMBERS: Final = {
    Kind.SEALED: frozenset({"c", "kid"}),
    Kind.BLOB: frozenset({"c", "kid", "sha256", "size"}),
}


class Commitment(msgspec.Struct, frozen=True, array_like=True):
    """A commitment ``c``, the data key ``kid`` that its value lies under, and what it commits to."""

    c: str
    kid: str
    kind: Kind


def may_commit(payload: bytes) -> bool:
    """Return False only if `commitments` finds nothing in this event: a quick look at its canonical bytes."""
    return b'"sealed":{' in payload or b'"blob":{' in payload


def commitments(data: Json) -> list[Commitment]:
    """Return what ``data`` commits to, each as often as it is there."""
    found, waiting = list[Commitment](), [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for kind in Kind:
                found += _of(kind, value.get(kind.value))
            waiting += value.values()
        elif isinstance(value, list):
            waiting += value
    return found


def _of(kind: Kind, member: Json) -> tuple[Commitment, ...]:
    if not isinstance(member, dict) or member.keys() != _MEMBERS[kind]:
        return ()
    c, kid = member["c"], member["kid"]
    return (Commitment(c, kid, kind),) if isinstance(c, str) and is_hash(c) and isinstance(kid, str) else ()
