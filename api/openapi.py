"""The API's description, OpenAPI 3.1, made from the rows of the routes and the types themselves.

It takes the place of what FastAPI would guess: handlers take the raw request, so FastAPI knows
neither bodies nor problems, and its own 422 is not what this service sends.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from api.auth import COOKIE
from api.describe import REF, operation, untagged
from api.problems import Problem
from api.routes import Route

TAGS = {
    "incidents": "Open incidents, act on them, read them and their past.",
    "files": "Upload files to an incident and read those that its facts name.",
    "alerts": "What monitoring tools said about one condition.",
    "signals": "Where monitoring tools deliver.",
    "feeds": "Facts in log order, to be pulled or followed.",
    "protocol": "What incidents are judged by: the protocol, policies, plan templates.",
    "people": "Who there is, who may do what, and the tokens they act with.",
    "log": "The transparency log, as C2SP tlog-tiles serves it.",
    "service": "Health and numbers.",
}

ABOUT = """\
An incident ledger that an auditor can check without trusting its operator. Every write answers with a \
receipt: the signed envelopes themselves. Every problem is `application/problem+json` with a stable `code`."""


def openapi(routes: Iterable[Route], version: str) -> dict[str, Any]:
    """Return the document."""
    rows = tuple(routes)
    paths: dict[str, dict[str, Any]] = {}
    for route in rows:
        paths.setdefault(documented(route.path), {})[route.method.lower()] = operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tallystick",
            "version": version,
            "description": ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": text} for name, text in TAGS.items()],
        "paths": paths,
        "components": {"schemas": _schemas(rows), "securitySchemes": _security()},
    }


def documented(path: str) -> str:
    """Return a route's path as OpenAPI writes it."""
    return re.sub(r"{(\w+):path}", r"{\1}", path)


def _schemas(rows: Iterable[Route]) -> dict[str, Any]:
    kinds = list(dict.fromkeys((*_kinds(rows), Problem)))
    _, components = msgspec.json.schema_components(kinds, ref_template=REF)
    bare = {untagged(kind.__name__): _untagged(components[kind.__name__]) for kind in _bare(rows)}
    return dict(sorted({**components, **bare}.items()))


def _kinds(rows: Iterable[Route]) -> Iterator[Any]:
    for route in rows:
        yield from (route.body.kinds if route.body else ())
        yield from (answer.kind for answer in route.answers.values() if answer.kind is not None)


def _bare(rows: Iterable[Route]) -> Iterator[Any]:
    for route in rows:
        if route.body is not None and not route.body.tagged:
            yield from route.body.kinds


def _untagged(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a body whose path names the action: it may say so again."""
    required = [name for name in schema["required"] if name != "action"]
    return {**schema, "title": untagged(schema["title"]), "required": required}


def _security() -> dict[str, Any]:
    return {
        "bearer": {"type": "http", "scheme": "bearer", "description": "A token of this service."},
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": COOKIE,
            "description": "The cookie of the pages; reads only.",
        },
    }
