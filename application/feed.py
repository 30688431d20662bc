"""Facts for subscribers: ordered, gap-free, resumable (design section 9).

An item is the event's payload bytes unchanged, with position, leaf, key and signature beside it,
from which the envelope can be rebuilt byte for byte.
"""

from __future__ import annotations

import msgspec

from application.engine import Engine
from ledger.store.rows import open_row
from ledger.strict import encode_base64

MAX_ITEMS = 1_000


class FeedItem(msgspec.Struct, frozen=True, kw_only=True):
    """One fact. ``event`` is embedded as it is: msgspec copies raw bytes and never re-serialises them."""

    position: int
    leaf: str
    keyid: str
    signature: str
    event: msgspec.Raw


def events(engine: Engine, after: int, limit: int = MAX_ITEMS) -> tuple[FeedItem, ...]:
    """Return facts in log order for a reader who has the first ``after`` of them."""
    items = []
    for row in engine.store.rows(after, max(0, min(limit, MAX_ITEMS))):
        envelope, _ = open_row(row)
        items.append(
            FeedItem(
                position=row.position,
                leaf=row.leaf_hash.hex(),
                keyid=envelope.keyid,
                signature=encode_base64(envelope.signature),
                event=msgspec.Raw(envelope.payload),
            )
        )
    return tuple(items)
