"""Base64, decimal numbers and UTF-8 have one spelling each."""

from __future__ import annotations

import pytest

from ledger.errors import IntegrityError
from ledger.strict import decode_base64, decode_hash, decode_utf8, encode_base64, parse_decimal, shown


@pytest.mark.parametrize("data", [b"", b"f", b"fo", b"foo", b"foob", bytes(range(256))])
def test_base64_comes_back(data: bytes) -> None:
    assert decode_base64(encode_base64(data), "x") == data
    assert decode_base64(encode_base64(data).encode(), "x") == data


@pytest.mark.parametrize(
    "text",
    [
        "Zg",  # no padding
        "Zg=",  # half of it
        "Zg===",  # too much
        "Zh==",  # trailing bits
        "Zm9=",  # trailing bits
        "Zm9v\n",
        "Zm9v\r\n",
        " Zm9v",
        "Zm 9v",
        "Zg==Zg==",
        "Zm9-",  # URL-safe
        "Zm9_",
        "=",
        "====",
        "Zm9vé",
        "Zm9v\ud800",
        "Zm9v\x00",
    ],
)
def test_base64_with_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        decode_base64(text, "note, signature")
    assert caught.value.place == "note, signature"
    assert "base64" in caught.value.expected
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_hash_of_another_size_is_refused(size: int) -> None:
    assert decode_hash(encode_base64(bytes(32)), "root") == bytes(32)
    with pytest.raises(IntegrityError, match=f"root: expected 32 bytes of base64, found {size} bytes"):
        decode_hash(encode_base64(bytes(size)), "root")


@pytest.mark.parametrize("number", [0, 1, 10, 2**53, 2**63 - 1])
def test_a_decimal_number_comes_back(number: int) -> None:
    assert parse_decimal(str(number), "size") == number


NOT_DECIMAL = ["", "00", "01", "-0", "-1", "+1", " 1", "1 ", "1\n", "1_000", "1.0", "1e3", "0x1", "٣", "²"]


@pytest.mark.parametrize("text", [*NOT_DECIMAL, str(2**63), "9" * 5000])
def test_a_number_with_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(IntegrityError, match="size: expected a decimal number"):
        parse_decimal(text, "size")


def test_bytes_that_are_not_utf_8_are_refused_with_their_offset() -> None:
    assert decode_utf8("é".encode(), "note") == "é"
    with pytest.raises(IntegrityError, match="note: expected UTF-8, found byte 0xff at offset 2"):
        decode_utf8(b"ab\xff", "note")


def test_what_others_wrote_is_quoted_escaped_and_cut() -> None:
    assert shown("a\nb\u202e") == r"'a\nb\u202e'"
    assert shown(b"\x00") == r"b'\x00'"
    assert shown(1.5) == "1.5"
    assert shown("x" * 1000) == "'" + "x" * 79 + "…"
    assert shown("x" * 1000, 4) == "'xxx…"
    assert shown("xx", 4) == "'xx'"
    assert shown("xxx", 4) == "'xxx…"
    assert shown(b"x" * 50, 53) == ascii(b"x" * 50)
    assert shown(12345678, 8) == "12345678"
    assert shown(123456789, 8) == "12345678…"
    assert shown([["x"] * 100]).endswith("…")
