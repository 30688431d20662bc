"""Times that people give: in the past, or refused; never silently corrected (R-WF-33)."""

from __future__ import annotations

from datetime import datetime

from domain.moment import EPOCH, TOLERANCE, timestamp
from domain.refusal import Refusal


def checked(place: str, moment: datetime | None, now: datetime) -> datetime | Refusal | None:
    """Return ``moment`` if it is from 1970 to two seconds after ``now``; None stays None."""
    if moment is None or EPOCH <= moment <= now + TOLERANCE:
        return moment
    ahead = moment > now
    limit = now + TOLERANCE if ahead else EPOCH
    return Refusal(
        code="TIME_AHEAD" if ahead else "TIME_TOO_OLD",
        message="what happens later cannot be recorded now" if ahead else "the time is not plausible",
        place=place,
        expected=f"not {'after' if ahead else 'before'} {timestamp(limit)}",
        found=moment.isoformat(),
    )
