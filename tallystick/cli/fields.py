"""The fields of a command as people type them: ``key=value …``, or a JSON object from a file.

What a value means is decided by the command's own schema: lists are separated by commas or by naming the key
again, truth values are words, numbers are numbers, what lies inside an object is named with dots, everything
else is text. Lists and objects may also be JSON. What does not fit is a usage error that says where.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import typer

from api.problems import ProblemError
from api.strictjson import parse
from api.violations import of_decoder, violations
from domain.commands import COMMANDS, Command
from domain.text import nfc
from tallystick.cli.shapes import Shape, names, shape

S = TypeVar("S", bound=msgspec.Struct)
WORDS: Mapping[str, bool] = {
    **dict.fromkeys(("true", "yes", "on", "1"), True),
    **dict.fromkeys(("false", "no", "off", "0"), False),
}
WHERE = "FIELD"
JSON = ("[", "{")
WHOLE = re.compile(r"0|[1-9][0-9]{0,15}")


def command(action: str, fields: Sequence[str]) -> Command:
    """Return the command that ``action`` and ``fields`` spell; raises a usage error with every difference."""
    kind = COMMANDS[action]
    return fitting(kind, {"action": action, **_members(kind, fields)}, WHERE)


def fitting(kind: type[S], value: Mapping[str, Any], hint: str) -> S:
    """Return ``value`` as a ``kind`` in NFC; raises a usage error at ``hint`` with every difference."""
    try:
        return nfc(msgspec.convert(value, kind))
    except msgspec.ValidationError as e:
        found = violations(value, kind) or (of_decoder(e),)
        said = (
            f"{v.pointer.removeprefix('/') or 'all of it'}: expected {v.expected}, found {v.found}"
            for v in found
        )
        raise typer.BadParameter("; ".join(said), param_hint=hint) from e


def _members(kind: type[Command], fields: Sequence[str]) -> dict[str, Any]:
    files = [field for field in fields if field.startswith("@")]
    if not files:
        return _pairs(kind, fields)
    if len(fields) > 1:
        raise _wrong(f"expected either {files[0]} alone or key=value fields, found both")
    return _object(files[0][1:], kind)


def _object(name: str, kind: type[Command]) -> dict[str, Any]:
    try:
        value = parse(sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes())
    except ProblemError as e:
        raise _wrong(f"@{name}: {e}") from e
    except OSError as e:
        raise _wrong(f"@{name}: {e.strerror}") from e
    if not isinstance(value, dict):
        raise _wrong(f"@{name}: expected an object, found another value")
    tag = kind.__struct_config__.tag
    if (action := value.pop("action", tag)) != tag:
        raise _wrong(f"@{name}, action: expected {tag}, found {action!r}")
    return value


def _pairs(kind: type[Command], fields: Sequence[str]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for field in fields:
        name, equals, text = field.partition("=")
        if not equals:
            raise _wrong(f"expected key=value or @file.json, found {field!r}")
        found = shape(kind, name)
        if found is None:
            raise _wrong(f"expected one of {', '.join(sorted(names(kind))) or 'no fields'}, found {name!r}")
        _put(members, name, _typed(text, found, name))
    return members


def _put(members: dict[str, Any], name: str, value: Any) -> None:
    """Put a value where its name says; a list grows, everything else is said once."""
    *outer, last = name.split(".")
    for part in outer:
        members = members.setdefault(part, {})
        if not isinstance(members, dict):
            raise _wrong(f"{name}: expected either {part} as a whole or its parts, found both")
    if isinstance(value, list) and isinstance(members.get(last, []), list):
        members.setdefault(last, []).extend(value)
    elif last in members:
        raise _wrong(f"{name}: expected it once, found it twice")
    else:
        members[last] = value


def _typed(text: str, found: Shape, name: str) -> Any:
    if found.kind in ("array", "object") and text.lstrip()[:1] in JSON:
        return _json(text, name)
    match found.kind:
        case "array":
            return [part.strip() for part in text.split(",") if part.strip()]
        case "boolean":
            return WORDS.get(text.lower(), text)
        case "integer" if WHOLE.fullmatch(text):
            return int(text)
        case _:
            return text


def _json(text: str, name: str) -> Any:
    try:
        return parse(text.encode())
    except ProblemError as e:
        raise _wrong(f"{name}: {e}") from e


def _wrong(message: str) -> typer.BadParameter:
    return typer.BadParameter(message, param_hint=WHERE)
