"""What a caller expects before its write: the version it has seen, by member or by header (R-WF-31)."""

from __future__ import annotations

import re

import msgspec
from starlette.requests import Request

from api.problems import ProblemError, refused
from ledger.errors import VersionConflict

IF_MATCH = "If-Match"
_TAG = re.compile(r'"([1-9][0-9]{0,9})"')


class Expected(msgspec.Struct, frozen=True):
    """The version, None for any, and whether ``If-Match`` named it, which decides between 412 and 409."""

    version: int | None
    by_header: bool


def etag(version: int) -> str:
    """Return the entity tag of a stream's version."""
    return f'"{version}"'


def expected_version(request: Request, member: int | None) -> Expected:
    """Return what a write expects; raises the problem when header and body contradict each other."""
    header = request.headers.get(IF_MATCH)
    if header is None or header.strip() == "*":
        return Expected(member, by_header=False)
    found = _TAG.fullmatch(header.strip())
    if found is None:
        raise _header("HEADER_MALFORMED", 'one ETag as this service gives it, like "7", or *', header)
    version = int(found[1])
    if member is not None and member != version:
        # One of the two cannot hold, whatever the version is.
        raise _header("PRECONDITION_FAILED", f'the version of the body, "{member}"', header)
    return Expected(version, by_header=True)


def conflict(error: VersionConflict, expected: Expected) -> ProblemError:
    """Return the problem of a write that came too late; nothing was recorded."""
    place = f"header {IF_MATCH}" if expected.by_header else "expected_version"
    return refused(
        "PRECONDITION_FAILED" if expected.by_header else "STALE_VERSION",
        f"the incident is at version {error.found}, expected {error.expected}; read it again, then decide",
        place=place if expected.version is not None else f"version of {error.stream}",
        pointer="/expected_version" if expected.version is not None and not expected.by_header else None,
        expected=str(error.expected),
        found=str(error.found),
        headers={"ETag": etag(error.found)},
    )


def _header(code: str, expected: str, found: str) -> ProblemError:
    return refused(
        code,
        f"header {IF_MATCH}: expected {expected}, found {found[:80]}",
        place=f"header {IF_MATCH}",
        expected=expected,
        found=found[:80],
    )
