"""In which form a list is answered: JSON, CSV or JSON Lines, by the parameter ``format`` or by ``Accept``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from application.tables import MEDIA, Format, csv_of, jsonl_of

FormatParameter = Annotated[
    Format, Meta(description="JSON, CSV for spreadsheets, or JSON Lines; without it, what Accept prefers.")
]

TYPES: Mapping[str, Format] = {
    "application/json": "json",
    "text/csv": "csv",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
}
"""Media type in ``Accept`` -> format. Any other, and every wildcard, is content with JSON."""

ALSO = tuple(MEDIA.values())
"""The media types beside JSON, for the description."""


def chosen(request: Request, asked: Format | None) -> Format:
    """Return the format that was asked for, else the one that ``Accept`` prefers; the first of equals."""
    if asked is not None:
        return asked
    offers = list(_accepted(request.headers.get("accept", "")))
    return max(offers, key=lambda offer: offer[0], default=(0.0, "json"))[1]


def table(
    form: Format,
    columns: Sequence[str],
    rows: Iterable[msgspec.Struct],
    name: str,
    headers: Mapping[str, str],
) -> Response:
    """Return rows as CSV or JSON Lines, to be saved as ``name``."""
    body = csv_of(columns, rows) if form == "csv" else jsonl_of(rows)
    kept = {"Content-Disposition": f'attachment; filename="{name}.{form}"', "Vary": "Accept", **headers}
    # As a header: Starlette would add a second charset to a media type of text.
    return Response(body, headers={"Content-Type": MEDIA[form], **kept})


def _accepted(accept: str) -> Iterator[tuple[float, Format]]:
    for part in accept.lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((_weight(text[2:]) for text in parameters if text.startswith("q=")), 1.0)
        if weight > 0 and kind:
            yield weight, TYPES.get(kind, "json")


def _weight(text: str) -> float:
    """Return the weight that ``q=`` gives; one that cannot be read counts for nothing."""
    try:
        return min(max(float(text), 0.0), 1.0)
    except ValueError:
        return 0.0
