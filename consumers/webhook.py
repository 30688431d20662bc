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
from consumers.configured import speaking
from consumers.decoding import decoded
from consumers.format import Format
from consumers.message import Message
from domain.context import Principal
from domain.moment import timestamp
from domain.sources import NONE, Sources

Receivers = Mapping[str, Receive]
"""Path segment under ``/v1/signals/`` -> use case."""

NO_KEYS: Mapping[str, bytes] = {}

KEPT_HEADERS = frozenset({"content-type", "user-agent", "x-request-id", "traceparent"})
"""Headers kept with a delivery; credentials are never among them."""

ALERT_BYTES = 1_024
"""What one alert takes, roughly: by it the work of decoding a body is weighed."""


def receiver(form: Format, source: str, secret: bytes | None = None) -> Receive:
    """Return the use case that takes in the messages of ``source``, which speaks ``form``."""
    headers = KEPT_HEADERS | form.headers

    def receive_body(
        engine: Engine, body: bytes, given: Mapping[str, str], principal: Principal
    ) -> Steps[Intake]:
        found = {name.lower(): value for name, value in given.items()}
        message = Message(body=body, headers=found, received_at=timestamp(engine.clock()), secret=secret)
        work = partial(decoded, form, message, source)
        delivery = yield from weighed(engine.disk, len(body) // ALERT_BYTES, work)
        kept = {
            name: value for name, value in found.items() if name in headers or name.startswith(form.prefixes)
        }
        return (yield from receive(engine, delivery, body, kept, principal))

    return receive_body


def receivers(sources: Sources = NONE, keys: Mapping[str, bytes] = NO_KEYS, place: str = "") -> Receivers:
    """Return the use case of every source, the built-in ones and those that ``sources`` names.

    ``keys`` are those with which the sources sign, by the source's name; ``place`` names the file, for
    errors. Raises `ConfigError`.
    """
    spoken = speaking(sources, place).items()
    return {name: receiver(form, _called(form, name), keys.get(name)) for name, form in spoken}


def _called(form: Format, name: str) -> str:
    """Return the name of the source behind a path; a tool's second format tells of the same conditions."""
    return form.source or name if name == form.name else name


SOURCES: Receivers = receivers()
"""The table of a home that configures no sources."""
