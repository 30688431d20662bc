"""A message as it is kept: its exact bytes, encrypted; a small text in the vault, everything else as a blob.

A file of its own for each of thousands of small messages a second is more than a disk can do, while rows of
the vault share a commit. UTF-8 text is its bytes exactly, both ways.
"""

from __future__ import annotations

from application.blobs import Blobs
from application.sealing import SPILL_BYTES
from application.unsealing import open_content, open_values
from application.vault import Vault
from domain.prose import Prose, prose
from ledger.errors import IntegrityError

SMALL = SPILL_BYTES // 2
"""Bytes; as JSON such a text has hardly ever more than `SPILL_BYTES`, and if it has, it becomes a blob."""


def kept(body: bytes) -> Prose:
    """Return a message as prose from which `message_of` makes the same bytes."""
    if len(body) > SMALL:
        return prose(body)
    try:
        return prose(body.decode())
    except UnicodeDecodeError:
        return prose(body)


def message_of(raw: Prose, vault: Vault, blobs: Blobs) -> bytes:
    """Return the exact bytes of a message that was kept; raises `IntegrityError` if it is lost or erased."""
    reference = raw.sealed
    if reference is None and raw.blob is not None:
        return open_content(raw.blob, vault, blobs).content
    value = None if reference is None else open_values([reference], vault, blobs).get(reference.c)
    if not isinstance(value, str):
        raise IntegrityError(f"message {raw.c}", "a text that opens", "none")
    return value.encode()
