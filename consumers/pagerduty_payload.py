"""What PagerDuty's events of both kinds have in common: a routing key to mask, a payload, links."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from consumers.macros import filled_in
from consumers.masking import masked
from consumers.message import Message
from consumers.payload import DecodeError, Json
from consumers.texts import filled, text_in, within
from consumers.times import a_time
from domain.signal import Delivery

ROUTING_KEY = "routing_key"

Read = Callable[[Message, str], Delivery]


def clean(body: bytes) -> bytes:
    """Return a message without its routing key, whatever else it is."""
    return masked(body, ROUTING_KEY).body


def without_key(message: Message, source: str, version: str, read: Read) -> Delivery:
    """Return what ``read`` makes of the message without its routing key, which is also what is kept of it."""
    clean = masked(message.body, ROUTING_KEY)
    try:
        told = read(replace(message, body=clean.body), source)
    except DecodeError as error:
        # Not raised: whoever caught it would keep the message as it came.
        told = Delivery(source=source, format=version, rejected=(error.rejected,))
    return replace(told, kept=clean.body, masked=clean.count) if clean.count else told


def said(value: Json) -> str | None:
    """Return a text, or a number as it was written; None where nothing was filled in."""
    return filled_in(text_in(value))


def time_of(payload: Json) -> str | None:
    """Return when an event was, None where it does not say so; raises `DecodeError`."""
    given = within(payload, "timestamp")
    unsaid = given is None or (isinstance(given, str) and said(given) is None)
    return None if unsaid else a_time(given, "payload.timestamp")


def details_of(payload: Json) -> dict[str, str]:
    """Return the texts, numbers and truths among the ``custom_details``, by their names."""
    details = within(payload, "custom_details")
    items = details.items() if isinstance(details, Mapping) else ()
    return filled((name, _word(value)) for name, value in items)


def link_of(event: Mapping[str, Json]) -> str | None:
    """Return the first address among the ``links``."""
    links = event.get("links")
    addresses = (said(within(link, "href")) for link in links) if isinstance(links, list) else ()
    return next(filter(None, addresses), None)


def _word(value: Json) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    return said(value)
