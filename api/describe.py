"""One operation of OpenAPI from one row of the routes: parameters, body, responses, security."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from api.codes import CODES
from api.exports import HOLDS
from api.idempotency import HEADER as KEY
from api.idempotency import REPLAYED
from api.preconditions import IF_MATCH
from api.preferences import APPLIED, PREFER
from api.problems import MEDIA_TYPE
from api.queries import properties, required
from api.routes import RAW, Answer, Body, Route
from api.stream import LAST_ID

REF = "#/components/schemas/{name}"
BYTES = {"type": "string", "format": "binary"}
PROBLEM = {"$ref": REF.format(name="Problem")}

PATHS: Mapping[str, dict[str, Any]] = {
    "artifact": {
        "description": "A file name or label of an artifact, as the list has them.",
        "schema": {"type": "string", "pattern": "^[A-Za-z-]{1,64}([.](md|json))?$"},
        "example": "incident-timeline.md",
    },
    "incident": {
        "description": "Number (`INC-7`) or stream of an incident.",
        "schema": {"type": "string", "pattern": "^(INC-[1-9][0-9]{0,8}|incident-[0-9a-f]{32})$"},
    },
    "alert": {
        "description": "Stream of an alert.",
        "schema": {"type": "string", "pattern": "^alert-[0-9a-f]{32}$"},
    },
    "tile": {
        "description": "Level and index as tlog-tiles writes them, such as `0/x001/067.p/8`.",
        "schema": {"type": "string", "pattern": "^[0-9x/.p]{1,64}$"},
    },
    "position": {
        "description": "Index of the entry in the log, from 0.",
        "schema": {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
    },
    "principal": {
        "description": "Id (`p-…`) or display name of somebody in the directory.",
        "schema": {"type": "string", "pattern": "^[^/\\x00-\\x1f\\x7f]{1,200}$"},
    },
    "sha256": {
        "description": "SHA-256 of a file: of a policy's, as verdicts name it, or of a stored one.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    },
    "token_id": {
        "description": "Id of a token, as the directory shows it.",
        "schema": {"type": "string", "pattern": "^[0-9a-f-]{1,64}$"},
    },
    "role": {
        "description": "A role, as `/v1/roles` lists them.",
        "schema": {"type": "string", "pattern": "^[a-z_]{1,64}$"},
    },
    "source": {
        "description": "Name of a source that `config/sources.yaml` of the home has.",
        "schema": {"type": "string", "pattern": "^[a-z0-9-]{1,64}$"},
        "example": "our-tool",
    },
    "source_key": {
        "description": "A token that may deliver signals.",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,128}$"},
    },
}

HEADERS: Mapping[str, dict[str, Any]] = {
    KEY: {
        "description": "The same key with the same request gives the same answer and records nothing twice.",
        "schema": {"type": "string", "pattern": "^[!-~]{1,200}$"},
    },
    IF_MATCH: {
        "description": "The ETag the caller has seen; when the incident has moved on: 412.",
        "schema": {"type": "string", "pattern": r'^("[1-9][0-9]{0,9}"|\*)$'},
    },
    PREFER: {
        "description": "`published` (with `wait=SECONDS`): answer when a published checkpoint covers it.",
        "schema": {"type": "string", "examples": ["published", "published, wait=3"]},
    },
    LAST_ID: {
        "description": "The cursor to go on from, as EventSource sends it.",
        "schema": {"type": "string", "pattern": "^[0-9]{1,16}$"},
    },
}

ANSWERS: Mapping[str, str] = {
    "ETag": "The version of the stream.",
    "Location": "Where it is.",
    "Link": 'The next page, `rel="next"`, of a list in another form than JSON.',
    REPLAYED: "`true` when this is the answer to an earlier request with the same key.",
    APPLIED: "`published` when the receipt has proofs.",
    HOLDS: "What the export holds, as a JSON object of counts.",
}

SECURITY: Mapping[str, list[dict[str, list[str]]]] = {
    "public": [],
    "reader": [{"bearer": []}, {"session": []}],
    "auditor": [{"bearer": []}, {"session": []}],
    "writer": [{"bearer": []}],
    "ingest": [{"bearer": []}],
}

EVERYWHERE = ("INTERNAL", "EVIDENCE_BROKEN", "STORE_BUSY", "STORE_UNAVAILABLE")
ADMISSION = ("TOKEN_MISSING", "TOKEN_UNKNOWN", "ROLE_MISSING", "RATE_EXCEEDED")
BODY = ("BODY_TOO_SLOW", "BODY_TOO_LARGE", "REQUEST_MALFORMED")
JSON_BODY = (*BODY, "BODY_NOT_JSON", "BODY_NOT_UTF8", "BODY_KEY_TWICE", "CONTENT_TYPE", "BODY_INVALID")


def operation(route: Route) -> dict[str, Any]:
    """Return the operation object of a route."""
    found: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "tags": [route.tag],
        "security": SECURITY[route.access] if "source_key" not in route.path else [],
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_header_parameters(route)],
        "responses": {**_answers(route.answers), **_problems(codes_of(route))},
    }
    if route.text:
        found["description"] = route.text
    if route.body is not None:
        found["requestBody"] = _body(route.body)
    return found


def codes_of(route: Route) -> tuple[str, ...]:
    """Return every problem code that a route may answer with."""
    if route.foreign:
        return route.problems
    found = list(route.problems)
    if route.access != "public":
        found += ADMISSION
    if route.access == "ingest":
        found += BODY
    elif route.body is not None:
        found += BODY if route.body.media == RAW else JSON_BODY
    if route.query is not None:
        found.append("QUERY_INVALID")
    return tuple(dict.fromkeys((*found, *EVERYWHERE)))


def schema_of(kind: Any) -> dict[str, Any]:
    """Return the schema, or a reference to the component, of a type."""
    (found,), _ = msgspec.json.schema_components([kind], ref_template=REF)
    return found


def untagged(name: str) -> str:
    """Return the component's name of an action whose path says which it is."""
    return f"{name}Body"


def _path_parameters(route: Route) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"{(\w+)(?::path)?}", route.path):
        yield {"name": name, "in": "path", "required": True, **PATHS[name]}


def _query_parameters(route: Route) -> Iterable[dict[str, Any]]:
    for name, schema in properties(route.query).items() if route.query else ():
        needed = route.query is not None and name in required(route.query)
        yield {"name": name, "in": "query", "required": needed, **_described(schema)}


def _described(schema: Mapping[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in schema.items() if name != "description"}
    return {"schema": rest} | ({"description": schema["description"]} if "description" in schema else {})


def _header_parameters(route: Route) -> Iterable[dict[str, Any]]:
    for name in route.headers:
        yield {"name": name, "in": "header", "required": False, **HEADERS[name]}


def _body(body: Body) -> dict[str, Any]:
    if body.media == RAW:
        return {"required": True, "content": {RAW: {"schema": BYTES}}}
    refs = [{"$ref": REF.format(name=_component(kind, body))} for kind in body.kinds]
    schema: dict[str, Any] = refs[0]
    if len(refs) > 1:
        mapping = dict(zip(body.examples, (ref["$ref"] for ref in refs), strict=True))
        schema = {"oneOf": refs, "discriminator": {"propertyName": "action", "mapping": mapping}}
    examples = {name: {"value": value} for name, value in body.examples.items()}
    return {"required": True, "content": {body.media: {"schema": schema, "examples": examples}}}


def _component(kind: Any, body: Body) -> str:
    name: str = kind.__name__
    return name if body.tagged else untagged(name)


def _answers(answers: Mapping[int, Answer]) -> dict[str, Any]:
    return {str(status): _answer(answer) for status, answer in answers.items()}


def _answer(answer: Answer) -> dict[str, Any]:
    schema = _text_or_bytes(answer.media) if answer.kind is None else schema_of(answer.kind)
    content = {answer.media: {"schema": schema}}
    content |= {media: {"schema": _text_or_bytes(media)} for media in answer.also}
    found: dict[str, Any] = {"description": answer.text, "content": content}
    if answer.headers:
        found["headers"] = {
            name: {"description": ANSWERS[name], "schema": {"type": "string"}} for name in answer.headers
        }
    return found


def _text_or_bytes(media: str) -> dict[str, Any]:
    return BYTES if media == RAW else {"type": "string"}


def _problems(codes: Iterable[str]) -> dict[str, Any]:
    by_status: dict[int, list[str]] = defaultdict(list)
    for code in codes:
        by_status[CODES[code].status].append(code)
    return {
        str(status): {
            "description": "  \n".join(f"`{code}`: {CODES[code].meaning}" for code in of_status),
            "content": {MEDIA_TYPE: {"schema": PROBLEM}},
        }
        for status, of_status in sorted(by_status.items())
    }
