"""The blocks of our Markdown: headings, paragraphs and lists; CommonMark has no tables.

A block ends with a newline; blocks with a blank line between them are a document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

Blocks = tuple[str, ...]


def document(blocks: Iterable[str]) -> str:
    """Return a document of ``blocks``."""
    return "\n".join(blocks)


def heading(level: int, text: str) -> str:
    """Return a heading."""
    return f"{'#' * level} {text}\n"


def paragraph(*sentences: str) -> str:
    """Return sentences as one paragraph."""
    return f"{' '.join(sentences)}\n"


def items(lines: Iterable[str], nothing: str | None = None) -> Blocks:
    """Return a list of ``lines``; where there are none, a paragraph that says ``nothing``, or no block."""
    found = tuple(lines)
    if not found:
        return () if nothing is None else (paragraph(nothing),)
    return ("".join(f"- {line}\n" for line in found),)


def numbered(lines: Sequence[str]) -> Blocks:
    """Return a numbered list of ``lines``."""
    return ("".join(f"{i}. {line}\n" for i, line in enumerate(lines, 1)),) if lines else ()


def nested(line: str, lines: Iterable[str]) -> str:
    """Return a line of a list with a list of its own below it."""
    return "\n".join((line, *(f"  - {inner}" for inner in lines)))
