"""The keyring as a store holds it: the fold of stream ``keys`` up to a position."""

from __future__ import annotations

from collections.abc import Iterable

from ledger.dsse import verify_envelope
from ledger.keyfacts import STREAM
from ledger.keyring import EMPTY, Keyring, fold, valid
from ledger.store.contract import Reader, Row
from ledger.store.rows import open_row


def load_keyring(reader: Reader) -> Keyring:
    """Return the keyring of all of stream ``keys``; raises `IntegrityError` when a fact does not hold."""
    return advance(EMPTY, reader.stream_rows(STREAM))


def advance(keyring: Keyring, rows: Iterable[Row]) -> Keyring:
    """Return the keyring after further rows of stream ``keys``, each with a valid signature."""
    for row in rows:
        envelope, event = open_row(row)
        keyring = fold(keyring, row.position, event, envelope.keyid)
        verify_envelope(envelope, valid(keyring, envelope.keyid, row.position), f"entry {row.position}")
    return keyring
