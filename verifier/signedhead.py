"""Step 2: the checkpoint under a pinned key.

Everything hangs on this: the checkpoint's root commits to every entry and to their order. Where no key is
pinned the key beside the log stands in, and shows only that the log is consistent in itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ledger.checkpoint import Checkpoint, open_checkpoint
from ledger.errors import IntegrityError
from ledger.exportlayout import CHECKPOINT, VKEY
from ledger.note import MAX_NOTE, VerifierKey, format_vkey, parse_vkey
from ledger.strict import shown
from verifier.container import Accepted
from verifier.layouts import MAX_LABEL
from verifier.steps import Step
from verifier.tally import Tally


class SignedHead(msgspec.Struct, frozen=True):
    """The checkpoint everything is measured against, the key that signed it, and who vouches for the key.

    ``note`` are the exact bytes of the file.
    """

    checkpoint: Checkpoint
    key: VerifierKey
    pinned: bool
    note: bytes


def open_head(source: Accepted, pinned: Sequence[VerifierKey], tally: Tally) -> SignedHead | None:
    """Return the checkpoint if one of ``pinned`` signed it, or the log's own key where none is pinned."""
    label = _label(source, tally) if source.listed or not pinned else None
    keys = pinned or ([label] if label else [])
    data = tally.read("checkpoint", source, CHECKPOINT, MAX_NOTE)
    if data is None or not keys:
        return None
    head = None
    with tally.collecting("checkpoint"):
        checkpoint, key = open_by_one(data, keys)
        head = SignedHead(checkpoint, key, bool(pinned), data)
        tally.checked(Step.CHECKPOINT)
    with tally.collecting("label"):
        if head is not None and label is not None and label != head.key:
            raise IntegrityError(VKEY, format_vkey(head.key), format_vkey(label))
    return head


def open_by_one(data: bytes, keys: Sequence[VerifierKey]) -> tuple[Checkpoint, VerifierKey]:
    """Return the checkpoint in ``data`` and which of ``keys``, at least one, signed it."""
    *others, last = keys
    for key in others:
        try:
            return open_checkpoint(data, key), key
        except IntegrityError:
            # One of several keys is enough; what the last one says is what gets reported.
            continue
    return open_checkpoint(data, last), last


def _label(source: Accepted, tally: Tally) -> VerifierKey | None:
    data = tally.read("label", source, VKEY, MAX_LABEL)
    if data is None:
        return None
    with tally.collecting("label"):
        if not data.isascii() or not data.endswith(b"\n"):
            raise IntegrityError(VKEY, "one line of ASCII", shown(data))
        return parse_vkey(data[:-1].decode("ascii"))
    return None
