"""Signatures of senders: what one came to is recorded, and a message with a wrong one is not believed."""

from __future__ import annotations

import hashlib
import hmac

from consumers.payload import WHOLE, DecodeError
from domain.classified import SignatureVerdict


def hmac_sha256(secret: bytes | None, signed: bytes, given: str | None) -> SignatureVerdict:
    """Return what a hexadecimal HMAC-SHA256 over ``signed`` comes to; compared in constant time."""
    if given is None:
        return "absent"
    if secret is None:
        return "unchecked"
    expected = hmac.new(secret, signed, hashlib.sha256).hexdigest()
    return "valid" if hmac.compare_digest(expected.encode(), given.lower().encode()) else "invalid"


def believed(verdict: SignatureVerdict, secret: bytes | None) -> SignatureVerdict:
    """Return ``verdict`` if the message may be believed; raises `DecodeError` where a key says otherwise.

    With a key, only a valid signature will do; without one, whoever may deliver is believed.
    """
    if secret is not None and verdict != "valid":
        raise DecodeError(f"signature-{verdict}", WHOLE, "a message signed with the source's key", verdict)
    return verdict
