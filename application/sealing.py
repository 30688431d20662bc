"""From prose in clear to references: what a fact may hold of people's words (design section 3; R-EVT-04).

Sealing computes, it stores nothing. `store` makes the result durable, vault rows first and blobs after them,
and must have returned before the fact is appended.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, Protocol, TypeVar

from msgspec import Struct

from application.blobs import Blobs
from application.box import Entropy, seal_content
from application.datakey import DataKey
from application.datakeys import DataKeyMoved
from application.vault import Row, Vault
from domain.prose import BlobRef, Prose, SealedRef, map_prose
from ledger import canonical
from ledger.disclosure import Kind

T = TypeVar("T")

SPILL_BYTES: Final = 4096
"""Values of more canonical JSON than this are kept as encrypted blobs."""

SPILLED_AT_MOST: Final = 17 * 1024 * 1024
"""More than any of them has: what is sealed came in a body, and the largest, a delivery, has 16 MiB."""

_ATTEMPTS = 5


class KeySource(Protocol):
    """Where sealing finds its data keys: the vault."""

    def data_key(self, stream: str, subject: str | None = None) -> DataKey:
        """Return the key for what ``stream`` says about ``subject``."""


class Pending(Struct, frozen=True, kw_only=True):
    """What `store` has to make durable before the fact that refers to it is appended."""

    rows: tuple[Row, ...] = ()
    keys: tuple[DataKey, ...] = ()
    blobs: tuple[bytes, ...] = ()


def seal_fact(fact: T, stream: str, keys: KeySource) -> tuple[T, Pending]:
    """Return the fact with each clear `Prose` sealed, and what must be stored before the fact is."""
    parts: list[Pending] = []

    def change(prose: Prose) -> Prose:
        if prose.c is not None:
            return prose
        sealed, pending = seal_value(prose.clear, stream, keys, prose.subject)
        parts.append(pending)
        return sealed

    sealed_fact = map_prose(fact, change)
    return sealed_fact, join(parts)


def seal_value(
    value: object, stream: str, keys: KeySource, subject: str | None = None
) -> tuple[Prose, Pending]:
    """Return a JSON value as sealed prose, or as a blob when it is large or is bytes."""
    if isinstance(value, bytes):
        return seal_bytes(value, stream, keys, subject)
    content = canonical.encode(value, f"prose for stream {stream}")
    if len(content) > SPILL_BYTES:
        return seal_bytes(content, stream, keys, subject)
    key = keys.data_key(stream, subject)
    boxed = seal_content(content, key.key, Kind.SEALED)
    row = Row(c=boxed.c, kid=key.kid, box=boxed.box)
    return Prose(sealed=SealedRef(c=boxed.c, kid=key.kid)), Pending(rows=(row,), keys=(key,))


def seal_bytes(
    content: bytes, stream: str, keys: KeySource, subject: str | None = None
) -> tuple[Prose, Pending]:
    """Return bytes, of any size and meaning, as prose that refers to an encrypted blob."""
    key = keys.data_key(stream, subject)
    ref, stored = seal_blob(content, key)
    row = Row(c=ref.c, kid=ref.kid, sha256=ref.sha256)
    return Prose(blob=ref), Pending(rows=(row,), keys=(key,), blobs=(stored,))


def seal_blob(content: bytes, key: DataKey, entropy: Entropy = os.urandom) -> tuple[BlobRef, bytes]:
    """Return the reference to ``content`` and its encrypted bytes, which `Blobs.put` stores."""
    boxed = seal_content(content, key.key, Kind.BLOB, entropy)
    digest = sha256(boxed.box).hexdigest()
    return BlobRef(c=boxed.c, kid=key.kid, sha256=digest, size=len(boxed.box)), boxed.box


def join(parts: Iterable[Pending]) -> Pending:
    """Return everything pending in ``parts``, each data key once."""
    parts = tuple(parts)
    return Pending(
        rows=tuple(row for part in parts for row in part.rows),
        keys=tuple({key.kid: key for part in parts for key in part.keys}.values()),
        blobs=tuple(blob for part in parts for blob in part.blobs),
    )


def store(pending: Pending, vault: Vault, blobs: Blobs) -> None:
    """Make everything pending durable; raises as `Vault.put` and `Blobs.put` do, and may be repeated."""
    if pending.rows:
        # Rows before files: a file without a row would be nobody's to collect.
        vault.put(pending.rows, pending.keys)
    for content in pending.blobs:
        blobs.put(content)


def seal_facts(facts: Sequence[tuple[str, T]], vault: Vault, blobs: Blobs) -> tuple[T, ...]:
    """Return the facts of ``(stream, fact)`` pairs sealed, with all that they refer to on durable storage."""
    for attempt in range(_ATTEMPTS):
        sealed = [seal_fact(fact, stream, vault) for stream, fact in facts]
        try:
            store(join(pending for _, pending in sealed), vault, blobs)
        except DataKeyMoved:
            # Another process was first with a stream's key; sealed again, its key is found.
            if attempt + 1 == _ATTEMPTS:
                raise
        else:
            break
    return tuple(fact for fact, _ in sealed)
