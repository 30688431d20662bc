"""The copy of an artifact that people read: canonical bytes with words and names in their places (design 7).

A function of those bytes and of what is disclosed, so that whoever has both can make it again.
"""

from __future__ import annotations

from projections.names import Names
from projections.readable import readable_json, readable_markdown
from projections.told import Known


def readable(path: str, canonical: bytes, known: Known, names: Names) -> bytes:
    """Return the copy of the artifact at ``path``, all that is in ``known`` safe where it stands."""
    if path.endswith(".md"):
        return readable_markdown(canonical, known, names, path.rpartition("/")[2])
    return readable_json(canonical, known, names)
