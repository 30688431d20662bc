"""Spellings that have exactly one form: base64, decimal numbers, hexadecimal; and excerpts for messages.

Base64 is RFC 4648 section 4, padded, with zero trailing bits; numbers have no sign and no leading zeros. Each
parser returns a value whose spelling is the text it was given, or raises `IntegrityError`.
"""

from __future__ import annotations

import binascii
import re
from base64 import b64encode
from typing import Final

from ledger.errors import IntegrityError

MAX_NUMBER: Final = 2**63 - 1

_HASH = re.compile("[0-9a-f]{64}")
_DECIMAL = re.compile("0|[1-9][0-9]{0,18}")


def encode_base64(data: bytes) -> str:
    """Return the one base64 spelling of ``data``."""
    return b64encode(data).decode("ascii")


def decode_base64(text: str | bytes, place: str) -> bytes:
    """Return the bytes that ``text`` is the one spelling of."""
    try:
        spelled = text.encode("ascii") if isinstance(text, str) else text
        data = binascii.a2b_base64(spelled, strict_mode=True)
    except ValueError as error:
        raise IntegrityError(place, "standard base64", shown(text)) from error
    # In strict mode only trailing bits have a choice, so it is enough to spell the last group again.
    if binascii.b2a_base64(data[len(data) - (len(data) % 3 or 3) :], newline=False) != spelled[-4:]:
        raise IntegrityError(place, "base64 with zero trailing bits and padding", shown(text))
    return data


def decode_hash(text: str | bytes, place: str) -> bytes:
    """Return the 32 bytes that ``text`` is the base64 spelling of."""
    data = decode_base64(text, place)
    if len(data) != 32:
        raise IntegrityError(place, "32 bytes of base64", f"{len(data)} bytes")
    return data


def is_hash(text: str) -> bool:
    """Return whether ``text`` is the one hexadecimal spelling of 32 bytes."""
    return _HASH.fullmatch(text) is not None


def parse_decimal(text: str, place: str) -> int:
    """Return the number, 0 to 2^63 - 1, that ``text`` is the one decimal spelling of."""
    if _DECIMAL.fullmatch(text) is None or (number := int(text)) > MAX_NUMBER:
        raise IntegrityError(place, "a decimal number up to 2^63 - 1 without leading zeros", shown(text))
    return number


def decode_utf8(data: bytes, place: str) -> str:
    """Return the text that ``data`` encodes."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise IntegrityError(
            place, "UTF-8", f"byte 0x{data[error.start]:02x} at offset {error.start}"
        ) from error


def shown(value: object, limit: int = 80) -> str:
    """Return ``value`` as a message may quote it: escaped, and cut after ``limit`` characters."""
    head = value[:limit] if isinstance(value, str | bytes) else value
    text = ascii(head)
    cut = len(text) > limit or (isinstance(value, str | bytes) and len(value) > limit)
    return text[:limit] + "…" if cut else text
