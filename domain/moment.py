"""Moments as text: ours in one fixed form, foreign ones exactly as written (R-WF-33, design 3 and 8)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

TOLERANCE = timedelta(seconds=2)
"""How far ahead of our clock a time may be before it is refused or noted."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime(3000, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
_SECOND = 1_000_000_000
_RFC3339 = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(?:[Zz]|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))"
)


def timestamp(moment: datetime) -> str:
    """Return an aware ``moment`` as ``YYYY-MM-DDTHH:MM:SS.ffffffZ``."""
    try:
        there = moment.astimezone(UTC)
    except OverflowError:
        # Beyond the calendar by its offset alone: as late, or as early, as can be said.
        there = (datetime.max if moment.year > 1 else datetime.min).replace(tzinfo=UTC)
    return there.strftime("%Y-%m-%dT%H:%M:%S.%fZ").zfill(27)


def instant(text: str) -> datetime:
    """Return the moment that a text of the form of `timestamp` names; raises ValueError."""
    return datetime.fromisoformat(text)


def milliseconds(start: str, end: str) -> int:
    """Return the whole milliseconds from one moment to another, 0 where the order is reversed.

    Rounded up, so that what is late by a microsecond is late.
    """
    return max(0, -((instant(start) - instant(end)) // MILLISECOND))


def later(moment: str, ms: int) -> str:
    """Return the moment ``ms`` milliseconds later."""
    return timestamp(instant(moment) + timedelta(milliseconds=ms))


def nanoseconds(text: str) -> int:
    """Return an RFC 3339 time of the years 1970 to 2999 as nanoseconds since 1970; raises ValueError.

    Exact to the ninth digit, where `datetime` stops at the sixth: two episodes may differ only there.
    """
    found = _RFC3339.fullmatch(text)
    if not found:
        raise ValueError(f"time: expected RFC 3339 with at most nine decimals, found {text[:64]!r}")
    date, clock, fraction, sign, hours, minutes = found.groups()
    local = datetime.fromisoformat(f"{date}T{clock}+00:00") - EPOCH
    offset = (int(hours) * 3600 + int(minutes) * 60) * (-1 if sign == "-" else 1) if sign else 0
    seconds = local.days * 86_400 + local.seconds - offset
    if not 0 <= seconds < (_END - EPOCH) // timedelta(seconds=1):
        raise ValueError(f"time: expected a year from 1970 to 2999 in UTC, found {text!r}")
    return seconds * _SECOND + int((fraction or "").ljust(9, "0"))


def from_nanoseconds(value: int) -> datetime:
    """Return the moment ``value`` nanoseconds after 1970, cut to the microsecond."""
    return EPOCH + timedelta(microseconds=value // 1000)
