"""The files of an incident: which of them its facts name, and their bytes, verified before they are given."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from application.blobs import Blobs, stored_chunks
from application.box_stream import unboxed
from application.references import references_in
from application.spool import Spool
from application.vault import Vault
from domain.prose import BlobRef
from domain.rootcause.facts import Found
from ledger.dsse import parse_envelope
from ledger.errors import IntegrityError
from ledger.references import may_refer
from ledger.store.contract import Reader
from ledger.store.rows import open_row


class NamedBlob(Struct, frozen=True, kw_only=True):
    """A blob and the fact that names it."""

    ref: BlobRef
    position: int
    version: int
    type: str
    recordedtime: str
    by: str


def named_blobs(store: Reader, stream: str, sha256: str | None = None) -> Iterator[NamedBlob]:
    """Yield the blobs that facts of a stream name, in its order; of one SHA-256, or all of them."""
    mark = b'"blob":{' if sha256 is None else sha256.encode()
    for row in store.stream_rows(stream):
        payload = parse_envelope(row.envelope, f"entry {row.position}").payload
        # Most facts name none: their bytes are looked through, not parsed.
        if not may_refer(payload) or mark not in payload:
            continue
        _, event = open_row(row)
        for ref in references_in(event.data):
            if isinstance(ref, BlobRef) and sha256 in (None, ref.sha256):
                yield NamedBlob(
                    ref=ref,
                    position=row.position,
                    version=row.version,
                    type=row.type,
                    recordedtime=event.recordedtime,
                    by=event.authid,
                )


def open_blob(ref: BlobRef, vault: Vault, blobs: Blobs, folder: Path) -> Spool:
    """Return the content of a blob, all of it verified; raise `IntegrityError` if missing, erased or another.

    It lies in a spool in ``folder``, which the caller closes.
    """
    key = vault.examine_keys({ref.kid}).get(ref.kid)
    if key is None:
        raise IntegrityError(f"blob {ref.c}", "its data key", "none")
    if isinstance(key, IntegrityError):
        raise key
    return _spooled(unboxed(stored_chunks(blobs, ref.sha256), key.key, ref.c, f"blob {ref.c}"), folder)


def open_stored(ref: BlobRef, blobs: Blobs, folder: Path) -> Spool:
    """Return the stored, encrypted bytes of a blob, verified; raises as `open_blob` does."""
    return _spooled(stored_chunks(blobs, ref.sha256), folder)


def condition(ref: BlobRef, blobs: Blobs) -> Found:
    """Return whether the stored bytes of a blob are there and have their SHA-256; raises `StoreError`."""
    if blobs.size(ref.sha256) is None:
        return "missing"
    return "ok" if blobs.holds(ref.sha256) else "damaged"


def _spooled(pieces: Iterator[bytes], folder: Path) -> Spool:
    spool = Spool(folder)
    try:
        for piece in pieces:
            spool.write(piece)
    except BaseException:
        spool.close()
        raise
    return spool
