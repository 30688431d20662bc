"""Results as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Table(msgspec.Struct, frozen=True):
    """A heading, what it means, and rows of text."""

    title: str
    about: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """Return the section of docs/performance.md."""
        lines = [self.header, ["---"] * len(self.header), *self.rows]
        body = "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
        return f"## {self.title}\n\n{self.about}\n\n{body}\n"
