"""Messages of monitoring tools as they came: the newest of a source, and what any of them holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from application.blobs import Blobs
from application.evidence import open_blob
from application.kept_message import message_of
from application.reading import RecordedFact, recorded
from application.spool import Spool
from application.vault import Vault
from domain.classified import SignatureVerdict
from domain.source_facts import DeliveriesAggregated, DeliveryReceived
from domain.streams import source_stream
from ledger.store.contract import Reader


class DeliveryView(Struct, frozen=True, kw_only=True):
    """One message, or in a storm so many: where in the log it stands, and what was read of it."""

    position: int
    delivery: str
    source: str
    format: str
    recordedtime: str
    by: str
    alerts: int
    remarks: int
    rejected: int
    truncated: int
    signature: SignatureVerdict | None
    messages: int


def newest(store: Reader, source: str, limit: int) -> tuple[DeliveryView, ...]:
    """Return the deliveries among the last ``limit`` facts of a source, newest first.

    Raises ValueError if no source can have that name.
    """
    stream = source_stream(source)
    head = store.stream_heads((stream,)).get(stream)
    if head is None:
        return ()
    rows = store.stream_rows(stream, max(0, head.version - limit), limit)
    return tuple(_views(recorded(row) for row in reversed(rows)))


def raw(store: Reader, position: int, vault: Vault, blobs: Blobs, folder: Path) -> Spool | None:
    """Return the exact bytes of the delivery at ``position``, verified, None where there is none.

    Of messages that were told together they are the lines that `DeliveriesAggregated` describes.
    They lie in a spool in ``folder``, which the caller closes; raises as `open_blob` does.
    """
    facts = [recorded(row).fact for row in store.rows(position, 1)]
    raws = [fact.raw for fact in facts if isinstance(fact, DeliveryReceived | DeliveriesAggregated)]
    if not raws:
        return None
    if raws[0].blob is not None:
        return open_blob(raws[0].blob, vault, blobs, folder)
    spool = Spool(folder)
    try:
        spool.write(message_of(raws[0], vault, blobs))
    except BaseException:
        spool.close()
        raise
    return spool


def _views(items: Iterator[RecordedFact]) -> Iterator[DeliveryView]:
    for item in items:
        fact = item.fact
        if isinstance(fact, DeliveryReceived | DeliveriesAggregated):
            # Messages that are told together only repeat what is known: nothing else is in them.
            alone = fact if isinstance(fact, DeliveryReceived) else None
            yield DeliveryView(
                position=item.position,
                delivery=fact.delivery_id,
                source=fact.source,
                format=fact.format,
                recordedtime=item.recordedtime,
                by=item.authid,
                alerts=fact.alerts,
                remarks=alone.remarks if alone else 0,
                rejected=alone.rejected if alone else 0,
                truncated=alone.truncated if alone else 0,
                signature=alone.signature if alone else None,
                messages=fact.count if isinstance(fact, DeliveriesAggregated) else 1,
            )
