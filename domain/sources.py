"""Sources of signals that people add: the shape of ``config/sources.yaml``."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from domain.mapping import Mapping

SourceName = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$(?!\n)", max_length=64)]
KeyPlace = Annotated[
    str,
    Meta(
        max_length=4_096,
        # Checked where the key is opened instead: a complaint of this shape would repeat what it found,
        # and that may be the key itself.
        extra_json_schema={"pattern": "^(env|file):.+$"},
        description="Where the key is with which the source signs: env:NAME or file:PATH, never the key.",
    ),
]


class Source(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One source: the format it speaks, where its key is, and what its messages mean where that is open."""

    format: Annotated[str, Meta(pattern=r"^[a-z0-9-]{1,64}$(?!\n)")]
    secret: KeyPlace | None = None
    mapping: Mapping | None = None


class Sources(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The whole file: name of a source, which is also the end of its path, -> source."""

    schema_version: Literal[1]
    sources: dict[SourceName, Source]


NONE = Sources(schema_version=1, sources={})
"""What a home says that has no such file."""
