"""From when to when a command ran: out of two times and a duration, any of them told (R-WF-33)."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from domain.execution.commands import RecordCommand
from domain.moment import EPOCH, MILLISECOND, TOLERANCE, milliseconds, timestamp
from domain.past import checked
from domain.refusal import Refusal


class Span(Struct, frozen=True):
    """From when to when a command ran."""

    begin: datetime
    end: datetime


def ran_between(command: RecordCommand, now: datetime) -> Span | Refusal:
    """Return when it ran; what is not said follows from the rest, and without any of it, it ended now."""
    ended = checked("ended_at", command.ended_at, now)
    started = checked("started_at", command.started_at, now)
    if isinstance(ended, Refusal):
        return ended
    if isinstance(started, Refusal):
        return started
    took = command.duration_ms
    if started is not None and (ended is not None or took is None):
        return _stated(started, ended or max(started, now), took)
    return _reckoned(started, ended or now, took or 0, now)


def _stated(begin: datetime, end: datetime, took: int | None) -> Span | Refusal:
    """Return the span between two times, where the duration, if one is told, is the one between them."""
    if begin > end:
        return Refusal(
            code="TIMES_REVERSED",
            message="it ended before it began",
            place="started_at",
            expected=f"at most {timestamp(end)}",
            found=timestamp(begin),
        )
    between = milliseconds(timestamp(begin), timestamp(end))
    # Whoever measures all three may round either way.
    if took is not None and abs(took - between) > 1:
        return Refusal(
            code="DURATION_CONTRADICTED",
            message="the two times say another duration",
            place="duration_ms",
            expected=str(between),
            found=str(took),
        )
    return Span(begin, end)


def _reckoned(started: datetime | None, end: datetime, took: int, now: datetime) -> Span | Refusal:
    """Return the span of ``took`` milliseconds from ``started`` on, else up to ``end``; in the past."""
    begin, latest = (EPOCH, end) if started is None else (started, now + TOLERANCE)
    # Compared as numbers first: a duration may be longer than the calendar.
    if took > (most := (latest - begin) // MILLISECOND):
        return Refusal(
            code="DURATION_TOO_LONG",
            message="it would have begun too early, or end later than now",
            place="duration_ms",
            expected=f"at most {most}",
            found=str(took),
        )
    lasted = timedelta(milliseconds=took)
    return Span(end - lasted, end) if started is None else Span(started, started + lasted)
