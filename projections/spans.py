"""Spans of time and moments in words, for people: ``27 minutes``, ``02:10 UTC``, ``1 March 2026``.

Rounded down to what somebody would say. Where a limit decides, `projections.units.duration` is exact.
"""

from __future__ import annotations

from domain.moment import instant

_UNITS = ((86_400, "day"), (3_600, "hour"), (60, "minute"), (1, "second"))
_SHOWS_SECONDS_BELOW_S = 600
_WHOLE_DAYS_FROM_MS = 10 * 86_400_000


def span(ms: int) -> str:
    """Return a span in its two largest units; from ten minutes on no seconds, from ten days on no hours."""
    left_s = ms // 1000
    smallest = 1 if left_s < _SHOWS_SECONDS_BELOW_S else 60
    parts: list[str] = []
    for size, name in _UNITS:
        count, left_s = divmod(left_s, size)
        if count and size >= smallest:
            parts.append(counted(count, name))
    return " ".join(parts[: 1 if ms >= _WHOLE_DAYS_FROM_MS else 2]) or "less than a second"


def counted(count: int, noun: str) -> str:
    """Return ``1 minute``, ``2 minutes``, ``12,400 users``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def day(time: str) -> str:
    """Return ``1 March 2026``; also of a bare date."""
    at = instant(time)
    return f"{at.day} {_MONTHS[at.month - 1]} {at.year}"


def clock(time: str, near: str) -> str:
    """Return ``02:10 UTC``, with the day where it is another one than that of ``near``."""
    return f"{time[11:16]} UTC" if time[:10] == near[:10] else f"{time[11:16]} UTC on {day(time)}"


_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
