"""Configuration that people edit, read strictly: YAML text to the domain's values (R-CFG-02).

Every scalar is text until the value's type says otherwise, so nothing becomes a float, a date or a
truth value by YAML's guessing. Duplicate keys and aliases are refused. Errors name place, expected
and found. It is not among the use cases, because the offline verifier reads policies too.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
import yaml

from projections.configerror import ConfigError, config_error

T = TypeVar("T")

_MAX_DEPTH = 32


def parse(data: bytes, shape: type[T], place: str) -> T:
    """Return the value of type ``shape`` in the bytes of a file; ``place`` is the file's name, for errors.

    Raises `ConfigError`.
    """
    values = _read(data, place)
    try:
        return msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        raise config_error(place, values, lambda part: _complaint(part, shape)) from error


def _complaint(values: Any, shape: type[T]) -> str | None:
    try:
        msgspec.convert(values, shape, strict=False)
    except msgspec.ValidationError as error:
        return str(error)
    return None


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
