"""What a service of ours answers, read as the type it must be, or as the problem it says it is."""

from __future__ import annotations

from typing import TypeVar

import msgspec

from api.problems import Problem
from tallystick.desk import NotDone, Unreachable
from tallystick.web import Reply

T = TypeVar("T")
TOO_MANY, BROKEN = 429, 500


def read(reply: Reply, kind: type[T]) -> T:
    """Return the JSON of an answer; raises as `checked` does."""
    try:
        return msgspec.json.decode(checked(reply), type=kind)
    except msgspec.DecodeError as e:
        raise Unreachable(f"the service answers in another form than this program knows: {e}") from e


def checked(reply: Reply) -> bytes:
    """Return the body of an answer that says yes; raises `NotDone` or `Unreachable`."""
    if reply.status < 300:
        return reply.body
    try:
        problem = msgspec.json.decode(reply.body, type=Problem)
    except msgspec.DecodeError as e:
        raise Unreachable(f"expected Tallystick's answer, found status {reply.status}") from e
    said = NotDone.of(problem)
    if reply.status == TOO_MANY or reply.status >= BROKEN:
        raise Unreachable(str(said))
    raise said
