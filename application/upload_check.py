"""Whether the blobs that a command names were uploaded for its incident: asked before anything is decided.

A reference is four numbers that anybody may have read in another incident. The vault knows for which stream
a blob's key was made; a fact of another stream must not bring it over, or erasing that stream would not erase
it. All that is wrong has one code, so that nobody learns from it what other incidents hold.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from msgspec import Struct

from application.engine import Engine
from application.evidence import named_blobs
from domain.moment import instant
from domain.refusal import Refusal
from domain.stored_blob import StoredBlob

NAMED_WITHIN: Final = timedelta(hours=23)
"""An hour less than orphans live: what is collected must not be named by a fact that is on its way."""


def stored_blobs(value: object, place: str = "") -> Iterator[tuple[str, StoredBlob]]:
    """Yield each uploaded blob that a command names, and where."""
    if isinstance(value, StoredBlob):
        yield place, value
    elif isinstance(value, Struct):
        for name in value.__struct_fields__:
            yield from stored_blobs(getattr(value, name), f"{place}.{name}" if place else name)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from stored_blobs(item, f"{place}[{index}]")


def unfit_upload(engine: Engine, stream: str, command: object) -> Refusal | None:
    """Return why a blob that ``command`` names cannot be named by a fact of ``stream``, None if all can."""
    refusals = (_unfit(engine, stream, place, blob) for place, blob in stored_blobs(command))
    return next((refusal for refusal in refusals if refusal is not None), None)


def _unfit(engine: Engine, stream: str, place: str, blob: StoredBlob) -> Refusal | None:
    kept = engine.vault.find_blob(blob.c)
    same = kept is not None and (kept.stream, kept.kid, kept.sha256) == (stream, blob.kid, blob.sha256)
    if kept is None or not same or engine.blobs.size(blob.sha256) != blob.size:
        return Refusal(
            code="BLOB_UNKNOWN",
            message="no such file was uploaded to this incident",
            place=place,
            expected="the answer to an upload to this incident",
            found=f"{blob.size} bytes named {blob.sha256}",
        )
    if engine.clock() - instant(kept.created_at) < NAMED_WITHIN or _named(engine, stream, blob):
        return None
    return Refusal(
        code="BLOB_EXPIRED",
        message="the file was uploaded too long ago and is about to be removed; upload it again",
        place=place,
        expected="an upload of the last 23 hours, or one that is on record",
        found=f"one of {kept.created_at}",
    )


def _named(engine: Engine, stream: str, blob: StoredBlob) -> bool:
    return any(found.ref.c == blob.c for found in named_blobs(engine.store, stream, blob.sha256))
