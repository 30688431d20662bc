"""Writes: every action of `domain.commands`, by its own path or by the typed union (design section 11)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from api.bodies import body_invalid, read_json, typed
from api.changes import changes
from api.directory import Known
from api.idempotency import HEADER as KEY
from api.idempotency import REPLAYED, idempotency
from api.preconditions import IF_MATCH, Expected, conflict, etag, expected_version
from api.preferences import APPLIED, PREFER, PUBLISHED, WaitQuery, patience
from api.problems import ProblemError, Violation, of_refusal
from api.receipts import ActionReceipt, ReceiptEntry, entries, proven
from api.requests import ON_INCIDENTS, OPEN, REQUESTS, command_of, example
from api.routes import Answer, Body, Call, Handler, Route, json_response
from api.violations import of_decoder, shown
from application.acting import ActRequest, act
from application.replaying import Refused
from application.steps import run_async
from domain.refusal import REFUSALS, Refusal
from domain.text import nfc
from ledger.append import Receipt
from ledger.errors import VersionConflict
from ledger.store.contract import Row

WRITES = (
    "HEADER_MALFORMED",
    "IDEMPOTENCY_KEY_REUSED",
    "STALE_VERSION",
    "ENTRY_TOO_LARGE",
    "QUEUE_FULL",
    "READ_ONLY",
    "STORE_FULL",
    *REFUSALS,
)


async def open_incident(call: Call) -> Response:
    """Open an incident."""
    value = await read_json(call.request, call.service.limits.body_seconds)
    return await _perform(call, OPEN, _with_action(value, OPEN), None)


async def act_on_incident(call: Call) -> Response:
    """Do to an incident what ``action`` in the body names."""
    value = await read_json(call.request, call.service.limits.body_seconds)
    action = _action(value)
    return await _perform(call, action, value, await _incident(call))


def acting(action: str) -> Handler:
    """Return the handler of the path that names ``action`` itself."""

    async def handle(call: Call) -> Response:
        value = await read_json(call.request, call.service.limits.body_seconds)
        return await _perform(call, action, _with_action(value, action), await _incident(call))

    return handle


async def _incident(call: Call) -> Known:
    name = call.path("incident")
    directory = call.service.directory
    known = directory.remembered(name) or await call.service.read(directory.look_up, name)
    return directory.visible(known, name, call.principal)


async def _perform(call: Call, action: str, value: Any, known: Known | None) -> Response:
    asked = normalised(typed(value, REQUESTS[action]))
    command, member = command_of(action, asked)
    expected = Expected(None, by_header=False) if known is None else expected_version(call.request, member)
    wait = patience(call.request, call.service.limits.published_seconds)
    request = ActRequest(
        command=command,
        stream=None if known is None else known.stream,
        principal=call.principal,
        expected=expected.version,
        idempotency=idempotency(call.request, command, expected),
    )
    try:
        outcome = await run_async(act(call.service.engine, request))
    except VersionConflict as error:
        raise await _overtaken(call, error, expected) from error
    if isinstance(outcome, Refusal):
        raise of_refusal(outcome)
    if isinstance(outcome, Refused):
        raise _on_record(outcome, known)
    return await _answer(call, outcome, known, wait)


async def _overtaken(call: Call, error: VersionConflict, expected: Expected) -> ProblemError:
    """Return the problem of a request that came too late, with what was recorded since its sender looked."""
    problem = conflict(error, expected)
    since = await call.service.read(changes, call.service.engine, error.stream, error.expected)
    return ProblemError(msgspec.structs.replace(problem.problem, changes=since), problem.headers)


def _on_record(refused: Refused, known: Known | None) -> ProblemError:
    """Return the problem of a refusal that is itself recorded: with the receipt of that record."""
    receipt = refused.receipt
    last = _newest(receipt, known)
    body = _receipt(last, known, entries(receipt.rows))
    headers = {"ETag": etag(last.version)} | ({REPLAYED: "true"} if receipt.replayed else {})
    return of_refusal(refused.refusal, receipt=msgspec.Raw(msgspec.json.encode(body)), headers=headers)


def _receipt(last: Row, known: Known | None, found: tuple[ReceiptEntry, ...]) -> ActionReceipt:
    return ActionReceipt(
        incident=last.stream,
        number="" if known is None else known.number,
        version=last.version,
        positions=tuple(entry.position for entry in found),
        entries=found,
    )


async def _answer(call: Call, receipt: Receipt, known: Known | None, wait: float | None) -> Response:
    last = _newest(receipt, known)
    status, headers = 200, {"ETag": etag(last.version)}
    if known is None:
        status, headers["Location"] = 201, f"/v1/incidents/{last.stream}"
        known = await call.service.read(call.service.directory.look_up, last.stream)
    if receipt.replayed:
        headers[REPLAYED] = "true"
    found = entries(receipt.rows)
    if wait is not None:
        covered = await proven(call.service, found, wait)
        if covered is None:
            status = 202
        else:
            found, headers[APPLIED] = covered, PUBLISHED
    return json_response(_receipt(last, known, found), status, headers)


def _newest(receipt: Receipt, known: Known | None) -> Row:
    """Return the last row of the incident; an action may record something in other streams as well."""
    rows = receipt.rows if known is None else [row for row in receipt.rows if row.stream == known.stream]
    return rows[-1]


def normalised(asked: msgspec.Struct) -> msgspec.Struct:
    """Return a request in NFC, or raise the problem that a limit does not hold then."""
    try:
        return nfc(asked)
    except msgspec.ValidationError as error:
        raise body_invalid(of_decoder(error)) from error


def _with_action(value: Any, action: str) -> Any:
    return {**value, "action": action} if isinstance(value, dict) and "action" not in value else value


def _action(value: Any) -> str:
    """Return the action that a body names; raises the problem that lists those there are."""
    if not isinstance(value, dict):
        raise body_invalid(Violation(pointer="", expected="an object", found=shown(value)))
    action = value.get("action")
    if isinstance(action, str) and action in ON_INCIDENTS:
        return action
    found = shown(action) if "action" in value else "none"
    raise body_invalid(
        Violation(pointer="/action", expected="one of " + ", ".join(ON_INCIDENTS), found=found)
    )


def _answers(status: int, text: str) -> Mapping[int, Answer]:
    headers = ("ETag", REPLAYED, APPLIED, *(("Location",) if status == 201 else ()))
    late = "Recorded; no published checkpoint covers it yet, so the receipt has no proofs."
    return {
        status: Answer(text=text, kind=ActionReceipt, headers=headers),
        202: Answer(text=late, kind=ActionReceipt, headers=headers),
    }


def _route(path: str, handler: Handler, name: str, summary: str, body: Body) -> Route:
    return Route(
        method="POST",
        path=path,
        handler=handler,
        name=name,
        summary=summary,
        tag="incidents",
        access="writer",
        answers=_answers(200, "Recorded: the receipt."),
        query=WaitQuery,
        headers=(KEY, PREFER, IF_MATCH),
        body=body,
        problems=(*WRITES, "NOT_FOUND", "PRECONDITION_FAILED"),
    )


def _by_path(action: str) -> Route:
    summary = str(REQUESTS[action].__doc__).split("\n", maxsplit=1)[0]
    body = Body(kinds=(REQUESTS[action],), examples={action: example(action)}, tagged=False)
    path = f"/v1/incidents/{{incident}}/actions/{action}"
    return _route(path, acting(action), action, summary, body)


ROUTES = (
    Route(
        method="POST",
        path="/v1/incidents",
        handler=open_incident,
        name="open",
        summary="Open an incident by hand, before or without any alert.",
        tag="incidents",
        access="writer",
        answers=_answers(201, "Opened: the receipt, and where the incident is."),
        query=WaitQuery,
        headers=(KEY, PREFER),
        body=Body(kinds=(REQUESTS[OPEN],), examples={OPEN: example(OPEN)}, tagged=False),
        problems=WRITES,
    ),
    _route(
        "/v1/incidents/{incident}/actions",
        act_on_incident,
        "act",
        "Do what `action` names; the same actions have paths of their own below.",
        Body(
            kinds=tuple(REQUESTS[action] for action in ON_INCIDENTS),
            examples={action: example(action) for action in ON_INCIDENTS},
        ),
    ),
    *(_by_path(action) for action in ON_INCIDENTS),
)
