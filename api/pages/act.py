"""Acting from a page: a form from the command's schema, what it will record, and the record itself.

Each step is a request of its own, so that it works without a script: the form, *show* (what would be
recorded, and nothing is), *record*. A form carries the version its reader saw and a key of its own: whoever
sends it twice records once, and whoever was overtaken is told by what, with all they wrote in its place.
"""

from __future__ import annotations

import secrets
from typing import Any

import msgspec
from starlette.responses import RedirectResponse, Response

from api.actions import normalised
from api.bodies import typed
from api.directory import Known
from api.idempotency import request_hash
from api.incidents import stream_of
from api.pages.fields import fields_of
from api.pages.filled import ROWS_MOST, Sent, value_of, values_of
from api.pages.frame import Fields, PageRow, form_for, frame, page_for
from api.pages.rendering import render
from api.pages.suggestions import suggestions
from api.pages.words import clear, title_of
from api.problems import ProblemError, Violation, refused
from api.requests import OPEN, REQUESTS, command_of
from api.routes import Call
from application.acting import ActRequest, act
from application.engine import Engine
from application.foreseeing import foresee
from application.incident_views import NextView, next_step
from application.repeating import Idempotency
from application.replaying import Refused
from application.steps import run_async
from application.views import timeline_view
from domain.refusal import Refusal
from ledger.errors import VersionConflict
from ledger.store.contract import Row
from projections.blocker import Blocker
from projections.next_step import Suggestion
from projections.timeline import Entry

ADD = "add:"
"""In front of the name of the list that is to have one more row."""
ROWS = "rows:"
"""In front of the name of a list, in the name of the field that says how many rows it shows."""
COUNTS = frozenset(map(str, range(ROWS_MOST + 1)))


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """What a form shows: of which action and incident, as of which version, and what stands in its fields."""

    action: str
    known: Known | None
    version: int | None
    key: str
    values: dict[str, str]
    rows: dict[str, int] = {}


@page_for("reader")
async def blank(call: Call) -> Response:
    """Return the form of an action, filled with what the next step suggests."""
    action, known = _action(call), await _known(call)
    version, values = None, dict[str, str]()
    if known is not None:
        upcoming = await call.service.read(next_step, call.service.engine, known.stream, call.principal)
        if upcoming is not None:
            version = upcoming.version
            values = values_of(fields_of(action), _suggested(action, upcoming))
    values |= {name: text for name, text in call.request.query_params.items() if name in _names(action)}
    sheet = Sheet(action=action, known=known, version=version, key=secrets.token_urlsafe(18), values=values)
    return await _form(call, sheet)


@form_for("reader")
async def sent(call: Call, fields: Fields) -> Response:
    """Show what a form would record, or record it."""
    action, known = _action(call), await _known(call)
    sheet = Sheet(
        action=action,
        known=known,
        version=_version(fields) if known is not None else None,
        key=fields.get("key", [""])[0][:200] or secrets.token_urlsafe(18),
        values={name: found[0] for name, found in fields.items()},
        rows=_rows(fields),
    )
    step = fields.get("step", [""])[0]
    if step.startswith(ADD) or step == "change":
        return await _form(call, sheet)
    value = {"action": action, **value_of(fields_of(action), fields)}
    if sheet.version is not None:
        value["expected_version"] = sheet.version
    try:
        asked = normalised(typed(value, REQUESTS[action]))
    except ProblemError as error:
        return await _form(call, sheet, errors=tuple(error.problem.errors or ()), status=422)
    return await (_record if step == "record" else _show)(call, sheet, asked)


async def _show(call: Call, sheet: Sheet, asked: msgspec.Struct) -> Response:
    try:
        facts = await run_async(foresee(call.service.engine, _request(call, sheet, asked)))
    except VersionConflict as conflict:
        return await _overtaken(call, sheet, conflict)
    if isinstance(facts, Refusal):
        return await _form(call, sheet, stopped=facts, status=409)
    told = [clear(fact, call.principal.id) for fact in facts]
    return render("act-shown.html", **await frame(call.request), **_about(sheet), told=told)


async def _record(call: Call, sheet: Sheet, asked: msgspec.Struct) -> Response:
    try:
        outcome = await run_async(act(call.service.engine, _request(call, sheet, asked)))
    except VersionConflict as conflict:
        return await _overtaken(call, sheet, conflict)
    if isinstance(outcome, Refusal):
        return await _form(call, sheet, stopped=outcome, status=409)
    if isinstance(outcome, Refused):
        return await _form(call, sheet, stopped=outcome.refusal, recorded=True, status=409)
    rows = [row for row in outcome.rows if sheet.known is None or row.stream == sheet.known.stream]
    return await _done(call, rows)


async def _done(call: Call, rows: list[Row]) -> Response:
    stream, first, last = rows[0].stream, rows[0].version, rows[-1].version
    known = await call.service.read(call.service.directory.look_up, stream)
    name = stream if known is None else known.number or stream
    return RedirectResponse(f"/incidents/{name}?recorded={first}-{last}#recorded", 303)


async def _overtaken(call: Call, sheet: Sheet, conflict: VersionConflict) -> Response:
    """Show the form again at the present version, and what was recorded while it was written."""
    since = await call.service.read(_since, call.service.engine, conflict.stream, conflict.expected)
    again = msgspec.structs.replace(sheet, version=conflict.found, key=secrets.token_urlsafe(18))
    return await _form(call, again, since=since, status=409)


async def _form(call: Call, sheet: Sheet, status: int = 200, **more: Any) -> Response:
    known = sheet.known
    stream = None if known is None else known.stream
    offered = await call.service.read(suggestions, call.service.engine, sheet.action, stream)
    shown = {"errors": (), "stopped": None, "recorded": False, "since": (), **more}
    placed = {_name_of(error): error for error in shown["errors"]}
    return render(
        "act.html",
        status,
        **await frame(call.request),
        **_about(sheet),
        **shown,
        placed=placed,
        suggestions=offered,
    )


def _since(engine: Engine, stream: str, version: int) -> list[Entry]:
    view = timeline_view(engine, stream)
    return [] if view is None else [entry for entry in view.entries if entry.version > version]


def _about(sheet: Sheet) -> dict[str, Any]:
    back = "/" if sheet.known is None else f"/incidents/{sheet.known.number or sheet.known.stream}"
    return {
        "sheet": sheet,
        "fields": fields_of(sheet.action),
        "title": title_of(sheet.action),
        "about": str(REQUESTS[sheet.action].__doc__).split("\n", maxsplit=1)[0],
        "incident": sheet.known,
        "back": back,
        "uploads": f"{back}/files",
    }


def _request(call: Call, sheet: Sheet, asked: msgspec.Struct) -> ActRequest:
    command, expected = command_of(sheet.action, asked)
    stream = None if sheet.known is None else sheet.known.stream
    path = f"/incidents/{stream}/act/{sheet.action}"
    return ActRequest(
        command=command,
        stream=stream,
        principal=call.principal,
        expected=expected,
        idempotency=Idempotency(sheet.key, request_hash("POST", path, command, expected)),
    )


def _suggested(action: str, upcoming: NextView) -> dict[str, Any]:
    """Return what the next step knows of the fields, without the example's own made-up words.

    Never a text: what somebody says is theirs, and a form that comes with an answer in it gets sent with it.
    """
    steps: tuple[Suggestion | Blocker, ...] = (upcoming.next, *upcoming.blockers)
    asked = next((step for step in steps if step.action == action), None)
    if asked is None:
        return {}
    said = {field.name for field in fields_of(action) if field.kind == "text"}
    return {name: value for name, value in asked.example.items() if name in asked.known and name not in said}


def _action(call: Call) -> str:
    action = call.request.path_params.get("action", OPEN)
    if action not in REQUESTS or (action == OPEN) != ("incident" not in call.request.path_params):
        raise refused("NOT_FOUND", f"{action[:64]}: there is no such action", place="path")
    return str(action)


async def _known(call: Call) -> Known | None:
    if "incident" not in call.request.path_params:
        return None
    stream = await stream_of(call)
    return await call.service.read(call.service.directory.look_up, stream)


def _version(fields: Sent) -> int | None:
    text = fields.get("version", [""])[0]
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _rows(fields: Sent) -> dict[str, int]:
    """Return how many rows each list shows: those there are, and one more where that was asked for."""
    step = fields.get("step", [""])[0]
    told = {name.removeprefix(ROWS): found[0] for name, found in fields.items() if name.startswith(ROWS)}
    rows = {name: int(count) for name, count in told.items() if count in COUNTS}
    if step.startswith(ADD):
        name = step.removeprefix(ADD)
        rows[name] = rows.get(name, 1) + 1
    return rows


def _names(action: str) -> frozenset[str]:
    return frozenset(field.name for field in fields_of(action))


def _name_of(error: Violation) -> str:
    return error.pointer.strip("/").replace("/", ".")


PAGES = (
    PageRow("GET", "/open", blank),
    PageRow("POST", "/open", sent),
    PageRow("GET", "/incidents/{incident}/act/{action}", blank),
    PageRow("POST", "/incidents/{incident}/act/{action}", sent),
)
