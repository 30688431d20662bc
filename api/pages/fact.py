"""The page of one fact: envelope, link in its stream, path in the tree, checkpoint; and its verification."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import RedirectResponse, Response

from api.log import POSITION, not_signed
from api.pages.drawing import tree
from api.pages.frame import PageRow, frame, page_for
from api.pages.rendering import render
from api.routes import Call
from application.engine import Engine
from application.proven import proven, sealed_fields
from ledger.strict import encode_base64

ORDER = (
    "type",
    "subject",
    "streamversion",
    "time",
    "recordedtime",
    "authid",
    "authtype",
    "authroles",
    "correlationid",
    "causationid",
    "id",
    "source",
    "prevhash",
)
"""Attributes in the order in which people ask for them; the others follow."""


@page_for("auditor")
async def fact(call: Call) -> Response:
    """Return the page of the fact at a position that a published checkpoint covers."""
    text = call.path("position")
    number = int(text) if POSITION.fullmatch(text) else -1
    shown = None if number < 0 else await call.service.read(_fact, call.service.engine, number)
    if shown is None:
        raise await not_signed(call, text)
    return render("fact.html", **await frame(call.request), **shown)


def _fact(engine: Engine, position: int) -> dict[str, Any] | None:
    found = proven(engine, position)
    if found is None:
        return None
    attributes = found.attributes
    names = [name for name in ORDER if name in attributes]
    return {
        "fact": found,
        "attributes": {name: attributes[name] for name in [*names, *(attributes.keys() - names)]},
        "data": json.dumps(found.event.data, indent=2, ensure_ascii=False),
        "signature": encode_base64(found.envelope.signature),
        "sealed": list(sealed_fields(found.event.data)),
        "tree": tree(found.leaf, found.levels),
    }


@page_for("auditor")
async def chosen(call: Call) -> Response:
    """Return where the page of the fact is that a form asks for."""
    text = call.request.query_params.get("position", "")
    return RedirectResponse(f"/log/facts/{text}" if POSITION.fullmatch(text) else "/log", 303)


PAGES = (PageRow("GET", "/log/facts", chosen), PageRow("GET", "/log/facts/{position}", fact))
