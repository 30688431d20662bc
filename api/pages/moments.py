"""Moments in the addresses of pages: a version, or a recorded time as people and browsers write it.

A field of a form for a day and a time gives no offset: here such a time is UTC, as all that pages show.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated
from urllib.parse import urlencode

import msgspec
from msgspec import Meta

from api.incidents import Version
from api.problems import ProblemError, refused
from application.past import At
from domain.moment import timestamp

Written = Annotated[str, Meta(min_length=1, max_length=40)]


class MomentQuery(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which moment of an incident."""

    at_version: Version | None = None
    at: Written | None = None


def moment_of(query: MomentQuery) -> At:
    """Return the past that a query names, which may be the present."""
    return At(version=query.at_version, time=None if query.at is None else utc(query.at, "at"))


def either(text: str, name: str) -> At:
    """Return the version or the time that parameter ``name`` says."""
    if text.isascii() and text.isdecimal() and len(text) <= 15 and int(text) > 0:
        return At(version=int(text))
    return At(time=utc(text, name))


def address(at: At) -> str:
    """Return the parameters that lead to a moment, empty for the present."""
    given = {"at_version": at.version, "at": at.time}
    return urlencode({name: value for name, value in given.items() if value is not None})


def utc(text: str, name: str) -> str:
    """Return a time as the ledger writes it; raises the problem that parameter ``name`` is none."""
    try:
        found = datetime.fromisoformat(text)
        return timestamp(found.replace(tzinfo=UTC) if found.tzinfo is None else found)
    except (ValueError, OverflowError) as e:
        raise _none(text, name) from e


def _none(text: str, name: str) -> ProblemError:
    expected = "a version, or a time like 2026-03-01T02:10:00Z"
    return refused(
        "QUERY_INVALID",
        f"query parameter {name}: expected {expected}, found {text!r}",
        place=f"query parameter {name}",
        expected=expected,
        found=text,
    )
