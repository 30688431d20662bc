"""Envelopes have one spelling, and their signature holds for one payload and one key."""

from __future__ import annotations

from base64 import b64encode

import pytest
from msgspec.structs import replace

from ledger.dsse import MAX_PAYLOAD, PAYLOAD_TYPE, Envelope, pae, parse_envelope, seal, verify_envelope
from ledger.errors import EntryTooLarge, IntegrityError
from ledger.signer import keyid
from tests.support.logs import RECORDER, STRANGER

PAYLOAD = b'{"a":"\xc3\xa9"}'
SEALED = seal(PAYLOAD, RECORDER)
ENVELOPE = parse_envelope(SEALED, "entry")


def test_the_pre_authentication_encoding_is_that_of_the_specification() -> None:
    # The example of the DSSE protocol document.
    assert pae("http://example.com/HelloWorld", b"hello world") == (
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    )
    assert pae("é", b"") == b"DSSEv1 2 \xc3\xa9 0 "


def test_an_envelope_is_spelled_in_one_way() -> None:
    signature = b64encode(RECORDER.sign(pae(PAYLOAD_TYPE, PAYLOAD))).decode()
    assert SEALED.decode() == (
        '{"payload":"eyJhIjoiw6kifQ==","payloadType":"application/cloudevents+json",'
        f'"signatures":[{{"keyid":"{keyid(RECORDER.public_key)}","sig":"{signature}"}}]}}'
    )


@pytest.mark.parametrize("payload", [b"", b"x", b"xx", b"xxx", b"\x00\xff", b"x" * MAX_PAYLOAD])
def test_a_payload_comes_back(payload: bytes) -> None:
    envelope = parse_envelope(seal(payload, RECORDER), "entry")
    assert envelope.payload == payload
    assert envelope.keyid == keyid(RECORDER.public_key)
    verify_envelope(envelope, RECORDER.public_key, "entry")


def test_a_payload_too_large_for_an_entry_is_not_sealed() -> None:
    with pytest.raises(EntryTooLarge, match="event: expected at most 48963 bytes, found 48964"):
        seal(b"x" * (MAX_PAYLOAD + 1), RECORDER)


def swap(old: bytes, new: bytes) -> bytes:
    assert SEALED.count(old) == 1
    return SEALED.replace(old, new)


SIGNATURE = b64encode(ENVELOPE.signature)
NAME = ENVELOPE.keyid.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        PAYLOAD,
        SEALED + b"\n",
        b" " + SEALED,
        SEALED[:-1],
        SEALED + SEALED,
        swap(b'"payload":', b'"payload": '),
        swap(b'"payload":"', b'"payload":"x","payload":"'),
        swap(b'"signatures":[', b'"extra":1,"signatures":['),
        swap(b"}]}", b'}],"extra":1}'),
        swap(b"cloudevents+json", b"cloudevents\\u002bjson"),
        swap(b"cloudevents+json", b"json"),
        swap(b'"eyJhIjoiw6kifQ=="', b'"eyJhIjoiw6kifQ="'),
        swap(b'"eyJhIjoiw6kifQ=="', b'"eyJhIjoiw6kifQ"'),
        swap(b'"eyJhIjoiw6kifQ=="', b'"eyJhIjoiw6kifR=="'),
        swap(b'"eyJhIjoiw6kifQ=="', b'"eyJhIjoiw6kifQ==\\n"'),
        swap(b'"eyJhIjoiw6kifQ=="', b'"eyJhIjoiw6ki fQ=="'),
        swap(b'"eyJhIjoiw6kifQ=="', b'"eyJhIjoiw6kifQ\\u003d\\u003d"'),
        swap(b'"eyJhIjoiw6kifQ=="', b"null"),
        swap(b'"eyJhIjoiw6kifQ=="', b'"\xff"'),
        swap(NAME, NAME.upper()),
        swap(NAME, NAME[1:]),
        swap(NAME, b""),
        swap(SIGNATURE, SIGNATURE[:-2]),
        swap(SIGNATURE, b64encode(ENVELOPE.signature[1:])),
        swap(SIGNATURE, SIGNATURE[:-3] + bytes([SIGNATURE[-3] + 1]) + b"=="),
        swap(b"[{", b"[{},{"),
        swap(b"}]", b'},{"keyid":"%b","sig":"%b"}]' % (NAME, SIGNATURE)),
        swap(b'"keyid":"%b","sig":"%b"' % (NAME, SIGNATURE), b'"sig":"%b","keyid":"%b"' % (SIGNATURE, NAME)),
        b'{"payload":"' + b"A" * 65_536 + SEALED[SEALED.index(b'","payloadType') :],
    ],
)
def test_anything_else_is_no_envelope(data: bytes) -> None:
    with pytest.raises(IntegrityError) as caught:
        parse_envelope(data, "entry 41")
    assert caught.value.place.startswith("entry 41")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_only_the_key_that_signed_verifies() -> None:
    verify_envelope(ENVELOPE, RECORDER.public_key, "entry 41")
    with pytest.raises(IntegrityError, match="entry 41, keyid: expected"):
        verify_envelope(ENVELOPE, STRANGER.public_key, "entry 41")
    named = replace(ENVELOPE, keyid=keyid(STRANGER.public_key))
    with pytest.raises(IntegrityError, match="entry 41, signature: expected an Ed25519 signature"):
        verify_envelope(named, STRANGER.public_key, "entry 41")


@pytest.mark.parametrize(
    "envelope",
    [replace(ENVELOPE, payload=PAYLOAD + b" "), replace(ENVELOPE, signature=bytes(64))],
)
def test_a_signature_holds_for_its_payload_only(envelope: Envelope) -> None:
    with pytest.raises(IntegrityError, match="entry, signature"):
        verify_envelope(envelope, RECORDER.public_key, "entry")


def test_a_signature_made_for_another_type_of_payload_does_not_verify() -> None:
    other = replace(ENVELOPE, signature=RECORDER.sign(pae("application/json", PAYLOAD)))
    with pytest.raises(IntegrityError, match="entry, signature"):
        verify_envelope(other, RECORDER.public_key, "entry")
