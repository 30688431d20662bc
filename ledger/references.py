"""What an entry names outside the log: files by their SHA-256 (design section 3, blobs; section 6, policies).

Found by their shape in the plain data of any event, so that facts of types which a program does not know
keep their blobs: ``{"blob":{"c","kid","sha256","size"}}`` is stored ciphertext, ``"policy_sha256"`` the exact
bytes of a policy file.
"""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.canonical import Json
from ledger.strict import is_hash

BLOB: Final = "blob"
POLICY: Final = "policy_sha256"


class Reference(msgspec.Struct, frozen=True):
    """A file that must exist: its SHA-256 in hexadecimal, and its size in bytes where the entry states it."""

    sha256: str
    size: int | None = None


def may_refer(payload: bytes) -> bool:
    """Return False only if `references` finds nothing in this event: a quick look at its canonical bytes."""
    return b'"blob":{' in payload or b'"policy_sha256":"' in payload


def references(data: Json) -> list[Reference]:
    """Return what ``data`` refers to, each file once, in the order of their hashes."""
    found, waiting = set[Reference](), [data]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            for name, member in value.items():
                if name == BLOB and isinstance(member, dict):
                    found.update(_blob(member))
                elif name == POLICY and _is_hash(member):
                    found.add(Reference(str(member)))
                elif type(member) is not str:
                    waiting.append(member)
        elif isinstance(value, list):
            waiting += value
    return sorted(found, key=lambda item: (item.sha256, item.size or 0)) if found else []


def _blob(member: dict[str, Json]) -> tuple[Reference, ...]:
    if member.keys() != {"c", "kid", "sha256", "size"}:
        return ()
    sha256, size = member["sha256"], member["size"]
    if not _is_hash(sha256) or type(size) is not int:
        return ()
    return (Reference(str(sha256), size),)


def _is_hash(value: Json) -> bool:
    return isinstance(value, str) and is_hash(value)
