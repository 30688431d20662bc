"""The copy of an artifact that people read: canonical bytes with sealed texts in their places (design 7)."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from projections.markdown import reveal_markdown
from projections.placeholder import one_line, reveal


def readable(path: str, canonical: bytes, texts: Mapping[str, str]) -> bytes:
    """Return the copy, each of ``texts`` (by `projections.placeholder.short`) safe where it stands."""
    document = canonical.decode()
    if path.endswith(".md"):
        return reveal_markdown(document, texts).encode()
    return reveal(document, texts, _in_json).encode()


def _in_json(text: str) -> str:
    return msgspec.json.encode(one_line(text))[1:-1].decode()
