"""What a decoder is given: one message of a source, as it came."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from domain.signal import Delivery


class Message(Struct, frozen=True, kw_only=True):
    """The exact ``body``, the headers by their lower-case names, and when we received it (RFC 3339).

    ``secret`` is the key with which the source signs, None where the operator gave none.
    """

    body: bytes
    headers: Mapping[str, str] = {}
    received_at: str
    secret: bytes | None = None


Decode = Callable[[Message, str], Delivery]
"""Makes a `Delivery` of what a source, by its name, sent; raises `DecodeError` if it is no such message."""
