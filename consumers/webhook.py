"""What arrives by HTTP from a monitoring tool: decoded, then recorded (design section 8).

A body that is no message at all is recorded as rejected, with its raw bytes: the sender's mistake
is a fact too, and "why did this alert not page?" has an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from application.engine import Engine
from application.intake import Intake, Receive, receive
from application.steps import Steps, weighed
from consumers.format import Format
from consumers.formats import FORMATS
from consumers.message import Message
from consumers.payload import DecodeError
from domain.context import Principal
from domain.moment import timestamp
from domain.signal import Delivery

KEPT_HEADERS = frozenset({"content-type", "user-agent", "x-request-id", "traceparent"})
"""Headers kept with a delivery; credentials are never among them."""

ALERT_BYTES = 1_024
"""What one alert takes, roughly: by it the work of decoding a body is weighed."""


def receiver(form: Format, source: str, secret: bytes | None = None) -> Receive:
    """Return the use case that takes in the messages of ``source``, which speaks ``form``."""
    headers = KEPT_HEADERS | form.headers

    def decoded(message: Message) -> Delivery:
        try:
            return form.decode(message, source)
        except DecodeError as e:
            return Delivery(source=source, format=form.version, rejected=(e.rejected,))

    def receive_body(
        engine: Engine, body: bytes, given: Mapping[str, str], principal: Principal
    ) -> Steps[Intake]:
        found = {name.lower(): value for name, value in given.items()}
        message = Message(body=body, headers=found, received_at=timestamp(engine.clock()), secret=secret)
        delivery = yield from weighed(engine.disk, len(body) // ALERT_BYTES, partial(decoded, message))
        kept = {name: value for name, value in found.items() if name in headers}
        return (yield from receive(engine, delivery, body, kept, principal))

    return receive_body


SOURCES: Mapping[str, Receive] = {name: receiver(form, form.source or name) for name, form in FORMATS.items()}
"""Path segment under ``/v1/signals/`` -> use case."""
