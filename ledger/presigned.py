"""Signatures of many entries at once, as another process checks them: nothing here needs the entries before.

Whether a key was in force is not asked; the audit does that, and takes a signature as checked only if it is
by the very key that it would have checked it with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ledger.dsse import parse_envelope, verify_envelope
from ledger.errors import IntegrityError


def signers(entries: Sequence[bytes], keys: Mapping[str, bytes]) -> list[bytes | None]:
    """Return for each entry the raw public key that signed it, None where none of ``keys``, by name, did."""
    return [_signer(entry, keys) for entry in entries]


def _signer(entry: bytes, keys: Mapping[str, bytes]) -> bytes | None:
    try:
        envelope = parse_envelope(entry, "entry")
        key = keys.get(envelope.keyid)
        if key is not None:
            verify_envelope(envelope, key, "entry")
    except IntegrityError:
        # What is wrong with it the audit says, in its place among the findings.
        return None
    return key
