"""Opens a checkpoint that any one of several log keys may have signed (a log key can be rotated)."""

from __future__ import annotations

from collections.abc import Sequence

from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.errors import IntegrityError
from ledger.note import parse_vkey


def open_any(note: bytes, vkeys: Sequence[str]) -> Checkpoint:
    """Return the checkpoint in ``note`` if one of ``vkeys`` signed it; raises `IntegrityError`."""
    problem = IntegrityError("checkpoint", "a log key to check it with", "none")
    for vkey in vkeys:
        try:
            return open_checkpoint(note, parse_vkey(vkey))
        except IntegrityError as e:
            problem = e
    raise problem
