"""Query parameters as typed values; one that is unknown or doubled is refused, not ignored.

A mistyped ``?at_verison=`` that is ignored would show the present as if it were the past.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request

from api.problems import ProblemError, Violation, refused
from api.violations import of_decoder, violations

Q = TypeVar("Q", bound=msgspec.Struct)

# "12.0" is a whole number as well: JSON Schema, by which parameters are described, says so.
_INTEGER = re.compile(r"(0|[1-9][0-9]{0,15})(?:\.0)?")
_BOOLEANS = {"true": True, "false": False}


def decode_query(request: Request, kind: type[Q]) -> Q:
    """Return the query as a ``kind``; raises the problem that lists every difference."""
    pairs = request.query_params.multi_items()
    doubled = {name for name, _ in pairs if request.query_params.getlist(name)[1:]}
    if doubled:
        name = min(doubled)
        raise _invalid(Violation(pointer=name, expected="the parameter once", found="more than once"))
    known = properties(kind)
    value = {name: _lexed(text, known.get(name, {})) for name, text in pairs}
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        found = violations(value, kind) or (of_decoder(error),)
        raise _invalid(*(_named(item) for item in found)) from error


@cache
def properties(kind: type[msgspec.Struct]) -> Mapping[str, Mapping[str, Any]]:
    """Return name -> JSON schema of each parameter; what may be left out is not null but absent."""
    return {name: _present(schema) for name, schema in _schema(kind)["properties"].items()}


def required(kind: type[msgspec.Struct]) -> frozenset[str]:
    """Return the parameters that must be there."""
    return frozenset(_schema(kind).get("required", ()))


@cache
def _schema(kind: type[msgspec.Struct]) -> Mapping[str, Any]:
    (_, components) = msgspec.json.schema_components([kind])
    found: Mapping[str, Any] = components[kind.__name__]
    return found


def _present(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    branches = [branch for branch in schema.get("anyOf", ()) if branch != {"type": "null"}]
    present = dict(schema)
    if len(branches) == 1:
        present = dict(branches[0])
    elif branches:
        present["anyOf"] = branches
    if schema.get("default") is not None:
        present["default"] = schema["default"]
    elif "default" in present:
        del present["default"]
    return present


def _lexed(text: str, schema: Mapping[str, Any]) -> Any:
    kinds = {branch.get("type") for branch in schema.get("anyOf", (schema,))}
    if "integer" in kinds and (whole := _INTEGER.fullmatch(text)):
        return int(whole[1])
    return _BOOLEANS.get(text, text) if "boolean" in kinds else text


def _named(item: Violation) -> Violation:
    return msgspec.structs.replace(item, pointer=item.pointer.removeprefix("/"))


def _invalid(*errors: Violation) -> ProblemError:
    first = errors[0]
    return refused(
        "QUERY_INVALID",
        f"query parameter {first.pointer}: expected {first.expected}, found {first.found}",
        place=f"query parameter {first.pointer}",
        expected=first.expected,
        found=first.found,
        errors=errors,
    )
