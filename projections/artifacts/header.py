"""The header of every artifact, in JSON or as front matter, and the canonical bytes (R-ART-02, R-ART-03)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from domain.protocol import PROTOCOL_ID, PROTOCOL_VERSION
from projections.artifacts.banners import banners
from projections.artifacts.content import Content
from projections.artifacts.renderer import RENDERER
from projections.artifacts.rendering import RecordedFact, Rendering
from projections.artifacts.row import Row
from projections.front_matter import front_matter
from projections.told import guarded

SCHEMA_VERSION = 1


class Source(Struct, frozen=True, kw_only=True):
    """The last fact that went in: everything is a function of the stream up to it."""

    stream: str
    version: int
    leaf: str
    position: int


class Header(Struct, frozen=True, kw_only=True):
    """What every artifact says of itself, beside status, metrics and data.

    ``policy_sha256`` is the policy in force, ``generated_at`` the recorded time of the last fact, and
    ``incident_commander`` a principal id, null before anybody commands (R-ART-52).
    """

    schema: str
    schema_version: int
    protocol_id: str
    protocol_version: str
    incident_id: str
    generated_at: str
    generated_from: Source
    policy_sha256: str
    renderer: int
    incident_commander: str | None
    banners: tuple[str, ...]
    status: str


def document(row: Row, rendering: Rendering) -> bytes | None:
    """Return the canonical bytes of an artifact, None while it says nothing yet."""
    content = row.render(rendering)
    return None if content is None else encoded(row, rendering, content)


def encoded(row: Row, rendering: Rendering, content: Content) -> bytes:
    """Return the bytes of what an artifact says.

    UTF-8, LF, a final newline; JSON with sorted keys, two blanks a level.
    """
    fields = {
        **msgspec.to_builtins(_header(row, rendering, content.status)),
        "metrics": _plain(content.metrics),
        "data": _plain(content.data),
    }
    return f"{front_matter(fields)}\n{content.body}".encode() if row.is_markdown else _json(fields)


def _header(row: Row, rendering: Rendering, status: str) -> Header:
    listed, last = rendering.row, rendering.last
    return Header(
        schema=row.schema,
        schema_version=SCHEMA_VERSION,
        protocol_id=PROTOCOL_ID,
        protocol_version=PROTOCOL_VERSION,
        incident_id=last.stream,
        generated_at=last.recordedtime,
        generated_from=source(last),
        policy_sha256=listed.policy_sha256,
        renderer=RENDERER,
        incident_commander=listed.commander,
        banners=banners(listed),
        status=status,
    )


def source(item: RecordedFact) -> Source:
    """Return where a fact stands in the ledger."""
    return Source(stream=item.stream, version=item.version, leaf=item.leaf, position=item.position)


def _plain(value: Struct | Mapping[str, Any]) -> Any:
    """Return structs as objects; a code that looks like a placeholder is none."""
    return msgspec.to_builtins(guarded(value))


def _json(fields: Mapping[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(fields, order="sorted"), indent=2) + b"\n"
