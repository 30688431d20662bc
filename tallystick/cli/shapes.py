"""What the fields of a command are, from its own schema: kinds, choices, and what lies inside an object."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

Schema = Mapping[str, Any]

ITEMS: Mapping[object, str] = {"object": "JSON."}
"""What is said of a list whose members are no plain words."""


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """One field: its kind in JSON, the values it may have if they are few, and the fields inside it.

    ``inside`` is None where it has none of its own; ``open`` where it may have any.
    """

    kind: str
    about: str = ""
    choices: tuple[str, ...] = ()
    inside: Mapping[str, Schema] | None = None
    open: Schema | None = None


@cache
def fields(command: type[msgspec.Struct]) -> Mapping[str, Schema]:
    """Return name -> schema of the fields of a command, without its tag."""
    found: Mapping[str, Schema] = _components(command)[command.__name__]["properties"]
    tag = command.__struct_config__.tag_field
    return {name: schema for name, schema in found.items() if name != tag}


def shape(command: type[msgspec.Struct], name: str) -> Shape | None:
    """Return the shape of a field, by names with dots for what lies inside objects; None if there is none."""
    inside: Mapping[str, Schema] | None = fields(command)
    rest: Schema | None = None
    found: Shape | None = None
    for part in name.split("."):
        schema = (inside or {}).get(part, rest)
        if schema is None:
            return None
        found = _shape(command, schema)
        inside, rest = found.inside, found.open
    return found


def names(command: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return every field, those inside objects with dots, in the order of the command."""
    found: list[str] = []
    for name in fields(command):
        within = _shape(command, fields(command)[name]).inside
        found += [name] if within is None else [f"{name}.{part}" for part in within]
    return tuple(found)


def _shape(command: type[msgspec.Struct], schema: Schema) -> Shape:
    schema = _resolved(command, schema)
    other = schema.get("additionalProperties")
    items = _resolved(command, schema.get("items", {}))
    return Shape(
        about=str(schema.get("description") or _member(items)),
        kind=str(schema.get("type", "string")),
        choices=tuple(map(str, schema.get("enum", ()))),
        inside=schema.get("properties"),
        open=other if isinstance(other, Mapping) else None,
    )


def _member(items: Schema) -> str:
    return ITEMS.get(items.get("type")) or str(items.get("description", ""))


def _resolved(command: type[msgspec.Struct], schema: Schema) -> Schema:
    """Return the schema behind references, of what may be null the other part."""
    branches = [branch for branch in schema.get("anyOf", ()) if branch != {"type": "null"}]
    if len(branches) == 1:
        return _resolved(command, branches[0])
    if "$ref" in schema:
        return _resolved(command, _components(command)[schema["$ref"].rsplit("/", 1)[-1]])
    return schema


@cache
def _components(command: type[msgspec.Struct]) -> Mapping[str, Any]:
    _, components = msgspec.json.schema_components([command])
    return components
