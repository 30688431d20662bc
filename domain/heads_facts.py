"""The fact of stream ``heads``: how far every stream had come (design 4, R-SVC-05)."""

from __future__ import annotations

from msgspec import Struct

from domain.classified import Count, Hash


class HeadsRecorded(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """So many streams have entries among the first ``size``; ``root`` is over the newest of each."""

    size: Count
    streams: Count
    root: Hash
