"""What arrives by HTTP from a monitoring tool: decoded, then recorded (design section 8).

A body that is no message at all is recorded as rejected, with its raw bytes: the sender's mistake
is a fact too, and "why did this alert not page?" has an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from application.engine import Engine
from application.intake import Intake, Receive, receive
from application.steps import Steps, weighed
from consumers import alertmanager
from consumers.payload import DecodeError
from domain.context import Principal
from domain.signal import Delivery

KEPT_HEADERS = frozenset({"content-type", "user-agent", "x-request-id", "traceparent"})
"""Headers kept with a delivery; credentials are never among them."""

ALERT_BYTES = 1_024
"""What one alert takes, roughly: by it the work of decoding a body is weighed."""

Decode = Callable[[bytes, str], Delivery]


def receiver(source: str, message_format: str, decode: Decode) -> Receive:
    """Return the use case that takes in the messages of ``source`` by its decoder."""

    def decoded(body: bytes) -> Delivery:
        try:
            return decode(body, source)
        except DecodeError as e:
            return Delivery(source=source, format=message_format, rejected=(e.rejected,))

    def receive_body(
        engine: Engine, body: bytes, headers: Mapping[str, str], principal: Principal
    ) -> Steps[Intake]:
        delivery = yield from weighed(engine.disk, len(body) // ALERT_BYTES, partial(decoded, body))
        kept = {name.lower(): value for name, value in headers.items() if name.lower() in KEPT_HEADERS}
        return (yield from receive(engine, delivery, body, kept, principal))

    return receive_body


SOURCES: Mapping[str, Receive] = {
    "alertmanager": receiver("alertmanager", alertmanager.FORMAT, alertmanager.decode),
}
"""Path segment under ``/v1/signals/`` -> use case."""
