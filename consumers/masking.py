"""Keys that a sender writes into its message: masked before anything of it is read or kept.

Done on the bytes, whether they are JSON or not, so that a key is masked in a broken message as well,
however it is escaped, and everything else stays byte for byte.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from msgspec import Struct

MASK = "[masked]"
SECRET = 8
"""Characters of a value that is masked wherever it stands; a shorter one is where it is the member's."""

# The end of the bytes ends a text too: were it no match, each quote before it would be tried again.
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)', re.DOTALL)


class Masked(Struct, frozen=True):
    """A message without its keys, and in how many texts of it something was masked."""

    body: bytes
    count: int


def masked(body: bytes, member: str) -> Masked:
    """Return ``body`` with every text that is the value of ``member``, or holds such a value, masked."""
    if member.encode() not in body and b"\\u" not in body:
        return Masked(body, 0)
    values = {found.start(): _text(found[0]) for found in _values(body, member)}
    secrets = sorted({text for text in values.values() if len(text) >= SECRET}, key=len, reverse=True)
    count = 0

    def replaced(found: re.Match[bytes]) -> bytes:
        nonlocal count
        text = _text(found[0]) if values else ""
        clean = MASK if values.get(found.start()) else _without(text, secrets)
        if clean == text:
            return found[0]
        count += 1
        return json.dumps(clean).encode()

    return Masked(_TEXT.sub(replaced, body) if values else body, count)


def _values(body: bytes, member: str) -> Iterator[re.Match[bytes]]:
    """Yield the texts that are values of ``member``, wherever in the message."""
    end = None
    for found in _TEXT.finditer(body):
        if end is not None and body[end : found.start()].strip() == b":":
            yield found
        end = found.end() if _text(found[0]) == member else None


def _text(literal: bytes) -> str:
    written = literal.decode("utf-8", errors="replace")
    try:
        text: str = json.loads(written, strict=False)
    except ValueError:
        return written.strip('"')
    return text


def _without(text: str, secrets: list[str]) -> str:
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text
