"""Envelopes: an event's bytes and the recorder's signature over them, in one log entry (DSSE v1).

    {"payload":"<base64>","payloadType":"application/cloudevents+json","signatures":[{"keyid":"<hex>","sig":"…"}]}

Exactly one signature, Ed25519 over the pre-authentication encoding; ``keyid`` names the key as
`ledger.signer.keyid` does. These bytes are what is stored, hashed, exported and proven; nothing ever
re-serialises them.
"""

from __future__ import annotations

import re
from base64 import b64encode
from binascii import a2b_base64
from typing import Final

import msgspec

from ledger.errors import EntryTooLarge, IntegrityError
from ledger.signer import Signer, keyid, verify_signature
from ledger.strict import decode_base64, shown

PAYLOAD_TYPE: Final = "application/cloudevents+json"
MAX_ENVELOPE: Final = 65_535  # bytes, as much as an entry bundle's length field can say
MAX_PAYLOAD: Final = 48_963  # bytes, what is left of it for the payload

_HEAD = b'{"payload":"'
_MIDDLE = b'","payloadType":"application/cloudevents+json","signatures":[{"keyid":"'
# 64 bytes leave four bits of their 86th digit unused: zero, so it is one of four.
_TAIL = re.compile(re.escape(_MIDDLE) + rb'([0-9a-f]{64})","sig":"([A-Za-z0-9+/]{85}[AQgw]==)"\}\]\}')
_TAIL_SIZE = len(_MIDDLE) + 64 + len(b'","sig":"') + 88 + len(b'"}]}')


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed envelope: the event's bytes, the name of the key that signed, and the signature (64 bytes)."""

    payload: bytes
    keyid: str
    signature: bytes


def pae(payload_type: str, body: bytes) -> bytes:
    """Return the pre-authentication encoding of DSSE v1: what a signature is made over."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)


def seal(payload: bytes, signer: Signer) -> bytes:
    """Return the envelope of ``payload``, signed by ``signer``, or raise `EntryTooLarge`."""
    if len(payload) > MAX_PAYLOAD:
        raise EntryTooLarge("event", len(payload), MAX_PAYLOAD)
    name = keyid(signer.public_key).encode()
    signature = b64encode(signer.sign(pae(PAYLOAD_TYPE, payload)))
    return b'%b%b%b%b","sig":"%b"}]}' % (_HEAD, b64encode(payload), _MIDDLE, name, signature)


def parse_envelope(data: bytes, place: str) -> Envelope:
    """Return the envelope that ``data`` is the one spelling of; the signature is not verified."""
    if len(data) > MAX_ENVELOPE:
        raise IntegrityError(place, f"an envelope of at most {MAX_ENVELOPE} bytes", len(data))
    # All but the payload has a fixed size, so only the tail is matched; base64 has its own strict parser.
    # Not before the end of the head: both have a quotation mark there, and must not share one.
    tail = _TAIL.fullmatch(data, max(len(_HEAD), len(data) - _TAIL_SIZE))
    if tail is None or not data.startswith(_HEAD):
        raise IntegrityError(place, "a DSSE envelope of one event in its one spelling", shown(data))
    return Envelope(
        payload=decode_base64(data[len(_HEAD) : -_TAIL_SIZE], place),
        keyid=tail[1].decode("ascii"),
        signature=a2b_base64(tail[2]),
    )


def verify_envelope(envelope: Envelope, public_key: bytes, place: str) -> None:
    """Return when the envelope names ``public_key`` and it signed; raise `IntegrityError` otherwise."""
    if envelope.keyid != (expected := keyid(public_key)):
        raise IntegrityError(f"{place}, keyid", expected, envelope.keyid)
    message = pae(PAYLOAD_TYPE, envelope.payload)
    verify_signature(public_key, message, envelope.signature, f"{place}, signature")
