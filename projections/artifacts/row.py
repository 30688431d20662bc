"""An artifact is a row: its name, whose it is, when it counts, and how it is rendered (R-ART-10 to 30)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from msgspec import Struct

from domain.gates.facts import Gate
from projections.artifacts.content import Content
from projections.artifacts.rendering import Rendering

Folder = Literal["", "approvals", "rca-evidence"]
"""Where it lies within an incident's directory (R-STO-01)."""

Render: TypeAlias = Callable[[Rendering], Content | None]
"""What the artifact says, None while there is nothing that it could be about."""


class Row(Struct, frozen=True, kw_only=True):
    """One artifact.

    ``artifact_id`` is the source's label, by which it can be named too (R-DEC-48). ``counted`` is whether
    documentation completeness counts it (R-GATE-40), ``required`` whether a manifest has to list it.
    ``consumers`` are numbers of protocols, and other readers in words; ``metrics`` and ``data`` are the forms
    of these parts of a JSON artifact.
    """

    requirement: str
    name: str
    artifact_id: str
    step: str
    consumers: tuple[str, ...]
    render: Render
    folder: Folder = ""
    gate: Gate | None = None
    counted: bool = False
    required: bool = True
    metrics: type[Struct] | None = None
    data: type[Struct] | None = None

    @property
    def path(self) -> str:
        """Where it lies, with its folder."""
        return f"{self.folder}/{self.name}" if self.folder else self.name

    @property
    def is_markdown(self) -> bool:
        """Whether it is Markdown with front matter; else it is JSON."""
        return self.name.endswith(".md")

    @property
    def media_type(self) -> str:
        """How it is served."""
        return "text/markdown" if self.is_markdown else "application/json"

    @property
    def schema(self) -> str:
        """The name of its form, which stays what it is while the fields do."""
        return f"tallystick.{self.name.rpartition('.')[0].lower()}"
