"""The commands as HTTP carries them: each with the version of the incident that its sender has seen."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from domain.commands import COMMANDS, EXAMPLES, Command

OPEN = "open"
MAX_VERSION = 2**31 - 1

Version = Annotated[
    int,
    Meta(
        ge=1,
        le=MAX_VERSION,
        description="The version the caller has seen; another one now is refused (409), nothing is recorded.",
    ),
]


def _with_version(action: str, kind: type[Command]) -> type[msgspec.Struct]:
    return msgspec.defstruct(
        kind.__name__,
        [("expected_version", Version | None, None)],
        bases=(kind,),
        namespace={"__doc__": kind.__doc__},
        module=__name__,
        frozen=True,
        kw_only=True,
        tag_field="action",
        tag=action,
        forbid_unknown_fields=True,
    )


REQUESTS: Mapping[str, type[msgspec.Struct]] = {
    action: kind if action == OPEN else _with_version(action, kind) for action, kind in COMMANDS.items()
}
"""Action -> type of the request; `open` makes a new stream, so there is no version to expect."""

ON_INCIDENTS = tuple(action for action in REQUESTS if action != OPEN)
"""The actions on an incident that exists."""


def command_of(action: str, asked: msgspec.Struct) -> tuple[Command, int | None]:
    """Return the command in a request, and the version it expects."""
    kind = COMMANDS[action]
    fields: dict[str, Any] = {name: getattr(asked, name) for name in kind.__struct_fields__}
    return kind(**fields), getattr(asked, "expected_version", None)


def example(action: str) -> dict[str, Any]:
    """Return a valid body of an action, without what it leaves at the default."""
    body: dict[str, Any] = msgspec.to_builtins(EXAMPLES[action])
    default = {field.name: field.default for field in msgspec.structs.fields(COMMANDS[action])}
    return {name: value for name, value in body.items() if name == "action" or value != _plain(default[name])}


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value
