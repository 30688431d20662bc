"""PagerDuty's own paths, so that whatever sends events to PagerDuty can send them here instead.

The ``routing_key`` in the body is a token of this service that may deliver signals, and lets the request
in. Answers are those that PagerDuty documents for its Events API, version 2: 202 when the event is
recorded, 400 when it is none or the key is unknown, 429 and 5xx when it must be sent again because
nothing was recorded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType
from starlette.responses import Response

from api.auth import admit_by_body
from api.bodies import read_bytes
from api.problems import ProblemError, Violation, of_exception
from api.routes import Answer, Body, Call, Handler, Route, json_response
from api.signal_messages import ForeignMessage
from api.signals import rejections
from application.intake import Intake
from application.steps import run_async
from ledger.errors import LedgerError

UNKNOWN = frozenset({"TOKEN_UNKNOWN", "ROLE_MISSING"})
BUSY = frozenset({"INTAKE_BUSY", "QUEUE_FULL"})
"""Codes after which a sender of PagerDuty's waits for a while: it knows 429 as well as 5xx."""


class EventAccepted(msgspec.Struct, frozen=True, kw_only=True):
    """An event is recorded; ``dedup_key`` names its alert in later events, a change has none."""

    status: str
    message: str
    dedup_key: str | UnsetType = UNSET


class EventRefused(msgspec.Struct, frozen=True, kw_only=True):
    """An event was not taken, and why."""

    status: str
    message: str
    errors: tuple[str, ...]


def receiving(source: str) -> Handler:
    """Return the handler of one kind of event."""

    async def handle(call: Call) -> Response:
        body = await read_bytes(call.request, call.service.limits.body_seconds)
        event = _event(body)
        if event is None:
            return _refused("Unrecognized object", "Event object format is unrecognized", "JSON parse error")
        try:
            intake = await _taken_in(call, source, body, event.get("routing_key"))
        except (ProblemError, LedgerError) as error:
            return _failed(error)
        if intake.rejected:
            return _refused("invalid event", "Event object is invalid", *map(_words, rejections(intake)))
        return json_response(_accepted(intake), 202)

    return handle


def _event(body: bytes) -> Mapping[str, Any] | None:
    """Return the object that a body is, as far as it takes to find the key; it is decoded elsewhere."""
    try:
        value = json.loads(body.decode("utf-8", "replace").removeprefix("\ufeff"), parse_int=str)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


async def _taken_in(call: Call, source: str, body: bytes, key: object) -> Intake:
    token = key if isinstance(key, str) else ""
    principal = admit_by_body(call.request, call.service, "ingest", token)
    receive = call.service.sources[source]
    return await run_async(receive(call.service.engine, body, dict(call.request.headers), principal))


def _accepted(intake: Intake) -> EventAccepted:
    key = intake.conditions[0] if intake.conditions else UNSET
    return EventAccepted(status="success", message="Event processed", dedup_key=key)


def _refused(status: str, message: str, *errors: str, code: int = 400) -> Response:
    return json_response(EventRefused(status=status, message=message, errors=errors), code)


def _words(item: Violation) -> str:
    return f"{item.pointer}: expected {item.expected} ({item.found})"


def _failed(error: Exception) -> Response:
    """Return PagerDuty's answer to a failure of which it has one; raise the others as they are."""
    known = of_exception(error)
    problem = known.problem
    if problem.code in UNKNOWN:
        return _refused("invalid event", "Invalid routing key", "Invalid routing key")
    if problem.code in BUSY:
        answer = _refused("throttle exceeded", problem.title, problem.detail, code=429)
    elif problem.status == 503:
        answer = _refused("unavailable", problem.title, problem.detail, code=503)
    else:
        raise error
    answer.headers.update(known.headers)
    return answer


def _route(path: str, source: str, name: str, summary: str, example: Mapping[str, Any]) -> Route:
    return Route(
        method="POST",
        path=path,
        handler=receiving(source),
        name=name,
        summary=summary,
        tag="signals",
        text="The `routing_key` in the body is a token that may deliver signals; no header is needed.",
        answers={
            202: Answer(text="Recorded.", kind=EventAccepted),
            400: Answer(text="No such event, or recorded as rejected, or an unknown key.", kind=EventRefused),
            429: Answer(text="Too busy, nothing was recorded: send it again.", kind=EventRefused),
            503: Answer(text="Nothing was recorded: send it again.", kind=EventRefused),
        },
        body=Body(kinds=(ForeignMessage,), examples={"event": {"routing_key": "INTAKE-TOKEN", **example}}),
        problems=("BODY_TOO_SLOW", "BODY_TOO_LARGE", "ENTRY_TOO_LARGE", "INTERNAL", "EVIDENCE_BROKEN"),
        foreign=True,
    )


ROUTES = (
    _route(
        "/v2/enqueue",
        "pagerduty",
        "enqueueEvent",
        "An event as PagerDuty's Events API takes it: trigger, acknowledge, resolve.",
        {
            "event_action": "trigger",
            "dedup_key": "db-1/disk",
            "payload": {"summary": "Disk of db-1 is 95 % full", "source": "db-1", "severity": "critical"},
        },
    ),
    _route(
        "/v2/change/enqueue",
        "pagerduty-change",
        "enqueueChange",
        "A change event as PagerDuty's Events API takes it.",
        {"payload": {"summary": "Checkout 2.14.1 is live", "source": "deploy-pipeline"}},
    ),
)
