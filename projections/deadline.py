"""When something is due: a span of time after a moment."""

from __future__ import annotations

from datetime import timedelta

from domain.moment import instant, timestamp


def later(moment: str, ms: int) -> str:
    """Return the moment ``ms`` milliseconds later."""
    return timestamp(instant(moment) + timedelta(milliseconds=ms))
