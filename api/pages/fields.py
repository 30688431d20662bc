"""The fields of a form, from the schema of the command that it makes: what it requires and what it allows.

One interpreter for every command, so that a form can never ask for less, or for other things, than the API.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import Struct

from api.requests import REQUESTS

Kind = Literal[
    "line", "text", "number", "flag", "choice", "moment", "day", "lines", "pairs", "file", "group", "rows"
]
"""``lines``: a list of texts, one a line; ``pairs``: a map, ``name=value`` a line; ``rows``: many groups."""

LONG = 256
"""A text that may be longer than this gets a box of several lines."""

HIDDEN = frozenset({"action", "expected_version"})
"""What the page itself knows."""

FILE = "StoredBlob"
NOT_HERE = frozenset({"SignedStatement"})
"""Made by programs: a statement signed with somebody's own key."""

TEXTS: Mapping[str, str] = {
    "at": "when it happened, if not now",
    "slo_breaches": "objectives that are missed",
    "slos": "objectives, as they are now",
}
"""What a field is called where its name alone says too little."""


class Field(Struct, frozen=True, kw_only=True):
    """One field; ``parts`` are those of a group, or of one of the rows."""

    name: str
    label: str
    kind: Kind
    required: bool
    hint: str = ""
    choices: tuple[str, ...] = ()
    default: Any = None
    parts: tuple[Field, ...] = ()


@cache
def fields_of(action: str) -> tuple[Field, ...]:
    """Return the fields of an action's form, what is required first."""
    (schema,), shared = msgspec.json.schema_components([REQUESTS[action]])
    found = (field for field in _members(schema, shared) if field.name not in HIDDEN)
    return tuple(sorted(found, key=lambda field: not field.required))


def _members(schema: Mapping[str, Any], shared: Mapping[str, Any]) -> Iterator[Field]:
    schema = _resolved(schema, shared)
    required = schema.get("required", ())
    for name, member in schema["properties"].items():
        told = _alone(member)
        if _name(told) in NOT_HERE:
            continue
        yield _field(name, told, shared, required=name in required, default=member.get("default"))


def _field(
    name: str, member: Mapping[str, Any], shared: Mapping[str, Any], *, required: bool, default: Any
) -> Field:
    schema = _resolved(member, shared)
    kind: Kind = "file" if _name(member) == FILE else _kind(schema, shared)
    parts: tuple[Field, ...] = ()
    if kind == "group":
        parts = tuple(_members(schema, shared))
    elif kind == "rows":
        parts = tuple(_members(schema["items"], shared))
    choices = schema.get("enum", ("yes", "no") if kind == "flag" else ())
    return Field(
        name=name,
        label=TEXTS.get(name, name.replace("_", " ")),
        kind=kind,
        required=required,
        hint=_hint(schema, kind),
        choices=tuple(str(choice) for choice in choices),
        default=default,
        parts=parts,
    )


def _kind(schema: Mapping[str, Any], shared: Mapping[str, Any]) -> Kind:
    if "enum" in schema:
        return "choice"
    match schema.get("type"):
        case "boolean":
            return "flag"
        case "integer":
            return "number"
        case "array":
            return "rows" if _resolved(schema["items"], shared).get("type") == "object" else "lines"
        case "object":
            return "group" if "properties" in schema else "pairs"
        case _:
            return _text_kind(schema)


def _text_kind(schema: Mapping[str, Any]) -> Kind:
    if schema.get("format") == "date-time":
        return "moment"
    if schema.get("format") == "date":
        return "day"
    return "text" if schema.get("maxLength", 0) > LONG else "line"


def _hint(schema: Mapping[str, Any], kind: Kind) -> str:
    if kind == "moment":
        return "UTC"
    if kind == "lines":
        return "one a line"
    if kind == "pairs":
        return "name=value, one a line"
    return str(schema.get("description", "")) if kind not in {"group", "rows"} else ""


def _name(member: Mapping[str, Any]) -> str:
    return str(member.get("$ref", "")).rsplit("/", 1)[-1]


def _alone(member: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a member is when it is not null."""
    return next((one for one in member.get("anyOf", ()) if one.get("type") != "null"), member)


def _resolved(schema: Mapping[str, Any], shared: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    found: Mapping[str, Any] = schema if reference is None else shared[reference.rsplit("/", 1)[-1]]
    return found
