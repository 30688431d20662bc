"""Bodies of requests: read once, bounded in time, then JSON, then the type that the action asks for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from api.problems import ProblemError, Violation, refused
from api.strictjson import parse
from api.violations import of_decoder, violations

T = TypeVar("T")

JSON = "application/json"
PIECE = 1024 * 1024
SLOWEST = 64 * 1024
"""Bytes a second below which an upload is too slow."""


async def read_json(request: Request, timeout_s: float) -> Any:
    """Return the value of a JSON body; raises the problem that keeps it from being one."""
    check_content_type(request)
    return parse(await read_bytes(request, timeout_s))


async def read_bytes(request: Request, timeout_s: float) -> bytes:
    """Return the whole body; who is slower than ``timeout_s`` is refused."""
    try:
        async with asyncio.timeout(timeout_s):
            return await request.body()
    except TimeoutError as error:
        raise _too_slow(f"it within {timeout_s:g} s") from error
    except ClientDisconnect as error:
        raise _left() from error


async def body_pieces(request: Request, timeout_s: float) -> AsyncIterator[bytes]:
    """Yield the body in pieces of a MiB or so.

    Whoever lets us wait for ``timeout_s``, and longer than `SLOWEST` allows for what has come, is refused.
    """
    arriving, held, size = aiter(request.stream()), bytearray(), 0
    clock, waited, more = asyncio.get_running_loop().time, 0.0, True
    while more:
        begun = clock()
        try:
            async with asyncio.timeout(timeout_s + size / SLOWEST - waited):
                piece = await anext(arriving, None)
        except TimeoutError as error:
            raise _too_slow(f"{SLOWEST} bytes a second") from error
        except ClientDisconnect as error:
            raise _left() from error
        waited += clock() - begun
        more = piece is not None
        held += piece or b""
        size += len(piece or b"")
        if len(held) >= PIECE or not more:
            yield bytes(held)
            held.clear()


def check_content_type(request: Request) -> None:
    """Return if the body is declared as JSON in UTF-8; raise the problem otherwise."""
    given = request.headers.get("content-type", "")
    media, _, parameters = given.partition(";")
    charset = parameters.strip().lower().replace('"', "").replace(" ", "")
    if media.strip().lower() == JSON and charset in ("", "charset=utf-8"):
        return
    raise refused(
        "CONTENT_TYPE",
        f"Content-Type: expected {JSON}, found {given[:80] or 'none'}",
        place="header Content-Type",
        expected=JSON,
        found=given[:80] or "none",
    )


def typed(value: Any, kind: type[T]) -> T:
    """Return ``value`` as a ``kind``; otherwise raise the problem that lists every difference."""
    try:
        return msgspec.convert(value, kind)
    except (msgspec.ValidationError, RecursionError) as error:
        raise invalid(value, kind, error) from error


def invalid(value: Any, kind: Any, error: Exception) -> ProblemError:
    """Return the problem that lists every difference between ``value`` and ``kind``."""
    found = violations(value, kind)
    if not found and isinstance(error, msgspec.ValidationError):
        found = (of_decoder(error),)
    return body_invalid(*found)


def body_invalid(*errors: Violation) -> ProblemError:
    """Return the problem whose first difference is also in its head."""
    first = errors[0] if errors else Violation(pointer="", expected="less nesting", found="more")
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return refused(
        "BODY_INVALID",
        f"{first.pointer or 'the body'}: expected {first.expected}, found {first.found}{more}",
        pointer=first.pointer,
        expected=first.expected,
        found=first.found,
        errors=errors,
    )


def _too_slow(expected: str) -> ProblemError:
    return refused(
        "BODY_TOO_SLOW",
        f"body: expected {expected}",
        place="body",
        expected=expected,
        headers={"Connection": "close"},
    )


def _left() -> ProblemError:
    return refused("REQUEST_MALFORMED", "the client left before its body was complete")
