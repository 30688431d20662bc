"""Configuration that people edit, read strictly: YAML text to the domain's values (R-CFG-02).

Every scalar is text until the value's type says otherwise, so nothing becomes a float, a date or a
truth value by YAML's guessing. Duplicate keys and aliases are refused. Errors name place, expected
and found. It is not among the use cases, because the offline verifier reads policies too.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec
import yaml

T = TypeVar("T")

_MAX_DEPTH = 32
_PLACE = re.compile(r"(?P<what>.*?)(?: - at (?:`key` in )?`\$(?P<at>.*)`)?", re.DOTALL)
_SENTENCES = (
    re.compile(
        r"(?:(?P<field>[a-z0-9_]+): )?[Ee]xpected (?P<expected>.*), (?:got|found) (?P<found>.*)", re.DOTALL
    ),
    re.compile(r"Object contains unknown field `(?P<found>.*)`", re.DOTALL),
    re.compile(r"Object missing required field `(?P<missing>.*)`", re.DOTALL),
    re.compile(r"Invalid enum value (?P<found>.*)", re.DOTALL),
    re.compile(r"Expected (?P<expected>.*)", re.DOTALL),
)
"""How msgspec says what is wrong, the most telling form first."""


class ConfigError(ValueError):
    """A configuration file does not hold what it must. Says place, expected and found, in that order."""

    def __init__(self, place: str, expected: str, found: str) -> None:
        super().__init__(f"{place}: expected {expected}, found {found}")
        self.place = place
        self.expected = expected
        self.found = found


def parse(data: bytes, shape: type[T], place: str) -> T:
    """Return the value of type ``shape`` in the bytes of a file; ``place`` is the file's name, for errors.

    Raises `ConfigError`.
    """
    values = _read(data, place)
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        raise _config_error(str(error), place, values) from error


def _read(data: bytes, place: str) -> Any:
    try:
        text = data.decode()
        _check_shape(text, place)
        return _value(yaml.compose(text, Loader=yaml.BaseLoader), place)
    except UnicodeDecodeError as error:
        raise ConfigError(place, "UTF-8", f"a byte at {error.start} that is not") from error
    except yaml.YAMLError as error:
        raise ConfigError(place, "YAML", " ".join(str(error).split())) from error


def _check_shape(text: str, place: str) -> None:
    """Refuse aliases, which can blow up, and depth, which can exhaust the stack, before anything recurses."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.BaseLoader):
        if isinstance(event, yaml.AliasEvent):
            raise ConfigError(place, "values written out", f"the alias *{event.anchor}")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > _MAX_DEPTH:
            raise ConfigError(place, f"values at most {_MAX_DEPTH} deep", "a deeper one")


def _value(node: yaml.Node | None, place: str) -> Any:
    """Return the text, list or mapping of a node."""
    match node:
        case yaml.ScalarNode():
            return node.value
        case yaml.SequenceNode():
            return [_value(item, f"{place}[{i}]") for i, item in enumerate(node.value)]
        case yaml.MappingNode():
            return _mapping(node, place)
        case _:
            raise ConfigError(place, "a document", "nothing")


def _mapping(node: yaml.MappingNode, place: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = _value(key_node, place)
        if not isinstance(key, str) or key in fields:
            raise ConfigError(place, "each key once, as text", repr(key))
        fields[key] = _value(value_node, f"{place}.{key}")
    return fields


def _config_error(message: str, place: str, values: Any) -> ConfigError:
    """Return the parts of msgspec's sentence; what it does not quote is looked up."""
    parted = _PLACE.fullmatch(message)
    what, at = (parted["what"], parted["at"] or "") if parted else (message, "")
    found = next(filter(None, (form.fullmatch(what) for form in _SENTENCES)), None)
    parts = found.groupdict() if found else {}
    if "missing" in parts:
        return ConfigError(place + at, f"the key {parts['missing']}", "none")
    field = f".{parts['field']}" if parts.get("field") else ""
    expected = parts.get("expected") or "something the schema names"
    return ConfigError(place + at + field, expected, parts.get("found") or _looked_up(values, at))


def _looked_up(values: Any, at: str) -> str:
    for name, index in re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", at):
        values = values[int(index)] if index else values[name]
    return repr(values)
