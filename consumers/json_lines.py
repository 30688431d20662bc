"""One JSON object, an array of them, or one a line: the shapes in which streams of events are posted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from consumers.payload import WHOLE, DecodeError, Json, an_object, parse
from domain.signal import Rejected

Item = tuple[str, Json | Rejected]
"""A place, and the value there or why there is none."""


def items(body: bytes) -> Sequence[Item]:
    """Return the values of a body with their places; raises `DecodeError` if it has none of these shapes.

    A line that is no JSON costs no other: what writes lines may have been stopped within one.
    """
    try:
        whole = parse(body)
    except DecodeError as error:
        return _lines(body, error)
    if isinstance(whole, list):
        return [(f"{WHOLE}[{i}]", value) for i, value in enumerate(whole)]
    return [(WHOLE, an_object(whole, WHOLE))]


def _lines(body: bytes, error: DecodeError) -> Sequence[Item]:
    numbered = [(number, line) for number, line in enumerate(body.splitlines(), 1) if line.strip()]
    found = [(f"lines[{number}]", _tried(line)) for number, line in numbered]
    # Lines of which none is an object are one broken value that was written on several lines.
    if len(found) < 2 or not any(isinstance(value, Mapping) for _, value in found):
        raise error
    return [
        (place, _placed(value, place) if isinstance(value, Rejected) else value) for place, value in found
    ]


def _tried(line: bytes) -> Json | Rejected:
    try:
        return parse(line)
    except DecodeError as error:
        return error.rejected


def _placed(rejected: Rejected, place: str) -> Rejected:
    return Rejected(
        reason_code=rejected.reason_code, place=place, expected=rejected.expected, found=rejected.found
    )
