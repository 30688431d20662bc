"""Whether a writer waits until its entries are published: ``?wait=published`` or ``Prefer: published``.

``Prefer: published, wait=3`` waits at most three seconds (RFC 7240).
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request

from api.queries import decode_query

PREFER, APPLIED = "Prefer", "Preference-Applied"
PUBLISHED = "published"


class WaitQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a write may ask for besides."""

    wait: (
        Annotated[
            Literal["published"],
            Meta(description="Answer when a published checkpoint covers it, with proofs; 202 after 10 s."),
        ]
        | None
    ) = None


def patience(request: Request, most: float) -> float | None:
    """Return for how many seconds to wait for publication, None when nobody asked."""
    query = decode_query(request, WaitQuery)
    preferences = _preferences(request)
    if query.wait is None and PUBLISHED not in preferences:
        return None
    asked = preferences.get("wait", "")
    return min(float(asked), most) if asked.isascii() and asked.isdigit() and len(asked) < 6 else most


def _preferences(request: Request) -> dict[str, str]:
    texts = ",".join(request.headers.getlist(PREFER)).split(",")
    pairs = (text.split(";")[0].partition("=") for text in texts)
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
