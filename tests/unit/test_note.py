"""Signed notes and verifier keys: who vouches, and what is no note at all."""

from __future__ import annotations

import hashlib

import pytest
from msgspec.structs import replace

from ledger.errors import IntegrityError
from ledger.note import (
    COSIGNATURE,
    MAX_NOTE,
    ML_DSA_44,
    Note,
    NoteSignature,
    encode_note,
    format_vkey,
    log_vkey,
    parse_note,
    parse_vkey,
    sign_note,
    verifier_key,
    verify_note,
)
from ledger.strict import encode_base64
from tests.support.logs import LOG, STRANGER

NAME = "ledger.example/incidents"
KEY = log_vkey(NAME, LOG.public_key)
NOTE = sign_note("first\n\nlast\n", NAME, LOG)
LINE = encode_note(NOTE).decode().splitlines()[-1]
SPACED = LINE.replace("ledger.example", "ledger\u2003example")


def test_a_note_comes_back_and_verifies() -> None:
    assert parse_note(encode_note(NOTE)) == NOTE
    verify_note(NOTE, KEY)


def test_the_last_empty_line_divides_text_and_signatures() -> None:
    assert NOTE.text == "first\n\nlast\n"
    assert encode_note(NOTE) == f"first\n\nlast\n\n{LINE}\n".encode()


def test_a_note_may_have_no_text_but_a_newline() -> None:
    note = sign_note("\n", NAME, LOG)
    assert parse_note(encode_note(note)) == note


@pytest.mark.parametrize("algorithm", [COSIGNATURE, ML_DSA_44])
def test_a_key_id_follows_from_name_type_and_key(algorithm: int) -> None:
    key = b"\x05" * (1312 if algorithm == ML_DSA_44 else 32)
    vkey = verifier_key("witness.example/w1", algorithm, key)
    expected = hashlib.sha256(b"witness.example/w1\n" + bytes([algorithm]) + key).digest()[:4]
    assert vkey.key_id == expected
    assert parse_vkey(format_vkey(vkey)) == vkey


@pytest.mark.parametrize(
    ("algorithm", "size"), [(1, 31), (1, 33), (1, 1312), (4, 1312), (6, 32), (2, 32), (255, 32)]
)
def test_a_key_of_another_type_or_size_has_no_verifier_key(algorithm: int, size: int) -> None:
    with pytest.raises(IntegrityError, match=f"found type 0x{algorithm:02x}, {size} bytes"):
        verifier_key(NAME, algorithm, bytes(size))


def test_a_note_may_be_a_million_bytes_long() -> None:
    rest = len(encode_note(NOTE)) - len(NOTE.text)
    longest = replace(NOTE, text="x" * (MAX_NOTE - rest - 1) + "\n")
    assert parse_note(encode_note(longest)) == longest
    with pytest.raises(IntegrityError, match=f"at most 1000000 bytes, found {MAX_NOTE + 1}"):
        parse_note(encode_note(replace(NOTE, text="x" + longest.text)))


def test_a_base64_that_contains_a_plus_is_no_trouble() -> None:
    public_key = bytes([0b111110 << 2]) * 32
    text = format_vkey(log_vkey(NAME, public_key))
    assert text.count("+") > 2
    assert parse_vkey(text).public_key == public_key


GOOD_ID = KEY.key_id.hex()
GOOD_KEY = encode_base64(b"\x01" + LOG.public_key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        NAME,
        f"{NAME}+{GOOD_ID}",
        f"{NAME}+{GOOD_ID}+",
        f"{NAME}+{GOOD_ID}+{GOOD_KEY}\n",
        f"{NAME}+{GOOD_ID}+{GOOD_KEY}=",
        f"{NAME}+{GOOD_ID}+{GOOD_KEY[:-1]}",
        f"+{GOOD_ID}+{GOOD_KEY}",
        f"ledger .example+{GOOD_ID}+{GOOD_KEY}",
        f"ledger\u00a0.example+{GOOD_ID}+{GOOD_KEY}",
        f"ledger\x00.example+{GOOD_ID}+{GOOD_KEY}",
        f"ledger\ud800.example+{GOOD_ID}+{GOOD_KEY}",
        f"other.example+{GOOD_ID}+{GOOD_KEY}",
        f"{NAME}+{GOOD_ID.upper()}+{GOOD_KEY}",
        f"{NAME}+{GOOD_ID[1:]}+{GOOD_KEY}",
        f"{NAME}+00000000+{GOOD_KEY}",
        f"{NAME}+{GOOD_ID}+{encode_base64(LOG.public_key)}",
        f"{NAME}+{GOOD_ID}+{encode_base64(bytes([2]) + LOG.public_key)}",
        f"{NAME}+{GOOD_ID}+{encode_base64(bytes([1]) + LOG.public_key[1:])}",
        f"{NAME}+{GOOD_ID}+{encode_base64(bytes([255]))}",
    ],
)
def test_anything_else_is_no_verifier_key(text: str) -> None:
    with pytest.raises(IntegrityError, match="verifier key") as caught:
        parse_vkey(text)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b"\n\n",
        b"text\n",
        b"text\n\n",
        f"text\n{LINE}\n".encode(),
        f"text\n\n{LINE}".encode(),
        f"{LINE}\n".encode(),
        f"\n{LINE}\n".encode(),
        f"text\n\n{LINE}\n\n".encode(),
        f"text\r\n\r\n{LINE}\r\n".encode(),
        f"text\n\n{LINE}\r\n".encode(),
        f"text\n\n{LINE} \n".encode(),
        f"text\n\n {LINE}\n".encode(),
        f"text\n\n{LINE.replace('— ', '- ')}\n".encode(),
        f"text\n\n{LINE.replace('— ', '—')}\n".encode(),
        f"text\n\n{LINE.replace('— ', '—  ')}\n".encode(),
        f"text\n\n{LINE}\nnot a signature\n".encode(),
        f"text\n\n{LINE.replace('ledger.example', 'ledger+example')}\n".encode(),
        f"text\n\n{SPACED}\n".encode(),
        f"text\n\n{LINE.replace('=', '')}\n".encode(),
        "text\n\n— name AAAAAA==\n".encode(),
        "text\n\n— name AAAAAB==\n".encode(),
        "text\n\n— name \n".encode(),
        "text\n\n— name\n".encode(),
        f"te\x00xt\n\n{LINE}\n".encode(),
        f"te\txt\n\n{LINE}\n".encode(),
        b"te\xffxt\n\n" + LINE.encode() + b"\n",
        b"te\xed\xa0\x80xt\n\n" + LINE.encode() + b"\n",
        b"text\n\n" + f"{LINE}\n".encode() * 101,
        b"x" * MAX_NOTE + f"\n\n{LINE}\n".encode(),
    ],
)
def test_anything_else_is_no_note(data: bytes) -> None:
    with pytest.raises(IntegrityError, match="note") as caught:
        parse_note(data)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


def test_a_signature_is_at_least_a_key_id_and_a_byte() -> None:
    (line,) = parse_note("text\n\n— name AAECAwQ=\n".encode()).signatures
    assert line == NoteSignature(name="name", key_id=b"\x00\x01\x02\x03", signature=b"\x04")


def test_types_have_the_numbers_of_the_specification() -> None:
    assert (KEY.algorithm, COSIGNATURE, ML_DSA_44) == (0x01, 0x04, 0x06)


def test_a_hundred_signatures_are_accepted() -> None:
    note = replace(NOTE, signatures=NOTE.signatures * 100)
    assert parse_note(encode_note(note)) == note
    verify_note(note, KEY)


@pytest.mark.parametrize(
    "note",
    [
        Note("no newline", NOTE.signatures),
        Note("", NOTE.signatures),
        Note("text\n", ()),
        Note("text\n", NOTE.signatures * 101),
        Note("te\rxt\n", NOTE.signatures),
        Note("te\ud800xt\n", NOTE.signatures),
        Note("text\n", (NoteSignature(name="a b", key_id=bytes(4), signature=b"s"),)),
        Note("text\n", (NoteSignature(name="", key_id=bytes(4), signature=b"s"),)),
    ],
)
def test_a_note_that_could_not_be_read_again_is_not_written(note: Note) -> None:
    with pytest.raises(IntegrityError, match="note"):
        encode_note(note)


def test_only_the_pinned_key_vouches_for_a_note() -> None:
    with pytest.raises(IntegrityError, match=r"expected a signature by 'other\.example' with key id"):
        verify_note(NOTE, log_vkey("other.example", LOG.public_key))
    with pytest.raises(IntegrityError, match=f"those by '{NAME}' with key id {GOOD_ID}"):
        verify_note(NOTE, log_vkey(NAME, STRANGER.public_key))
    with pytest.raises(IntegrityError, match="expected type 0x01, found type 0x04"):
        verify_note(NOTE, verifier_key(NAME, COSIGNATURE, LOG.public_key))


def test_another_text_under_the_same_signature_is_reported() -> None:
    with pytest.raises(IntegrityError, match=f"note, signature by '{NAME}'"):
        verify_note(replace(NOTE, text="other\n"), KEY)


def test_one_bad_line_by_the_pinned_key_condemns_the_note() -> None:
    bad = replace(NOTE.signatures[0], signature=bytes(64))
    with pytest.raises(IntegrityError):
        verify_note(replace(NOTE, signatures=(*NOTE.signatures, bad)), KEY)


def test_lines_by_unknown_keys_are_ignored() -> None:
    others = (
        NoteSignature(name=NAME, key_id=b"1234", signature=b"?"),
        NoteSignature(name="someone.example", key_id=KEY.key_id, signature=b"?"),
    )
    verify_note(replace(NOTE, signatures=(*others, *NOTE.signatures)), KEY)


@pytest.mark.parametrize("size", [1, 63, 65])
def test_a_signature_of_another_size_does_not_verify(size: int) -> None:
    line = replace(NOTE.signatures[0], signature=(NOTE.signatures[0].signature * 2)[:size])
    with pytest.raises(IntegrityError):
        verify_note(replace(NOTE, signatures=(line,)), KEY)
