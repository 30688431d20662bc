"""Records of a topic, and what they come to when some of them are told together."""

from __future__ import annotations

from collections.abc import Sequence

from application.arriving import Arriving
from application.engine import Engine
from application.intake import Taken, receive_many
from application.steps import run
from consumers.decoding import decoded
from consumers.formats import FORMATS
from consumers.message import Message
from domain.signal import Origin
from tests.support.meaning import INTAKE

AT = "2026-03-01T02:15:00.{:06d}Z"


def record(body: bytes, number: int = 0, source: str = "alertmanager") -> Arriving:
    """Return the record number ``number`` of a topic, with that body."""
    at = AT.format(number)
    message = Message(body=body, headers={}, received_at=at)
    return Arriving(
        delivery=decoded(FORMATS["alertmanager"], message, source),
        body=body,
        headers={"kafka-key": str(number)},
        origin=Origin(cluster="c", topic="alerts", partition=0, offset=number),
        received_at=at,
    )


def take(engine: Engine, single: Sequence[Arriving] = (), together: Sequence[Arriving] = ()) -> Taken:
    """Record messages, some by themselves and some together."""
    return run(receive_many(engine, single, INTAKE, (), together))
