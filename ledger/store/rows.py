"""Rows of table ``event`` against the envelopes they repeat: every read compares."""

from __future__ import annotations

from ledger.dsse import Envelope, parse_envelope
from ledger.errors import IntegrityError
from ledger.event import Event, parse_event
from ledger.merkle import leaf_hash
from ledger.store.contract import Row


def open_row(row: Row) -> tuple[Envelope, Event]:
    """Return the envelope and event of ``row``; raises `IntegrityError` when a column disagrees."""
    place = f"entry {row.position}"
    envelope = parse_envelope(row.envelope, place)
    event = parse_event(envelope.payload, place)
    check_columns(row, event)
    return envelope, event


def check_columns(row: Row, event: Event) -> None:
    """Return when the columns of ``row`` repeat ``event``, which is in its envelope."""
    for name, expected, found in (
        ("leaf_hash", leaf_hash(row.envelope).hex(), row.leaf_hash.hex()),
        ("stream", event.subject, row.stream),
        ("version", event.streamversion, row.version),
        ("type", event.type, row.type),
        ("event_id", event.id, row.event_id),
        ("prev_hash", event.prevhash, row.prev_hash.hex()),
    ):
        if expected != found:
            raise IntegrityError(f"entry {row.position}, column {name}", expected, found)


def row_of(position: int, event: Event, envelope: bytes) -> Row:
    """Return the row that repeats ``event``, whose envelope is ``envelope``."""
    return Row(
        position=position,
        stream=event.subject,
        version=event.streamversion,
        type=event.type,
        event_id=event.id,
        prev_hash=bytes.fromhex(event.prevhash),
        leaf_hash=leaf_hash(envelope),
        envelope=envelope,
    )
