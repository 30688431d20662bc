"""Problems as RFC 9457 has them: `application/problem+json` with a stable ``code``.

``place`` says where the mistake is (a header, a parameter, a field, an entry of the log), ``pointer``
(RFC 6901) where in the body; ``expected`` and ``found`` say what the difference is, and ``errors``
lists every one of several. What an exception becomes is one table, `TABLE`.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.codes import CODES, title
from domain.refusal import Refusal
from ledger.errors import (
    EntryTooLarge,
    IdempotencyReused,
    IntegrityError,
    KeyUnavailable,
    QueueFull,
    ReadOnly,
    StoreBusy,
    StoreError,
    StoreFull,
    VersionConflict,
)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER_S: Mapping[str, int] = {
    "QUEUE_FULL": 1,
    "STORE_BUSY": 1,
    "INTAKE_BUSY": 1,
    "RATE_EXCEEDED": 1,
    "TRANSFERS_EXCEEDED": 5,
    "NOT_READY": 5,
}
CHALLENGES: Mapping[str, str] = {
    "TOKEN_MISSING": 'Bearer realm="tallystick"',
    "TOKEN_UNKNOWN": 'Bearer realm="tallystick", error="invalid_token"',
}


class Violation(msgspec.Struct, frozen=True, kw_only=True):
    """One difference: where, as a JSON pointer or the name of a parameter, what was expected, what found."""

    pointer: str
    expected: str
    found: str


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A fact that was recorded since the caller looked: what it says, canonically, and by whom."""

    version: int
    type: str
    text: str
    by: str


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong, for programs (``code``) and for people (``detail``)."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    instance: str | None = None
    place: str | None = None
    pointer: str | None = None
    expected: str | None = None
    found: str | None = None
    errors: tuple[Violation, ...] = ()
    changes: tuple[Change, ...] = ()
    receipt: msgspec.Raw | None = None


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(self, problem: Problem, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(problem.detail)
        self.problem = problem
        self.headers = dict(headers or {})


TABLE: tuple[tuple[type[Exception], str], ...] = (
    (VersionConflict, "STALE_VERSION"),
    (IdempotencyReused, "IDEMPOTENCY_KEY_REUSED"),
    (EntryTooLarge, "ENTRY_TOO_LARGE"),
    (QueueFull, "QUEUE_FULL"),
    (ReadOnly, "READ_ONLY"),
    (StoreBusy, "STORE_BUSY"),
    (StoreFull, "STORE_FULL"),
    (StoreError, "STORE_UNAVAILABLE"),
    (KeyUnavailable, "STORE_UNAVAILABLE"),
    (IntegrityError, "EVIDENCE_BROKEN"),
)
"""Exception -> code; the first row that fits decides."""

_FRAMEWORK: Mapping[int, str] = {404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED", 413: "BODY_TOO_LARGE"}


def refused(
    code: str,
    detail: str,
    *,
    place: str | None = None,
    pointer: str | None = None,
    expected: str | None = None,
    found: str | None = None,
    errors: tuple[Violation, ...] = (),
    receipt: msgspec.Raw | None = None,
    headers: Mapping[str, str] | None = None,
) -> ProblemError:
    """Return the problem with ``code``, to be raised."""
    problem = Problem(
        type=f"/docs#{code}",
        title=title(code),
        status=CODES[code].status,
        code=code,
        detail=detail,
        place=place,
        pointer=pointer,
        expected=expected,
        found=found,
        errors=errors,
        receipt=receipt,
    )
    return ProblemError(problem, {**_headers(code), **(headers or {})})


def of_refusal(
    refusal: Refusal, *, receipt: msgspec.Raw | None = None, headers: Mapping[str, str] | None = None
) -> ProblemError:
    """Return what the rules' refusal is for the caller, with the receipt if it is on record."""
    return refused(
        refusal.code,
        refusal.message,
        place=refusal.place,
        expected=refusal.expected,
        found=refusal.found,
        receipt=receipt,
        headers=headers,
    )


def of_exception(error: Exception) -> ProblemError:
    """Return what an exception is for the caller; the texts of unknown ones stay in the service's log."""
    if isinstance(error, ProblemError):
        return error
    if isinstance(error, HTTPException):
        return _of_framework(error)
    code = next((code for kind, code in TABLE if isinstance(error, kind)), None)
    if code is None:
        return refused("INTERNAL", "the service failed; its log has the reason under this request's id")
    place, expected, found = _difference(error)
    return refused(code, str(error), place=place, expected=expected, found=found)


def respond(error: Exception, request_id: str | None = None) -> Response:
    """Return the response for an exception."""
    known = of_exception(error)
    problem = msgspec.structs.replace(known.problem, instance=request_id and f"urn:uuid:{request_id}")
    return Response(
        msgspec.json.encode(problem), problem.status, media_type=MEDIA_TYPE, headers=known.headers
    )


def _headers(code: str) -> dict[str, str]:
    headers = {}
    if code in RETRY_AFTER_S:
        headers["Retry-After"] = str(RETRY_AFTER_S[code])
    if code in CHALLENGES:
        headers["WWW-Authenticate"] = CHALLENGES[code]
    return headers


def _of_framework(error: HTTPException) -> ProblemError:
    code = _FRAMEWORK.get(error.status_code, "INTERNAL" if error.status_code >= 500 else "REQUEST_MALFORMED")
    return refused(code, str(error.detail), headers=dict(error.headers or {}))


def _difference(error: Exception) -> tuple[str | None, str | None, str | None]:
    match error:
        case VersionConflict():
            return f"version of {error.stream}", str(error.expected), str(error.found)
        case EntryTooLarge():
            return "entry", f"at most {error.limit} bytes", f"{error.size} bytes"
        case IdempotencyReused():
            return "header Idempotency-Key", "a key of this request alone", error.key
        case IntegrityError():
            return error.place, error.expected, error.found
        case _:
            return None, None, None
