"""Changes of the directory over HTTP: a path for each action, the receipt of what was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from api.actions import normalised
from api.bodies import read_json, typed
from api.idempotency import HEADER as KEY
from api.idempotency import REPLAYED, idempotency
from api.preconditions import Expected, etag
from api.preferences import APPLIED, PREFER, PUBLISHED, WaitQuery, patience
from api.problems import of_refusal
from api.receipts import ReceiptEntry, entries, proven
from api.routes import Answer, Body, Call, Handler, Route, json_response
from application.changing_people import ISSUE, Changed, PeopleRequest, change_people
from application.people_asks import FORMS, Ask, Nothing
from application.steps import run_async
from domain.people_commands import EXAMPLES
from domain.refusal import Refusal

WRITES = (
    "HEADER_MALFORMED",
    "IDEMPOTENCY_KEY_REUSED",
    "ENTRY_TOO_LARGE",
    "QUEUE_FULL",
    "READ_ONLY",
    "STORE_FULL",
)
ABOUT_ONE = ("NOT_FOUND", "PERSON_UNKNOWN", "PERSON_AMBIGUOUS")
CREATES = ("add-person", ISSUE)
SHOWN_ONCE = (
    "The token was in the first answer and is kept nowhere; if it is lost, revoke it and issue another."
)


class PeopleReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What a change recorded about ``principal``; ``version`` is the directory's afterwards."""

    principal: str
    version: int
    positions: tuple[int, ...]
    entries: tuple[ReceiptEntry, ...]


class TokenReceipt(PeopleReceipt, frozen=True, kw_only=True):
    """The same of an issued token: the first answer has the ``token``, later ones a ``note`` instead."""

    token_id: str
    token: str | None = None
    note: str | None = None


ROWS: Mapping[str, tuple[str, str, str, tuple[str, ...]]] = {
    "add-person": ("addPerson", "Add somebody, with the roles they start with.", "", ("ROLE_UNFIT",)),
    "change-person": (
        "changePerson",
        "Change a name or contacts; `active` false lets somebody leave.",
        "Leaving ends every role and every token at once; coming back brings none of them back.",
        (*ABOUT_ONE, "PERSON_GONE", "NOTHING_CHANGED"),
    ),
    ISSUE: (
        "issueToken",
        "Issue a token that acts for somebody.",
        "The answer holds the token, once: the ledger keeps its SHA-256 alone.",
        (*ABOUT_ONE, "PERSON_GONE"),
    ),
    "revoke-token": (
        "revokeToken",
        "Revoke a token.",
        "It opens nothing from now on, nor do sessions and streams that it opened.",
        (*ABOUT_ONE, "TOKEN_ID_UNKNOWN", "TOKEN_REVOKED"),
    ),
    "grant-role": (
        "grantRole",
        "Grant somebody a role, for everything.",
        "",
        (*ABOUT_ONE, "PERSON_GONE", "ROLE_HELD", "ROLE_UNFIT"),
    ),
    "revoke-role": ("revokeRole", "Take a role from somebody.", "", (*ABOUT_ONE, "ROLE_NOT_HELD")),
}
"""Action -> operation id, summary, what else to know, codes of its own."""


def changing(action: str) -> Handler:
    """Return the handler of an action."""

    async def handle(call: Call) -> Response:
        wait = patience(call.request, call.service.limits.published_seconds)
        ask = await _ask(call, action)
        key = idempotency(call.request, ask.body, Expected(None, by_header=False))
        request = PeopleRequest(ask=ask, principal=call.principal, idempotency=key)
        outcome = await run_async(change_people(call.service.engine, request))
        if isinstance(outcome, Refusal):
            raise of_refusal(outcome)
        return await _answer(call, action, outcome, wait)

    return handle


async def _ask(call: Call, action: str) -> Ask:
    form = FORMS[action]
    body: msgspec.Struct = Nothing()
    if form.body is not Nothing:
        value = await read_json(call.request, call.service.limits.body_seconds)
        body = normalised(typed(value, form.body))
    path: dict[str, Any] = call.request.path_params
    return Ask(
        action=action,
        body=body,
        who=path.get("principal"),
        part=None if form.part is None else path[form.part],
    )


async def _answer(call: Call, action: str, changed: Changed, wait: float | None) -> Response:
    found = entries(changed.receipt.rows)
    status, headers = 201 if action in CREATES else 200, {"ETag": etag(found[-1].version)}
    if action in CREATES:
        headers["Location"] = f"/v1/people/{changed.person}"
    if changed.receipt.replayed:
        headers[REPLAYED] = "true"
    if wait is not None:
        covered = await proven(call.service, found, wait)
        if covered is None:
            status = 202
        else:
            found, headers[APPLIED] = covered, PUBLISHED
    return json_response(receipt_of(changed, found, action), status, headers)


def receipt_of(changed: Changed, found: tuple[ReceiptEntry, ...], action: str) -> PeopleReceipt:
    """Return the receipt of a change; that of an issued token holds the token if it is the first answer."""
    common: dict[str, Any] = {
        "principal": changed.person,
        "version": found[-1].version,
        "positions": tuple(entry.position for entry in found),
        "entries": found,
    }
    if action != ISSUE:
        return PeopleReceipt(**common)
    note = SHOWN_ONCE if changed.token is None else None
    return TokenReceipt(**common, token_id=changed.token_id or "", token=changed.token, note=note)


def _route(action: str) -> Route:
    form, (name, summary, text, problems) = FORMS[action], ROWS[action]
    kind = TokenReceipt if action == ISSUE else PeopleReceipt
    headers = ("ETag", REPLAYED, APPLIED, *(("Location",) if action in CREATES else ()))
    late = "Recorded; no published checkpoint covers it yet, so the receipt has no proofs."
    example = None if form.body is Nothing else msgspec.to_builtins(EXAMPLES[form.body])
    return Route(
        method="POST",
        path=form.path,
        handler=changing(action),
        name=name,
        summary=summary,
        tag="people",
        access="writer",
        answers={
            201 if action in CREATES else 200: Answer(
                text="Recorded: the receipt.", kind=kind, headers=headers
            ),
            202: Answer(text=late, kind=kind, headers=headers),
        },
        query=WaitQuery,
        headers=(KEY, PREFER),
        body=None if example is None else Body(kinds=(form.body,), examples={action: _given(example)}),
        problems=(*WRITES, *problems),
        text=text,
    )


def _given(example: dict[str, Any]) -> dict[str, Any]:
    """Return an example without what it leaves open."""
    return {name: value for name, value in example.items() if value is not None}


ROUTES = tuple(_route(action) for action in FORMS)
