"""What an entry names outside the log: files by their SHA-256 (design section 3, blobs; section 6, policies).

Found by their shape in the plain data of any event, so that facts of types which a program does not know
keep their blobs: ``{"blob":{"c","kid","sha256","size"}}`` is stored ciphertext, ``"policy_sha256"`` the exact
bytes of a policy file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import msgspec

from ledger.canonical import Json

BLOB: Final = "blob"
POLICY: Final = "policy_sha256"

_HASH = re.compile("[0-9a-f]{64}")
_MARKS = (b'"blob":{', b'"policy_sha256":"')


class Reference(msgspec.Struct, frozen=True):
    """A file that must exist: its SHA-256 in hexadecimal, and its size in bytes where the entry states it."""

    sha256: str
    size: int | None = None


def may_refer(payload: bytes) -> bool:
    """Return False only if `references` finds nothing in this event: a quick look at its bytes."""
    return any(mark in payload for mark in _MARKS)


def references(data: Json) -> Iterator[Reference]:
    """Yield what ``data`` refers to, in the order of its bytes."""
    if isinstance(data, list):
        for item in data:
            yield from references(item)
    elif isinstance(data, dict):
        for name in sorted(data):
            yield from _member(name, data[name])


def _member(name: str, value: Json) -> Iterator[Reference]:
    if name == POLICY and _is_hash(value):
        yield Reference(str(value))
    elif name == BLOB and isinstance(value, dict) and value.keys() == {"c", "kid", "sha256", "size"}:
        size = value["size"]
        if _is_hash(value["sha256"]) and type(size) is int:
            yield Reference(str(value["sha256"]), size)
    else:
        yield from references(value)


def _is_hash(value: Json) -> bool:
    return isinstance(value, str) and _HASH.fullmatch(value) is not None
