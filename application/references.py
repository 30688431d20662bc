"""What an event refers to outside the log, found by its shape in plain data.

So facts of types which this program does not know keep their values too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

import msgspec

from domain.prose import BlobRef, SealedRef
from ledger.canonical import Json

Ref: TypeAlias = SealedRef | BlobRef


def references_in(data: Json) -> Iterator[Ref]:
    """Yield each reference to a sealed value or a blob in the data of an event, in order."""
    if isinstance(data, list):
        for item in data:
            yield from references_in(item)
    elif isinstance(data, dict):
        for name, value in data.items():
            yield from _reference(name, value)


def _reference(name: str, value: Json) -> Iterator[Ref]:
    found = _parsed(name, value)
    if found is None:
        yield from references_in(value)
    else:
        yield found


def _parsed(name: str, value: Json) -> Ref | None:
    try:
        match name:
            case "sealed":
                return msgspec.convert(value, SealedRef)
            case "blob":
                return msgspec.convert(value, BlobRef)
    except msgspec.ValidationError:
        return None  # some other member of that name
    return None
