"""Every difference between a value and the schema of its type, in words: pointer, expected, found.

Asked only when decoding has failed: the decoder is fast and stops at the first difference, a person
wants all of them at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import msgspec
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from api.problems import Violation
from api.strictjson import pointer
from domain.words import Moment

_SHOWN = 80
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
_SENTENCES = {
    "const": "{}",
    "maxLength": "at most {} characters",
    "minLength": "at least {} characters",
    "maxItems": "at most {} elements",
    "minItems": "at least {} elements",
    "maximum": "at most {}",
    "minimum": "at least {}",
    "format": "a time with an offset, like 2026-03-01T02:10:00Z",
}
_FORMATS = FormatChecker(formats=())


@_FORMATS.checks("date-time", raises=msgspec.ValidationError)
def _is_moment(value: object) -> bool:
    return not isinstance(value, str) or msgspec.convert(value, Moment) is not None


def violations(value: Any, kind: Any) -> tuple[Violation, ...]:
    """Return what keeps ``value`` from being a ``kind``, each place once, in the order of the pointers."""
    found = dict.fromkeys(_flat(_validator(kind).iter_errors(value)))
    return tuple(sorted(found, key=lambda item: item.pointer))


def of_decoder(error: msgspec.ValidationError) -> Violation:
    """Return the decoder's own sentence as a violation, for what a schema cannot say."""
    what, _, path = str(error).partition(" - at `$")
    steps = path.rstrip("`").replace("[", ".").replace("]", "").split(".")[1:]
    at = ""
    for step in steps:
        at = pointer(at, step)
    expected, _, found = what.removeprefix("Expected ").partition(", got ")
    return Violation(
        pointer=at, expected=expected.replace("`", ""), found=found.replace("`", "") or "something else"
    )


def shown(value: Any) -> str:
    """Return a value as JSON, cut to a length fit for a message."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


@cache
def _validator(kind: Any) -> Draft202012Validator:
    return Draft202012Validator(msgspec.json.schema(kind), format_checker=_FORMATS)


def _flat(errors: Iterable[ValidationError]) -> Iterator[Violation]:
    for error in errors:
        at = ""
        for step in error.absolute_path:
            at = pointer(at, step)
        yield from _of(error, at)


def _of(error: ValidationError, at: str) -> Iterator[Violation]:
    value: Any = error.instance
    wanted: Any = error.validator_value
    schema: Any = error.schema
    match error.validator:
        case "anyOf":
            # `null` is one branch of what may be left out; the other one says what is wrong.
            yield from _flat(e for e in error.context or () if not _is_about_null(e))
        case "required":
            absent = (name for name in wanted if name not in value)
            yield from (Violation(pointer=pointer(at, n), expected="a value", found="none") for n in absent)
        case "additionalProperties":
            for name in value.keys() - schema.get("properties", {}).keys():
                found = shown(value[name])
                yield Violation(pointer=pointer(at, name), expected="no such member", found=found)
        case name:
            keyword = str(name)
            expected = _expected(keyword, wanted, schema)
            yield Violation(pointer=at, expected=expected, found=_found(keyword, value))


def _is_about_null(error: ValidationError) -> bool:
    return error.validator == "type" and error.validator_value == "null"


def _expected(keyword: str, wanted: Any, schema: Any) -> str:
    if keyword == "type":
        return _TYPES[wanted]
    if keyword == "enum":
        return "one of " + ", ".join(map(str, wanted))
    if keyword in _SENTENCES:
        return _SENTENCES[keyword].format(wanted)
    return str(schema.get("description", f"{keyword} {wanted}"))


def _found(keyword: str, value: Any) -> str:
    if keyword in ("maxLength", "minLength"):
        return f"{len(value)} characters"
    if keyword in ("maxItems", "minItems"):
        return f"{len(value)} elements"
    return shown(value)
