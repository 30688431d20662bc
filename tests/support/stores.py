"""Every kind of store there is, opened the same way, and rows made for them without a writer."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Protocol

from ledger.chain import chain, empty_stream
from ledger.growth import settle
from ledger.publisher import PublishingStore, PublishingTransaction
from ledger.sourceoffset import Owned, Partition
from ledger.store.sqlite import SqliteStore
from tests.support.ledgers import NOW, ORIGIN, RECORDER, note

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from ledger.append import AppendRequest
    from ledger.signer import Signer
    from ledger.store.contract import Head, Reader, Row


class AnyTransaction(PublishingTransaction, Protocol):
    """Everything that a transaction of a store can do."""

    def forget_commands(self, before: str) -> None:
        """Delete idempotency keys recorded before ``before``."""


class AnyStore(PublishingStore, Protocol):
    """Everything that a store can do."""

    def transaction(self) -> AbstractContextManager[AnyTransaction]:
        """Lock the head."""

    def source_offset(self, partition: Partition) -> Owned | None:
        """Return how a partition of a foreign log stands."""

    def tracking(self, name: str) -> int | None:
        """Return the position of the named reader."""

    def close(self) -> None:
        """Close every connection."""


def open_sqlite(folder: Path) -> AnyStore:
    return SqliteStore(folder / "ledger.db", busy_timeout_s=0.2)


# PostgreSQL joins here, and with it every contract.
STORES: Mapping[str, Callable[[Path], AnyStore]] = {"sqlite": open_sqlite}


def rows_for(reader: Reader, request: AppendRequest, signer: Signer = RECORDER) -> list[Row]:
    """Return the rows that ``request`` becomes as the next entries of the log."""
    found = reader.stream_heads(request.streams)
    heads = {stream: found.get(stream) or empty_stream(ORIGIN, stream) for stream in request.streams}
    chained = chain(request, heads, origin=ORIGIN, signer=signer, now=NOW)
    size = reader.head().size
    return [link.row(size + i) for i, link in enumerate(chained.links)]


def grow(store: AnyStore, request: AppendRequest | None = None, *, by: int = 1) -> Head:
    """Append ``request`` (or ``by`` entries of stream ``s``) without a writer; return the new head."""
    with store.transaction() as tx:
        rows = rows_for(tx, request or note("s", by))
        tx.insert_rows(rows)
        return settle(tx, tx.head(), rows)
