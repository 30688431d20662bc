"""Documents for people, read by a Markdown parser that is not ours."""

from __future__ import annotations

from pathlib import Path

from markdown_it import MarkdownIt

BLOCKS = {
    *("heading_open", "heading_close", "paragraph_open", "paragraph_close", "inline", "hr"),
    *("bullet_list_open", "bullet_list_close", "ordered_list_open", "ordered_list_close"),
    *("list_item_open", "list_item_close"),
}
INLINE = {"text", "text_special", "softbreak", "code_inline", "strong_open", "strong_close"}


def complaints(document: str) -> set[str]:
    """Return the kinds of markup in a document that are none of ours: links, HTML, quotations, code."""
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(document)
    inner = {child.type for token in tokens for child in token.children or ()}
    return {token.type for token in tokens} - BLOCKS | inner - INLINE


def body(canonical: str) -> str:
    """Return a Markdown artifact without its header."""
    return canonical.split("\n---\n", 1)[1]


def section(text: str, heading: str) -> str:
    """Return what stands under a heading of the second level."""
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def check_documents(export: Path) -> None:
    """Expect headings, paragraphs and lists alone in the Markdown artifacts of an export on disk."""
    files = tuple((export / "artifacts").rglob("*.md"))
    assert files
    for file in files:
        assert complaints(body(file.read_text())) == set(), file
