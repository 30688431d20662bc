"""PagerDuty's change events, version 2: bytes to a `Delivery` (its ``events-API-v2/03-Change-Events.md``).

What was changed is there for people who look for a cause; it concerns no alert and opens nothing.
"""

from __future__ import annotations

from hashlib import sha256

from consumers.alertmanager import sort_pairs
from consumers.format import Format
from consumers.message import Message
from consumers.pagerduty_payload import clean, details_of, link_of, said, time_of, without_key
from consumers.payload import DecodeError, an_object, kind, parse
from domain.signal import Change, Delivery

FORMAT = "pagerduty-changes-v2"


def decode(message: Message, source: str) -> Delivery:
    """Return the change that ``source`` tells of, or why nothing of it could be read."""
    return without_key(message, source, FORMAT, _change)


ROW = Format(name="pagerduty-change", version=FORMAT, decode=decode, clean=clean)


def _change(message: Message, source: str) -> Delivery:
    event = an_object(parse(message.body), "$")
    payload = an_object(event.get("payload"), "payload")
    summary = said(payload.get("summary"))
    if summary is None or not summary.strip():
        found = kind(payload.get("summary"))
        raise DecodeError("wrong-shape", "payload.summary", "what was changed, in words", found)
    change = Change(
        change_id=sha256(message.body).hexdigest(),
        summary=summary,
        at=time_of(payload) or message.received_at,
        reported_by=said(payload.get("source")),
        link=link_of(event),
        details=sort_pairs(details_of(payload).items()),
    )
    return Delivery(source=source, format=FORMAT, changes=(change,))
