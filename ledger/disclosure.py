r"""Commitments to sealed values, and what a disclosure proves (design section 3; R-EVT-04, R-CMP-31).

A fact states ``c = SHA-256("tallystick/sealed/v1\n" || salt32 || content)``; a `Disclosure` brings the salt
and the value. Whoever has both can tell, with SHA-256 alone, whether they are what the fact committed to. For
content in the blob store the first line is ``tallystick/blob/v1\n``, so that neither passes for the other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Container
from enum import StrEnum
from typing import Final, Protocol

from msgspec import Struct

from ledger import canonical
from ledger.canonical import Json
from ledger.errors import IntegrityError
from ledger.strict import is_hash, shown

SALT_SIZE: Final = 32


class Hash(Protocol):
    """A SHA-256 that takes its bytes piece by piece."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes."""

    def hexdigest(self) -> str:
        """Return the hash of all bytes so far."""


class Kind(StrEnum):
    """What a commitment is to: canonical JSON sealed in the vault, or bytes in the blob store."""

    SEALED = "sealed"
    BLOB = "blob"


class State(StrEnum):
    """What is known about one sealed field. Only *broken*, and *lost* in the live store, are faults."""

    DISCLOSED = "disclosed"
    BROKEN = "broken"
    ERASED = "erased"
    WITHHELD = "withheld"
    LOST = "lost"


class Disclosure(Struct, frozen=True):
    """The value behind a commitment and the salt (32 bytes) that proves it; `check` tells whether it does."""

    c: str
    salt: bytes
    value: Json

    def __repr__(self) -> str:
        """Return the commitment only: values must not reach logs by way of a traceback."""
        return f"Disclosure({self.c})"


def commit(salt: bytes, content: bytes, kind: Kind = Kind.SEALED) -> str:
    """Return the commitment, 64 hexadecimal characters; a sealed value's content is its canonical JSON."""
    digest = committing(salt, kind)
    digest.update(content)
    return digest.hexdigest()


def committing(salt: bytes, kind: Kind) -> Hash:
    """Return the hash that becomes the commitment, hexadecimal, once all of the content went into it."""
    if len(salt) != SALT_SIZE:
        # Any other length would let bytes move between salt and content under one commitment.
        raise IntegrityError("salt", f"{SALT_SIZE} bytes", f"{len(salt)} bytes")
    return hashlib.sha256(f"tallystick/{kind}/v1\n".encode() + salt)


def check(disclosure: Disclosure, kind: Kind = Kind.SEALED) -> bool:
    """Return whether the disclosed value is the one that ``c`` commits to."""
    try:
        return commit(disclosure.salt, canonical.encode(disclosure.value), kind) == disclosure.c
    except IntegrityError:
        # No salt of another length and no value without a canonical form was ever committed to.
        return False


def state_of(
    c: str,
    kid: str,
    disclosure: Disclosure | None,
    erased: Container[str] = (),
    kind: Kind = Kind.SEALED,
) -> State:
    """Return the state of the field ``{c, kid}`` for a reader who was given ``disclosure`` or none.

    ``erased`` holds each ``kid`` that a ``personal-data-erased`` fact among those at hand names. What is
    disclosed is judged by its bytes: a copy made before the erasure still proves what it proved.
    """
    if disclosure is not None:
        holds = disclosure.c == c and check(disclosure, kind)
        return State.DISCLOSED if holds else State.BROKEN
    return State.ERASED if kid in erased else State.WITHHELD


def encode_disclosure(disclosure: Disclosure) -> bytes:
    """Return one line of ``disclosures.jsonl`` without its line feed: canonical ``{"c","salt","value"}``."""
    return canonical.encode(
        {"c": disclosure.c, "salt": disclosure.salt.hex(), "value": disclosure.value},
        f"disclosure {disclosure.c}",
    )


def parse_disclosure(line: bytes, place: str) -> Disclosure:
    """Return the disclosure spelled by ``line``; strict in form, and nothing about its truth: see `check`."""
    fields = canonical.decode(line, place)
    if not isinstance(fields, dict) or fields.keys() != {"c", "salt", "value"}:
        raise IntegrityError(place, "an object of c, salt and value", shown(line))
    c, salt = _hexadecimal(fields["c"], f"{place}.c"), _hexadecimal(fields["salt"], f"{place}.salt")
    return Disclosure(c, bytes.fromhex(salt), fields["value"])


def _hexadecimal(text: Json, place: str) -> str:
    if not isinstance(text, str) or not is_hash(text):
        raise IntegrityError(place, "64 lower-case hexadecimal characters", shown(text))
    return text
