"""The library behind TUF and in-toto reads our stored envelopes and verifies their signatures."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError

# The documented place; it re-exports without saying so to type checkers.
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined] # see above

from ledger.dsse import MAX_PAYLOAD, PAYLOAD_TYPE, pae, parse_envelope, seal, verify_envelope
from ledger.errors import IntegrityError
from ledger.signer import keyid
from tests.support.logs import RECORDER, STRANGER, event_entries

pytestmark = pytest.mark.req("R-SVC-02")


def key_of(public_key: bytes, name: str | None = None) -> SSlibKey:
    return SSlibKey(name or keyid(public_key), "ed25519", "ed25519", {"public": public_key.hex()})


def opened(entry: bytes) -> Envelope:
    return Envelope.from_dict(json.loads(entry))


@pytest.mark.parametrize("entry", event_entries(7), ids=range(7))
def test_our_envelopes_verify(entry: bytes) -> None:
    envelope = opened(entry)
    assert envelope.payload_type == PAYLOAD_TYPE
    assert envelope.payload == parse_envelope(entry, "entry").payload
    assert envelope.pae() == pae(PAYLOAD_TYPE, envelope.payload)
    assert list(envelope.verify([key_of(RECORDER.public_key)], 1)) == [keyid(RECORDER.public_key)]


@pytest.mark.parametrize("payload", [b"", b"\x00\xff", b"x" * MAX_PAYLOAD])
def test_any_payload_verifies(payload: bytes) -> None:
    envelope = opened(seal(payload, RECORDER))
    assert envelope.payload == payload
    envelope.verify([key_of(RECORDER.public_key)], 1)


def test_written_by_that_library_an_envelope_has_the_same_members() -> None:
    entry = seal(b"payload", RECORDER)
    written = json.dumps(opened(entry).to_dict(), separators=(",", ":")).encode()
    assert json.loads(written) == json.loads(entry)
    assert written == entry


def test_another_key_does_not_verify() -> None:
    envelope = opened(seal(b"payload", RECORDER))
    for key in (key_of(STRANGER.public_key), key_of(STRANGER.public_key, keyid(RECORDER.public_key))):
        with pytest.raises(VerificationError):
            envelope.verify([key], 1)


def test_a_changed_payload_does_not_verify_there_nor_here() -> None:
    entry = seal(b"payload", RECORDER).replace(b64encode(b"payload"), b64encode(b"another"))
    with pytest.raises(VerificationError):
        opened(entry).verify([key_of(RECORDER.public_key)], 1)
    with pytest.raises(IntegrityError):
        verify_envelope(parse_envelope(entry, "entry"), RECORDER.public_key, "entry")


def test_an_envelope_signed_by_that_library_verifies_here() -> None:
    signer = CryptoSigner.generate_ed25519()
    public_key = bytes.fromhex(signer.public_key.keyval["public"])
    signer.public_key.keyid = keyid(public_key)
    envelope = Envelope(b"payload", PAYLOAD_TYPE, {})
    envelope.sign(signer)
    entry = json.dumps(envelope.to_dict(), separators=(",", ":")).encode()
    verify_envelope(parse_envelope(entry, "entry"), public_key, "entry")
